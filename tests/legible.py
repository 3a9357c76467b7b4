"""What on a canvas cannot be read or compared: text that is cut, covered or too small."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

import resources
from workbench.canvas.frame_item import WRAP, FrameItem, NoteItem
from workbench.canvas.lettering import FOOT, LABEL, SMALLEST, VALUE, width_at
from workbench.canvas.node_fields import name_in
from workbench.canvas.node_item import NodeItem
from workbench.canvas.node_near import foot_texts
from workbench.canvas.view import Canvas
from workbench.look.eliding import ELLIPSIS
from workbench.look.theme import SEMIBOLD

FLOOR, TITLE_FLOOR = 9.4, 11.9  # px on the screen: of a wire's shape, of titles
SENTENCE = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z\[])|\n\n|\n(?=\d+\. |- |\|)")
NAMED = re.compile(r"\]\(node:(\w+)\)")
AROUND, LEAST_AROUND = 16.0, 6.0  # px around a whole graph, and around one that just fits


def faults(canvas: Canvas) -> list[str]:
    """Return what is wrong with the way a graph is shown."""
    zoom = canvas.camera.zoom
    found = [] if zoom >= SMALLEST - 1e-6 else [f"zoom {zoom:.2f}"]
    for item in canvas.stage.nodes.values():
        found += [f"{item.node}: {text} is cut" for text in cut(item, zoom)]
    for box in canvas.stage.boxes.values():
        if isinstance(box, NoteItem) and not _holds(box, zoom):
            found.append(f"{box.box}: the text is cut")
    return [*found, *behind(canvas), *covered(canvas), *apart(canvas)]


def cut(item: NodeItem, zoom: float) -> Iterator[str]:
    """Return the texts of a node that are not whole."""
    face, content = item.face, item.face.content
    lines = face.shown_lines(zoom)
    if " ".join(lines) != content.title:
        yield " ".join(lines)
    if content.collapsed:
        return
    for row in range(max(len(content.inputs), len(content.outputs))):
        labels = [side[row].label for side in (content.inputs, content.outputs) if row < len(side)]
        if sum(width_at(label, LABEL, zoom) for label in labels) > face.width - 26:
            yield " ".join(labels)
    for shown, value in zip(content.fields, item.values, strict=False):
        room = (
            face.width - shown.beside - (0 if shown.ticked else width_at(value.text, VALUE, zoom))
        )
        if name_in(shown, room, zoom) not in (shown.label, shown.symbol or shown.label):
            yield f"{shown.label} {value.text}"
    if face.foot is not None and not content.measured:
        left, right = foot_texts(item, zoom)
        if (ELLIPSIS in left) > (ELLIPSIS in item.signs.left):
            yield left
        if width_at(left, FOOT, zoom) + width_at(right, FOOT, zoom) > face.width:
            yield f"{left} {right}"


def _holds(note: NoteItem, zoom: float) -> bool:
    area = note.text_area
    font = note.text_font(zoom)
    return QFontMetricsF(font).boundingRect(area, WRAP, note.text).height() <= area.height()


def behind(canvas: Canvas) -> Iterator[str]:
    """Return the wires that pass behind a node or a note, or cross the title of a frame."""
    stage = canvas.stage
    walls = {node: item.area for node, item in stage.nodes.items()}
    for name, box in stage.boxes.items():
        if isinstance(box, NoteItem):
            walls[name] = box.area
        elif isinstance(box, FrameItem):
            walls[name] = box.title_area
    for wire, item in stage.wires.items():
        ways = [QPointF(x, y) for x, y in item.line.points]
        pieces = [
            QRectF(a, b).normalized().adjusted(-0.1, -0.1, 0.1, 0.1) for a, b in pairwise(ways)
        ]
        for name, wall in walls.items():
            own = name in (wire.source, wire.target)
            inner = wall.adjusted(2, 2, -2, -2) if own else wall
            if any(inner.intersects(piece) for piece in pieces):
                yield f"{wire} passes behind {name}"


def covered(canvas: Canvas) -> Iterator[str]:
    """Return what lies on something else, and what is out of sight of a graph shown whole."""
    stage, to_view = canvas.stage, canvas.viewportTransform()
    areas = {n: i.area for n, i in stage.nodes.items()}
    areas |= {n: b.area for n, b in stage.boxes.items() if isinstance(b, NoteItem)}
    for (one, a), (other, b) in combinations(areas.items(), 2):
        if a.intersects(b):
            yield f"{one} lies on {other}"
    whole = to_view.mapRect(stage.content())
    sight = QRectF(canvas.viewport().rect())
    if not sight.contains(whole):
        return
    air = LEAST_AROUND if canvas.camera.zoom == SMALLEST else AROUND
    if not sight.adjusted(air, air, -air, -air).contains(whole):
        yield "too little air around"
    for overlay in (canvas.overlays.zoom_bar, canvas.overlays.switches):
        over = QRectF(overlay.geometry())
        for name, area in areas.items():
            if to_view.mapRect(area).intersects(over):
                yield f"{type(overlay).__name__} covers {name}"


def apart(canvas: Canvas) -> Iterator[str]:
    """Return the results of one kind that a sentence of the lesson compares, but no row shows.

    Frames stay whole: one that stands in another frame is compared across.
    """
    graph, nodes, boxes = canvas.stage.graph, canvas.stage.nodes, canvas.stage.boxes.values()
    frames = [box.area for box in boxes if isinstance(box, FrameItem)]
    for named in _named_together(graph.lesson):
        alike: dict[object, list[str]] = {}
        for node in named:
            info = canvas.stage.catalogue.of(graph.nodes[node]) if node in nodes else None
            if info is not None and info.role in ("view", "metric"):
                within = tuple(frame.contains(nodes[node].area) for frame in frames)
                alike.setdefault((info.kind, within), []).append(node)
        for row in alike.values():
            areas = [nodes[node].area for node in row]
            shared = min(a.bottom() for a in areas) - max(a.top() for a in areas)
            if shared < min(a.height() for a in areas) / 2:
                yield f"{', '.join(row)} stand in no row"


@cache
def _named_together(lesson: str) -> list[list[str]]:
    """Return the nodes that each sentence of a lesson names, where it names several."""
    text = resources.path("lessons", f"{lesson}.md").read_text("utf-8") if lesson else ""
    sentences = SENTENCE.split(text)
    found = [list(dict.fromkeys(NAMED.findall(sentence))) for sentence in sentences]
    return [named for named in found if len(named) > 1]


class Written:
    """The texts that are painted, each with its size on the screen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[tuple[str, float, bool]] = []
        draw = QPainter.drawText

        def record(painter: QPainter, *args: object) -> object:
            font: QFont = painter.font()
            size = font.pixelSize() * painter.worldTransform().m11()
            text = next((a for a in reversed(args) if isinstance(a, str)), "")
            self.sizes.append((text, size, font.weight() == SEMIBOLD))
            return draw(painter, *args)  # type: ignore[call-overload]

        monkeypatch.setattr(QPainter, "drawText", record)

    def small(self) -> Iterable[str]:
        """Return the texts under the least size."""
        return {f"{text}: {size:.1f} px" for text, size, _ in self.sizes if text and size < FLOOR}

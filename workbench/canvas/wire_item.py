"""A wire: the stroke shows its family, a casing where it crosses above others.

It is no item of Qt's: one layer paints all wires (`layers.py`), so that a frame calls Python once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.document.graph import Wire
from workbench.canvas.guard import guarded
from workbench.canvas.layout import FAR, NEAR
from workbench.canvas.lettering import SHAPE, TURN, font_at, size_at, width_at
from workbench.canvas.wire_path import (
    Box,
    Polyline,
    Run,
    Spot,
    bounds_of,
    corners,
    handle,
    path_of,
    polyline_of,
    rectangle,
    rounded_path,
    rounded_polyline,
)
from workbench.look.strokes import Cap, mixed, pen
from workbench.look.theme import (
    EDGE_WIDTH,
    STATE_STROKE,
    WIRE_WIDTH,
    Theme,
    faded,
    pixmap,
    theme,
)

if TYPE_CHECKING:
    from workbench.canvas.stage import Stage

CASING, HALO = 4.0, 8.0
BARE = 18.0  # no casing this near to a port, so that wires of one port do not cut each other
DOUBLE, BETWEEN = 4.4, 1.9
BEND = 3.5  # radius of a reroute point
MARGIN = 14.0
MUTED, FADED = 0.55, 0.38
LABEL_ABOVE, STEEP = 11.0, 0.3
ROOM, PILL_ROOM = 8.0, 20.0  # by which a gap is wider than the shape or the turns over it
PATTERNS = {"dashed": (5.0, 2.2), "dotted": (0.01, 2.6)}  # in widths of the stroke
MUTED_PATTERN = (3.0, 2.0)
# Sign of a gradient stop: disc, icon, distance from the end, least size in px when zoomed out.
STOP, STOP_ICON, STOP_AT, STOP_LEAST, STOP_SHARP = 18.0, 12, 23.0, 15.0, 4.0
WHOLE_ABOVE = 1.25  # px per unit above which straight pieces would be visible


class WireItem:
    """A wire from `points[0]` through its reroutes to `points[-1]`.

    `corners` are those of its route around nodes, with both ends; none if it goes directly.
    """

    __slots__ = (
        "_inner", "_line", "_path", "box", "broken", "chosen_bends", "corners", "cut", "faded",
        "family",
        "fresh", "hidden", "hovered", "muted", "name", "near", "points", "selected", "shape_text",
        "skip_text", "stage",
        "stopped", "target", "turn_text", "wire",
    )  # fmt: skip

    def __init__(self, stage: Stage, wire: Wire, family: str) -> None:
        self.stage = stage
        self.wire = wire
        self.family = family
        self.points: list[QPointF] = [QPointF(), QPointF()]
        self.corners: list[Spot] = []
        self.name = ""  # of the output whose wires are drawn as pills
        self.shape_text = ""
        self.turn_text = ""
        self.skip_text = ""  # what it carries across a U-Net
        self.stopped = ""  # icon saying why no gradient flows back
        self.selected = self.hovered = self.near = False
        self.muted = self.broken = self.target = self.fresh = self.faded = self.hidden = False
        self.cut = False  # crossed by the stroke being drawn
        self.chosen_bends: frozenset[int] = frozenset()
        self._path: QPainterPath | None = None
        self._line: Polyline | None = None
        self._inner: Polyline | None = None  # without its ends, for the casing
        self.box: Box = (0.0, 0.0, 0.0, 0.0)  # around all that is painted

    def route(self, points: Sequence[QPointF], corners: Sequence[Spot] = ()) -> None:
        """Set the wire's points, and the corners of its route around nodes."""
        if self.points == points and self.corners == list(corners):
            return
        self.points, self.corners = list(points), list(corners)
        self._path = self._line = self._inner = None
        self._measure()

    def slide(self, off: QPointF) -> None:
        """Move the whole wire."""
        dx, dy = off.x(), off.y()
        self.points = [point + off for point in self.points]
        self.corners = [(x + dx, y + dy) for x, y in self.corners]
        if self._path is not None:
            self._path.translate(off)
        if self._line is not None:
            self._line = self._line.shifted(dx, dy)
        if self._inner is not None:
            self._inner = self._inner.shifted(dx, dy)
        left, top, right, bottom = self.box
        self._cover((left + dx, top + dy, right + dx, bottom + dy))

    def display(self, **what: Any) -> bool:
        """Set attributes by name; repaint and return True if any changed."""
        changed = [name for name, value in what.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, what[name])
        if {"shape_text", "turn_text", "skip_text"} & {*changed}:
            self._measure()
        elif changed and not self.stage.whole:
            self.stage.update(self.area)
        return bool(changed)

    @property
    def raised(self) -> bool:
        """Whether it lies above the other wires."""
        return self.selected or self.near or self.hovered

    @property
    def area(self) -> QRectF:
        return rectangle(self.box)

    @property
    def label(self) -> str:
        """Return the shape to show: for hovered, selected or, after Shift+S, all wires."""
        if self.stage.zoom < NEAR or not self.shape_text:
            return ""
        if self.hovered or self.selected or self.fresh:
            return self.shape_text
        text = self.skip_text or self.shape_text
        asked = (self.stage.shapes or self.near) and self._has_room(text, ROOM)
        if self.skip_text:
            return self.skip_text if asked else ""
        return self.shape_text if asked and self.stage.shows_shape(self.wire) else ""

    def _has_room(self, text: str, beside: float) -> bool:
        """Return whether the gap that the wire crosses is wider than a text written over it."""
        if self.corners:
            return False
        gap = self.points[-1].x() - self.points[0].x()
        return gap >= width_at(text, SHAPE, self.stage.zoom) + beside

    def _measure(self) -> None:
        bounds = self._bounds().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        if self.shape_text or self.turn_text:
            text = self.turn_text or self.skip_text or self.shape_text
            bounds = bounds.united(self._text_rect(text, NEAR))
        self._cover(corners(bounds))

    def _bounds(self) -> QRectF:
        return _around(self.corners) if self.corners else bounds_of(self.points)

    def _cover(self, box: Box) -> None:
        """Set the rectangle around all that is painted."""
        before, self.box = self.box, box
        self.stage.wire_places.put(self, box)
        if not self.stage.whole:
            self.stage.update(rectangle(before))
            self.stage.update(rectangle(box))

    def _middle(self) -> tuple[QPointF, bool]:
        """Return the middle of the longest piece, and whether the wire is steep there."""
        if self.corners:
            pieces = list(pairwise(self.corners))[::2]
            (ax, ay), (bx, _) = max(pieces, key=lambda ends: abs(ends[1][0] - ends[0][0]))
            return QPointF((ax + bx) / 2, ay), False
        start, end = max(pairwise(self.points), key=lambda ends: _apart(*ends))
        dx, dy = end.x() - start.x() - handle(start, end), end.y() - start.y()
        level = abs(dy) < 0.01
        return (start + end) / 2, not level and abs(dy) > STEEP * abs(dx)

    def _text_rect(self, text: str, zoom: float) -> QRectF:
        middle, steep = self._middle()
        width, high = width_at(text, SHAPE, zoom) + 8, size_at(SHAPE, zoom) + 3
        above = 0.0 if steep else LABEL_ABOVE
        at = QPointF(middle.x() - width / 2, middle.y() - above - high / 2)
        return QRectF(at.x(), at.y(), width, high)

    @property
    def line(self) -> Polyline:
        if self._line is None:
            self._line = (
                rounded_polyline(self.corners) if self.corners else polyline_of(self.points)
            )
        return self._line

    def is_near(self, place: QPointF, reach: float) -> bool:
        box = QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)
        routed = bool(self.corners)
        if not routed and not any(
            bounds_of(ends).intersects(box) for ends in pairwise(self.points)
        ):
            return False
        return self.line.nearest(place.x(), place.y())[0] <= reach

    @property
    def span(self) -> float:
        """Return the wire's approximate length."""
        return sum(_apart(start, end) for start, end in pairwise(self.points))

    def bend_at(self, place: QPointF, reach: float) -> int | None:
        """Return the index of the reroute near a point, or None."""
        for i, bend in enumerate(self.points[1:-1]):
            if _apart(bend, place) <= reach:
                return i
        return None

    @guarded
    def paint(self, painter: QPainter) -> None:
        """Paint in scene coordinates, with antialiasing and no brush."""
        t = theme()
        colour = t.error if self.broken or self.cut else t.wire(self.family).colour
        colour = self._dimmed(colour, t)
        boxes = self._asked()
        way = self._way(boxes)
        if way:
            if self.stage.zoom < NEAR:
                self._paint_far(painter, way, colour, t)
                if self.stopped and self.stage.zoom >= FAR:
                    self._stop_sign(painter, colour, t)
                return
            if halo := self._halo(colour, t):
                way.draw(painter, pen(halo, HALO))
            else:
                self._casing(painter, boxes, t)
            self._stroke(painter, way, colour, t)
            self._bends(painter, colour, t)
        if self.stopped and _meets(self.box, boxes):
            self._stop_sign(painter, colour, t)

    def paint_text(self, painter: QPainter) -> None:
        """Write the shape or the turns over all wires."""
        if self.stage.zoom < NEAR:
            return
        turns = self.turn_text if self._has_room(self.turn_text, PILL_ROOM) else ""
        text = turns or self.label
        if text and _meets(corners(self._text_rect(text, self.stage.zoom)), self._asked()):
            (self._pill if turns else self._label)(painter, theme())

    def _dimmed(self, colour: QColor, t: Theme) -> QColor:
        """Return the faded colour; with opacity the casing would show through."""
        share = FADED if self.faded else MUTED if self.muted else 1.0
        return colour if share == 1.0 else mixed(colour, t.canvas, share)

    def _asked(self) -> list[Box] | None:
        """Return the regions to repaint within the wire's box; None for everything."""
        if self.stage.repaint_boxes is None:
            return None
        return [box for box in self.stage.repaint_boxes if _meets(self.box, [box])]

    def _way(self, boxes: list[Box] | None) -> Way:
        """Return the parts to draw: most of a wire's box is empty, and strokes are slow.

        Straight pieces take a seventh of the time of a path, but for lines of one pixel.
        """
        if self.stage.scale > WHOLE_ABOVE or (boxes is None and self.stage.zoom < NEAR):
            if self._path is None:
                routed = self.corners
                self._path = rounded_path(routed) if routed else path_of(self.points)
            return Way(self._path)
        return Way.along(self.line, boxes)

    def _halo(self, colour: QColor, t: Theme) -> QColor | None:
        """Return the colour of the band below the stroke, without opacity: pieces overlap."""
        if self.selected or self.target:
            return mixed(t.accent, t.canvas, max(0.5, t.halo))
        return mixed(colour, t.canvas, t.wire_halo) if self.near or self.cut else None

    def _casing(self, painter: QPainter, boxes: list[Box] | None, t: Theme) -> None:
        """Separate the wire from those it crosses."""
        if self.line.length < 3 * BARE:
            return
        if self._inner is None:
            self._inner = self.line.trimmed(BARE)
        Way.along(self._inner, boxes).draw(painter, pen(t.canvas, WIRE_WIDTH + CASING))

    def _stroke(self, painter: QPainter, way: Way, colour: QColor, t: Theme) -> None:
        stroke = t.wire(self.family).stroke
        if stroke == "double" and not self.muted and not self.cut:
            way.draw(painter, pen(colour, DOUBLE))
            way.draw(painter, pen(t.canvas, BETWEEN))
            return
        pattern = MUTED_PATTERN if self.muted or self.cut else PATTERNS.get(stroke, ())
        cap = Cap.RoundCap if stroke == "dotted" else Cap.FlatCap
        way.draw(painter, pen(colour, WIRE_WIDTH, cap=cap, pattern=pattern))

    def _paint_far(self, painter: QPainter, way: Way, colour: QColor, t: Theme) -> None:
        """Draw a line at least a pixel wide, without casing, and solid below 25 %."""
        one = 1 / self.stage.scale
        strong = self.selected or self.near or self.target or self.cut
        pattern = PATTERNS.get(t.wire(self.family).stroke, ()) if self.stage.zoom >= FAR else ()
        width = (2.0 if strong else 1.0) * one
        way.draw(painter, pen(colour, width, pattern=[max(step, 1.0) for step in pattern]))

    def _bends(self, painter: QPainter, colour: QColor, t: Theme) -> None:
        for i, bend in enumerate(self.points[1:-1]):
            painter.setPen(QPen(t.canvas, 2))
            painter.setBrush(colour)
            painter.drawEllipse(bend, BEND + 1, BEND + 1)
            if i in self.chosen_bends:
                painter.setPen(QPen(t.accent, WIRE_WIDTH))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(bend, BEND + 4, BEND + 4)

    def _stop_place(self, grown: float) -> Spot:
        """Return where the sign of a gradient stop lies."""
        return self.line.at(max(self.line.length - STOP_AT * grown, self.line.length / 2))

    def _stop_sign(self, painter: QPainter, colour: QColor, t: Theme) -> None:
        """Draw why no gradient flows back along the wire, in a disc near its end."""
        grown = max(1.0, STOP_LEAST / (STOP * self.stage.scale))
        x, y = self._stop_place(grown)
        painter.save()
        painter.translate(x, y)
        painter.scale(grown, grown)
        painter.setPen(QPen(colour, EDGE_WIDTH + 0.25))
        painter.setBrush(t.canvas)
        painter.drawEllipse(QPointF(0, 0), STOP / 2, STOP / 2)
        icon = pixmap(self.stopped, colour, STOP_ICON, stroke=STATE_STROKE, ratio=STOP_SHARP)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(QPointF(-STOP_ICON / 2, -STOP_ICON / 2), icon)
        painter.restore()

    def _label(self, painter: QPainter, t: Theme) -> None:
        rect = self._text_rect(self.label, self.stage.zoom)
        ground = faded(t.canvas, 0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect.adjusted(1, 0, -1, 0), 3, 3)
        painter.setFont(font_at(SHAPE, self.stage.zoom))
        painter.setPen(t.warning if self.fresh else self._dimmed(t.text2, t))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.label)

    def _pill(self, painter: QPainter, t: Theme) -> None:
        """Draw an optimiser's number of turns on its wire to the trainer."""
        middle, _ = self._middle()
        zoom = self.stage.zoom
        width = width_at(self.turn_text, TURN, zoom) + 16
        rect = QRectF(middle.x() - width / 2, middle.y() - 10, width, 20)
        painter.setPen(QPen(t.accent, 1))
        painter.setBrush(t.selected)
        painter.drawRoundedRect(rect, 10, 10)
        painter.setFont(font_at(TURN, zoom))
        painter.setPen(t.text)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.turn_text)


class Way:
    """What to draw of a wire: a path, or runs of straight pieces."""

    def __init__(
        self, path: QPainterPath | None, line: Polyline | None = None, runs: Sequence[Run] = ()
    ) -> None:
        self.path = path
        self.line = line
        self.runs = runs

    @classmethod
    def along(cls, line: Polyline, boxes: Sequence[Box] | None) -> Way:
        """Return the pieces of a line that touch a box; all if there are no boxes."""
        return cls(None, line, [(0, len(line.pieces))] if boxes is None else line.parts(boxes))

    def __bool__(self) -> bool:
        return self.path is not None or bool(self.runs)

    def draw(self, painter: QPainter, stroke: QPen) -> None:
        """Stroke it, with dashes as in the whole path, in a colour without opacity."""
        painter.setPen(stroke)
        if self.path is not None:
            painter.drawPath(self.path)
            return
        assert self.line is not None
        dashed = stroke.style() == Qt.PenStyle.CustomDashLine
        for first, end in self.runs:
            if dashed:
                begun = QPen(stroke)
                begun.setDashOffset(self.line.lengths[first] / stroke.widthF())
                painter.setPen(begun)
                painter.drawPolyline([QPointF(*at) for at in self.line.points[first : end + 1]])
            else:
                painter.drawLines(self.line.lines[first:end])


def _meets(box: Box, boxes: list[Box] | None) -> bool:
    if boxes is None:
        return True
    left, top, right, bottom = box
    return any(l <= right and r >= left and t <= bottom and b >= top for l, t, r, b in boxes)  # noqa: E741


def _around(corners: Sequence[Spot]) -> QRectF:
    xs, ys = zip(*corners, strict=True)
    return QRectF(min(xs), min(ys), max(xs) - min(xs), max(max(ys) - min(ys), 0.1))


def _apart(a: QPointF, b: QPointF) -> float:
    dx, dy = a.x() - b.x(), a.y() - b.y()
    return (dx * dx + dy * dy) ** 0.5

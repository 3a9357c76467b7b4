"""The graph in small: a lane of chips from the data to each optimiser, over the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Board, Change
from workbench.bench.bench import Bench
from workbench.bench.paths import board_at
from workbench.bench.turns import EVERY, Turn, letters, turns
from workbench.bench.views import watch_rows
from workbench.look.eliding import elide
from workbench.look.strokes import Cap, pen
from workbench.look.theme import HINT, MEDIUM, RADIUS_CONTROL, Theme, font, pixmap, theme
from workbench.panels.panel import WholePanel
from workbench.watch.lanes import folded, gathered, lanes, trainers_of, within
from workbench.widgets.ports import paint_glyph, ports_of
from workbench.words.kinds import title_of
from workbench.words.quantities import show_int

CHIP, GAP, PITCH, MARGIN, ABOVE = 26.0, 26.0, 36.0, 14.0, 11.0  # px
ICON_SIZE, ICON_AT, TEXT_AT = 14, 8.0, 28.0
NARROWEST = 64.0  # of a chip with an icon and the beginning of a word
MOST_CHIPS, LINE = 8, 28  # LINE: px of the one line
PATTERNS = {"dashed": (3.0, 2.0), "dotted": (0.01, 2.2)}


def tr(text: str) -> str:
    return QCoreApplication.translate("watch", text)


@dataclass(frozen=True)
class Chip:
    """A node of a lane in its place; without a node, the sign of those left out."""

    node: str
    text: str
    icon: str
    box: QRectF
    family: str = "object"  # of the wire that comes from the chip before
    glyph: str = "ring"


class Strip(WholePanel):
    """The graph in small. A click on a chip requests its node."""

    title = "The graph in small"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.setProperty("surface", "canvas")
        self.setMouseTracking(True)
        self.lanes: list[list[Chip]] = []
        self.trainer: Chip | None = None
        self.turns: list[Turn] = []
        self._hovered = self._trains = ""
        self.folded = False
        """Whether one line of text stands for the lanes."""

    def _join(self, bench: Bench) -> None:
        super()._join(bench)
        bench.live.progress_changed.connect(self._follow)
        bench.live.state_changed.connect(self._repaint)
        bench.live.status_changed.connect(self._repaint)
        self._follow()

    def _leave(self, bench: Bench) -> None:
        super()._leave(bench)
        bench.live.progress_changed.disconnect(self._follow)
        bench.live.state_changed.disconnect(self._repaint)
        bench.live.status_changed.disconnect(self._repaint)

    def _repaint(self, *_: str) -> None:
        """Show which nodes run; where they lie stays."""
        self.update()

    def _follow(self, *_: str) -> None:
        """Show the lanes of the trainer that trains now."""
        progress = self.live.last_progress if self.live else None
        trains = progress.node if progress else ""
        if trains != self._trains:
            self._trains = trains
            self.redraw_soon()
        elif self.folded:
            self.update()

    def is_affected_by(self, change: Change) -> bool:
        """Return whether it changes nodes, wires, or how often an optimiser takes its turn."""
        heads = [put.path[2:] if put.path[0] == "groups" else put.path for put in change.puts]
        paths = [path for path in heads if path[:1] in (("nodes",), ("wires",))]
        return any(path[2:3] != ("params",) or path[3:] == (EVERY,) for path in paths)

    def sizeHint(self) -> QSize:
        rows = max(len(self.lanes), 1)
        if self.folded:
            return QSize(200, LINE)
        return QSize(200, round(2 * ABOVE + CHIP + PITCH * (rows - 1)))

    def redraw(self) -> None:
        self._arrange()
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def fold(self, folded: bool) -> None:
        """Let one line stand for the lanes where there is little room, or show the lanes."""
        if folded != self.folded:
            self.folded = folded
            self.redraw_soon()

    @property
    def line(self) -> str:
        """What the one line says: the document, the step, and whose turn it is."""
        if self.bench is None or self.live is None:
            return ""
        signs = zip(letters(self.turns), self.turns, strict=True)
        turn = next((sign for sign, turn in signs if self._runs(turn.optimizer)), "")
        steps = show_int(self.live.last_step)
        parts = [self.bench.document.name, tr("step {0}").format(steps)]
        return ", ".join([*parts, tr("turn {0}").format(turn)] if turn else parts)

    def chip_at(self, at: QPointF) -> Chip | None:
        return next((c for c in self._chips() if c.node and c.box.contains(at)), None)

    def _chips(self) -> list[Chip]:
        if self.folded:
            return []
        last = [self.trainer] if self.trainer else []
        return [*(chip for lane in self.lanes for chip in lane), *last]

    def _arrange(self) -> None:
        graph, known = self.graph, self.catalogue
        watched = [node for row in watch_rows(graph, known)[:1] for node in row]
        found = lanes(graph, known, watched, self._trains) if known.kinds else []
        of_each = [trainers_of(graph, known, lane)[:1] for lane in found]
        ends = of_each[0] if of_each else []
        if any(end != ends for end in of_each):  # each lane ends at its own
            found = [[*lane, *end] for lane, end in zip(found, of_each, strict=True)]
            ends = []
        found = [gathered(lane) for lane in found]
        room = self.width() - 2 * MARGIN
        if ends:
            room -= GAP + self._wanted(ends[0])
        self.lanes = [self._lane(lane, row, room) for row, lane in enumerate(found)]
        right = max((lane[-1].box.right() for lane in self.lanes), default=0.0)
        middle = self._top(0) + (self._top(max(len(found) - 1, 0)) - self._top(0)) / 2
        self.trainer = None
        if ends:
            box = QRectF(right + GAP, middle, self._wanted(ends[0]), CHIP)
            self.trainer = self._chip(ends[0], box)
        self.turns = turns(graph, known, ends[0]) if ends else []

    def _lane(self, lane: Sequence[str], row: int, room: float) -> list[Chip]:
        """Place a lane's chips; names are elided, then chips folded, where it is too long."""
        most = min(len(lane), MOST_CHIPS)
        while most > 4 and most * (NARROWEST + GAP) - GAP > room:
            most -= 1
        parts = folded(lane, most)
        wanted = [self._wanted(part) for part in parts]
        cap = max(wanted)
        while cap > NARROWEST and sum(min(w, cap) for w in wanted) + GAP * (len(parts) - 1) > room:
            cap -= 4.0
        x, chips, before = MARGIN, [], ""
        for part, width in zip(parts, wanted, strict=True):
            box = QRectF(x, self._top(row), min(width, cap), CHIP)
            chips.append(self._chip(part, box, before))
            x, before = box.right() + GAP, chips[-1].node
        return chips

    def _top(self, row: int) -> float:
        return ABOVE + PITCH * row

    def _wanted(self, part: str | int) -> float:
        text = f"+ {part}" if isinstance(part, int) else self._title(part)
        width = QFontMetricsF(font(HINT, MEDIUM)).horizontalAdvance(text)
        return float(round(width + (20.0 if isinstance(part, int) else TEXT_AT + 12.0)))

    def _chip(self, part: str | int, box: QRectF, before: str = "") -> Chip:
        if isinstance(part, int):
            return Chip("", f"+ {show_int(part)}", "", box)
        board, node = self._where(part)
        info = self.catalogue.of(board.nodes[node])
        icon = info.icon if info else "package"
        return Chip(part, self._title(part), icon, box, *self._wire(before, part))

    def _where(self, part: str) -> tuple[Board, str]:
        """Return where a node of a lane, or an instance, is, and its id there."""
        if part in self.graph.nodes or self.bench is None:
            return self.graph, part
        *way, node = part.split("/")
        return board_at(self.bench.document.graph, tuple(way)), node

    def _title(self, part: str) -> str:
        graph = self.graph
        if part not in graph.nodes and self.bench is not None:
            graph = self.bench.document.graph
        return title_of(graph, self.catalogue, part)

    def _wire(self, one: str, other: str) -> tuple[str, str]:
        """Return the family and the glyph of the wire between two parts of a lane."""
        near = (w for w in self.graph.wires if within(w.source, one) and within(w.target, other))
        wire = next(near, None)
        if wire is not None:
            info = self.catalogue.of(self.graph.nodes[wire.source])
            outputs = ports_of(self.catalogue, info)[1] if info else ()
            port = next((p for p in outputs if p.name == wire.output), None)
            if port is not None:
                return port.family, port.glyph
        return "object", "ring"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        chip = self.chip_at(event.position())
        hovered = chip.node if chip else ""
        if hovered != self._hovered:
            self._hovered = hovered
            shape = Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = ""
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if chip := self.chip_at(event.position()):
            self.select_requested.emit([chip.node])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            chip = self.chip_at(QPointF(event.pos()))
            words = tr("{0}: click to see it in Build").format(chip.text) if chip else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), tokens.canvas)
        if self.folded:
            painter.setFont(font(HINT, MEDIUM))
            painter.setPen(tokens.text2)
            room = QRectF(self.rect()).adjusted(MARGIN, 0, -MARGIN, 0)
            shown = elide(self.line, QFontMetricsF(painter.font()), room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)
            return
        for chip in self._chips():
            self._paint_chip(painter, tokens, chip)
        for lane in self.lanes:
            for one, other in pairwise(lane):
                self._paint_wire(painter, tokens, one, other)
            if self.trainer:
                self._paint_join(painter, tokens, lane[-1], self.trainer)
        self._paint_turns(painter, tokens)

    def _paint_chip(self, painter: QPainter, tokens: Theme, chip: Chip) -> None:
        running = self._runs(chip.node)
        hovered = bool(chip.node) and chip.node == self._hovered
        painter.setPen(pen(tokens.accent if running or hovered else tokens.edge, 1.0))
        painter.setBrush(tokens.selected if running else tokens.node)
        painter.drawRoundedRect(chip.box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CONTROL, 6)
        ratio = self.devicePixelRatioF()
        if chip.icon:
            top = chip.box.top() + (CHIP - ICON_SIZE) / 2
            image = pixmap(chip.icon, "text2", ICON_SIZE, ratio=ratio)
            painter.drawPixmap(QPointF(chip.box.left() + ICON_AT, top), image)
        painter.setFont(font(HINT, MEDIUM))
        painter.setPen(tokens.text)
        left = TEXT_AT if chip.icon else 0.0
        room = chip.box.adjusted(left, 0, -6 if chip.icon else 0, 0)
        shown = elide(chip.text, QFontMetricsF(painter.font()), room.width())
        side = Qt.AlignmentFlag.AlignLeft if chip.icon else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)

    def _runs(self, node: str) -> bool:
        if not node or self.live is None or not self.live.busy:
            return False
        state = self.live.states.get(node)
        return state is not None and state.state == "running"

    def _paint_wire(self, painter: QPainter, tokens: Theme, one: Chip, other: Chip) -> None:
        wire = tokens.wire(other.family)
        start = QPointF(one.box.right(), one.box.center().y())
        end = QPointF(other.box.left(), other.box.center().y())
        pattern = PATTERNS.get(wire.stroke, ())
        cap = Cap.RoundCap if wire.stroke == "dotted" else Cap.FlatCap
        offsets = (-1.7, 1.7) if wire.stroke == "double" else (0.0,)
        painter.setPen(pen(wire.colour, 1.5 if len(offsets) > 1 else 2.0, cap=cap, pattern=pattern))
        for dy in offsets:
            painter.drawLine(start + QPointF(0, dy), end + QPointF(0, dy))
        ground, inside = tokens.canvas, tokens.node
        paint_glyph(
            painter, other.glyph, end, wire.colour, filled=True, ground=ground, inside=inside
        )

    def _paint_join(self, painter: QPainter, tokens: Theme, last: Chip, trainer: Chip) -> None:
        painter.setPen(
            pen(tokens.wire("object").colour, 2.0, cap=Cap.RoundCap, pattern=(0.01, 2.2))
        )
        start = QPointF(last.box.right() + 3, last.box.center().y())
        end = QPointF(trainer.box.left() - 3, trainer.box.center().y())
        corner = end.x() - GAP / 2 + 3
        way = [start, QPointF(corner, start.y()), QPointF(corner, end.y()), end]
        painter.drawPolyline(way)

    def _paint_turns(self, painter: QPainter, tokens: Theme) -> None:
        """Show the optimisers' letters in the order of their turns, where they are several."""
        if self.trainer is None or len(self.turns) < 2:
            return
        painter.setFont(font(HINT, MEDIUM))
        x, y = self.trainer.box.right() + 8, self.trainer.box.center().y()
        for sign, turn in zip(letters(self.turns), self.turns, strict=True):
            text = f"{sign} x {turn.count}" if turn.count > 1 else sign
            width = max(QFontMetricsF(painter.font()).horizontalAdvance(text) + 14, 22.0)
            box = QRectF(x, y - 10, width, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.header)
            painter.drawRoundedRect(box, 10, 10)
            painter.setPen(tokens.text2)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
            x = box.right() + 4

"""A trainer's order of turns: which optimiser updates which networks, in what order, how often."""

from __future__ import annotations

import re

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue, ParamInfo
from engine.document.graph import Graph
from workbench.bench.turns import EVERY, RATE, Turn
from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import faded, theme
from workbench.panels.fields import Field, field_for
from workbench.panels.params import LARGE
from workbench.widgets.base import Elided, counted, delete_widget, label, tr
from workbench.widgets.sections import paint_focus
from workbench.words.kinds import headed

MOST_CELLS = 24  # of two steps side by side; more are drawn as bars of one step
CELL, GAP, LANE = 16, 4, 22
HEADED = re.compile(", | · ")


class Handle(QWidget):
    """A handle that drags a turn up or down; Alt with arrow keys does the same."""

    moved = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFixedSize(16, look.TARGET)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Move the turn of {0}").format(name))
        self.setToolTip(tr("Drag to change the order (Alt+Up, Alt+Down)"))
        self._from: QPoint | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().accent if self.hasFocus() else theme().text3)
        middle = self.height() / 2
        for x in (4, 9):
            for y in (-5, 0, 5):
                painter.drawEllipse(QRectF(x, middle + y - 1.25, 2.5, 2.5))
        painter.end()
        if self.hasFocus():
            paint_focus(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.globalPosition().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        rows = round((event.globalPosition().y() - self._from.y()) / 38)
        self._from = None
        if rows:
            self.moved.emit(rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}.get(int(event.key()))
        if steps and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved.emit(steps)
        else:
            super().keyPressEvent(event)


class Lanes(QWidget):
    """Two steps as squares, a lane per optimiser; bars if there are many turns."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_turns(self, turns: list[Turn]) -> None:
        self.turns = turns
        words = ", ".join(
            tr("{0}: {1}").format(lane_title(turn), counted(turn.count, "%Ln turn", "%Ln turns"))
            for turn in turns
        )
        self.setAccessibleName(tr("In one step {0}").format(words))
        self.setVisible(len(turns) > 1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, len(self.turns) * LANE + 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        total = sum(turn.count for turn in self.turns)
        cells = 2 * total <= MOST_CELLS
        wanted = 2 * self.step_width(total) if cells else self.width() * 2 / 3
        left = self._paint_names(painter, max(self.width() - wanted - 14, self.width() / 3))
        if cells:
            self._paint_cells(painter, left, total)
        else:
            self._paint_bars(painter, left, total)

    def step_width(self, total: int) -> float:
        """Return the width of a step: of its squares or of the text below."""
        metrics = QFontMetrics(look.font(look.FOOT))
        words = max(metrics.horizontalAdvance(text) for text in step_words())
        return max(total * (CELL + GAP), words + 8)

    def _paint_names(self, painter: QPainter, room: float) -> float:
        font = look.font(look.HINT)
        metrics = QFontMetrics(font)
        names = [lane_title(turn) for turn in self.turns]
        widest = max(map(metrics.horizontalAdvance, names), default=0) + 2
        width = min(widest, int(room))
        painter.setFont(font)
        painter.setPen(theme().text2)
        for lane, name in enumerate(names):
            where = QRectF(0, lane * LANE, width, LANE)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, elide(name, metrics, width))
        return width + 14

    def _paint_cells(self, painter: QPainter, left: float, total: int) -> None:
        width = min(self.step_width(total), (self.width() - left) / 2)
        pitch = min(CELL + GAP, width / total)
        start = self.width() - 2 * width
        for step in (0, 1):
            at = start + step * width + (width - total * pitch) / 2
            for lane in range(len(self.turns)):
                self._paint_lane(painter, lane, at, pitch, total)
        self._paint_steps(painter, start, width)

    def _paint_lane(
        self, painter: QPainter, lane: int, left: float, pitch: float, total: int
    ) -> None:
        first = sum(turn.count for turn in self.turns[:lane])
        mine = range(first, first + self.turns[lane].count)
        side = max(2.0, pitch - min(GAP, pitch / 4))
        for place in range(total):
            where = QRectF(left + place * pitch, lane * LANE + (LANE - side) / 2, side, side)
            painter.setPen(Qt.PenStyle.NoPen if place in mine else QPen(theme().line, 1))
            painter.setBrush(_shade(lane) if place in mine else Qt.BrushStyle.NoBrush)
            inside = where if place in mine else where.adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(inside, 3, 3)

    def _paint_steps(self, painter: QPainter, left: float, width: float) -> None:
        height = len(self.turns) * LANE
        painter.setPen(QPen(theme().control, 1, Qt.PenStyle.DotLine))
        middle = left + width - 2
        painter.drawLine(round(middle), 0, round(middle), height + 4)
        painter.setFont(look.font(look.FOOT))
        painter.setPen(theme().text3)
        for step, words in enumerate(step_words()):
            where = QRectF(left + step * width, height + 2, width, 18)
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_bars(self, painter: QPainter, left: float, total: int) -> None:
        room, at = self.width() - left, left
        painter.setPen(Qt.PenStyle.NoPen)
        for lane, turn in enumerate(self.turns):
            width = max(3.0, room * turn.count / total)
            painter.setBrush(_shade(lane))
            painter.drawRoundedRect(QRectF(at, lane * LANE + 5, width - 1, LANE - 10), 3, 3)
            at += width
        painter.setFont(look.font(look.FOOT))
        painter.setPen(theme().text3)
        where = QRectF(left, len(self.turns) * LANE + 2, room, 18)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, tr("one step"))


def step_words() -> tuple[str, str]:
    return tr("step n"), tr("step n + 1")


class TurnRow:
    """The widgets of one optimiser in a row of a grid."""

    def __init__(self, turn: Turn, every: ParamInfo | None, rate: ParamInfo | None) -> None:
        self.turn = turn
        self.handle = Handle(turn.title)
        self.title = Elided(turn.title)
        self.title.setMinimumWidth(60)
        self.fields: dict[str, Field] = {}
        for param in (every, rate):
            if param is not None:
                self.fields[param.name] = _small(param)

    def show(self, turn: Turn, title: str) -> None:
        self.turn = turn
        moves = tr("moves {0}").format(turn.models_title or tr("nothing yet"))
        self.title.say(title, moves if title == turn.title else headed(turn.title, moves))
        values = {EVERY: turn.count, RATE: turn.rate}
        for name, field in self.fields.items():
            field.show_value(values[name])


class Turns(QWidget):
    """The order of turns on a trainer's page."""

    edited = Signal(str, str, object, bool)  # optimiser, parameter, value, merge
    reset_order = Signal(object, int)  # wire, its new position
    followed = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TurnRow] = []
        self._key: tuple[str, ...] = ()
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.holder = QWidget()
        self.lanes = Lanes()
        self.empty = label("", "hint", wrap=True)
        for part in (self.holder, self.empty, self.lanes):
            column.addWidget(part)

    def show_turns(self, turns: list[Turn], graph: Graph, catalogue: Catalogue) -> None:
        key = tuple(t.optimizer + graph.nodes[t.optimizer].kind for t in turns)
        if key != self._key or not self.rows:
            self._key = key
            self._build(turns, graph, catalogue)
        titles = distinct_parts([turn.title for turn in turns])
        for row, turn, title in zip(self.rows, turns, titles, strict=True):
            row.show(turn, title)
        self.empty.setText(tr("Wire an optimiser here: it will have its turns in this order."))
        self.empty.setVisible(not turns)
        self.holder.setVisible(bool(turns))
        self.lanes.show_turns(turns)

    def _build(self, turns: list[Turn], graph: Graph, catalogue: Catalogue) -> None:
        old, self.holder = self.holder, QWidget()
        self.column.replaceWidget(old, self.holder)
        delete_widget(old)
        grid = QGridLayout(self.holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(5)
        grid.setColumnStretch(1, 1)
        grid.addWidget(Elided(tr("Order in one step"), "section"), 0, 0, 1, 2)
        for place, words in ((2, tr("turns")), (4, tr("rate"))):
            grid.addWidget(label(words, "hint"), 0, place, Qt.AlignmentFlag.AlignCenter)
        self.rows = []
        for number, turn in enumerate(turns):
            info = catalogue[graph.nodes[turn.optimizer]]
            row = TurnRow(turn, info.param(EVERY), info.param(RATE))
            self._place(grid, number + 1, row)
            self.rows.append(row)

    def _place(self, grid: QGridLayout, at: int, row: TurnRow) -> None:
        large = theme().text_scale > LARGE
        at = 2 * at
        grid.addWidget(row.handle, at - large, 0)
        grid.addWidget(row.title, at - large, 1, 1, 4 if large else 1)
        if len(row.fields) == 2:
            grid.addWidget(label("×", "hint"), at, 3)
        for name, place in ((EVERY, 2), (RATE, 4)):
            if field := row.fields.get(name):
                grid.addWidget(field, at, place)
                field.edited.connect(
                    lambda v, m, name=name, row=row: self.edited.emit(
                        row.turn.optimizer, name, v, m
                    )
                )
                field.faulted.connect(lambda fault, field=field: _say_fault(field, fault))
        row.handle.moved.connect(lambda by, row=row: self._move(row, by))

    def _move(self, row: TurnRow, by: int) -> None:
        self.reset_order.emit(row.turn.wire, self.rows.index(row) + by)


def distinct_parts(titles: list[str]) -> list[str]:
    """Return the parts that distinguish titles, such as `critic` in `Adam, critic`."""
    parts = [HEADED.split(title, maxsplit=1) for title in titles]
    same = len({head for head, *_ in parts}) == 1 < len(titles)
    return [part[1] for part in parts] if same and all(len(p) == 2 for p in parts) else titles


def lane_title(turn: Turn) -> str:
    """Return a lane's title: the networks updated, or the optimiser if there are none."""
    return turn.models_title or turn.title


def _small(param: ParamInfo) -> Field:
    field = field_for(param)
    line = field.editor
    line.unit = ""  # type: ignore[attr-defined]
    line.setTextMargins(0, 0, 0, 0)  # type: ignore[attr-defined]
    line.setAlignment(Qt.AlignmentFlag.AlignCenter)  # type: ignore[attr-defined]
    line.setMinimumWidth(0)
    field.setFixedWidth(round({EVERY: 44, RATE: 60}[param.name] * min(theme().text_scale, 1.5)))
    return field


def _say_fault(field: Field, fault: str) -> None:
    field.mark_bad(bool(fault))
    field.setToolTip(fault)


def _shade(lane: int) -> object:
    """Return the accent, full for the last lane and fainter for others."""
    return theme().accent if lane else faded(theme().accent, 0.62)

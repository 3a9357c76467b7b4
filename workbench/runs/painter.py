"""Paints the rows of the page of runs, one function a column."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, cast

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.document.messages import RunInfo
from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import theme
from workbench.runs.pictures import FIRST, HEIGHT, SECOND, Pictures
from workbench.runs.rows import ROW, Column, Index, Row, RunRows
from workbench.runs.words import state_words, tr, when
from workbench.words.quantities import show_measured
from workbench.words.runnames import NAMED, Told

ROW_HEIGHT = 78
CHIP, CHIP_GAP, AIR = 24, 6, 9  # px
TRACK = 120.0  # px of the line that figures are drawn on
BOX, BESIDE = 16, 12  # px; BESIDE: to the next column
HEAD = 8  # px before a cell's content, as in its head
STAR = "warning"  # the colour of a star
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Cell(NamedTuple):
    """What is painted: the room for it, its index, and whether its run is chosen."""

    where: QRect
    at: Index
    chosen: bool

    @property
    def row(self) -> Row:
        return cast(Row, self.at.data(ROW))

    @property
    def model(self) -> RunRows:
        return cast(RunRows, self.at.model())

    @property
    def text(self) -> str:
        return str(self.at.data() or "")


class RunPainter(QStyledItemDelegate):
    """Paints cells. `folded` holds what has no room: "time", "second"."""

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = pictures
        self.folded: set[str] = set()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40, round(ROW_HEIGHT * max(1.0, theme().text_scale)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option)
        column = Column(index.column())
        where = QRect(option.rect)
        if column > Column.STAR:
            where.adjust(HEAD, 0, 0, 0)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        PAINTERS[column](self, painter, Cell(where, index, chosen))
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        states, tokens, where = QStyle.StateFlag, theme(), option.rect
        if option.state & states.State_Selected:
            painter.fillRect(where, tokens.selected)
        elif option.state & states.State_MouseOver:
            painter.fillRect(where, tokens.hover)
        painter.setPen(QPen(tokens.line, 1))
        painter.drawLine(where.bottomLeft(), where.bottomRight())
        if option.state & states.State_HasFocus:
            painter.setPen(QPen(tokens.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(where).adjusted(1, 2, -2, -3), 5, 5)

    def paint_tick(self, painter: QPainter, cell: Cell) -> None:
        chosen, tokens = cell.chosen, theme()
        box = QRectF(0, 0, BOX, BOX)
        box.moveCenter(QRectF(cell.where).center())
        painter.setPen(QPen(tokens.fill if chosen else tokens.control, 1))
        painter.setBrush(tokens.fill if chosen else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        if chosen:
            painter.drawPixmap(box.toRect(), look.pixmap("check", "on_fill", BOX))

    def paint_star(self, painter: QPainter, cell: Cell) -> None:
        picture = look.pixmap("star", STAR if cell.row.run.starred else "text3", 18)
        painter.drawPixmap(_middle(cell.where, 18), picture)

    def paint_pictures(self, painter: QPainter, cell: Cell) -> None:
        x, y = cell.where.left(), cell.where.center().y() - HEIGHT // 2
        found = self.pictures.of(cell.row.run)
        for place, width in enumerate((FIRST, SECOND)):
            if place and "second" in self.folded:
                return
            box = QRectF(x, y, width, HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().canvas)
            if place < max(1, len(found)):
                painter.drawRoundedRect(box, 4, 4)
            if place < len(found):
                _paint_picture(painter, box, found[place])
            x += width + 4

    def paint_run(self, painter: QPainter, cell: Cell) -> None:
        timed = "time" not in self.folded
        below = below_number(cell.row.run, cell.where.width() - BESIDE, timed=timed)
        _two_lines(
            painter, cell.where, cell.row.number, below, failed=cell.row.run.status == "failed"
        )

    def paint_changed(self, painter: QPainter, cell: Cell) -> None:
        changed, where = cell.row.changed, cell.where.adjusted(0, 0, -12, 0)
        if not changed:
            _write(painter, where, cell.row.unchanged, look.font(look.BODY), theme().text3)
            return
        more = len(changed) - NAMED
        rest = [Told(f"+ {more}")] if more > 0 else []
        _chips(painter, where, [*changed[:NAMED], *rest])

    def paint_figure(self, painter: QPainter, cell: Cell) -> None:
        if math.isnan(cell.row.figure):
            _write(painter, cell.where, "–", look.font(look.BODY), theme().text3)
            return
        where = QRect(cell.where)
        line = QRect(where.left(), where.center().y() - 22, where.width(), 20)
        big, small = look.font(14, look.SEMIBOLD), look.font(look.BODY)
        figure, error = show_measured(cell.row.figure, cell.row.error)
        end = _write(painter, line, figure, big, theme().text)
        if error:
            rest = QRect(round(end) + 4, line.top(), line.right() - round(end), line.height())
            _write(painter, rest, f"± {error}", small, theme().text2)
        if math.isfinite(cell.row.figure):
            _track(
                painter, QPointF(where.left(), where.center().y() + 8.5), cell.row, cell.model.reach
            )

    def paint_text(self, painter: QPainter, cell: Cell) -> None:
        text = cell.text
        where = cell.where.adjusted(0, 0, -8, 0)
        _write(painter, where, text, look.font(look.BODY), theme().text2)

    def paint_note(self, painter: QPainter, cell: Cell) -> None:
        empty = not cell.row.run.note
        text = tr("Add a note") if empty else cell.row.run.note
        where = cell.where.adjusted(0, 0, -16, 0)
        colour = theme().text3 if empty else theme().text
        _write(painter, where, text, look.font(look.BODY), colour)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the field in which a note is typed."""
        field = QLineEdit(parent)
        field.setPlaceholderText(tr("Add a note"))
        field.setAccessibleName(tr("Note"))
        return field

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        high = look.CONTROL_HEIGHT
        top = option.rect.center().y() - high // 2
        editor.setGeometry(option.rect.left(), top, option.rect.width() - 4, high)


Painter = Callable[[RunPainter, QPainter, Cell], None]
PAINTERS: dict[Column, Painter] = {
    Column.TICK: RunPainter.paint_tick,
    Column.STAR: RunPainter.paint_star,
    Column.PICTURES: RunPainter.paint_pictures,
    Column.RUN: RunPainter.paint_run,
    Column.CHANGED: RunPainter.paint_changed,
    Column.FIGURE: RunPainter.paint_figure,
    Column.SEED: RunPainter.paint_text,
    Column.STEPS: RunPainter.paint_text,
    Column.TOOK: RunPainter.paint_text,
    Column.NOTE: RunPainter.paint_note,
}


def _middle(where: QRect, size: int) -> QRect:
    box = QRect(0, 0, size, size)
    box.moveCenter(where.center())
    return box


def _write(painter: QPainter, where: QRect, text: str, font: QFont, colour: QColor) -> float:
    """Write one line, cut between words, and return where it ends."""
    metrics = QFontMetricsF(font)
    text = elide(text, metrics, where.width())
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(where, LEFT, text)
    return where.left() + metrics.horizontalAdvance(text)


def below_number(run: RunInfo, width: float, *, timed: bool = True) -> str:
    """Return how a run ended and when, in as many words as fit; of today the clock is enough."""
    time = when(run.started) if timed else ""
    state, clock = state_words(run), time.removeprefix(f"{tr('Today')} ")
    forms = [" · ".join(filter(None, (state, told))) for told in (time, clock)]
    metrics = QFontMetricsF(look.font(look.BODY))
    return next((f for f in forms if metrics.horizontalAdvance(f) <= width), time or state)


def _two_lines(painter: QPainter, where: QRect, above: str, below: str, *, failed: bool) -> None:
    high, middle = round(20 * theme().text_scale), where.center().y()
    where = where.adjusted(0, 0, -BESIDE, 0)
    first = QRect(where.left(), middle - (high if below else high // 2), where.width(), high)
    _write(painter, first, above, look.font(14, look.SEMIBOLD), theme().text)
    if below:
        second = QRect(where.left(), middle + 1, where.width(), high)
        colour = theme().error if failed else theme().text2
        _write(painter, second, below, look.font(look.BODY), colour)


def _paint_picture(painter: QPainter, box: QRectF, picture: QPixmap) -> None:
    size = picture.deviceIndependentSize()
    place = QRectF(QPointF(), size)
    place.moveCenter(box.center())
    painter.drawPixmap(place.toRect(), picture)


def _chips(painter: QPainter, where: QRect, changed: list[Told]) -> None:
    """Draw each change in a box; below each other where there is no room for all in a line."""
    high = round(CHIP * theme().text_scale)
    fitting = [_fitting(told, where.width()) for told in changed]
    lines: list[list[Told]] = [[]]
    used = 0.0
    for told in fitting:
        width = _width(told)
        if lines[-1] and used + width > where.width():
            lines.append([])
            used = 0.0
        lines[-1].append(told)
        used += width + CHIP_GAP
    lines = lines[: where.height() // (high + 2)]
    top = where.center().y() - len(lines) * (high + 2) / 2
    for line in lines:
        x = float(where.left())
        for told in line:
            width = min(_width(told), where.width())
            _chip(painter, QRectF(x + 0.5, top + 0.5, width - 1, high - 1), told)
            x += width + CHIP_GAP
        top += high + 2


def _fitting(told: Told, room: float) -> Told:
    """Return a change as it is, or without the value before, which goes first."""
    return told if _width(told) <= room else told._replace(before="")


def _parts(told: Told) -> list[tuple[str, QFont, QColor]]:
    tokens, font = theme(), look.font(look.BODY)
    if not told.after:
        return [(told.name, font, tokens.text)]
    before = [(f" {told.before}", font, tokens.text3), ("  → ", font, tokens.accent)]
    strong = (f" {told.after}", look.font(look.BODY, look.SEMIBOLD), tokens.text)
    return [(told.name, font, tokens.text2), *(before if told.before else []), strong]


def _width(told: Told) -> float:
    widths = (QFontMetricsF(font).horizontalAdvance(text) for text, font, _ in _parts(told))
    return math.ceil(sum(widths)) + 2 * AIR + 1


def _chip(painter: QPainter, box: QRectF, told: Told) -> None:
    """Draw a change; where it is too long its name is cut, never its value."""
    painter.setPen(QPen(theme().edge, 1))
    painter.setBrush(theme().field)
    painter.drawRoundedRect(box, 5, 5)
    (name, font, colour), *rest = _parts(told)
    tail = sum(QFontMetricsF(font).horizontalAdvance(text) for text, font, _ in rest)
    room = box.width() - 2 * AIR + 2 - tail
    x = box.left() + AIR
    for text, face, ink in [(elide(name, QFontMetricsF(font), room), font, colour), *rest]:
        width = QFontMetricsF(face).horizontalAdvance(text)
        painter.setFont(face)
        painter.setPen(ink)
        painter.drawText(QRectF(x, box.top(), width + 2, box.height()), LEFT, text)
        x += width


def _track(painter: QPainter, start: QPointF, row: Row, span: tuple[float, float]) -> None:
    """Draw a figure with its error on a line that all rows share."""
    low, high = span
    reach = (high - low) or 1.0

    def at(value: float) -> QPointF:
        share = min(max((value - low) / reach, 0.0), 1.0)
        return start + QPointF(4 + share * (TRACK - 8), 0)

    painter.setPen(QPen(theme().line, 2))
    painter.drawLine(start, start + QPointF(TRACK, 0))
    painter.setPen(QPen(theme().accent, 2.5))
    if math.isfinite(row.error):
        painter.drawLine(at(row.figure - row.error), at(row.figure + row.error))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().accent)
    painter.drawEllipse(at(row.figure), 4, 4)

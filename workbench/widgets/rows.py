"""Rows of lists and trees: an icon, a title, a second line, and a text on the right.

Palette, outline, log, runs, history and command palette share one painter and one accessible text.
A `Row` is plain data in the role `ROW`; the models below provide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import theme
from workbench.widgets.base import tr

Index = QModelIndex | QPersistentModelIndex
ROW = int(Qt.ItemDataRole.UserRole)
ICON_SPACE, SIDE_GAP, LINE = 24, 8, 18


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `spoken` replaces title and detail for screen readers.

    A `heading` introduces the rows after it and cannot be selected.
    """

    id: str
    title: str
    icon: str = ""
    colour: str = "text2"
    detail: str = ""
    side: str = ""
    tip: str = ""
    spoken: str = ""
    places: tuple[int, ...] = ()
    ink: str = "text"
    strong: bool = False
    faint: bool = False
    mono: bool = False
    heading: bool = False

    def spoken_text(self) -> str:
        return self.spoken or ", ".join(t for t in (self.title, self.detail, self.side) if t)

    def data(self, role: int) -> Any:
        """Return the row's data for a model role."""
        return _ANSWERS[role](self) if role in _ANSWERS else None


def nothing_row(near: Sequence[object]) -> Row:
    """Return the row that says nothing was found, and whether similar rows follow."""
    words = tr("Nothing found. Spelt alike:") if near else tr("Nothing found")
    return Row(id="", title=words, faint=True, heading=bool(near))


_ANSWERS = {
    int(Qt.ItemDataRole.DisplayRole): lambda row: row.title,
    int(Qt.ItemDataRole.ToolTipRole): lambda row: row.tip or None,
    int(Qt.ItemDataRole.AccessibleTextRole): Row.spoken_text,
    ROW: lambda row: row,
}


class Rows(QAbstractListModel):
    """A flat list of rows. Setting rows keeps the selection if they keep their places."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = 0) -> Any:
        return self.rows[index.row()].data(int(role)) if index.isValid() else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        heading = index.isValid() and self.rows[index.row()].heading
        return Qt.ItemFlag.ItemIsEnabled if heading else super().flags(index)

    def show(self, rows: Sequence[Row]) -> None:
        """Set the rows: kept ones are only repainted, others are added or removed at the end."""
        rows = list(rows)
        if [r.id for r in rows[: len(self.rows)]] == [r.id for r in self.rows]:
            self._keep(rows)
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def _keep(self, rows: list[Row]) -> None:
        old = len(self.rows)
        changed = [i for i in range(old) if rows[i] != self.rows[i]]
        self.rows[:] = rows[:old]
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
        if len(rows) > old:
            self.beginInsertRows(QModelIndex(), old, len(rows) - 1)
            self.rows = rows
            self.endInsertRows()

    def place(self, id: str) -> QModelIndex:
        """Return the index of the row with an id; invalid if there is none."""
        at = next((i for i, row in enumerate(self.rows) if row.id == id), -1)
        return self.index(at) if at >= 0 else QModelIndex()


class RowPainter(QStyledItemDelegate):
    """Paints rows. `indent` is the space before the icon, as for a tree's arrows."""

    height = 28

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = index.data(ROW)
        scale = theme().text_scale
        lines = 1 if not isinstance(row, Row) or not row.detail else 2
        return QSize(120, round((self.height + (lines - 1) * LINE) * scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        if not isinstance(row, Row):
            super().paint(painter, option, index)
            return
        painter.save()
        self.paint_ground(painter, option)
        self.paint_row(painter, option.rect.adjusted(8, 0, -8, 0), row, option)
        painter.restore()

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        states, tokens = QStyle.StateFlag, theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        where = option.rect.adjusted(2, 1, -2, -1)
        if option.state & states.State_Selected:
            painter.setBrush(tokens.selected)
            painter.drawRoundedRect(where, 5, 5)
        elif option.state & states.State_MouseOver:
            painter.setBrush(tokens.hover)
            painter.drawRoundedRect(where, 5, 5)
        if option.state & states.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(tokens.accent)
            painter.drawRoundedRect(where, 5, 5)

    def paint_row(
        self, painter: QPainter, where: QRect, row: Row, option: QStyleOptionViewItem
    ) -> None:
        first = QRect(where)
        if row.detail:
            first.setHeight(where.height() // 2 + 2)
            first.translate(0, 2)
        if row.icon:
            picture = look.pixmap(row.icon, "text3" if row.faint else row.colour)
            top = first.center().y() - look.ICON // 2 + 1
            painter.drawPixmap(first.left(), top, picture)
            where = where.adjusted(ICON_SPACE, 0, 0, 0)
            first.setLeft(where.left())
        first = self.paint_side(painter, first, row)
        self.paint_title(painter, first, row)
        if row.detail:
            self.paint_detail(painter, where, row)

    def paint_side(self, painter: QPainter, where: QRect, row: Row) -> QRect:
        """Draw the text on the right; return the rectangle left of it."""
        if not row.side:
            return where
        font = look.font(look.HINT)
        width = min(QFontMetrics(font).horizontalAdvance(row.side) + 2, where.width() // 2)
        painter.setFont(font)
        painter.setPen(theme().text3)
        text = _elided(row.side, font, width)
        painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return where.adjusted(0, 0, -width - SIDE_GAP, 0)

    def paint_title(self, painter: QPainter, where: QRect, row: Row) -> None:
        font = look.font(look.BODY, look.MEDIUM if row.strong else look.REGULAR)
        if row.heading:
            font = look.font(look.HINT, look.SEMIBOLD)
        if row.mono:
            font = look.font(look.FOOT, mono=True)
        text = _elided(row.title, font, where.width())
        painter.setPen(theme().text3 if row.faint else theme().colour(row.ink))
        places = row.places if text == row.title else ()
        _write(painter, where, text, font, places)

    def paint_detail(self, painter: QPainter, where: QRect, row: Row) -> None:
        font = look.font(look.HINT)
        below = QRect(where.left(), where.center().y() + 1, where.width(), where.height() // 2 - 2)
        painter.setFont(font)
        painter.setPen(theme().text3)
        text = _elided(row.detail, font, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Show the tooltip, headed by the whole text if that is elided."""
        row = index.data(ROW)
        if isinstance(row, Row) and not row.tip:
            shown = "\n".join(t for t in (row.title, row.detail) if t)
            _show_tip(event, view, shown if _is_elided(row, option) else "")
            return True
        return super().helpEvent(event, view, option, index)


def list_view(model: Rows, name: str, parent: QWidget | None = None) -> QListView:
    """Return a list view of rows with `RowPainter` and keyboard control."""
    view = QListView(parent)
    view.setModel(model)
    view.setItemDelegate(RowPainter(view))
    view.setUniformItemSizes(False)
    view.setMouseTracking(True)
    view.setAccessibleName(name)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setFrameShape(QListView.Shape.NoFrame)
    return view


def _elided(text: str, font: QFont, width: int) -> str:
    return elide(text, QFontMetrics(font), width)


def _is_elided(row: Row, option: QStyleOptionViewItem) -> bool:
    room = option.rect.width() - 16 - (ICON_SPACE if row.icon else 0)
    side = QFontMetrics(look.font(look.HINT)).horizontalAdvance(row.side) if row.side else 0
    title = QFontMetrics(look.font(look.BODY, look.MEDIUM)).horizontalAdvance(row.title)
    detail = QFontMetrics(look.font(look.HINT)).horizontalAdvance(row.detail)
    return title > room - side or detail > room


def _show_tip(event: QHelpEvent, view: QWidget, text: str) -> None:
    QToolTip.showText(event.globalPos(), text, view)


def _write(painter: QPainter, where: QRect, text: str, font: QFont, places: Sequence[int]) -> None:
    """Draw one line, with the characters at `places` in the accent colour."""
    if not places:
        painter.setFont(font)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        return
    layout = QTextLayout(text, font)
    marked = QTextCharFormat()
    marked.setForeground(theme().accent)
    marked.setFontWeight(look.SEMIBOLD)
    layout.setFormats([_range(place, marked) for place in places])
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    layout.draw(painter, QPointF(where.left(), where.center().y() + 1 - line.height() / 2))


def _range(place: int, format: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = place, 1, format
    return made

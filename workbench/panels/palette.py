"""The palette: all node kinds by category, searchable, dragged to the canvas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QStyle,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import SUFFIX, Change
from engine.document.library import YOURS
from workbench.look import theme as look
from workbench.look.theme import theme
from workbench.panels.categories import FAILED, by_category, category_row, failures, kind_row
from workbench.panels.panel import Panel
from workbench.search.entries import kind_entry
from workbench.search.finding import find, nearest
from workbench.search.fuzzy import fold
from workbench.widgets.base import Search, counted, tr
from workbench.widgets.dragging import drag_picture, mime_of
from workbench.widgets.rows import ROW, Index, Row, RowPainter, nothing_row


class PalettePainter(RowPainter):
    """Paints categories with an arrow, and kinds indented."""

    height = 26

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        more = 0 if index.parent().isValid() else 2
        return super().sizeHint(option, index) + QSize(0, more)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        painter.save()
        where = QRect(option.rect)
        where.setLeft(0)  # a row spans the panel: the tree draws no branches
        option.rect = where
        self.paint_ground(painter, option)
        inside = where.adjusted(12, 0, -16, 0)
        if index.parent().isValid():
            inside.setLeft(inside.left() + (24 if row.icon else 36))
        elif index.model().rowCount(index):
            self._paint_arrow(painter, inside, option)
            inside.setLeft(inside.left() + 20)
        self.paint_row(painter, inside, row, option)
        painter.restore()

    def _paint_arrow(self, painter: QPainter, where: QRect, option: QStyleOptionViewItem) -> None:
        opened = bool(option.state & QStyle.StateFlag.State_Open)
        arrow = look.pixmap("chevron-down" if opened else "chevron-right", "text3", 14)
        painter.drawPixmap(where.left(), where.center().y() - 6, arrow)


class KindTree(QTreeView):
    """The tree. Enter or a double click adds a kind; dragging starts a drop."""

    added = Signal(str)
    removed = Signal(str)  # one of the user's own kinds
    renamed = Signal(str)  # one of them is to be

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kinds = QStandardItemModel(self)
        self.setModel(self.kinds)
        self.setItemDelegate(PalettePainter(self))
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setAnimated(theme().motion.panel > 0)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Nodes"))
        self.setExpandsOnDoubleClick(False)
        self.clicked.connect(self._toggle)
        self.activated.connect(self._activate)

    def show_groups(self, groups: Sequence[tuple[Row, list[Row]]], *, opened: set[str]) -> None:
        """Show categories with their rows; those in `opened` are unfolded."""
        model = self.kinds
        model.clear()
        for head, rows in groups:
            parent = _item(head)
            for row in rows:
                parent.appendRow(_item(row))
            model.appendRow(parent)
            self.setExpanded(model.indexFromItem(parent), head.id in opened)

    def opened(self) -> set[str]:
        model = self.model()
        heads = [model.index(i, 0) for i in range(model.rowCount())]
        return {h.data(ROW).id for h in heads if self.isExpanded(h)}

    def chosen(self) -> str:
        """Return the current kind, or "" if a category is current."""
        index = self.currentIndex()
        return index.data(ROW).id if index.isValid() and not _is_head(index) else ""

    def first_kind(self) -> QModelIndex:
        """Return the first visible kind."""
        head = self.model().index(0, 0)
        return self.model().index(0, 0, head) if self.model().rowCount(head) else head

    def startDrag(self, actions: Qt.DropAction) -> None:
        kind = self.chosen()
        if not kind or kind.startswith(FAILED):
            return
        drag = QDrag(self)
        drag.setMimeData(mime_of(kind))
        picture = drag_picture(self.currentIndex().data(ROW).title)
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(16, 16))
        drag.exec(Qt.DropAction.CopyAction)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to change or to remove one of the user's own kinds."""
        kind = self.chosen()
        if kind.startswith(YOURS):
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(tr("Rename…")).triggered.connect(lambda: self.renamed.emit(kind))
            remove = menu.addAction(tr("Remove from your kinds"))
            remove.triggered.connect(lambda: self.removed.emit(kind))
            menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send letters to the search field; Enter folds categories.

        Of an own kind Delete removes it, and F2 renames it.
        """
        asks = {int(Qt.Key.Key_Delete): self.removed, int(Qt.Key.Key_F2): self.renamed}
        ask = asks.get(event.key())
        if ask is not None and self.chosen().startswith(YOURS):
            ask.emit(self.chosen())
            return
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.currentIndex().isValid():
            self._activate(self.currentIndex(), keyed=True)
        elif event.text().isprintable() and event.text().strip() and not event.modifiers():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _toggle(self, index: QModelIndex) -> None:
        if _is_head(index):
            self.setExpanded(index, not self.isExpanded(index))

    def _activate(self, index: QModelIndex, *, keyed: bool = False) -> None:
        row = index.data(ROW)
        if _is_head(index):
            if keyed:
                self._toggle(index)
        elif not row.id.startswith(FAILED):
            self.added.emit(row.id)


class Palette(Panel):
    """The search field, the tree, and below it the node files that failed to load."""

    add_requested = Signal(str)
    remove_requested = Signal(str)  # one of the user's own kinds
    rename_requested = Signal(str)
    files_dropped = Signal(list)  # graph files, whose groups are to be kinds

    title = "Nodes"
    icon = "boxes"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self._opened: set[str] | None = None
        self._shown: tuple[int, str] | None = None
        self.search = Search()
        self.search.textChanged.connect(self.redraw_soon)
        self.search.installEventFilter(self)
        self.tree = KindTree()
        self.tree.added.connect(self.add_requested)
        self.tree.removed.connect(self.remove_requested)
        self.tree.renamed.connect(self.rename_requested)
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 0, 12, 0)
        holder.addWidget(self.search)
        column.addLayout(holder)
        column.addWidget(self.tree, 1)
        self.setFocusProxy(self.search)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _graphs(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.files_dropped.emit(_graphs(event))

    def is_affected_by(self, change: Change) -> bool:
        return False

    def redraw(self) -> None:
        catalogue, pattern = self.catalogue, self.search.text().strip()
        words = counted(len(catalogue.kinds), "Search %Ln node", "Search %Ln nodes")
        self.search.say(words)
        if (id(catalogue), pattern) == self._shown:
            return
        if self._shown and not self._shown[1] and self.tree.model().rowCount():
            self._opened = self.tree.opened()
        self._shown = (id(catalogue), pattern)
        if pattern:
            self._show_found(catalogue, pattern)
        else:
            self._show_all(catalogue)

    def restyle(self) -> None:
        self.tree.viewport().update()
        super().restyle()

    def show_category(self, category: str) -> None:
        """Unfold one category, for the rail."""
        self.search.clear()
        self.redraw_now()
        model = self.tree.model()
        for number in range(model.rowCount()):
            index = model.index(number, 0)
            if index.data(ROW).id == category:
                self.tree.expand(index)
                self.tree.scrollTo(index, QTreeView.ScrollHint.PositionAtTop)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Forward Down, Up and Enter from the search field to the tree."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.tree.setFocus()
            self.tree.setCurrentIndex(self.tree.first_kind())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search.text().strip():
            self._add_best()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send letters typed in the tree to the search field."""
        if event.text().isprintable() and event.text().strip():
            self.search.setFocus()
            self.search.insert(event.text())
        elif event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)

    def _add_best(self) -> None:
        self.redraw_now()
        index = self.tree.first_kind()
        if index.isValid() and index.parent().isValid():
            self.add_requested.emit(index.data(ROW).id)

    def _show_all(self, catalogue: Catalogue) -> None:
        groups = [
            (category_row(c, len(kinds)), _in_order(kinds))
            for c, kinds in by_category(catalogue).items()
        ]
        if self._opened is None and groups:
            self._opened = {groups[0][0].id, FAILED}
        groups = failures(catalogue) + groups
        self.tree.show_groups(groups, opened=self._opened or set())

    def _show_found(self, catalogue: Catalogue, pattern: str) -> None:
        """Show the matches of all categories, best first; if none, similar spellings."""
        entries = [kind_entry(kind, kind) for kind in catalogue.kinds.values()]
        found = find(pattern, entries)
        shown = found or nearest(pattern, entries)
        rows = [kind_row(fit.item, fit.places, icon=True) for fit in shown]
        words = counted(len(rows), "%Ln node found", "%Ln nodes found")
        head = Row(id="found", title=words, faint=True) if found else nothing_row(rows)
        self.tree.show_groups([(head, rows)], opened={head.id})
        if rows:
            self.tree.setCurrentIndex(self.tree.first_kind())


def _in_order(kinds: Iterable[KindInfo]) -> list[Row]:
    """Return the rows of kinds, sorted by their titles in the user's language."""
    return sorted(map(kind_row, kinds), key=lambda row: fold(row.title))


def _graphs(event: QDropEvent) -> list[Path]:
    """Return the graph files of a drag or drop event."""
    found = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in found if path.name.endswith(SUFFIX)]


def _item(row: Row) -> QStandardItem:
    item = QStandardItem(row.title)
    item.setEditable(False)
    item.setData(row, ROW)
    item.setData(row.spoken_text(), int(Qt.ItemDataRole.AccessibleTextRole))
    item.setToolTip(row.tip)
    return item


def _is_head(index: QModelIndex) -> bool:
    return not index.parent().isValid()

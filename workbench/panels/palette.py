"""The palette: every node kind by category, found by a few letters, dragged to the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QKeyEvent,
    QPainter,
    QPixmap,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QStyle,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engine.catalogue import Catalogue, KindInfo
from engine.graph import Change
from workbench import theme as look
from workbench.canvas.words import kind_title
from workbench.fuzzy import rank
from workbench.panels.base import Panel, counted, from_catalogue, icon_button, tr
from workbench.panels.rows import ROW, Row, RowPainter
from workbench.theme import appearance, set_icon, theme

MIME = "application/x-genworkbench-kind"
RAIL_WIDTH = 48
FAILED = "failed:"

# category: (title, icon), in the order of the palette; others follow by name
CATEGORIES = {
    "data": ("Data", "database"),
    "networks": ("Networks", "layers"),
    "layers": ("Layers", "layers-2"),
    "autoencoders": ("Autoencoders", "binary"),
    "adversarial": ("Adversarial", "swords"),
    "flows": ("Flows", "arrow-left-right"),
    "diffusion": ("Diffusion", "wind"),
    "score": ("Score and Langevin", "route"),
    "transport": ("Transport", "shuffle"),
    "language": ("Language", "type"),
    "molecules": ("Molecules", "hexagon"),
    "audio": ("Audio", "audio-lines"),
    "training": ("Training", "trending-down"),
    "metrics": ("Metrics", "gauge"),
    "views": ("Views", "layout-grid"),
}


def category_row(category: str, count: int) -> Row:
    title, icon = CATEGORIES.get(category.lower(), (category.capitalize(), "box"))
    return Row(
        id=category,
        title=tr(title),
        icon=icon,
        side=str(count),
        strong=True,
        spoken=f"{tr(title)}, {counted(count, '%Ln node', '%Ln nodes')}",
    )


def kind_row(info: KindInfo, places: tuple[int, ...] = (), *, icon: bool = False) -> Row:
    title, summary = kind_title(info), from_catalogue(info.summary)
    return Row(
        id=info.kind,
        title=title,
        icon=info.icon if icon else "",
        places=places,
        tip="\n".join(t for t in (title, summary) if t),
        spoken=f"{title}. {summary}",
    )


def by_category(catalogue: Catalogue) -> dict[str, list[KindInfo]]:
    """Return the kinds of each category, in the palette's order."""
    groups: dict[str, list[KindInfo]] = {}
    for info in catalogue.kinds.values():
        groups.setdefault(info.category, []).append(info)
    order = list(CATEGORIES)

    def place(category: str) -> tuple[int, str]:
        name = category.lower()
        return (order.index(name) if name in order else len(order), name)

    return {c: groups[c] for c in sorted(groups, key=place)}


class PalettePainter(RowPainter):
    """Categories with an arrow, kinds below them further in."""

    height = 26

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        row = index.data(ROW)
        painter.save()
        where = QRect(option.rect)
        where.setLeft(0)  # a row is as wide as the panel: the tree draws no branches
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
    """The tree. Enter or a double click adds a kind, dragging carries it."""

    added = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(QStandardItemModel(self))
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
        """Show categories with their rows, those in `opened` unfolded."""
        model = self.model()
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
        """Return the kind that is current, empty where a category is."""
        index = self.currentIndex()
        return index.data(ROW).id if index.isValid() and not _is_head(index) else ""

    def first_kind(self) -> QModelIndex:
        """Return the first kind that is shown."""
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let letters go to the search field, and Enter fold what has children."""
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
    """The search field over the tree, and below all the node files that could not be loaded."""

    add_requested = Signal(str)

    title = "Nodes"
    icon = "boxes"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self._opened: set[str] | None = None
        self._shown: Any = None
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self._loupe = self.search.addAction(
            look.icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition
        )
        set_icon(self._loupe, "search", "text3")
        self.search.textChanged.connect(self.mark)
        self.search.installEventFilter(self)
        self.tree = KindTree()
        self.tree.added.connect(self.add_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 0, 12, 0)
        holder.addWidget(self.search)
        column.addLayout(holder)
        column.addWidget(self.tree, 1)
        self.setFocusProxy(self.search)

    def touches(self, change: Change) -> bool:
        return False

    def redraw(self) -> None:
        catalogue, pattern = self.catalogue, self.search.text().strip()
        words = counted(len(catalogue.kinds), "Search %Ln node", "Search %Ln nodes")
        self.search.setPlaceholderText(words)
        self.search.setAccessibleName(words)
        if (id(catalogue), pattern) == self._shown:
            return
        if self._shown and not self._shown[1]:
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
        """Unfold one category, as the rail does."""
        self.search.clear()
        self.catch_up()
        model = self.tree.model()
        for number in range(model.rowCount()):
            index = model.index(number, 0)
            if index.data(ROW).id == category:
                self.tree.expand(index)
                self.tree.scrollTo(index, QTreeView.ScrollHint.PositionAtTop)

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """Walk and take from the search field: Down, Up and Enter are the tree's."""
        if event.type() != event.Type.KeyPress:
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
        """Letters typed on the tree go on in the search field."""
        if event.text().isprintable() and event.text().strip():
            self.search.setFocus()
            self.search.insert(event.text())
        elif event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)

    def _add_best(self) -> None:
        self.catch_up()
        index = self.tree.first_kind()
        if index.isValid() and index.parent().isValid():
            self.add_requested.emit(index.data(ROW).id)

    def _show_all(self, catalogue: Catalogue) -> None:
        groups = [
            (category_row(c, len(kinds)), [kind_row(k) for k in kinds])
            for c, kinds in by_category(catalogue).items()
        ]
        if self._opened is None and groups:
            self._opened = {groups[0][0].id}
        groups += _failures(catalogue)
        self.tree.show_groups(groups, opened=self._opened or set())

    def _show_found(self, catalogue: Catalogue, pattern: str) -> None:
        """Show what fits, best first, whatever its category."""
        found = rank(
            pattern,
            catalogue.kinds.values(),
            kind_title,
            lambda k: k.kind,
            lambda k: f"{k.category} {from_catalogue(k.summary)}",
        )
        rows = [kind_row(k, fit.places, icon=True) for k, fit in found]
        words = counted(len(rows), "%Ln node found", "%Ln nodes found")
        head = Row(id="found", title=words if rows else tr("Nothing found"), faint=True)
        self.tree.show_groups([(head, rows)], opened={"found"})
        if rows:
            self.tree.setCurrentIndex(self.tree.first_kind())


class Rail(QWidget):
    """The palette of a small window: a button for each category, which opens over the canvas."""

    add_requested = Signal(str)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_ = palette
        self.sheet: QFrame | None = None
        self.setFixedWidth(RAIL_WIDTH)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(6, 8, 6, 8)
        self.column.setSpacing(4)
        palette.add_requested.connect(lambda _: self.close_sheet())
        appearance.changed.connect(self.update)

    def refill(self) -> None:
        """Make a button for each category there is."""
        while item := self.column.takeAt(0):
            if item.widget():
                item.widget().deleteLater()
        search = icon_button("search", tr("Search nodes"), lambda: self.open_sheet(""))
        self._put(search)
        for category in by_category(self.palette_.catalogue):
            row = category_row(category, 0)
            self._put(icon_button(row.icon, row.title, lambda c=category: self.open_sheet(c)))
        self.column.addStretch()

    def open_sheet(self, category: str) -> None:
        """Show the palette beside the rail, over what is there."""
        host = self.window()
        sheet = self.sheet or Sheet(host, self.palette_)
        self.sheet = sheet
        corner = self.mapTo(host, QPoint(self.width(), 0))
        sheet.setGeometry(corner.x(), corner.y(), 248, self.height())
        sheet.show()
        sheet.raise_()
        self.palette_.show()
        if category:
            self.palette_.show_category(category)
        self.palette_.search.setFocus()

    def close_sheet(self) -> None:
        if self.sheet is not None:
            self.sheet.hide()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refill()

    def sizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH, 400)

    def _put(self, button: QToolButton) -> None:
        button.setFixedSize(36, 34)
        self.column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)


class Sheet(QFrame):
    """What holds the palette over the canvas; Escape or a press elsewhere puts it away."""

    def __init__(self, host: QWidget, palette: Palette) -> None:
        super().__init__(host)
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(palette)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: Any) -> None:
        from PySide6.QtWidgets import QApplication

        super().showEvent(event)
        QApplication.instance().focusChanged.connect(self._follow)

    def hideEvent(self, event: Any) -> None:
        from PySide6.QtWidgets import QApplication

        super().hideEvent(event)
        QApplication.instance().focusChanged.disconnect(self._follow)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        """Go when the focus goes elsewhere in the window."""
        if new is not None and not self.isAncestorOf(new):
            self.hide()


def mime_of(kind: str) -> QMimeData:
    """Return what a dragged kind carries to the canvas."""
    data = QMimeData()
    data.setData(MIME, kind.encode())
    data.setText(kind)
    return data


def drag_picture(title: str) -> QPixmap:
    """Draw what follows the pointer: the node's head."""
    font = look.font(look.BODY, look.SEMIBOLD)
    from PySide6.QtGui import QFontMetrics, QGuiApplication

    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    width = QFontMetrics(font).horizontalAdvance(title) + 28
    picture = QPixmap(round(width * ratio), round(32 * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(theme().header)
    painter.setPen(theme().accent)
    painter.drawRoundedRect(QRect(0, 0, width - 1, 31), look.RADIUS_NODE, look.RADIUS_NODE)
    painter.setFont(font)
    painter.setPen(theme().text)
    painter.drawText(QRect(0, 0, width, 32), Qt.AlignmentFlag.AlignCenter, title)
    painter.end()
    return picture


def _failures(catalogue: Catalogue) -> list[tuple[Row, list[Row]]]:
    """Return the node files that could not be imported, each with its sentence."""
    if not catalogue.failures:
        return []
    words = tr("Not loaded")
    head = Row(
        id=FAILED,
        title=words,
        icon="triangle-alert",
        colour="warning",
        side=str(len(catalogue.failures)),
        strong=True,
    )
    rows = [
        Row(
            id=FAILED + f.file,
            title=f.file.replace("\\", "/").rpartition("/")[2],
            detail=f.sentence,
            tip=f"{f.file}\n{f.sentence}",
        )
        for f in catalogue.failures
    ]
    return [(head, rows)]


def _item(row: Row) -> QStandardItem:
    item = QStandardItem(row.title)
    item.setEditable(False)
    item.setData(row, ROW)
    item.setData(row.said(), int(Qt.ItemDataRole.AccessibleTextRole))
    item.setToolTip(row.tip)
    return item


def _is_head(index: QModelIndex) -> bool:
    return not index.parent().isValid()

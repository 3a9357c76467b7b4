"""The table of runs: its columns fold as it narrows; chosen rows are ticked."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.look.theme import appearance, theme
from workbench.runs.painter import HEAD, ROW_HEIGHT, RunPainter
from workbench.runs.pictures import FIRST, SECOND, Pictures
from workbench.runs.rows import ORDERS, ROW, Column, Row, RunRows
from workbench.runs.words import tr

# px; those of words grow with the size of type
WIDTHS = {
    Column.RUN: 150,
    Column.CHANGED: 250,
    Column.FIGURE: 168,
    Column.SEED: 54,
    Column.STEPS: 72,
    Column.TOOK: 88,
}
MARK = 36
LEAST_NOTE, LEAST_CHANGED, MOST_CHANGED = 120, 150, 320
FOLDS = ("steps", "seed", "time", "second", "took")  # what has no room, first to last
COLUMNS = {"steps": Column.STEPS, "seed": Column.SEED, "took": Column.TOOK}
TIME = 44  # px that the time of day takes


class RunTable(QTableView):
    """Rows of runs. Enter shows one, Delete moves the chosen ones to the bin."""

    starred = Signal(object)  # a row
    opened = Signal(object)  # a row
    binned = Signal()
    menu_requested = Signal(object)  # a place on the screen
    chosen_changed = Signal()

    def __init__(self, model: RunRows, pictures: Pictures) -> None:
        super().__init__()
        self.rows = model
        self.painter = RunPainter(pictures, self)
        self.setModel(model)
        self.setItemDelegate(self.painter)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(tr("Runs"))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_head()
        pictures.changed.connect(self.viewport().update)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        appearance.changed.connect(self.fold)

    def _set_head(self) -> None:
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setMinimumSectionSize(24)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(True)
        head.setSortIndicator(Column.RUN, Qt.SortOrder.DescendingOrder)
        head.sortIndicatorChanged.connect(self._sort)

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        if column in ORDERS:
            kept = self.chosen()
            self.rows.sort(column, order)
            self.choose(kept)
            return
        last, down = self.rows.order
        kinds = Qt.SortOrder
        self.horizontalHeader().setSortIndicator(
            last, kinds.DescendingOrder if down else kinds.AscendingOrder
        )

    def fold(self) -> None:
        """Fold what has no room, first to last; the note takes the rest."""
        scale, room = theme().text_scale, self.viewport().width()
        widths: dict[Column, int] = {c: round(w * scale) for c, w in WIDTHS.items()}
        widths |= {Column.TICK: MARK, Column.STAR: MARK}
        widths[Column.PICTURES] = HEAD + FIRST + 4 + SECOND + 16
        least = round(LEAST_NOTE * scale)
        folded: set[str] = set()
        for fold in FOLDS:
            if sum(widths.values()) + least <= room:
                break
            folded.add(fold)
            if fold in COLUMNS:
                widths.pop(COLUMNS[fold])
            elif fold == "time":
                widths[Column.RUN] -= round(TIME * scale)
            else:
                widths[Column.PICTURES] -= SECOND + 4
        spare = room - sum(widths.values()) - least
        floor, most = round(LEAST_CHANGED * scale), round(MOST_CHANGED * scale)
        wanted = widths[Column.CHANGED] + (spare // 3 if spare > 0 else spare)
        widths[Column.CHANGED] = min(max(floor, wanted), most)
        widths[Column.NOTE] = max(least, room - sum(widths.values()))
        self.painter.folded = folded
        for column in Column:
            self.setColumnHidden(column, column not in widths)
            if column in widths:
                self.setColumnWidth(column, widths[column])
        self.verticalHeader().setDefaultSectionSize(round(ROW_HEIGHT * max(1.0, scale)))
        self.viewport().update()

    def chosen(self) -> list[str]:
        """Return the folders of the chosen runs, in the order of the rows."""
        places = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.rows.rows[place].path for place in places]

    def choose(self, paths: list[str]) -> None:
        """Choose these runs, as far as they are listed."""
        model = self.selectionModel()
        flags = model.SelectionFlag.Select | model.SelectionFlag.Rows
        if paths == self.chosen():
            return
        model.clearSelection()
        for path in paths:
            if (place := self.rows.place(path)) >= 0:
                model.select(self.rows.index(place, 0), flags)

    def row_at(self, index: QModelIndex | QPersistentModelIndex) -> Row | None:
        row = index.data(ROW) if index.isValid() else None
        return row if isinstance(row, Row) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            super().mousePressEvent(event)
            return
        if index.column() == Column.STAR:
            self.starred.emit(self.row_at(index))
            return
        if index.column() == Column.TICK:
            model = self.selectionModel()
            model.select(index, model.SelectionFlag.Toggle | model.SelectionFlag.Rows)
            model.setCurrentIndex(index, model.SelectionFlag.NoUpdate)
            return
        super().mousePressEvent(event)
        if index.column() == Column.NOTE:
            self.edit(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.column() in (Column.TICK, Column.STAR):
            self.mousePressEvent(event)
        elif row := self.row_at(index):
            self.opened.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.row_at(self.currentIndex())
        if self.state() == QAbstractItemView.State.EditingState:
            event.accept()  # a note is typed: keys that its field leaves over do nothing here
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self.opened.emit(row)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.chosen():
            self.binned.emit()
        elif event.key() == Qt.Key.Key_F2 and row is not None:
            self.edit(self.rows.index(self.currentIndex().row(), Column.NOTE))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fold()

"""The rows of the page of runs, as a model: what each shows, and in what order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from engine.document.catalogue import Catalogue
from engine.document.messages import RunInfo
from workbench.runs.words import state_words, tr, when
from workbench.words.quantities import show_int, show_measured, show_seconds
from workbench.words.runnames import Told, changes_of, full_name, run_name

Index = QModelIndex | QPersistentModelIndex
ROW = int(Qt.ItemDataRole.UserRole)


class Column(IntEnum):
    """The columns from left to right."""

    TICK, STAR, PICTURES, RUN, CHANGED, FIGURE, SEED, STEPS, TOOK, NOTE = range(10)


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `document` is the name of its graph where that is not the one in front.

    `figure` is the chosen measure, NaN where it has none, and `error` its standard error. What is
    read of the catalogue is told only for rows in sight.
    """

    run: RunInfo
    catalogue: Catalogue = field(compare=False, repr=False)
    document: str = ""
    figure: float = math.nan
    error: float = math.nan

    @property
    def path(self) -> str:
        return self.run.path

    @property
    def name(self) -> str:
        tell = full_name if self.document else run_name
        return tell(self.run, self.catalogue)

    @property
    def number(self) -> str:
        run = self.run
        number = tr("Run {0}").format(run.number) if run.number else run.name
        return f"{self.document}, {number}" if self.document and run.number else number

    @property
    def changed(self) -> list[Told]:
        return changes_of(self.run, self.catalogue)

    @property
    def unchanged(self) -> str:
        """Why nothing has changed."""
        if not self.run.number:
            return tr("its folder is damaged")
        again = tr("nothing: as run {0}").format(self.run.origin)
        return again if self.run.origin else tr("nothing: first of its graph")

    @property
    def words(self) -> str:
        """What a search looks in, in lower case."""
        run = self.run
        changed = (f"{told.name} {told.before} {told.after}" for told in self.changed)
        return " ".join((self.name, *changed, run.name, run.note, state_words(run))).casefold()

    @property
    def changed_words(self) -> str:
        return ", ".join(map(str, self.changed)) or self.unchanged

    @property
    def figure_words(self) -> str:
        if math.isnan(self.figure):
            return ""
        return " ± ".join(filter(None, show_measured(self.figure, self.error)))


SHOWN: dict[Column, Callable[[Row], str]] = {
    Column.RUN: lambda row: row.name,
    Column.CHANGED: lambda row: row.changed_words,
    Column.FIGURE: lambda row: row.figure_words,
    Column.SEED: lambda row: show_int(row.run.seed) if row.run.number else "",
    Column.STEPS: lambda row: show_int(row.run.steps) if row.run.number else "",
    Column.TOOK: lambda row: show_seconds(row.run.seconds) if row.run.number else "",
    Column.NOTE: lambda row: row.run.note,
}
ORDERS: dict[Column, Callable[[Row], Any]] = {
    Column.RUN: lambda row: (row.run.started, row.path),
    Column.FIGURE: lambda row: row.figure,
    Column.SEED: lambda row: row.run.seed,
    Column.STEPS: lambda row: row.run.steps,
    Column.TOOK: lambda row: row.run.seconds,
}


class RunRows(QAbstractTableModel):
    """The runs that are listed. `write_note` keeps a note and returns whether that succeeded."""

    def __init__(self, write_note: Callable[[RunInfo, str], bool]) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.order: tuple[Column, bool] = (Column.RUN, True)
        self.figure_title = ""
        self.better = ""  # which values of the figure are the better ones, as in the catalogue
        self._write_note = write_note

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = 0) -> Any:
        row = self.rows[index.row()]
        column = Column(index.column())
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return SHOWN[column](row) if column in SHOWN else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row, column)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if index.column() != Column.NOTE or str(value) == row.run.note:
            return False
        return self._write_note(row.run, str(value))

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = super().flags(index)
        note = index.isValid() and index.column() == Column.NOTE
        return usual | Qt.ItemFlag.ItemIsEditable if note else usual

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles()[section]
        figure = section == Column.FIGURE
        if role == Qt.ItemDataRole.InitialSortOrderRole:
            down = figure and self.better == "more"
            kinds = Qt.SortOrder
            return (
                kinds.DescendingOrder if down else kinds.AscendingOrder
            ).value  # Qt reads a number
        if role == Qt.ItemDataRole.ToolTipRole and figure and self.better:
            return tr("Sorts: the best first")
        return None

    def titles(self) -> list[str]:
        figure = self.figure_title or tr("Figure")
        found = ["", "", tr("End of the run"), tr("Run"), tr("What changed"), figure]
        return [*found, tr("Seed"), tr("Steps"), tr("Took"), tr("Note")]

    def show(self, rows: Sequence[Row]) -> None:
        """Set the rows, in the order chosen; where the runs are the same they are repainted."""
        rows = self._sorted(rows)
        same = [r.path for r in rows] == [r.path for r in self.rows]
        if not same:
            self.beginResetModel()
        before, self.rows = self.rows, rows
        if not same:
            self.endResetModel()
        elif before != rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(Column) - 1))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column that has an order; rows without a value come last."""
        if column in ORDERS:
            self.order = Column(column), order == Qt.SortOrder.DescendingOrder
            self.show(list(self.rows))

    def _sorted(self, rows: Sequence[Row]) -> list[Row]:
        column, down = self.order
        key = ORDERS[column]
        known = [row for row in rows if key(row) == key(row)]
        return sorted(known, key=key, reverse=down) + [r for r in rows if key(r) != key(r)]

    def place(self, path: str) -> int:
        """Return the place of a run, -1 where it is not listed."""
        return next((n for n, row in enumerate(self.rows) if row.path == path), -1)

    @property
    def reach(self) -> tuple[float, float]:
        """The least and the largest figure, with their errors."""
        known = [row for row in self.rows if math.isfinite(row.figure)]
        errors = [row.error if math.isfinite(row.error) else 0.0 for row in known]
        low = min((r.figure - e for r, e in zip(known, errors, strict=True)), default=0.0)
        high = max((r.figure + e for r, e in zip(known, errors, strict=True)), default=1.0)
        return low, high


def tip(row: Row, column: Column) -> str | None:
    """Return what a cell has no room for."""
    if column == Column.CHANGED:
        return "\n".join(_change(told) for told in row.changed) or None
    if column == Column.RUN:
        when_ = when(row.run.started, long=True)
        return "\n".join(filter(None, (row.name, state_words(row.run), when_, row.path)))
    return row.run.note or None if column == Column.NOTE else None


def _change(told: Told) -> str:
    return f"{told.name}: {told.before} → {told.after}" if told.after else told.name


def spoken(row: Row, column: Column) -> str:
    """Return what a screen reader says of a cell."""
    if column == Column.STAR:
        return tr("starred") if row.run.starred else tr("not starred")
    if column == Column.RUN:
        return ", ".join(filter(None, (row.name, state_words(row.run), when(row.run.started))))
    return SHOWN[column](row) if column in SHOWN else row.name

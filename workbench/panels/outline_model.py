"""The tree of the outline: nodes, below them their ports and, of groups, the nodes in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from workbench.bench.paths import Way, path_of
from workbench.panels.outline_words import Boards, End, Speaker
from workbench.widgets.base import tr
from workbench.widgets.rows import Index, Row
from workbench.words.sentences import TranslatedProblem

Key = tuple[str, End | None]
"""The path of a node, and the port of it that a row is."""
EDIT = int(Qt.ItemDataRole.EditRole)


@dataclass(slots=True, eq=False)
class Entry:
    """A row: a node, frame or note on the board at `way`, or with `end` one of a node's ports."""

    way: Way
    node: str
    row: int
    above: int  # the number of the entry that it lies below, -1 without one
    end: End | None = None
    below: list[int] | None = None  # numbers of entries; None until they are asked for

    @property
    def path(self) -> str:
        return path_of(self.way, self.node)

    @property
    def key(self) -> Key:
        return self.path, self.end


class OutlineModel(QAbstractItemModel):
    """Rows are made when they are unfolded, texts when they are visible."""

    renamed = Signal(object, str)  # the entry of what has a name, and its new one

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boards = Boards(Graph(), Catalogue())
        self.selected: set[str] = set()
        self.entries: list[Entry] = []
        self._top: list[int] = []
        self._numbers: dict[Key, int] = {}

    def show(self, boards: Boards) -> bool:
        """Show a document; return whether rows were added or removed, which folds all."""
        if boards.shape == self.boards.shape:
            self.boards = boards
            self._say_all()
            return False
        self.beginResetModel()
        self.boards = boards
        self.entries, self._numbers = [], {}
        self._top = self._made((), boards.outer, -1)
        self.endResetModel()
        return True

    def hear(self, problems: Iterable[TranslatedProblem]) -> None:
        """Show other problems of the same document."""
        if problems is not self.boards.outer.problems.told:
            self.boards.hear(problems)
            self._say_all()

    def mark(self, selected: Iterable[str]) -> None:
        """Say of these nodes that they are selected."""
        if (marked := set(selected)) != self.selected:
            self.selected = marked
            self._say_all()

    def _say_all(self) -> None:
        if self._top:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._top) - 1, 0))

    def entry(self, index: Index) -> Entry:
        return self.entries[index.internalId()]

    def speaker(self, entry: Entry) -> Speaker:
        return self.boards.at(entry.way)

    def row(self, index: Index) -> Row:
        entry = self.entry(index)
        if entry.end is not None:
            return self.speaker(entry).end_row(entry.node, entry.end)
        return self.speaker(entry).row(entry.node, entry.path in self.selected)

    def place(self, path: str, end: End | None = None) -> QModelIndex:
        """Return the index of a node by its path, or of its port; invalid where there is none."""
        *way, _ = path.split("/")
        for depth in range(len(way)):
            self._unfold((path_of(tuple(way[:depth]), way[depth]), None))
        if end is not None:
            self._unfold((path, None))
        number = self._numbers.get((path, end))
        return QModelIndex() if number is None else self._index(number)

    def _unfold(self, key: Key) -> None:
        number = self._numbers.get(key)
        if number is not None:
            self._below(number)

    def _index(self, number: int) -> QModelIndex:
        return self.createIndex(self.entries[number].row, 0, number)

    def _below(self, number: int) -> list[int]:
        """Return the rows below a row; they are made once."""
        entry = self.entries[number]
        if entry.below is None:
            entry.below = []
            speaker = self.speaker(entry)
            if entry.end is None and entry.node in speaker.graph.nodes:
                ends = speaker.ends(entry.node)
                entry.below = self._ports(entry, ends, number)
                if self.boards.unfolds(entry.way, entry.node):
                    way = (*entry.way, entry.node)
                    entry.below += self._made(way, self.boards.at(way), number, len(ends))
        return entry.below

    def _ports(self, entry: Entry, ends: list[End], above: int) -> list[int]:
        rows = [Entry(entry.way, entry.node, row, above, end) for row, end in enumerate(ends)]
        return [self._put(made) for made in rows]

    def _made(self, way: Way, speaker: Speaker, above: int, first: int = 0) -> list[int]:
        rows = (Entry(way, node, row, above) for row, node in enumerate(speaker.order, first))
        return [self._put(made) for made in rows]

    def _put(self, entry: Entry) -> int:
        self.entries.append(entry)
        number = self._numbers[entry.key] = len(self.entries) - 1
        return number

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        below = self._below(parent.internalId()) if parent.isValid() else self._top
        return self._index(below[row]) if 0 <= row < len(below) and not column else QModelIndex()

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        above = self.entry(index).above if index.isValid() else -1
        return self._index(above) if above >= 0 else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self._below(parent.internalId()) if parent.isValid() else self._top)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        if not parent.isValid():
            return bool(self._top)
        entry = self.entry(parent)
        return entry.end is None and (
            self.speaker(entry).has_ends(entry.node) or self.boards.unfolds(entry.way, entry.node)
        )

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        if int(role) == EDIT:
            entry = self.entry(index)
            return entry.end.port if entry.end else self.speaker(entry).title(entry.node)
        return self.row(index).data(int(role))

    def setData(self, index: Index, value: Any, role: int = EDIT) -> bool:
        self.renamed.emit(self.entry(index), str(value))
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return tr("Outline") if int(role) == 0 and section == 0 else None

"""The outline: the graph as a tree for keyboard and screen readers, in step with the canvas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import networkx as nx
from msgspec.structs import replace
from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QStyleOptionViewItem, QTreeView, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Wire
from engine.document.walks import by_source, by_target
from workbench import edits
from workbench.bench.gradients import stops
from workbench.panels.panel import InnerPanel
from workbench.panels.problems import ICONS
from workbench.widgets.base import counted, tr
from workbench.widgets.rows import ROW, Index, Row, RowPainter
from workbench.words.kinds import kind_title, title_of
from workbench.words.letters import letters
from workbench.words.sentences import TranslatedProblem

STATES = {"muted": "muted", "bypassed": "bypassed"}


def in_order(graph: Graph) -> list[str]:
    """Return the nodes in topological order; ties by position in the file."""
    net = nx.DiGraph()
    net.add_nodes_from(graph.nodes)
    nodes = set(graph.nodes)
    net.add_edges_from(
        (w.source, w.target) for w in graph.wires if w.source in nodes and w.target in nodes
    )
    place = {node: number for number, node in enumerate(graph.nodes)}
    try:
        return list(nx.lexicographical_topological_sort(net, key=place.__getitem__))
    except nx.NetworkXUnfeasible:  # the wires form a cycle, which is reported as a problem
        return list(graph.nodes)


class Speaker:
    """Describes a graph in sentences.

    It keeps a copy of the graph, because rows are painted once more between an edit and the redraw.
    """

    def __init__(
        self, graph: Graph, catalogue: Catalogue, problems: Iterable[TranslatedProblem]
    ) -> None:
        self.graph = graph = replace(graph, nodes=dict(graph.nodes), wires=list(graph.wires))
        self.catalogue = catalogue
        self.hear(problems)
        self.out, self.into = by_source(graph.wires), by_target(graph.wires)
        self.stops = stops(graph, catalogue)

    def hear(self, problems: Iterable[TranslatedProblem]) -> None:
        """Take the problems to say from now on."""
        self.heard = problems
        self.problems: dict[str, list[TranslatedProblem]] = {}
        for problem in problems:
            self.problems.setdefault(problem.node, []).append(problem)

    def title(self, node: str) -> str:
        wires = self.into.get(node, ())
        return title_of(self.graph, self.catalogue, node, wires)

    def sentence(self, node: str, selected: bool = False) -> str:
        """Return `Encoder, selected, q goes to ELBO, no problem`."""
        place = self.graph.nodes[node]
        parts = [self.title(node), tr("selected") if selected else ""]
        parts.append(tr(STATES[place.mode]) if place.mode in STATES else "")
        if place.twin:
            parts.append(tr("shares weights with {0}").format(self.title(place.twin)))
        parts += [self.wire(w) for w in self.out.get(node, ())]
        problems = self.problems.get(node, [])
        parts += [p.sentence.rstrip(".") for p in problems] or [tr("no problem")]
        return ", ".join(part for part in parts if part)

    def wire(self, wire: Wire) -> str:
        """Return `q goes to ELBO`, and whether a gradient flows back."""
        words = tr("{0} goes to {1}").format(letters(wire.output), self.title(wire.target))
        stop = self.stops.get(wire)
        if stop is None:
            return words
        return words + (tr(", frozen there") if stop.frozen else tr(", no gradient comes back"))

    def row(self, node: str, selected: bool) -> Row:
        place = self.graph.nodes[node]
        info = self.catalogue.of(place)
        problems = self.problems.get(node, [])
        icon, colour = (info.icon if info else "circle-question-mark"), "text2"
        if problems:
            icon, colour = ICONS[problems[0].level]
        kind = kind_title(info) if info else place.kind
        named = kind if self.title(node) != kind else ""
        sides = [tr("twin") if place.twin else "", tr(STATES.get(place.mode, "")), named]
        return Row(
            id=node,
            title=self.title(node),
            icon=icon,
            colour=colour,
            side=", ".join(s for s in sides if s),
            faint=place.mode != "on",
            spoken=self.sentence(node, selected),
            tip=self.sentence(node),
        )

    def wire_rows(self, node: str) -> list[Row]:
        """Return a row for each wire: sources of inputs, targets of outputs."""
        rows = []
        for wire in self.into.get(node, ()):
            words = tr("{0} from {1}").format(letters(wire.input), self.title(wire.source))
            rows.append(Row(id=wire.source, title=words, icon="arrow-left", colour="text3"))
        for wire in self.out.get(node, ()):
            words = tr("{0} to {1}").format(letters(wire.output), self.title(wire.target))
            rows.append(Row(id=wire.target, title=words, icon="arrow-right", colour="text3"))
        return rows


class OutlineModel(QAbstractItemModel):
    """Nodes with their wires as children; texts are made when visible."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.order: list[str] = []
        self._rows: dict[str, int] = {}
        self.speaker = Speaker(Graph(), Catalogue(), ())
        self.selected: set[str] = set()
        self._nodes: list[str] = []
        self._wires: list[Wire] = []

    def show(self, speaker: Speaker) -> bool:
        """Show a graph; return whether rows were added or removed, which folds all."""
        nodes, wires = list(speaker.graph.nodes), list(speaker.graph.wires)
        same = nodes == self._nodes and wires == self._wires
        if not same:
            self.beginResetModel()
            self.order = in_order(speaker.graph)
            self._rows = {node: row for row, node in enumerate(self.order)}
        self._nodes, self._wires, self.speaker = nodes, wires, speaker
        if same:
            self._say_all()
        else:
            self.endResetModel()
        return not same

    def hear(self, problems: Iterable[TranslatedProblem]) -> None:
        """Show other problems of the same graph."""
        if problems is not self.speaker.heard:
            self.speaker.hear(problems)
            self._say_all()

    def mark(self, selected: Iterable[str]) -> None:
        """Say of these nodes that they are selected."""
        if (marked := set(selected)) != self.selected:
            self.selected = marked
            self._say_all()

    def _say_all(self) -> None:
        if self.order:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.order) - 1, 0))

    def node(self, index: Index) -> str:
        """Return the node of a row; for the row of a wire, the node it leads to."""
        return self.row(index).id if index.internalId() else self.order[index.row()]

    def row(self, index: Index) -> Row:
        above = index.internalId()
        if above:
            return self.speaker.wire_rows(self.order[above - 1])[index.row()]
        node = self.order[index.row()]
        return self.speaker.row(node, node in self.selected)

    def place(self, node: str) -> QModelIndex:
        return self.index(self._rows[node], 0) if node in self._rows else QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        above = index.internalId() if index.isValid() else 0
        return self.createIndex(above - 1, 0, 0) if above else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self.order)
        if parent.internalId():
            return 0
        node = self.order[parent.row()]
        return len(self.speaker.into.get(node, ())) + len(self.speaker.out.get(node, ()))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: Index, role: int = 0) -> Any:
        return self.row(index).data(int(role)) if index.isValid() else None


class OutlinePainter(RowPainter):
    """Paints nodes, and their wires indented."""

    height = 26

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        self.paint_ground(painter, option)
        self.paint_row(painter, option.rect.adjusted(4, 0, -12, 0), index.data(ROW), option)
        painter.restore()


class OutlineTree(QTreeView):
    """The tree. Enter focuses a node's first field, F2 renames, Delete removes."""

    entered_node = Signal(str)
    rename_asked = Signal(str)
    remove_asked = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.nodes = OutlineModel(self)
        self.setModel(self.nodes)
        self.setItemDelegate(OutlinePainter(self))
        self.setHeaderHidden(True)
        self.setIndentation(18)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Outline"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        node = index.data(ROW).id if index.isValid() else ""
        acts = {
            int(Qt.Key.Key_Return): lambda: self.entered_node.emit(node),
            int(Qt.Key.Key_Enter): lambda: self.entered_node.emit(node),
            int(Qt.Key.Key_F2): lambda: self.rename_asked.emit(node),
            int(Qt.Key.Key_Delete): lambda: self.remove_asked.emit(self.nodes_selected()),
        }
        act = acts.get(int(event.key()))
        if act and node:
            act()
        else:
            super().keyPressEvent(event)

    def nodes_selected(self) -> list[str]:
        """Return the selected nodes; the row of a wire counts as the node it leads to."""
        rows = sorted(self.selectionModel().selectedIndexes(), key=_place)
        return list(dict.fromkeys(map(self.nodes.node, rows)))


class Outline(InnerPanel):
    """Its selection and the canvas's follow each other."""

    edit_requested = Signal(str)  # a node whose first field is to be focused
    rename_requested = Signal(str)

    title = "Outline"
    icon = "list-tree"
    live_signals = ("problems_changed",)

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.selection: list[str] = []
        self._open: dict[str, None] = {}  # the nodes whose wires are unfolded
        self._following = False  # while the canvas's selection is shown, none is requested
        self.tree = OutlineTree()
        self.tree.expanded.connect(lambda index: self._open.update({self._node(index): None}))
        self.tree.collapsed.connect(lambda index: self._open.pop(self._node(index), None))
        self.tree.selectionModel().selectionChanged.connect(self._selected)
        self.tree.entered_node.connect(self.edit_requested)
        self.tree.rename_asked.connect(self.rename_requested)
        self.tree.remove_asked.connect(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.tree)
        self.setFocusProxy(self.tree)

    def bench_changed(self) -> None:
        self.selection = []

    def is_affected_by(self, change: Change) -> bool:
        """Values of parameters are not told here."""
        paths = [put.path for put in change.puts]
        return any(p[0] == "wires" or (p[0] == "nodes" and p[2:3] != ("params",)) for p in paths)

    def show_selection(self, ids: list[str]) -> None:
        """Show the canvas's selection."""
        if list(ids) != self.selection:
            self.selection = list(ids)
            self.refresh_soon()

    def redraw(self) -> None:
        problems = self.live.problems if self.live else []
        self._following = True
        if self._up_to_date:
            self.tree.nodes.hear(problems)
        else:
            self._fill(Speaker(self.graph, self.catalogue, problems))
        self.tree.nodes.mark(self.selection)
        self._follow()
        self._following = False

    def _fill(self, speaker: Speaker) -> None:
        """Update the tree, keeping unfolded rows."""
        self._up_to_date = True
        words = counted(len(self.graph.nodes), "Outline, %Ln node", "Outline, %Ln nodes")
        self.tree.setAccessibleName(words)
        if self.tree.nodes.show(speaker):
            self._open = {node: None for node in self._open if node in speaker.graph.nodes}
            for node in list(self._open):
                self.tree.expand(self.tree.nodes.place(node))

    def _node(self, index: QModelIndex) -> str:
        return self.tree.nodes.node(index)

    def _follow(self) -> None:
        """Select the canvas's selection without requesting it again."""
        model = self.tree.nodes
        if set(self.tree.nodes_selected()) == set(self.selection):
            return
        selection, flags = QItemSelection(), QItemSelectionModel.SelectionFlag
        places = [i for n in self.selection if (i := model.place(n)).isValid()]
        for start, end in _runs(sorted(index.row() for index in places)):
            selection.select(model.index(start, 0), model.index(end, 0))
        if places:
            self.tree.selectionModel().setCurrentIndex(places[0], flags.NoUpdate)
            self.tree.scrollTo(places[0])
        self.tree.selectionModel().select(selection, flags.ClearAndSelect)

    def _selected(self) -> None:
        if self._following:
            return
        self.selection = self.tree.nodes_selected()
        self.select_requested.emit(list(self.selection))

    def _remove(self, ids: list[str]) -> None:
        self.push(lambda: edits.remove(self.graph, ids, through=self.catalogue))


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of adjacent rows; a range each selects faster."""
    start = 0
    for at, row in enumerate(rows):
        if at + 1 == len(rows) or rows[at + 1] != row + 1:
            yield rows[start], row
            start = at + 1


def _place(index: QModelIndex) -> tuple[int, int]:
    parent = index.parent()
    return (parent.row(), index.row()) if parent.isValid() else (index.row(), -1)

"""The outline: the document as a tree for keyboard and screen readers, in step with the canvas.

It shows all of the document; groups unfold to what is in them. Its selection is that of the canvas,
which opens what holds a node that is selected here: so every action of the window acts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Wire
from workbench import actions, edits
from workbench.actions import BY_ID
from workbench.bench.bench import Bench
from workbench.bench.paths import Way, path_of
from workbench.bench.scope import BORDER, Scope
from workbench.look.theme import set_icon
from workbench.panels.commands import Command
from workbench.panels.outline_model import Entry, Key
from workbench.panels.outline_partners import Partner, partners, partners_of
from workbench.panels.outline_tree import OutlineTree
from workbench.panels.outline_words import Boards, Speaker
from workbench.panels.panel import Panel
from workbench.widgets.base import counted, tr
from workbench.words.letters import letters

LINE = ""
OF_NODES = (
    "graph.enter", LINE, "graph.mute", "graph.bypass", "graph.twin", "edit.duplicate", LINE,
    "graph.group", "graph.ungroup", "graph.single", "graph.into_frame", LINE,
    "edit.cut", "edit.copy", "edit.paste", LINE, "lesson.selected",
)  # fmt: skip
"""The window's actions in the menu of a node."""
OF_GROUPS = ("graph.enter", "graph.ungroup", "graph.single")


class Outline(Panel):
    """A tree of the nodes, their ports, and the frames and notes."""

    edit_requested = Signal(str)  # the path of a node whose first field is to be focused
    add_requested_at = Signal(str, str, bool)  # beside a path; the port to wire, if it is an output
    choose_requested = Signal(str, list)  # the words of a field, and commands to choose from

    title = "Outline"
    icon = "list-tree"
    live_signals = ("problems_changed",)

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.selection: list[str] = []
        self.way: Way = ()  # what is open on the canvas
        self._open: dict[str, None] = {}  # the nodes that are unfolded
        self._following = False  # while the canvas's selection is shown, none is requested
        self.tree = OutlineTree()
        self.tree.expanded.connect(lambda index: self._open.update({self._path(index): None}))
        self.tree.collapsed.connect(lambda index: self._open.pop(self._path(index), None))
        self.tree.selectionModel().selectionChanged.connect(self._selected)
        self.tree.doubleClicked.connect(self._double_clicked)
        self.tree.asked.connect(self._asked)
        self.tree.nodes.renamed.connect(self._rename)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.tree)
        self.setFocusProxy(self.tree)

    def bench_changed(self) -> None:
        self.selection, self.way = [], ()

    def _join(self, bench: Bench) -> None:
        super()._join(bench)
        for signal in (bench.live.progress_changed, bench.live.state_changed):
            signal.connect(self._told)
        bench.live.metric_changed.connect(self._told)

    def _leave(self, bench: Bench) -> None:
        super()._leave(bench)
        for signal in (bench.live.progress_changed, bench.live.state_changed):
            signal.disconnect(self._told)
        bench.live.metric_changed.disconnect(self._told)

    def _told(self, path: str) -> None:
        """Paint the row of a node that the engine speaks of."""
        if self.isVisible():
            self.tree.update(self.tree.nodes.place(path))

    def is_affected_by(self, change: Change) -> bool:
        """Values of parameters and places are not told here."""
        return any(_is_told(put.path) for put in change.puts)

    def show_selection(self, paths: list[str]) -> None:
        """Show the canvas's selection."""
        if list(paths) != self.selection:
            self.selection = list(paths)
            self.refresh_soon()

    def show_way(self, way: Way) -> None:
        """Unfold what is open on the canvas."""
        if way != self.way:
            self.way = way
            self._open |= {path_of(way[:depth], way[depth]): None for depth in range(len(way))}
            self.redraw_soon()

    def redraw(self) -> None:
        problems = self.live.problems if self.live else []
        self._following = True
        if self._up_to_date:
            self.tree.nodes.hear(problems)
        else:
            self._fill(Boards(self.graph, self.catalogue, problems, self.live))
        self.tree.nodes.mark(self.selection)
        self._follow()
        self._following = False

    def _fill(self, boards: Boards) -> None:
        """Update the tree, keeping unfolded rows and the current one."""
        self._up_to_date = True
        words = counted(len(self.graph.nodes), "Outline, %Ln node", "Outline, %Ln nodes")
        self.tree.setAccessibleName(words)
        at = self._current()
        model = self.tree.nodes
        if model.show(boards):
            self._open = {path: None for path in self._open if model.place(path).isValid()}
            self._stand(at)
        for path in self._open:
            self.tree.expand(model.place(path))

    def _current(self) -> tuple[list[Key], list[int]]:
        """Return the keys and the rows of the current row and of those above it, inwards."""
        index = self.tree.currentIndex()
        keys: list[Key] = []
        rows: list[int] = []
        while index.isValid():
            entry = self.tree.nodes.entry(index)
            keys.insert(0, entry.key)
            rows.insert(0, entry.row)
            index = index.parent()
        return keys, rows

    def _stand(self, at: tuple[list[Key], list[int]]) -> None:
        """Make the row current that was, or what is in its place now."""
        model = self.tree.nodes
        index = QModelIndex()
        for (path, end), row in zip(*at, strict=True):
            there = model.place(path, end)
            if there.isValid():
                index = there
                continue
            count = model.rowCount(index)
            if count:
                index = model.index(min(row, count - 1), 0, index)
            break
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.tree.selectionModel().setCurrentIndex(index, flags.NoUpdate)

    def _path(self, index: QModelIndex) -> str:
        return self.tree.nodes.entry(index).path

    def paths_selected(self) -> list[str]:
        """Return the nodes that are selected; the row of a port counts as its node."""
        return list(dict.fromkeys(entry.path for entry in self.tree.chosen()))

    def _follow(self) -> None:
        """Select the canvas's selection without requesting it again."""
        model, flags = self.tree.nodes, QItemSelectionModel.SelectionFlag
        if set(self.paths_selected()) == set(self.selection):
            return
        selection, current = QItemSelection(), self.tree.currentIndex()
        at = self._path(current) if current.isValid() else ""
        places = [current if path == at else model.place(path) for path in self.selection]
        places = [index for index in places if index.isValid()]
        for first, last in _runs(places):
            selection.select(first, last)
        if places and current not in places:
            self.tree.selectionModel().setCurrentIndex(places[0], flags.NoUpdate)
            self.tree.scrollTo(places[0])
        self.tree.selectionModel().select(selection, flags.ClearAndSelect)

    def _selected(self) -> None:
        if self._following:
            return
        self.selection = self.paths_selected()
        self.select_requested.emit(list(self.selection))

    def _double_clicked(self, index: QModelIndex) -> None:
        if self.tree.nodes.entry(index).end is not None:
            self._go_along(self.tree.nodes.entry(index))

    def _asked(self, what: str, entry: Entry | None) -> None:
        if entry is None:
            self._add(None)
        else:
            _ACTS[what](self, entry)

    def _enter(self, entry: Entry) -> None:
        """Edit a node, rename a frame, connect a port, or go along its wire."""
        if entry.end is not None:
            self._connect(entry) if entry.end.wire is None else self._go_along(entry)
        elif entry.node in self._speaker(entry).graph.nodes:
            self.edit_requested.emit(entry.path)
        else:
            self._start_renaming(entry)

    def _speaker(self, entry: Entry) -> Speaker:
        return self.tree.nodes.speaker(entry)

    def _go_along(self, entry: Entry) -> None:
        """Go to the other end of a wire."""
        wire = entry.end.wire if entry.end else None
        if wire is not None and entry.end is not None:
            other = wire.target if entry.end.output else wire.source
            self.tree.setCurrentIndex(self.tree.nodes.place(path_of(entry.way, other)))

    def _start_renaming(self, entry: Entry) -> None:
        """Edit a title in place; on the border of a group, the name of a port."""
        port = entry.end if entry.node in BORDER else None
        if port is not None or entry.node not in BORDER:
            self.tree.rename(self.tree.nodes.place(entry.path, port))

    def _rename(self, entry: Entry, title: str) -> None:
        speaker, node, end = self._speaker(entry), entry.node, entry.end
        if end is not None:
            self._push_port(entry, partial(edits.rename_port, to=title), title != end.port)
        elif title != speaker.title(node):
            self._push_at(entry.way, lambda graph, _: edits.rename(graph, node, title))

    def _move_port(self, entry: Entry, by: int) -> None:
        """Move a port of a group up or down on its border."""
        if entry.node in BORDER and entry.end is not None:
            self._push_port(entry, partial(edits.move_port, by=by))

    def _push_port(self, entry: Entry, make: Callable[..., Change], wanted: bool = True) -> None:
        """Push a change of a port on the border of a group."""
        group, end = self._speaker(entry).inside, entry.end
        if wanted and end is not None:
            self.push(lambda: make(self.graph, group, end.port, output=not end.output))

    def _remove(self, entry: Entry, *, join: bool = True) -> None:
        """Remove the selected nodes, frames and notes, and the wires whose rows are selected."""
        picked = self.tree.chosen() or [entry]
        ids = [one.node for one in picked if one.end is None]
        wires = [one.end.wire for one in picked if one.end and one.end.wire]

        def make(graph: Graph, catalogue: Catalogue) -> Change:
            if not ids:
                return edits.disconnect(graph, wires)
            return edits.remove(graph, ids, wires, through=catalogue if join else None)

        if ids or wires:
            self._push_at(picked[0].way, make)

    def _add(self, entry: Entry | None) -> None:
        """Search a node to add: beside this one, and wired to the port if it is the row of one."""
        end = entry.end if entry else None
        port, output = (end.port, end.output) if end else ("", True)
        self.add_requested_at.emit(entry.path if entry else "", port, output)

    def _connect(self, entry: Entry) -> None:
        """Choose what to connect a port, or a node by any of its ports, with."""
        speaker, end = self._speaker(entry), entry.end
        graph, known = speaker.graph, speaker.catalogue
        if end is None:
            found = partners_of(graph, known, entry.node)
        else:
            found = partners(graph, known, entry.node, end.port, output=end.output)
        commands = [self._joining(entry, partner) for partner in found]
        if end is not None and entry.way and entry.node not in BORDER:
            commands.append(self._leading_out(entry))
        words = tr("Connect {0} with").format(
            letters(end.port) if end else speaker.title(entry.node)
        )
        if commands:
            self.choose_requested.emit(words, commands)
        else:
            self.refused.emit(tr("Nothing here fits."))

    def _joining(self, entry: Entry, partner: Partner) -> Command:
        speaker, wire = self._speaker(entry), partner.wire
        there = speaker.title(partner.node)
        title = tr("{0}, {1}").format(there, letters(partner.port))
        if entry.end is None:
            own = wire.output if wire.source == entry.node else wire.input
            words = tr("{0} to {1}") if wire.source == entry.node else tr("{0} from {1}")
            title = words.format(letters(own), title)
        alike = [n for n in speaker.graph.nodes if speaker.title(n) == there]
        details = [partner.node if len(alike) > 1 else "", tr("in place of another")]
        return Command(
            title=title,
            call=partial(self._join_ports, entry.way, wire),
            icon="spline",
            detail=", ".join(d for d in details[: 1 + partner.taken] if d),
            words=partner.node,
        )

    def _join_ports(self, way: Way, wire: Wire) -> None:
        self._push_at(way, lambda graph, known: edits.connect(graph, wire, known))

    def _leading_out(self, entry: Entry) -> Command:
        """Return the command that makes a port one of the group."""
        end, group = entry.end, self._speaker(entry).inside
        assert end is not None
        return Command(
            title=tr("A new port of the group"),
            call=lambda: self._push_at(
                entry.way,
                lambda graph, _: edits.add_port(
                    graph, group, entry.node, end.port, output=end.output
                ),
                whole=True,
            ),
            icon="group",
        )

    def _push_at(
        self, way: Way, make: Callable[[Graph, Catalogue], Change], *, whole: bool = False
    ) -> None:
        """Change the document, or the group at `way`; `whole`: the change is of the document."""
        with self._board(way) as (graph, scope):
            known = self.tree.nodes.boards.at(way).catalogue
            self.push(lambda: _led_out(make(graph, known), None if whole else scope))

    @contextmanager
    def _board(self, way: Way) -> Iterator[tuple[Graph, Scope | None]]:
        document = self.open_bench.document
        scope = Scope(document, way) if way else None
        try:
            yield (scope.graph if scope else document.graph), scope
        finally:
            if scope is not None:
                scope.leave()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.tree.currentIndex()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self.tree.indexAt(self.tree.viewport().mapFrom(self, event.pos()))
        at = self.tree.visualRect(index).center() if index.isValid() else QPoint(8, 8)
        entry = self.tree.nodes.entry(index) if index.isValid() else None
        self.menu_for(entry).popup(self.tree.viewport().mapToGlobal(at))

    def menu_for(self, entry: Entry | None) -> QMenu:
        """Return the menu of a row: what its keys do, and the window's actions."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title, icon, keys, what in self._own(entry):
            _add(menu, title, icon, keys, partial(self._asked, what, entry))
        if entry is None or entry.end is not None:
            return menu
        menu.addSeparator()
        speaker = self._speaker(entry)
        held = speaker.graph.nodes.get(entry.node)
        for id in OF_NODES if held is not None else ("edit.copy", "edit.paste"):
            if id == LINE:
                menu.addSeparator()
            elif id not in OF_GROUPS or (held is not None and held.group in speaker.graph.groups):
                action = BY_ID[id]
                ask = partial(self.action_requested.emit, id)
                _add(menu, actions.tr(action.title), action.icon, action.shown_keys, ask)
        return menu

    def _own(self, entry: Entry | None) -> list[tuple[str, str, str, str]]:
        """Return what only the outline does: a title, an icon, keys, and what is asked for."""
        insert, enter = actions.named("Ins"), actions.named("Return")
        if entry is None:
            return [(tr("Add a node…"), "plus", insert, "add")]
        connect = (tr("Connect…"), "spline", actions.named("Ctrl+L"), "connect")
        if entry.end is None:
            nodes = self._speaker(entry).graph.nodes
            first = (tr("Edit its fields"), "sliders-horizontal", enter, "open")
            rename = (tr("Rename"), "pencil", actions.named("F2"), "rename")
            remove = (tr("Remove"), "eraser", actions.named("Del"), "remove")
            add = (tr("Add a node…"), "plus", insert, "add")
            if entry.node not in nodes:
                return [rename, remove]
            return [connect, add] if entry.node in BORDER else [first, rename, connect, add, remove]
        found = [connect, (tr("Add a node here…"), "plus", insert, "add")]
        if entry.node in BORDER:
            found += [
                (tr("Rename"), "pencil", actions.named("F2"), "rename"),
                (tr("Move it up"), "arrow-up", actions.named("Alt+Up"), "up"),
                (tr("Move it down"), "arrow-down", actions.named("Alt+Down"), "down"),
            ]
        if entry.end.wire is not None:
            along = (tr("Go to the other end"), "arrow-right", enter, "open")
            cut = (tr("Disconnect"), "unlink", actions.named("Del"), "remove")
            found = [along, *found, cut]
        return found


_ACTS: dict[str, Callable[[Outline, Entry], None]] = {
    "open": Outline._enter,
    "rename": Outline._start_renaming,
    "remove": Outline._remove,
    "remove apart": lambda outline, entry: outline._remove(entry, join=False),
    "add": Outline._add,
    "connect": Outline._connect,
    "up": lambda outline, entry: outline._move_port(entry, -1),
    "down": lambda outline, entry: outline._move_port(entry, 1),
}


def _add(menu: QMenu, title: str, icon: str, keys: str, call: Callable[[], object]) -> None:
    made = menu.addAction(f"{title}\t{keys}" if keys else title)
    set_icon(made, icon or "chevron-right")
    made.triggered.connect(lambda: call())


def _led_out(change: Change, scope: Scope | None) -> Change:
    return scope.outside(change) if scope else change


def _is_told(path: tuple[str, ...]) -> bool:
    """Return whether a value is one that rows tell, in the document or in a group."""
    if path[0] == "groups":
        if len(path) < 3:
            return True
        path = path[2:]
    if path[0] == "layout":
        return path[1:2] in (("frames",), ("notes",)) and path[3:] in ((), ("title",))
    told = ("wires", "inputs", "outputs", "title")
    return path[0] in told or (path[0] == "nodes" and path[2:3] != ("params",))


def _runs(places: Iterable[QModelIndex]) -> Iterator[tuple[QModelIndex, QModelIndex]]:
    """Yield the first and the last of each run of adjacent rows; a range each selects faster."""
    first = last = QModelIndex()
    for place in sorted(places, key=lambda index: (index.parent().internalId(), index.row())):
        if first.isValid() and place.row() == last.row() + 1 and place.parent() == last.parent():
            last = place
            continue
        if first.isValid():
            yield first, last
        first = last = place
    if first.isValid():
        yield first, last

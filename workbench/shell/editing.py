"""Edits of the selection on the canvas, called by the Edit and Graph menus."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.document import library
from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Group, Wire
from nodes.errors import Refusal
from workbench import edits
from workbench.bench.datafiles import PREVIEWED
from workbench.bench.inner import InnerBench
from workbench.bench.permits import unpermitted_above
from workbench.canvas.fitting import added_nodes, combined
from workbench.canvas.tidy import tidied
from workbench.edits.base import BORDER
from workbench.edits.layout import Side
from workbench.edits.nodes import Mode
from workbench.panels.commands import Command
from workbench.shell.opening import Opening
from workbench.shell.preview import show_preview
from workbench.shell.tabs import DocumentPage, Tabs
from workbench.words.kinds import tr

if TYPE_CHECKING:
    from workbench.bench.inner import Desk
    from workbench.canvas.view import Canvas


class Editing:
    """Edit the document in front. Refusals are shown on its canvas."""

    def __init__(self, tabs: Tabs) -> None:
        self.tabs = tabs

    @property
    def page(self) -> DocumentPage:
        """The page in front; the conditions of the actions see to it that it has a document."""
        page = self.tabs.current
        assert isinstance(page, DocumentPage)
        return page

    @property
    def bench(self) -> Desk:
        return self.page.desk

    @property
    def canvas(self) -> Canvas:
        return self.page.canvas

    @property
    def graph(self) -> Graph:
        return self.bench.document.graph

    @property
    def ids(self) -> list[str]:
        return self.canvas.selection.ids

    @property
    def nodes(self) -> list[str]:
        there = self.graph.nodes
        return [i for i in self.ids if i in there]

    @property
    def unpermitted(self) -> list[str]:
        """The selected nodes and those upstream of them that may not read their files yet."""
        return unpermitted_above(self.graph, self.bench.live.node_infos, self.nodes)

    @property
    def previewed(self) -> list[str]:
        """The selected nodes that can be previewed."""
        places = self.graph.nodes
        return [n for n in self.nodes if places[n].kind in PREVIEWED]

    def show_data(self) -> None:
        self.bench.permit(self.unpermitted)

    def preview(self) -> None:
        show_preview(self.page, self.previewed[0])

    def push(self, make: Callable[[], Change], *, select: bool = False) -> bool:
        """Push a change or show why it is refused; with `select`, select the items it added."""
        change = self.bench.document.attempt(make, self.canvas.refusals.show_edit)
        if change is not None and select:
            self.canvas.stage.select(_added(change))
        return change is not None

    def copy(self) -> None:
        text = edits.copy_text(self.graph, self.ids)
        QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        self.copy()
        self.remove()

    def paste(self, *, outside: bool = False) -> None:
        """Paste what is copied; with `outside` its wires to other nodes too."""
        text = QGuiApplication.clipboard().text()
        canvas, catalogue = self.canvas, self.bench.catalogue
        at, empty = canvas.menus.take_place(), not self.graph.nodes
        wire = None if outside else canvas.selection.wire

        def make() -> Change:
            change = edits.paste(self.graph, text, at, catalogue, outside=outside)
            return _onto(self.graph, change, wire, catalogue) if wire else change

        if self.push(make, select=True):
            if empty:
                canvas.navigation.fit_all()
            else:
                canvas.navigation.reveal(canvas.selection.things)

    def duplicate(self) -> None:
        catalogue = self.bench.catalogue
        self.push(lambda: edits.duplicate(self.graph, self.ids, catalogue), select=True)

    def remove(self, *, join: bool = True) -> None:
        """Remove the selected nodes, frames, notes, wires or reroute points in one undo step.

        With `join`, wires that ran through the nodes go on without them.
        """
        selection = self.canvas.selection
        ids, wires, bends = selection.ids, selection.wires, selection.bends
        if ids or wires:
            through = self.bench.catalogue if join else None
            self.push(lambda: edits.remove(self.graph, ids, wires, through=through))
        elif bends:
            self.push(lambda: edits.remove_bends(self.graph, bends))

    def pull_out(self) -> None:
        catalogue = self.bench.catalogue
        self.push(lambda: edits.pull_out(self.graph, self.nodes, catalogue))

    def select_all(self) -> None:
        layout = self.graph.layout
        self.canvas.stage.select([*self.graph.nodes, *layout.frames, *layout.notes])

    def twin(self) -> None:
        self.push(lambda: edits.twin(self.graph, self.nodes), select=True)

    def connect(self) -> None:
        catalogue = self.bench.catalogue
        self.push(lambda: edits.connect_nodes(self.graph, self.nodes, catalogue))

    @property
    def instances(self) -> list[str]:
        """The selected instances of groups."""
        graph = self.graph
        return [n for n in self.nodes if graph.nodes[n].group in graph.groups]

    @property
    def within(self) -> str:
        """The group that is open, "" where it is the document itself."""
        desk = self.page.desk
        return desk.document.group if isinstance(desk, InnerBench) else ""

    def group(self) -> None:
        """Make a group of the selection."""
        catalogue = self.page.bench.installed
        ids = [i for i in self.ids if i not in BORDER]
        self._push_whole(lambda g: _titled(edits.group(g, ids, catalogue, self.within)))

    def ungroup(self) -> None:
        """Dissolve the selected groups, in one undo step."""
        catalogue, instances, within = self.page.bench.installed, self.instances, self.within

        def make(graph: Graph) -> Change:
            first = edits.ungroup(graph, instances[0], catalogue, within)
            each = [lambda g, i=i: edits.ungroup(g, i, catalogue, within) for i in instances]
            return combined(graph, first.label, each)

        self._push_whole(make)

    def save_kind(
        self, parent: QWidget, saved: Callable[[], object], say: Callable[[str], object]
    ) -> None:
        """Ask how the first selected group is called, and save it as a kind of the user's own."""
        from workbench.shell.kinds import SaveKind

        document = self.page.bench.document
        group = self.graph.nodes[self.instances[0]].group

        def save(title: str, help: str, icon: str) -> None:
            make = lambda: edits.dress(document.graph, group, title, help, icon)  # noqa: E731
            document.attempt(make, self.canvas.refusals.show_edit)
            try:
                library.save(document.graph, group)
            except (Refusal, OSError) as error:
                say(tr("The kind could not be saved: {0}").format(error))
            saved()

        dialog = SaveKind(parent, document.graph.groups[group])
        dialog.given.connect(save)
        dialog.open()

    def make_single(self) -> None:
        """Give the first selected group a definition of its own."""
        self._push_whole(lambda graph: edits.make_single(graph, self.instances[0], self.within))

    @property
    def networks(self) -> list[str]:
        """The selected networks that can be opened as layers."""
        catalogue = self.page.bench.installed
        places = self.graph.nodes
        return [n for n in self.nodes if edits.is_network(places[n], catalogue)]

    def open_layers(self) -> None:
        """Put its layers in the place of the first selected network, once the engine tells them."""
        way, refused = (*self.page.way, self.networks[0]), self.canvas.refusals.show_edit
        Opening(self.page.bench, way, self.within, self._push_whole, refused)

    def _push_whole(self, make: Callable[[Graph], Change]) -> None:
        """Push a change of the whole document, and select the nodes it adds to what is open."""
        document = self.page.bench.document
        change = document.attempt(lambda: make(document.graph), self.canvas.refusals.show_edit)
        if change is not None:
            head = ("groups", self.within, "nodes") if self.within else ("nodes",)
            added = [put.path[-1] for put in change.puts if put.path[:-1] == head]
            self.canvas.stage.select(added)

    def mode(self, mode: Mode) -> None:
        self.push(lambda: edits.set_mode(self.graph, self.nodes, mode))

    def collapse(self) -> None:
        self.push(lambda: edits.collapse(self.graph, self.nodes))

    def pin(self) -> None:
        self.push(lambda: edits.pin(self.graph, self.nodes))

    @property
    def coloured(self) -> list[str]:
        """The selected nodes and frames."""
        frames = self.graph.layout.frames
        return [i for i in self.ids if i in frames or (i in self.graph.nodes and i not in BORDER)]

    def colour(self, hue: str) -> None:
        self.push(lambda: edits.colour(self.graph, self.coloured, hue))

    @property
    def named(self) -> Wire | None:
        """The selected wire if its output's wires have a name or may get one."""
        wire = self.canvas.selection.wire
        may = wire is not None and edits.can_name(self.graph, wire.source, wire.output)
        return wire if may else None

    def rename(self) -> None:
        """Edit the title of what is selected, or the name of a wire's output."""
        editor, wire = self.canvas.editor, self.named
        if self.ids:
            editor.rename(self.ids[0])
        elif wire is not None:
            editor.name_wires(wire.source, wire.output)

    def align(self, side: Side) -> None:
        self.push(lambda: edits.align(self.graph, self.nodes, side, self._sizes()))

    def tidy(self) -> None:
        nodes = self.nodes
        some = nodes if len(nodes) > 1 else None
        stage = self.canvas.stage
        if self.push(lambda: tidied(stage, some)) and some is None:
            self.canvas.navigation.fit_all()

    def frame(self) -> None:
        nodes, sizes = self.nodes, self._sizes()
        self.push(lambda: edits.frame(self.graph, nodes, tr("Frame"), sizes), select=True)

    def frame_choices(self) -> tuple[str, list[Command]]:
        """Return what is asked, and a command for each frame the selected nodes can go into."""
        nodes, graph = self.nodes, self.graph
        title = lambda frame: str(graph.layout.frames[frame].get("title") or tr("Frame"))  # noqa: E731
        found = [
            Command(title(frame), partial(self._into_frame, nodes, frame), icon="frame")
            for frame in graph.layout.frames
        ]
        if any(edits.frame_of(graph, node) for node in nodes):
            out = partial(self._into_frame, nodes, "")
            found.append(Command(tr("Out of all frames"), out, icon="log-out"))
        new = Command(tr("A new frame"), self.frame, icon="plus")
        return tr("Move into a frame"), [*found, new]

    def _into_frame(self, nodes: list[str], frame: str) -> None:
        self.push(lambda: edits.into_frame(self.graph, nodes, frame, self._sizes()))

    def note(self) -> None:
        at = self.canvas.menus.take_place()
        self.push(lambda: edits.note(self.graph, at, title=tr("Note")), select=True)

    def _sizes(self) -> dict[str, tuple[float, float]]:
        return self.canvas.stage.sizes()


def _onto(graph: Graph, paste: Change, wire: Wire, catalogue: Catalogue) -> Change:
    """Insert a single pasted node into a wire if it fits; otherwise only paste."""
    nodes = added_nodes(paste)
    if len(nodes) != 1:
        return paste
    insert = lambda g: edits.insert_on_wire(g, nodes[0], wire, catalogue)  # noqa: E731
    with suppress(Refusal):
        return combined(graph, paste.label, [lambda _: paste, insert])
    return paste


def _titled(change: Change) -> Change:
    """Give the groups that a change makes a title to begin with."""
    for put in change.puts:
        if isinstance(put.value, Group) and not put.value.title:
            put.value.title = tr("Group")
    return change


def _added(change: Change) -> list[str]:
    """Return the ids of the nodes, frames and notes that a change added."""
    parts = (("nodes",), ("layout", "frames"), ("layout", "notes"))
    return [put.path[-1] for put in change.puts if put.path[:-1] in parts]

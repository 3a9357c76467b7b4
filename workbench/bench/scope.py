"""A scope: the inside of a group, edited as a document of its own.

The canvas and the panels read and edit a scope as they do a document. There is one document, one
history and one journal: what is pushed here is a change of the group's definition, hence of all its
instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec.structs import replace

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import GROUP, Change, Graph, Group, Place, Put
from engine.document.naming import IN, OUT
from nodes.errors import Refusal
from workbench.bench.document import Document, UndoHistory, Watcher
from workbench.bench.paths import Way, board_at
from workbench.words.kinds import tr

OWN = ("nodes", "wires", "layout", "title")
"""The parts of a graph that a group has of its own."""
BORDER = (IN, OUT)
"""Ids and kinds of the two places that stand for a group's border."""


class Scope:
    """The definition of the instance at `way`, as a document. Raise `LookupError` without one.

    `graph` holds the definition's own nodes, wires and layout, and the border as two nodes more.
    """

    def __init__(self, document: Document, way: Way) -> None:
        self.document = document
        self.way = way
        self.watchers: list[Watcher] = []
        self.group = definition_at(document.graph, way)
        self.graph = Graph(settings=document.graph.settings, groups=document.graph.groups)
        self._read()
        document.watchers.insert(0, self._changed)

    def leave(self) -> None:
        """Follow the document no longer."""
        if self._changed in self.document.watchers:
            self.document.watchers.remove(self._changed)

    @property
    def definition(self) -> Group:
        return self.document.graph.groups[self.group]

    @property
    def name(self) -> str:
        return self.definition.title or self.group

    @property
    def path(self) -> Path | None:
        return self.document.path

    @property
    def home(self) -> Path | None:
        return self.document.home

    @property
    def history(self) -> UndoHistory:
        return self.document.history

    def push(self, change: Change, *, merge: bool = False) -> None:
        """Apply a change to the definition; see `Document.push`."""
        self.document.push(self.outside(change), merge=merge)

    def attempt(
        self,
        make: Callable[[], Change],
        refused: Callable[[Refusal], object],
        *,
        merge: bool = False,
    ) -> Change | None:
        """Push the change that `make` returns; pass a refusal to `refused` and return None."""
        made: list[Change] = []

        def outside() -> Change:
            made.append(make())
            return self.outside(made[0])

        return made[0] if self.document.attempt(outside, refused, merge=merge) else None

    def outside(self, change: Change) -> Change:
        """Return a change of this scope's graph as one of the document."""
        return Change(change.label, tuple(map(self._outside, change.puts)))

    def _outside(self, put: Put) -> Put:
        if put.path[0] not in OWN:
            return put
        if put.path[0] == "nodes" and put.path[1:2] and put.path[1] in BORDER:
            raise Refusal(
                "The border of a group stays: its ports are edited in the inspector.",
                place=put.path[1],
            )
        return Put(("groups", self.group, *put.path), put.value)

    def inside(self, change: Change) -> Change:
        """Return the part of a document's change that concerns this scope's graph."""
        return Change(change.label, tuple(p for put in change.puts for p in self._inside(put)))

    def _inside(self, put: Put) -> Iterable[Put]:
        head, *rest = put.path
        if head == "settings":
            yield put
        elif head == "groups" and rest[:1] in ([], [self.group]):
            below = tuple(rest[1:])
            whole = not below or below[0] in ("inputs", "outputs")  # the border's ports
            yield Put(("nodes",) if whole else below, None if whole else put.value)

    def _changed(self, change: Change) -> None:
        """Follow a change of the document, if the group is still there."""
        try:
            self.group = definition_at(self.document.graph, self.way)
        except LookupError:
            return  # the window leaves the scope
        own = self.inside(change)
        self._read()
        if own:
            for watcher in list(self.watchers):
                watcher(own)

    def _read(self) -> None:
        found, graph = self.definition, self.graph
        graph.title = found.title
        graph.wires, graph.layout = found.wires, found.layout
        graph.settings, graph.groups = self.document.graph.settings, self.document.graph.groups
        graph.nodes.clear()
        graph.nodes.update(found.nodes)
        graph.nodes.update({end: Place(kind=end) for end in BORDER})


Written = Document | Scope
"""What one edits: a document, or the inside of one of its groups."""


def definition_at(graph: Graph, way: Way) -> str:
    """Return the id of the definition of an instance; raise `LookupError` where there is none."""
    group = board_at(graph, way[:-1]).nodes[way[-1]].group
    if group not in graph.groups:
        raise LookupError(group)
    return group


def border_kinds(catalogue: Catalogue, group: str, definition: Group) -> dict[str, KindInfo]:
    """Return the kinds of the two nodes that stand for a group's border, by their ids."""
    own = {port.name for port in definition.outputs}
    info = catalogue.kinds.get(GROUP + group) or KindInfo(kind="", title="", category="")
    inputs = [replace(port, optional=False) for port in info.inputs]
    outputs = [port for port in info.outputs if port.name in own]
    return {
        IN: KindInfo(kind=IN, title=tr("Inputs"), category="", icon="arrow-right", outputs=inputs),
        OUT: KindInfo(
            kind=OUT, title=tr("Outputs"), category="", icon="arrow-right", inputs=outputs
        ),
    }

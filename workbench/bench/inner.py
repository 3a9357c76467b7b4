"""The bench of a document, seen from inside a group: what the canvas and the inspector work on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import structs
from PySide6.QtCore import QObject, Signal

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Place, Put
from engine.document.messages import Look, Request
from nodes.sentences import PortName, say
from workbench.bench.bench import Bench
from workbench.bench.inside import Inside
from workbench.bench.paths import Way, board_at, path_of
from workbench.bench.scope import Scope, border_kinds, definition_at
from workbench.bench.training import Trained
from workbench.edits.base import name_of


class InnerBench(QObject):
    """A bench at `way`; requests that name a node are sent by its path."""

    catalogue_changed = Signal(object)
    kinds_changed = Signal(object)
    document_changed = Signal(object)  # the change made, as seen from inside

    def __init__(self, bench: Bench, way: Way) -> None:
        super().__init__(bench)
        self.bench = bench
        self.way = way
        self.document = Scope(bench.document, way)
        self.live = Inside(bench.live, bench.document.graph, way, self)
        self.document.watchers.append(self.document_changed.emit)
        self._known: tuple[Catalogue, Catalogue] | None = None
        bench.catalogue_changed.connect(self.catalogue_changed)
        bench.kinds_changed.connect(self.kinds_changed)

    def leave(self) -> None:
        """Follow the document and the engine no longer."""
        self.document.leave()
        self.deleteLater()

    @property
    def catalogue(self) -> Catalogue:
        """The document's catalogue, and the kinds of the border."""
        whole = self.bench.catalogue
        if self._known is None or self._known[0] is not whole:
            definition = self.bench.document.graph.groups.get(self.document.group)
            if definition is None:  # the group is gone, and is left at once
                return whole
            border = border_kinds(whole, self.document.group, definition)
            self._known = whole, structs.replace(whole, kinds=whole.kinds | border)
        return self._known[1]

    @property
    def place(self) -> Place:
        """The instance that is open."""
        return board_at(self.bench.document.graph, self.way[:-1]).nodes[self.way[-1]]

    def set_at_instance(self, name: str, value: Any) -> Change:
        """Set a parameter that the group shows outside, at the open instance."""
        graph, outer = self.bench.document.graph, self.way[:-1]
        board, instance = board_at(graph, outer), self.way[-1]
        head = ("groups", definition_at(graph, outer)) if outer else ()
        label = say(
            "Set {param} of {node}",
            param=PortName(name, board.nodes[instance].kind),
            node=name_of(board, instance),
        )
        put = Put((*head, "nodes", board.owner(instance), "params", name), value)
        return Change(label, (put,))

    def path(self, node: str) -> str:
        return path_of(self.way, node)

    def send(self, request: Request) -> bool:
        """Send a request, the node in it by its path."""
        if isinstance(request, Look):
            request = structs.replace(request, node=self.path(request.node))
        return self.bench.send(request)

    def permit(self, nodes: Iterable[str]) -> None:
        """Let these nodes read the files they name."""
        self.bench.permit([self.path(node) for node in nodes])

    @property
    def extendable(self) -> Trained | None:
        """The trainer of the finished run, if it lies in this group, by its id here."""
        known = self.bench.extendable
        *way, node = known.node.split("/") if known else [""]
        return known._replace(node=node) if known and tuple(way) == self.way else None


Desk = Bench | InnerBench
"""What one works on: a document, or the inside of one of its groups."""

"""Adding a node by search: in empty space, at the end of a wire, or on a wire."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF
from shiboken6 import isValid

from engine.document.catalogue import KindInfo, PortInfo
from engine.document.graph import Wire
from workbench.canvas.fitting import End, ways, ways_through
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.surface import Surface

BESIDE = QPoint(4, 4)


class Adding:
    """Where the node chosen in the search is added."""

    def __init__(self, canvas: Surface) -> None:
        self.canvas = canvas
        self.place = QPointF()
        self.end: End | None = None
        self.wire: Wire | None = None
        canvas.search.chosen.connect(self._add)
        canvas.search.closed.connect(self._leave)
        self._ghost: GhostItem | None = None

    def open(self, place: QPointF, end: End | None, wire: Wire | None) -> None:
        """Search all kinds, those that a wire from `end` fits, or those that go onto `wire`."""
        self.place, self.end, self.wire = place, end, wire
        catalogue = self.canvas.stage.catalogue
        port = end.port if end else None
        if wire is not None:
            nodes = self.canvas.stage.nodes
            port = nodes[wire.source].face.port("output", wire.output)
            into = nodes[wire.target].face.port("input", wire.input)
            found = ways_through(catalogue, port, into, self._kind(wire.source))
        else:
            found = ways(catalogue, port, self._kind(end.node) if end else None)
        at = self.canvas.camera.to_view(place).toPoint() + BESIDE
        self.canvas.search.open(found, at, port)

    def _kind(self, node: str) -> KindInfo | None:
        return self.canvas.stage.catalogue.kinds.get(self.canvas.stage.graph.nodes[node].kind)

    def hold(self, ghost: GhostItem) -> None:
        """Keep a released wire visible while its target is searched."""
        self._drop()
        self._ghost = ghost

    def _drop(self) -> None:
        ghost, self._ghost = self._ghost, None
        if ghost is not None:
            self.canvas.stage.removeItem(ghost)

    def _leave(self) -> None:
        self._drop()
        if isValid(self.canvas):  # a canvas being deleted takes the focus from its search
            self.canvas.setFocus()

    def _add(self, kind: str, port: PortInfo | None) -> None:
        commands = self.canvas.commands
        if self.wire is not None:
            commands.add_on_wire(kind, self.place, self.wire)
        elif self.end is not None and port is not None:
            commands.add_wired(kind, self.place, self.end, port)
        else:
            commands.add(kind, self.place)

"""Adding a node by search: in empty space, at the end of a wire, or on a wire."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF
from shiboken6 import isValid

from engine.document.catalogue import KindInfo, PortInfo
from engine.document.graph import Wire
from workbench.canvas.camera import Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.fitting import Candidate, End, candidates, candidates_between
from workbench.canvas.free_space import free_position
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.ranking import Ranking
from workbench.canvas.scene import Scene
from workbench.canvas.search import Search
from workbench.search.habits import habits, name_of
from workbench.widgets.ports import Port

BESIDE = QPoint(4, 4)
APART = 150.0  # px from the edge of a node to the middle of the one that is added beside it


def _wire_name(own: str, end: Port, kind: str, port: str) -> str:
    if end.side == "output":
        return name_of(own, end.name, kind, port)
    return name_of(kind, port, own, end.name)


class Adding:
    """Where the node chosen in the search is added."""

    def __init__(
        self, search: Search, scene: Scene, camera: Camera, commands: CanvasCommands
    ) -> None:
        self.search = search
        self.scene = scene
        self.camera = camera
        self.commands = commands
        self.place = QPointF()
        self.end: End | None = None
        self.wire: Wire | None = None
        search.chosen.connect(self._add)
        search.closed.connect(self._leave)
        self._ghost: GhostItem | None = None

    def open(
        self, place: QPointF | None = None, end: End | None = None, wire: Wire | None = None
    ) -> None:
        """Search a node to add: at a point of the scene, at the end of a wire, or on a wire.

        Without a point, it is inserted into the selected wire, if one is selected.
        """
        if place is None and end is None:
            wire = wire or self.scene.selection.wire
        self.place = self.camera.pointer if place is None else place
        self.end, self.wire = end, wire
        at = self.camera.to_view(self.place).toPoint() + BESIDE
        self.search.open(self._candidates(), at, end.port if end else None)

    def renew(self) -> None:
        """Search among the kinds that there are now, with what is typed."""
        if self.search.isVisible():
            self.search.renew(self._candidates())

    def _candidates(self) -> list[Candidate]:
        catalogue, nodes = self.scene.catalogue, self.scene.nodes
        if (wire := self.wire) is None:
            port = self.end.port if self.end else None
            return candidates(catalogue, port, *self._seen_from(self.end))
        port = nodes[wire.source].face.port("output", wire.output)
        into = nodes[wire.target].face.port("input", wire.input)
        return candidates_between(catalogue, port, into, self._kind(wire.source))

    def open_beside(self, node: str, port: str, *, output: bool) -> None:
        """Search a node to add right of another, or at one of its ports, wired to it."""
        item, area = self.scene.nodes.get(node), self.scene.area_of(node)
        found = item.face.port("output" if output else "input", port) if item and port else None
        side = area.right() + APART if output else area.left() - APART
        taken = [other.area for other in self.scene.readable_items()]
        place = free_position(QPointF(side, area.center().y()), taken)
        self.camera.ensure_visible(QRectF(place, QSizeF(1, 1)))
        self.open(place, End(node, found) if found else None)

    def _seen_from(self, end: End | None) -> tuple[KindInfo | None, Ranking | None]:
        """Return the kind of the node that a wire comes from, and what its graph lacks."""
        if end is None:
            return None, None
        graph, catalogue = self.scene.graph, self.scene.catalogue
        return self._kind(end.node), Ranking(graph, catalogue, *end, habits())

    def _kind(self, node: str) -> KindInfo | None:
        return self.scene.catalogue.of(self.scene.graph.nodes[node])

    def hold(self, ghost: GhostItem) -> None:
        """Keep a released wire visible while its target is searched."""
        self._drop()
        self._ghost = ghost

    def _drop(self) -> None:
        ghost, self._ghost = self._ghost, None
        if ghost is not None:
            self.scene.removeItem(ghost)

    def _leave(self) -> None:
        self._drop()
        if isValid(self.camera.view):  # a canvas being deleted takes the focus from its search
            self.camera.view.setFocus()

    def _add(self, kind: str, port: PortInfo | None) -> None:
        commands = self.commands
        if self.wire is not None:
            added = commands.add_on_wire(kind, self.place, self.wire)
        elif self.end is not None and port is not None:
            own = self.scene.graph.nodes[self.end.node].kind
            if added := commands.add_wired(kind, self.place, self.end, port):
                habits().note(_wire_name(own, self.end.port, kind, port.name))
        else:
            added = commands.add(kind, self.place)
        if added:
            self.camera.ensure_visible(self.scene.area_of(added))

    def add_in_view(self, kind: str) -> str:
        """Add a node in free space near the visible middle; return its id, or "" if refused."""
        taken = [item.area for item in self.scene.readable_items()]
        added = self.commands.add(kind, free_position(self.camera.centre, taken))
        if added:
            self.camera.ensure_visible(self.scene.area_of(added))
        return added

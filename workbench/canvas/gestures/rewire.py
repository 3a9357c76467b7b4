"""Move all wires of a port to another port."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt

from engine.document.catalogue import Problem
from engine.document.graph import Change, Wire
from nodes.errors import Refusal
from workbench import edits
from workbench.canvas.fitting import End, Fits, WireRefusal
from workbench.canvas.gestures.base import Tools
from workbench.canvas.gestures.wire import DrawWire, Fitting
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.scene import Scene
from workbench.widgets.ports import Port


def far_ends(scene: Scene, port: Port, wires: Iterable[Wire]) -> list[End]:
    """Return the other ends of the wires at a port; of a kind that is not installed it has none."""
    found: list[End] = []
    for wire in wires:
        if port.side == "input":
            node = wire.source
            end = scene.nodes[node].face.port("output", wire.output)
        else:
            node = wire.target
            end = scene.nodes[node].face.port("input", wire.input)
        if end is not None:
            found.append(End(node, end))
    return found


class MoveWires(DrawWire):
    """Move the ends that all wires of a port have there; dropped in empty space, they are removed.

    The other ends, `far`, stay. The port takes them all or none.
    """

    def __init__(
        self,
        tools: Tools,
        place: QPointF,
        keys: Qt.KeyboardModifier,
        node: str,
        port: Port,
        wires: list[Wire],
        far: list[End],
    ) -> None:
        super().__init__(tools, place, keys, node, port)
        self.port = port
        self.wires = wires
        self.inputs = port.side == "input"
        self.taken = wires[0]
        self.far, self.fixed = far, far[0]
        self.others: list[GhostItem] = []

    def _leaving(self) -> list[Wire]:
        return self.wires

    def start(self) -> None:
        super().start()
        for node, port in self.far[1:]:
            spot = self.scene.nodes[node].spot(port.side, port.name)
            ghost = GhostItem(self.scene, spot, port.side, port.family, "")
            self.scene.addItem(ghost)
            self.others.append(ghost)

    def _fits(self) -> Fitting:
        scene = self.scene
        staying = [w for w in scene.graph.wires if w not in self.wires]
        without = replace(scene.graph, wires=staying)
        each = [Fits(scene.catalogue, without, end) for end in self.far]

        def fits(node: str, kind: str, port: Port) -> bool:
            if (node, port.name) == (self.pressed, self.port.name):
                return False
            roomy = not self.inputs or port.many or len(self.wires) == 1
            return roomy and all(one(node, kind, port) for one in each)

        return fits

    def aim(self, end: End | None, place: QPointF) -> None:
        super().aim(end, place)
        spot = self.scene.nodes[end.node].spot(end.port.side, end.port.name) if end else place
        for ghost in self.others:
            snapped, refused = self.ghost.snapped, self.ghost.refused
            ghost.aim(spot, snapped=snapped, refused=refused)

    def _refusal(self, end: End | None) -> WireRefusal | None:
        if end is None:
            return None
        try:
            self._joined(end)
        except Refusal as refusal:
            return WireRefusal(Problem(sentence=refusal.sentence, hint=refusal.fix))
        return None

    def _joined(self, aimed: End) -> Change:
        graph, catalogue = self.scene.graph, self.scene.catalogue
        node, port = aimed.node, aimed.port.name
        return edits.move_wires(graph, self.wires, node, port, catalogue, inputs=self.inputs)

    def _clear(self, *, keep_ghost: bool = False) -> None:
        super()._clear(keep_ghost=keep_ghost)
        for ghost in self.others:
            self.scene.removeItem(ghost)
        self.others.clear()

"""Pull nodes out of their wires: what ran through them is joined."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt

from engine.document.graph import Change, Graph, Wire
from nodes.sentences import Text
from workbench import edits
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.gestures.move import Move
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.selection import Bend


class PullOut(Move):
    """Move nodes out of their wires; dropped on another wire, a single one goes into that.

    While it is dragged its wires are hidden, and the new ones are shown.
    """

    def __init__(self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, node: str) -> None:
        Gesture.__init__(self, tools, place, keys)
        self.thing = node
        self.onto: Wire | None = None
        self.was_selected = node in self.scene.selection
        if not self.was_selected:
            self.scene.selection.set([node])
        self.ghosts: list[GhostItem] = []
        self.leaving: list[Wire] = []

    def start(self) -> None:
        super().start()
        scene = self.scene
        self.pulled = [i for i in self.ids if i in scene.nodes]
        change = edits.pull_out(scene.graph, self.pulled, scene.catalogue)
        wires = next((p.value for p in change.puts if p.path == ("wires",)), scene.graph.wires)
        self.wires = wires
        self.leaving = [w for w in scene.wires if w not in wires]
        for wire in self.leaving:
            scene.wires[wire].display(hidden=True)
        for wire in wires:
            if wire not in scene.wires:
                self._draw(wire)

    def _bends(self) -> dict[Bend, QPointF]:
        moving = set(self.ids)
        found = super()._bends()
        return {b: at for b, at in found.items() if {b.wire.source, b.wire.target} <= moving}

    def _draw(self, wire: Wire) -> None:
        nodes = self.scene.nodes
        start = nodes[wire.source].spot("output", wire.output)
        ghost = GhostItem(self.scene, start, "output", self.scene.faces.family(wire), "")
        ghost.aim(nodes[wire.target].spot("input", wire.input), snapped=True, refused=False)
        self.scene.addItem(ghost)
        self.ghosts.append(ghost)

    def _unwired(self, node: str) -> bool:
        return True

    def _graph(self) -> Graph:
        return replace(self.scene.graph, wires=self.wires)

    def _first(self) -> list[Callable[[Graph], Change]]:
        catalogue = self.scene.catalogue
        return [lambda g: edits.pull_out(g, self.pulled, catalogue)] if self.leaving else []

    def _label(self, to: dict[str, tuple[float, float]]) -> Text:
        if not self.leaving:
            return super()._label(to)
        return edits.pull_out(self.scene.graph, self.pulled, self.scene.catalogue).label

    def end(self, place: QPointF) -> None:
        self._show_wires()
        super().end(place)

    def cancel(self) -> None:
        self._show_wires()
        super().cancel()

    def _show_wires(self) -> None:
        for ghost in self.ghosts:
            self.scene.removeItem(ghost)
        self.ghosts.clear()
        for wire in self.leaving:
            if wire in self.scene.wires:
                self.scene.wires[wire].display(hidden=False)

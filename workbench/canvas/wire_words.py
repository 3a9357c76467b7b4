"""What wires say: those across a U-Net what they carry, named ones their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.document.graph import Wire
from engine.document.naming import IN
from workbench.canvas.named_wire import NamedWire
from workbench.canvas.wire_item import WireItem
from workbench.edits.names import name_of_wires
from workbench.words.kinds import tr

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene

LAYERS = "layers"  # the category of what networks are drawn of
MOST = 300  # nodes: larger graphs are not searched


def role_of(scene: Scene, node: str) -> str:
    """Return what a node is for: a layer or a group, else as its kind says."""
    place = scene.graph.nodes[node]
    kind = scene.catalogue.of(place)
    if place.group or (kind is not None and kind.category == LAYERS):
        return "layer"
    return kind.role if kind is not None else "node"


def shapes_of(scene: Scene) -> dict[tuple[str, str], str]:
    """Return the shapes at outputs, as the last check says them."""
    return {end: info.shape for end, info in scene.live.wire_infos.items()}


class Skips:
    """Label the skips. They are found anew after a check and where nodes or wires changed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._shown: set[Wire] = set()

    def refresh(self) -> None:
        wires = self.scene.wires
        found = self._texts()
        for wire in self._shown | found.keys():
            if wire in wires:
                wires[wire].display(skip_text=found.get(wire, ""))
        self._shown = {*found}

    def _texts(self) -> dict[Wire, str]:
        """Return the label of each skip."""
        scene, shapes = self.scene, shapes_of(self.scene)
        if len(scene.graph.nodes) > MOST or not any(s.count(" ") > 2 for s in shapes.values()):
            return {}
        from workbench.edits.ushape import skips_of  # networkx: the first paint need not wait

        within = IN in scene.graph.nodes
        nodes = [n for n in scene.graph.nodes if within or role_of(scene, n) == "layer"]
        skips = skips_of(scene.graph, nodes, shapes)
        return {w: _text(shapes[w.source, w.output]) for w in skips}


def _text(shape: str) -> str:
    _, channels, *sides = shape.split()
    return tr("skip {0} · {1}").format(channels, "×".join(sides))


class Names:
    """The names that a scene's wires are drawn with."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def item(self, wire: Wire, family: str) -> WireItem:
        """Return a new item for a wire."""
        if name := self._of(wire):
            return NamedWire(self.scene, wire, family, name)
        return WireItem(self.scene, wire, family)

    def _of(self, wire: Wire) -> str:
        graph = self.scene.graph
        return name_of_wires(graph, wire.source, wire.output) if graph.layout.names else ""

    def match(self) -> list[Wire]:
        """Replace the items of wires that are named otherwise; return these wires."""
        changed = [w for w, item in self.scene.wires.items() if item.name != self._of(w)]
        for wire in changed:
            self.scene.drop_wire(wire)
            self.scene.add_wire(wire)
        return changed

    def follow(self) -> None:
        """Show names that have changed."""
        changed = self.match()
        self.scene.routes.route(changed)
        for wire in changed:
            self.scene.refresh_wire(wire, self.scene.wires[wire])

    def together(self, wire: Wire) -> list[WireItem]:
        """Return the items that are highlighted with a wire: all of a named output."""
        item = self.scene.wires.get(wire)
        if item is None or not item.name:
            return [item] if item else []
        return self.scene.wires_at(wire.source, "output", wire.output)

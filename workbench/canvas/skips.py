"""The wires straight across of a U-Net, which say what they carry: `skip 64 · 14×14`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.document.graph import Wire
from engine.document.naming import IN
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

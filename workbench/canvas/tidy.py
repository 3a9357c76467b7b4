"""Tidy, with what the canvas and the last check know of the graph."""

from __future__ import annotations

from collections.abc import Iterable

from engine.document.graph import Change
from workbench import edits
from workbench.canvas.scene import Scene
from workbench.canvas.wire_words import role_of, shapes_of


def tidied(scene: Scene, ids: Iterable[str] | None = None) -> Change:
    """Return the change that lays out nodes, all by default."""

    def spot(node: str, side: str, name: str) -> float:
        item = scene.nodes[node]
        return item.face.spot("input" if side == "input" else "output", name).y()

    role = lambda node: role_of(scene, node)  # noqa: E731
    return edits.tidy(scene.graph, ids, scene.sizes(), role, shapes_of(scene), spot)

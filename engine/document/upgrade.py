"""Upgrade older graph files: ports and parameters that have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.document.graph import Board, Wire

TERMS = ("a", "b", "c")
"""The inputs of a sum of losses before it took any number of wires."""


BEFORE: dict[int, dict[str, dict[str, object]]] = {
    2: {"CriticLoss": {"penalty": "none", "weight": 10.0}},
}
"""The defaults that files older than a version were written with, by kind and parameter."""


def upgrade(graph: Board, version: int) -> None:
    """Upgrade a graph or a group of this version in place; a current one stays unchanged."""
    for name in graph.nodes:
        if (change := UPGRADES.get(graph.nodes[name].kind)) is not None:
            change(graph, name)
    for _, earlier in sorted(item for item in BEFORE.items() if version < item[0]):
        for place in graph.nodes.values():
            if not place.twin:
                place.params = earlier.get(place.kind, {}) | place.params


def _sum_of_losses(graph: Board, name: str) -> None:
    """Rewire inputs a, b, c to `losses`, in this order, and turn their weights into a list."""
    old = [w for w in graph.wires if w.target == name and w.input in TERMS]
    if not old:
        return
    old.sort(key=lambda wire: TERMS.index(wire.input))
    params = graph.nodes[name].params
    given = {term: params.pop(f"weight_{term}", 1.0) for term in TERMS}
    weights: dict[Wire, float] = {}  # a loss wired to two terms gets the sum of their weights
    for wire in old:
        new = wire._replace(input="losses")
        weights[new] = weights.get(new, 0.0) + given[wire.input]
        if (way := graph.layout.reroutes.pop(str(wire), None)) is not None:
            graph.layout.reroutes[str(new)] = way
    if any(weight != 1 for weight in weights.values()):
        params["weights"] = [*weights.values()]
    graph.wires = [w for w in graph.wires if w not in old] + [*weights]


def _activation(graph: Board, name: str) -> None:
    """Rename the kind; its function was a sigmoid where none was set."""
    place = graph.nodes[name]
    place.kind = "Activation"
    if not place.twin:
        place.params.setdefault("function", "sigmoid")


def _convolution(graph: Board, name: str) -> None:
    """Turn `odd`, sides that are one less, into the number by which they are."""
    params = graph.nodes[name].params
    if "odd" in params:
        odd = params.pop("odd")
        params.setdefault("shorter", int(odd) if isinstance(odd, bool) else odd)
    if "odd" in (fields := graph.layout.fields.get(name, [])):
        fields[fields.index("odd")] = "shorter"
    for promoted in getattr(graph, "params", {}).values():
        promoted.to = [
            target._replace(param="shorter") if target == (name, "odd") else target
            for target in promoted.to
        ]


UPGRADES: dict[str, Callable[[Board, str], None]] = {
    "LossSum": _sum_of_losses,
    "Activate": _activation,
    "Convolution": _convolution,
}

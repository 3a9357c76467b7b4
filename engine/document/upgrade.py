"""Upgrade older files: ports and parameters that have another form now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.document.graph import Graph, Wire

TERMS = ("a", "b", "c")
"""The ports that a sum of losses had before it took any number of wires."""


def upgrade(graph: Graph) -> None:
    """Bring a graph as it was read up to date, in place; a graph of today stays as it is."""
    for name in graph.nodes:
        if (change := UPGRADES.get(graph.nodes[name].kind)) is not None:
            change(graph, name)


def _sum_of_losses(graph: Graph, name: str) -> None:
    """Turn wires into a, b, c to wires into losses, in this order, and their weights to a list."""
    old = [w for w in graph.wires if w.target == name and w.input in TERMS]
    if not old:
        return
    old.sort(key=lambda wire: TERMS.index(wire.input))
    params = graph.nodes[name].params
    given = {term: params.pop(f"weight_{term}", 1.0) for term in TERMS}
    weights: dict[Wire, float] = {}  # what was wired to two terms counts with both weights
    for wire in old:
        new = wire._replace(input="losses")
        weights[new] = weights.get(new, 0.0) + given[wire.input]
        if (way := graph.layout.reroutes.pop(str(wire), None)) is not None:
            graph.layout.reroutes[str(new)] = way
    if any(weight != 1 for weight in weights.values()):
        params["weights"] = [*weights.values()]
    graph.wires = [w for w in graph.wires if w not in old] + [*weights]


UPGRADES: dict[str, Callable[[Graph, str], None]] = {"LossSum": _sum_of_losses}

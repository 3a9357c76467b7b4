"""One folder for all parts of a model: chosen once, for every node without a folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.document.catalogue import Catalogue, Fix, Problem
from engine.document.graph import Graph
from nodes.sentences import say


def one_folder(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[Fix]:
    """Return fixes that set the folder of another part, or ask for one, where it is missing."""
    name = problem.param or problem.port
    known = dict(_parts(problem, graph, catalogue, name))
    lacking = [node for node, folder in known.items() if not folder]
    chosen = dict.fromkeys(folder for folder in known.values() if folder)
    taken = [
        Fix(label=say("Take {folder}", folder=folder), puts=_puts(lacking, name, folder))
        for folder in chosen
    ]
    asked = Fix(label=say("Choose a folder"), puts=_puts(lacking, name, None), ask="folder")
    return [*taken, asked] if lacking else []


def _parts(
    problem: Problem, graph: Graph, catalogue: Catalogue, name: str
) -> Iterator[tuple[str, str]]:
    """Yield the nodes of the same category that need a folder, each with its folder."""
    category = catalogue[graph.nodes[graph.owner(problem.node)]].category
    for node, place in graph.nodes.items():
        kind = catalogue.of(place)
        if kind and kind.category == category and kind.param(name) and not place.twin:
            yield node, str(place.params.get(name) or "")


def _puts(nodes: list[str], name: str, folder: str | None) -> list[tuple[list[str], Any]]:
    return [(["nodes", node, "params", name], folder) for node in nodes]

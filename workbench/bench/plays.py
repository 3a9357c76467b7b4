"""What one plays with in a graph: its views, and the inputs that move them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Input, Play
from engine.document.walks import downstream_ids, upstream_ids
from nodes.params import ParamInfo
from workbench.bench.turns import value_of
from workbench.bench.views import is_view, view_nodes, watch_rows

MOST_INPUTS = 6
POINTS, SEED = "points", "seed"  # a parameter that holds points has a `latent`, the size of one
PLANES = {"points", "field", "density", "paths"}  # figures in a plane


def play_of(graph: Graph, catalogue: Catalogue) -> Play:
    """Return what the file names, as far as it is there; else what a hand can move."""
    views = [n for n in view_nodes(graph, catalogue) if is_view(graph, catalogue, n)]
    named = graph.layout.play or Play()
    rows = watch_rows(graph, catalogue)
    shown = [n for n in named.views if n in views] or (rows[0] if rows else [])
    if graph.layout.play is not None:
        inputs = [one for one in named.inputs if param_of(graph, catalogue, one) is not None]
    else:
        inputs = [*_free(graph, catalogue, shown)][:MOST_INPUTS]
    title = named.title or graph.title
    return Play(title=title, question=named.question, views=shown, inputs=inputs)


def param_of(graph: Graph, catalogue: Catalogue, one: Input) -> ParamInfo | None:
    """Return the declaration of an input's parameter; None where there is none."""
    place = graph.nodes.get(one.node)
    kind = catalogue.of(graph.nodes[graph.owner(one.node)]) if place else None
    return kind.param(one.param) if kind else None


def retrains(graph: Graph, catalogue: Catalogue, node: str) -> bool:
    """Return whether what a node gives is learned: a change of it takes effect by training anew."""
    return node in _trained(graph, catalogue)


def is_seen(
    graph: Graph, catalogue: Catalogue, node: str, roles: Sequence[str] = ("view", "metric")
) -> bool:
    """Return whether a view or a metric depends on a node, or on one that shares its weights."""
    owner = graph.owner(node)
    same = [n for n in graph.nodes if graph.owner(n) == owner]
    below = downstream_ids(graph.wires, same)
    places = (graph.nodes[n] for n in below if n in graph.nodes)
    return any(p.mode == "on" and catalogue.role(p) in roles for p in places)


def size_of_point(graph: Graph, catalogue: Catalogue, node: str) -> int:
    """Return how many numbers make one of a node's points."""
    latent = value_of(graph, catalogue, node, "latent")
    return latent if isinstance(latent, int) and latent > 0 else 2


def _trained(graph: Graph, catalogue: Catalogue) -> set[str]:
    """Return the ids of what trainers depend on, with the owners of twins."""
    trainers = [n for n, p in graph.nodes.items() if catalogue.role(p) == "trainer"]
    above = upstream_ids(graph.wires, trainers)
    return above | {graph.owner(n) for n in above if n in graph.nodes}


def _free(graph: Graph, catalogue: Catalogue, views: list[str]) -> Iterator[Input]:
    """Yield what is above these views and needs no training, and data that are drawn by hand."""
    trained, above = _trained(graph, catalogue), upstream_ids(graph.wires, views)
    planes = [n for n in views if catalogue[graph.nodes[n]].figure in PLANES]
    for node in graph.nodes:
        kind = catalogue.of(graph.nodes[graph.owner(node)])
        if node not in above or kind is None or kind.role != "node":
            continue
        for param in kind.params:
            if param.name == POINTS and param.type == "floats":
                yield Input(node=node, param=param.name, on=planes[0] if planes else "")
            elif node not in trained and (
                param.slider or param.type == "text" or param.name == SEED
            ):
                yield Input(node=node, param=param.name)

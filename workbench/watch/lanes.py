"""The ways from the data to what trains, or to the pictures where nothing trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from engine.document.training import model_wires
from engine.document.walks import by_target, topological, upstream_ids

MOST_LANES = 2
TRAINED = 100  # how much more a node counts that the lane's optimiser trains


def lanes(
    graph: Graph, catalogue: Catalogue, watched: Sequence[str], trainer: str = ""
) -> list[list[str]]:
    """Return at most two ways through the graph, each from its first node to its last.

    One for each optimiser, through the networks that it trains to its loss and itself; those of
    `trainer` come first. In a graph that trains nothing, one for each watched view.
    """
    found = [n for n in graph.nodes if _role(graph, catalogue, n) == "optimizer"]
    found.sort(key=lambda n: trainer not in trainers_of(graph, catalogue, [n]))
    if found:
        ways = [_to_optimizer(graph, catalogue, node) for node in found]
    else:
        ways = [_longest(graph, node, lambda _: 1) for node in watched]
    return _each_once(ways)[:MOST_LANES]


def trainers_of(graph: Graph, catalogue: Catalogue, lane: Sequence[str]) -> list[str]:
    """Return the trainers that the end of a lane is wired to."""
    targets = [w.target for w in graph.wires if w.source == lane[-1]]
    return [n for n in dict.fromkeys(targets) if _role(graph, catalogue, n) == "trainer"]


def gathered(lane: Sequence[str]) -> list[str]:
    """Return a lane in which an instance stands for the nodes in it.

    Where all of it lies in one instance, it is that one's inside that is told apart.
    """
    paths = [[part.partition("#")[0] for part in node.split("/")] for node in lane]
    depth = 0
    while all(len(path) > depth + 1 and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return list(dict.fromkeys("/".join(path[: depth + 1]) for path in paths))


def within(node: str, part: str) -> bool:
    """Return whether a node is a part of a lane, or lies in it."""
    path = "/".join(step.partition("#")[0] for step in node.split("/"))
    return node == part or path == part or path.startswith(f"{part}/")


def folded(lane: Sequence[str], most: int) -> list[str | int]:
    """Return a lane of at most `most` parts: a number stands for the nodes left out in its middle.

    The first node and the last two stay.
    """
    if len(lane) <= most:
        return [*lane]
    kept = max(most - 1, 3)
    head = max(kept - 2, 1)
    return [*lane[:head], len(lane) - kept, *lane[len(lane) - (kept - head) :]]


def _role(graph: Graph, catalogue: Catalogue, node: str) -> str:
    info = catalogue.of(graph.nodes[node])
    return info.role if info is not None and graph.nodes[node].mode == "on" else ""


def _to_optimizer(graph: Graph, catalogue: Catalogue, node: str) -> list[str]:
    models = model_wires(graph, catalogue, node)
    trained = {graph.owner(w.source) for w in models}
    losses = [w.source for w in graph.wires_into(node) if w not in models]
    ends = [n for n in losses if n in graph.nodes]
    if not ends:
        return [*dict.fromkeys(w.source for w in models), node]

    def weight(name: str) -> int:
        return TRAINED if graph.owner(name) in trained else 1

    return [*_longest(graph, ends[0], weight), node]


def _longest(graph: Graph, end: str, weight: Callable[[str], int]) -> list[str]:
    """Return the way to a node whose nodes weigh most."""
    near = upstream_ids(graph.wires, [end])
    wires = [w for w in graph.wires if w.source in near and w.target in near]
    into = by_target(wires)
    best: dict[str, tuple[int, str]] = {}  # weight of the way to a node, and the node before it
    for node in topological([n for n in graph.nodes if n in near], wires):
        before = [(best[w.source][0], w.source) for w in into.get(node, ())]
        most = max(before, key=lambda pair: pair[0], default=(0, ""))
        best[node] = most[0] + weight(node), most[1]
    way = [end]
    while way[-1] in best and best[way[-1]][1]:  # nodes on a cycle have none
        way.append(best[way[-1]][1])
    return way[::-1]


def _each_once(ways: Iterable[list[str]]) -> list[list[str]]:
    return [list(way) for way in dict.fromkeys(tuple(way) for way in ways if way)]

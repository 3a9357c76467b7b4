"""Layered layout: barycentres reduce crossings (Sugiyama, 1981)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import networkx as nx

from engine.document.graph import Board
from workbench.edits.base import HEIGHT, WIDTH

GAP_X, GAP_Y = 72.0, 40.0
SWEEPS = 4

Layer = list[str]
Sizes = Mapping[str, tuple[float, float]]


def layered(graph: Board, nodes: list[str], sizes: Sizes) -> dict[str, tuple[float, float]]:
    """Return the position of each node; the top left corner of all is (0, 0).

    Nodes without wires are in columns below.
    """
    net = acyclic(graph, nodes)
    size = {n: sizes.get(n, (WIDTH, HEIGHT)) for n in nodes}
    places: dict[str, tuple[float, float]] = {}
    bottom = 0.0
    for island in sorted(nx.weakly_connected_components(net), key=lambda c: (-len(c), min(c))):
        layers = _layers(net.subgraph(island), nodes)
        for node, (x, y) in _placed(layers, size).items():
            places[node] = (x, y + bottom)
        bottom = max(places[n][1] + size[n][1] for n in island) + 2 * GAP_Y
    return places


def rows_of(
    graph: Board, nodes: list[str], sizes: Sizes, most: int, *, upward: bool = False
) -> dict[str, tuple[float, float]]:
    """Return positions as `layered` does, in rows of `most` layers that go down, or `upward`."""
    if not nodes:
        return {}
    net = acyclic(graph, nodes)
    layers = _layers(net, nodes)
    size = {n: sizes.get(n, (WIDTH, HEIGHT)) for n in nodes}
    count = -(-len(layers) // most)
    each = -(-len(layers) // count)
    rows = [_placed(layers[at : at + each], size) for at in range(0, len(layers), each)]
    places: dict[str, tuple[float, float]] = {}
    top = 0.0
    for row in reversed(rows) if upward else rows:
        places |= {node: (x, y + top) for node, (x, y) in row.items()}
        top = max(y + size[node][1] for node, (_, y) in places.items()) + GAP_Y
    return places


def acyclic(graph: Board, nodes: list[str]) -> nx.DiGraph:
    """Return the wires as a graph without cycles, which a file may contain."""
    net = nx.DiGraph()
    net.add_nodes_from(nodes)
    wanted = set(nodes)
    net.add_edges_from(
        (w.source, w.target) for w in graph.wires if w.source in wanted and w.target in wanted
    )
    net.remove_edges_from(list(nx.selfloop_edges(net)))
    while not nx.is_directed_acyclic_graph(net):
        net.remove_edges_from([nx.find_cycle(net)[-1]])
    return net


def _layers(net: nx.DiGraph, order: list[str]) -> list[Layer]:
    """Assign each node the layer of its longest incoming path, then order layers by barycentre."""
    rank = {n: i for i, n in enumerate(order)}
    layers = [sorted(g, key=rank.__getitem__) for g in nx.topological_generations(net)]
    layers = drawn_near(net, layers)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        pairs = list(pairwise(layers))
        for before, after in pairs if down else reversed(pairs):
            fixed, free = (before, after) if down else (after, before)
            _sort_by_barycentre(net, fixed, free)
    return layers


def drawn_near(net: nx.DiGraph, layers: list[Layer]) -> list[Layer]:
    """Move sources right, next to their targets: a grid of latents belongs beside its decoder."""
    level = {n: i for i, layer in enumerate(layers) for n in layer}
    for layer in reversed(layers):
        for node in layer:
            onward = [level[m] for m in net.successors(node)]
            if onward and net.in_degree(node) == 0:
                level[node] = min(onward) - 1
    moved: list[Layer] = [[] for _ in layers]
    for layer in layers:
        for node in layer:
            moved[level[node]].append(node)
    return [layer for layer in moved if layer]


def _sort_by_barycentre(net: nx.DiGraph, fixed: Layer, free: Layer) -> None:
    at = {n: i for i, n in enumerate(fixed)}
    now = {n: i for i, n in enumerate(free)}

    def centre(node: str) -> float:
        near = [at[m] for m in (*net.predecessors(node), *net.successors(node)) if m in at]
        return sum(near) / len(near) if near else now[node]

    free.sort(key=lambda n: (centre(n), now[n]))


def _placed(
    layers: list[Layer], size: dict[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    heights = [sum(size[n][1] for n in la) + GAP_Y * (len(la) - 1) for la in layers]
    places: dict[str, tuple[float, float]] = {}
    x = 0.0
    for layer, height in zip(layers, heights, strict=True):
        y = (max(heights) - height) / 2
        for node in layer:
            places[node] = (x, y)
            y += size[node][1] + GAP_Y
        x += max(size[n][0] for n in layer) + GAP_X
    return places

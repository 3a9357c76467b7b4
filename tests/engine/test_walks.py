"""Walks along wires: laws on random graphs, with circles and without."""

from __future__ import annotations

from random import Random

import networkx as nx
import pytest

from engine.document.graph import Wire
from engine.document.walks import (
    Links,
    by_source,
    by_target,
    circle_through,
    downstream_ids,
    feeding,
    on_circles,
    topological,
    upstream_ids,
)

SEEDS = pytest.mark.parametrize("seed", range(8))


def some(seed: int) -> tuple[list[str], list[Wire]]:
    chance = Random(seed)
    names = [f"n{k}" for k in range(9)]
    ends = [chance.sample(names, 2) for _ in range(chance.randrange(4, 16))]
    return names, [Wire(a, "y", b, "x") for a, b in ends]


def net(names: list[str], wires: list[Wire]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((w.source, w.target) for w in wires)
    return graph


@SEEDS
def test_what_feeds_and_what_is_fed_are_networkx_own(seed: int) -> None:
    names, wires = some(seed)
    graph = net(names, wires)
    for name in names:
        assert upstream_ids(wires, [name]) == nx.ancestors(graph, name) | {name}
        assert downstream_ids(wires, [name]) == nx.descendants(graph, name) | {name}
        ways = nx.single_source_shortest_path_length(graph.reverse(), name)
        near = [ways[other] for other in feeding(wires, name)]
        assert near == sorted(ways.values())


@SEEDS
def test_wires_go_forward_and_circles_are_left_out(seed: int) -> None:
    names, wires = some(seed)
    graph = net(names, wires)
    on_circles = {n for c in nx.strongly_connected_components(graph) if len(c) > 1 for n in c}
    behind = on_circles.union(*(nx.descendants(graph, n) for n in on_circles))
    order = topological(names, wires)
    assert set(order) == set(names) - behind
    place = {name: at for at, name in enumerate(order)}
    for wire in wires:
        if wire.target in place:
            assert place[wire.source] < place[wire.target]


@SEEDS
def test_a_circle_is_the_shortest_way_back(seed: int) -> None:
    names, wires = some(seed)
    graph = net(names, wires)
    for name in names:
        way = circle_through(wires, name)
        back = [
            nx.shortest_path_length(graph, after, name) + 1
            for after in graph.successors(name)
            if nx.has_path(graph, after, name)
        ]
        assert len(way) == min(back, default=0)
        ends = [w.source for w in way], [w.target for w in way]
        assert ends[0][1:] == ends[1][:-1]
    order = set(topological(names, wires))
    for part in (names, [name for name in names if name not in order]):
        assert on_circles(part, wires) == {name for name in names if circle_through(wires, name)}


def test_a_circle_of_one_node_counts() -> None:
    wires = [Wire("a", "y", "a", "x"), Wire("a", "y", "b", "x")]
    assert on_circles(["a", "b"], wires) == {"a"}
    assert circle_through(wires, "a") == wires[:1]


@SEEDS
def test_links_walk_as_wires_do(seed: int) -> None:
    names, wires = some(seed)
    links = Links(wires)
    for name in names:
        assert links.upstream([name]) == upstream_ids(wires, [name])


def test_wires_keep_their_order() -> None:
    wires = [Wire("a", "y", "b", "x"), Wire("c", "y", "b", "z"), Wire("a", "v", "d", "x")]
    assert by_target(wires) == {"b": wires[:2], "d": wires[2:]}
    assert by_source(wires) == {"a": [wires[0], wires[2]], "c": [wires[1]]}

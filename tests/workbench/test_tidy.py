"""Tidy: nothing lies on anything, what is not asked for stays, and a U-Net is a U."""

from __future__ import annotations

from itertools import combinations, pairwise
from random import Random

import pytest

from engine.document.graph import Graph, Place, Wire, apply, copy
from engine.document.naming import IN, OUT
from workbench import edits

Rect = tuple[float, float, float, float]


def size(node: str) -> tuple[float, float]:
    """Return a size of its own for each node, the same at each call."""
    chance = Random(node)
    return float(chance.randrange(112, 240, 8)), chance.choice((98.0, 120.0, 142.0, 240.0))


def tidy(graph: Graph, ids=None, **known) -> Graph:
    """Return a copy, tidied; whatever its nodes are, they are layers."""
    sizes = {n: size(n) for n in graph.nodes}
    after, role = copy(graph), lambda node: "layer"
    change = edits.tidy(after, ids, sizes, role, **known)
    assert all(put.path[0] == "layout" for put in change.puts)
    apply(after, change)
    return after


def areas(graph: Graph) -> dict[str, Rect]:
    found = {n: (*graph.layout.positions.get(n, (0.0, 0.0)), *size(n)) for n in graph.nodes}
    return found | {n: tuple(note["rect"]) for n, note in graph.layout.notes.items()}


def meet(a: Rect, b: Rect) -> bool:
    across = a[0] < b[0] + b[2] and b[0] < a[0] + a[2]
    return across and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def holds(frame: Rect, rect: Rect) -> bool:
    return (
        frame[0] <= rect[0]
        and frame[1] <= rect[1]
        and rect[0] + rect[2] <= frame[0] + frame[2]
        and rect[1] + rect[3] <= frame[1] + frame[3]
    )


def messy(seed: int, *, framed: bool = True) -> Graph:
    """Return a random graph, somewhere, with a note and frames around some of its nodes."""
    chance = Random(seed)
    graph, names = Graph(), [f"n{i}" for i in range(chance.randint(4, 16))]
    for name in names:
        graph.nodes[name] = Place(kind="K")
        graph.layout.positions[name] = [chance.uniform(0, 900), chance.uniform(0, 500)]
    for i, name in enumerate(names[1:], 1):
        for other in chance.sample(names[:i], min(i, chance.choice((0, 1, 1, 2)))):
            graph.wires.append(Wire(other, "y", name, "x"))
    graph.layout.notes["note"] = {"title": "", "text": "", "rect": [3.0, 900.0, 232.0, 104.0]}
    for frame in range(chance.randint(0, 2) if framed else 0):
        own, y = chance.sample(names, 2), 2000.0 + 900 * frame
        for place, name in enumerate(own):
            graph.layout.positions[name] = [40.0 + 300 * place, y + 60]
        graph.layout.frames[f"f{frame}"] = {"title": "", "rect": [0.0, y, 700.0, 400.0]}
    return graph


def held(graph: Graph, frame: str) -> set[str]:
    return {
        n for n, a in areas(graph).items() if holds(tuple(graph.layout.frames[frame]["rect"]), a)
    }


@pytest.mark.parametrize("seed", range(12))
def test_all_of_a_graph(seed: int) -> None:
    graph = messy(seed)
    after = tidy(graph)
    for (one, a), (other, b) in combinations(areas(after).items(), 2):
        assert not meet(a, b), (one, other)
    for frame in graph.layout.frames:
        assert held(after, frame) == held(graph, frame)
    assert tidy(copy(graph)) == after


@pytest.mark.parametrize("seed", range(12))
def test_some_of_a_graph(seed: int) -> None:
    graph = messy(seed)
    chosen = Random(seed).sample(list(graph.nodes), 3)
    after = tidy(graph, chosen)
    around = {n for f in graph.layout.frames for n in held(graph, f) if {*chosen} >= held(graph, f)}
    for node in {*graph.nodes} - {*chosen} - around:
        assert after.layout.positions[node] == graph.layout.positions[node]
    assert after.layout.notes == graph.layout.notes
    found = areas(after)
    for node in chosen:
        assert not any(meet(found[node], found[n]) for n in found if n != node), node
    for frame in graph.layout.frames:
        assert held(after, frame) >= held(graph, frame)


@pytest.mark.parametrize("seed", range(12))
def test_pinned_nodes_stay_and_keep_their_room(seed: int) -> None:
    graph = messy(seed)
    graph.layout.pinned = Random(seed).sample(list(graph.nodes), 2)
    for place, node in enumerate(graph.layout.pinned):
        if not any(node in held(graph, frame) for frame in graph.layout.frames):
            graph.layout.positions[node] = [3000.0 * place, 100.0]
    after = tidy(graph)
    found = areas(after)
    for node in graph.layout.pinned:
        assert after.layout.positions[node] == graph.layout.positions[node]
        assert not any(meet(found[node], found[n]) for n in found if n != node)


def test_large_graphs_keep_their_frames() -> None:
    graph = messy(3)
    for i in range(200):
        graph.nodes[f"m{i}"] = Place(kind="K")
        graph.wires.append(Wire("n1", "y", f"m{i}", "x"))
    after = tidy(graph)
    assert not any(meet(a, b) for a, b in combinations(areas(after).values(), 2))
    for frame in graph.layout.frames:
        assert held(after, frame) == held(graph, frame)


# --- a U ---

LEVELS = 3


def blocks() -> Graph:
    """Return a U-Net of one node for each step, as the design draws it."""
    wires, names = [], ["time", *(f"down{i}" for i in range(LEVELS)), "attention"]
    names += [f"up{i}" for i in range(LEVELS)]
    for i in range(LEVELS):
        wires += [Wire("time", "emb", f"down{i}", "emb"), Wire("time", "emb", f"up{i}", "emb")]
        wires.append(Wire(f"down{i}", "skip", f"up{i}", "skip"))
    for one, two in pairwise([f"down{i}" for i in range(LEVELS)]):
        wires.append(Wire(one, "half", two, "x"))
    wires += [Wire("down2", "half", "attention", "x"), Wire("attention", "y", "up2", "x")]
    wires += [Wire("up2", "y", "up1", "x"), Wire("up1", "y", "up0", "x")]
    graph = Graph(nodes={n: Place(kind="K") for n in [*names, IN, OUT]}, wires=wires)
    graph.wires += [Wire(IN, "x", "down0", "x"), Wire(IN, "t", "time", "t")]
    graph.wires.append(Wire("up0", "y", OUT, "y"))
    return graph


def layers() -> tuple[Graph, dict[tuple[str, str], str]]:
    """Return a U-Net of single layers, two blocks with a residual a step, and its shapes."""
    graph, shapes = Graph(nodes={}, wires=[]), {}

    def add(node: str, *sources: str, shape: str) -> str:
        graph.nodes[node] = Place(kind="K")
        graph.wires += [Wire(source, "y", node, "x") for source in sources]
        shapes[node, "y"] = shape
        return node

    at, skips = "", []
    for i in range(LEVELS):
        shape = f"b {16 << i} {32 >> i} {32 >> i}"
        at = add(f"in{i}", *filter(None, [at]), shape=shape)
        for block in range(2):
            inner = add(f"conv{i}_{block}", at, shape=shape)
            at = add(f"sum{i}_{block}", inner, at, shape=shape)
        skips.append((at, shape))
    at = add("middle", at, shape=f"b 64 {16 >> LEVELS} {16 >> LEVELS}")
    for i in reversed(range(LEVELS)):
        skip, shape = skips.pop()
        at = add(f"double{i}", at, shape=shape)
        at = add(f"join{i}", at, skip, shape=shape)
        at = add(f"out{i}", at, shape=shape)
    return graph, shapes


def spot(node: str, side: str, name: str) -> float:
    return {"x": 49.0, "skip": 49.0, "emb": 71.0, "half": 71.0}.get(name, 49.0 + len(node))


def assert_u(after: Graph, down: list[str], up: list[str], skips: list[Wire]) -> None:
    at = after.layout.positions
    ways = [*down, *reversed(up)]
    assert all(at[a][0] < at[b][0] for a, b in pairwise(ways)), "to the right"
    for steps in (down, up):
        assert all(at[a][1] < at[b][1] for a, b in pairwise(steps)), "down, and up again"
    for wire in skips:
        start = at[wire.source][1] + spot(wire.source, "output", wire.output)
        end = at[wire.target][1] + spot(wire.target, "input", wire.input)
        assert abs(start - end) <= 0.5, "level"
        area = (at[wire.source][0] + size(wire.source)[0], start, 0.0, 0.0)
        line = (area[0], start, at[wire.target][0] - area[0], 0.0)
        assert not any(meet(line, other) for n, other in areas(after).items()), "nothing in its way"


@pytest.mark.parametrize("some", [False, True])
def test_a_u_net_of_steps_is_a_u(some: bool) -> None:
    graph = blocks()
    nodes = [n for n in graph.nodes if n not in (IN, OUT)]
    after = tidy(graph, nodes if some else None, spots=spot)
    down, up = ([f"{way}{i}" for i in range(LEVELS)] for way in ("down", "up"))
    assert_u(after, down, up, [w for w in graph.wires if w.output == "skip"])
    assert not any(meet(a, b) for a, b in combinations(areas(after).values(), 2)) or some
    at = after.layout.positions
    if not some:
        assert all(at[IN][0] + size(IN)[0] < at[n][0] for n in nodes)
        assert all(at[OUT][0] > at[n][0] + size(n)[0] for n in nodes)


def test_a_u_net_of_layers_is_a_u_by_its_shapes() -> None:
    graph, shapes = layers()
    after = tidy(graph, None, spots=spot, shapes=shapes)
    down = [f"sum{i}_1" for i in range(LEVELS)]
    up = [f"join{i}" for i in range(LEVELS)]
    assert_u(after, down, up, [Wire(a, "y", b, "x") for a, b in zip(down, up, strict=True)])
    assert not any(meet(a, b) for a, b in combinations(areas(after).values(), 2))


def test_within_a_document_a_u_is_one_thing() -> None:
    graph, shapes = layers()
    for place, node in enumerate(graph.nodes):
        graph.layout.positions[node] = [0.0, 40.0 * place]
    for node, before in (("loss", "out0"), ("adam", "loss"), ("trainer", "adam")):
        graph.nodes[node] = Place(kind="K")
        graph.wires.append(Wire(before, "y", node, "x"))
    roles = {"adam": "optimizer", "trainer": "trainer", "loss": "node"}
    sizes = {n: size(n) for n in graph.nodes}
    role = lambda node: roles.get(node, "layer")  # noqa: E731
    apply(graph, edits.tidy(graph, None, sizes, role, shapes, spot))
    down = [f"sum{i}_1" for i in range(LEVELS)]
    up = [f"join{i}" for i in range(LEVELS)]
    assert_u(graph, down, up, [Wire(a, "y", b, "x") for a, b in zip(down, up, strict=True)])
    assert graph.layout.positions["out0"][0] < graph.layout.positions["loss"][0]
    assert not any(meet(a, b) for a, b in combinations(areas(graph).values(), 2))


def test_no_u_where_nothing_shrinks() -> None:
    """Residuals within residuals, of one size, are a row."""
    graph, shapes = layers()
    even = dict.fromkeys(shapes, "b 8 16 16")
    after = tidy(graph, list(graph.nodes), shapes=even)
    lefts = {x for x, _ in after.layout.positions.values()}
    assert len(lefts) > 12, "in layers along the wires"


def test_the_border_of_a_group_is_beside_what_it_holds() -> None:
    graph = messy(5)
    graph.nodes |= {IN: Place(kind=IN), OUT: Place(kind=OUT)}
    graph.layout.positions |= {IN: [100.0, 90.0], OUT: [90.0, 100.0]}
    graph.wires += [Wire(IN, "x", "n1", "x"), Wire("n2", "y", OUT, "y")]
    after = tidy(graph)
    found = areas(after)
    assert all(found[IN][0] + found[IN][2] < a[0] for n, a in found.items() if n != IN)
    assert all(found[OUT][0] > a[0] + a[2] for n, a in found.items() if n != OUT)
    assert not any(meet(a, b) for a, b in combinations(found.values(), 2))

"""Wires go round nodes, and are routed anew only where something changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QPointF

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Place, Wire
from tests.shipped import catalogue as shipped
from tests.workbench import design
from workbench import edits
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas import routes
from workbench.canvas.routing import APART, Ask, pieces_of, route_all
from workbench.canvas.scene import Scene
from workbench.canvas.view import Canvas

SIDE, GAP = 120.0, 48.0


def field(chance: random.Random) -> list[tuple[float, float, float, float]]:
    """Return nodes of different sizes with gaps between them."""
    boxes = []
    for row in range(4):
        for column in range(5):
            x, y = column * (SIDE + GAP), row * (SIDE + GAP)
            wide, high = SIDE - 8 * chance.randrange(4), SIDE - 8 * chance.randrange(5)
            if chance.random() < 0.8:
                boxes.append((x, y, x + wide, y + high))
    return boxes


@pytest.mark.parametrize("seed", range(4))
def test_no_wire_passes_behind_a_node(seed: int) -> None:
    chance = random.Random(seed)
    boxes = field(chance)
    asks = []
    for number in range(12):
        a, b = chance.sample(range(len(boxes)), 2)
        start = (boxes[a][2], boxes[a][1] + 40 + 22 * (number % 2))
        asks.append(Ask((str(a), str(number % 2)), start, (boxes[b][0], boxes[b][1] + 40), (a, b)))
    route_all(asks, boxes)
    for ask in asks:
        for piece in pieces_of(ask):
            for left, top, right, bottom in boxes:
                low, high = (top, bottom) if piece.upright else (left, right)
                side, other = (left, right) if piece.upright else (top, bottom)
                outside = piece.high <= low or piece.low >= high
                assert outside or not side < piece.at < other, f"{ask} in {left, top}"
        ways = ask.corners
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(ways))
        assert not ways or (ways[0], ways[-1]) == (ask.start, ask.end)


def test_lines_of_two_outputs_keep_apart_and_those_of_one_are_shared() -> None:
    boxes = [(0, 0, 100, 100), (200, 0, 300, 100), (500, 0, 600, 120), (700, 0, 800, 100)]
    asks = [
        Ask(("a", "one"), (100, 40), (500, 40), (0, 2)),
        Ask(("a", "one"), (100, 40), (700, 40), (0, 3)),
        Ask(("a", "two"), (100, 62), (500, 62), (0, 2)),
    ]
    route_all(asks, boxes)
    first, second, other = ([p for p in pieces_of(ask) if not p.fixed] for ask in asks)
    assert first[0].at == second[0].at, "both leave on one line"
    for one, two in combinations([*first, *other], 2):
        if one.ask.net != two.ask.net and one.upright == two.upright:
            apart = one.high <= two.low or two.high <= one.low
            assert apart or abs(one.at - two.at) >= APART


def test_a_free_wire_goes_directly() -> None:
    ask = Ask(("a", "x"), (100, 40), (160, 90), (0, 1))
    route_all([ask], [(0, 0, 100, 100), (160, 50, 260, 150)])
    assert not ask.corners


def row(count: int) -> Graph:
    """Return encoders in a row, each wired to the sampler after the next one."""
    graph = Graph()
    for place in range(count):
        graph.nodes[f"e{place}"] = Place(kind="Encoder")
        graph.nodes[f"s{place}"] = Place(kind="Reparameterize")
        graph.layout.positions[f"e{place}"] = [480.0 * place, 0.0]
        graph.layout.positions[f"s{place}"] = [480.0 * place + 240, 0.0]
        if place:
            graph.wires.append(Wire(f"e{place - 1}", "q", f"s{place}", "q"))
    return graph


@pytest.fixture
def scene_of(qtbot) -> Callable[..., Scene]:
    """Return the scene of a canvas that shows a graph."""

    def made(graph: Graph, catalogue: Catalogue | None = None) -> Scene:
        canvas = Canvas(Document(graph), Live(), catalogue or design.catalogue())
        qtbot.addWidget(canvas)
        return canvas.stage

    return made


def test_only_what_is_near_a_change_is_routed(scene_of, monkeypatch) -> None:
    scene = scene_of(row(12))
    assert all(item.corners for item in scene.wires.values())
    asked: list[int] = []
    monkeypatch.setattr(routes, "route_all", lambda asks, *_: asked.append(len(asks)))
    scene.document.push(edits.move(scene.graph, {"s0": (240.0, 800.0)}))
    scene.routes.settle()
    assert not asked or max(asked) <= 2
    asked.clear()
    scene.shift({"e5": QPointF(2400, 40)})
    assert not asked, "a drag routes nothing"


def test_a_large_graph_is_not_routed(scene_of) -> None:
    scene = scene_of(row(routes.MOST // 2 + 1))
    assert not any(item.corners for item in scene.wires.values())


def test_a_route_follows_what_stands_in_its_way(scene_of) -> None:
    scene = scene_of(row(3))
    document, (wire, item) = scene.document, next(iter(scene.wires.items()))
    before = list(item.corners)
    document.push(edits.move(scene.graph, {"e1": (480.0, 800.0), "s0": (240.0, 900.0)}))
    assert not item.corners, "the way is free"
    document.undo()
    assert item.corners == before
    document.push(edits.reroute(scene.graph, wire, [(300.0, 400.0)]))
    assert not item.corners and len(item.points) == 3, "reroutes are the user's"


def test_free_optional_ports_fold_until_a_wire_wants_them(scene_of) -> None:
    graph = Graph(nodes={"grid": Place(kind="ImageGrid"), "data": Place(kind="Digits")})
    scene = scene_of(graph, shipped())
    node = scene.nodes["grid"]
    shown = [port.name for port in node.face.content.inputs]
    folded = [port.name for port in node.face.content.folded]
    assert shown == ["images", "below"] and "labels" in folded
    high = node.face.height
    scene.document.push(
        edits.connect(scene.graph, Wire("data", "labels", "grid", "labels"), scene.catalogue)
    )
    assert "labels" in [port.name for port in node.face.content.inputs]
    scene.document.undo()
    scene.unfold(["grid"])
    assert not node.face.content.folded and node.face.height > high
    scene.unfold(())
    assert node.face.height == high

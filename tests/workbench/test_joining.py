"""What runs through nodes: laws of removing, pulling out and making room, on shipped examples."""

from __future__ import annotations

import functools
from itertools import combinations
from random import Random

import pytest

import resources
from engine.document.graph import Graph, Place, apply, copy, load
from engine.document.wiring import acting_wires
from nodes.errors import Refusal
from tests.shipped import catalogue
from workbench import edits
from workbench.edits.room import LEAST, Box

NAMES = sorted(p.name for p in resources.path("examples").glob("*.graph.json"))[::9]
SIZES: dict[str, tuple[float, float]] = {}


@functools.cache
def example(name: str) -> Graph:
    return load(resources.path("examples", name))


def boxes(graph: Graph) -> dict[str, Box]:
    return {n: (x, y, x + 144, y + 96) for n, (x, y) in graph.layout.positions.items()}


def apart(one: Box, two: Box) -> bool:
    return one[0] >= two[2] or two[0] >= one[2] or one[1] >= two[3] or two[1] >= one[3]


@pytest.mark.parametrize("name", NAMES)
def test_removing_joins_what_a_bypass_passes_on(name: str) -> None:
    """Every wire left was there, or is one that acts while the removed nodes are bypassed."""
    graph, chance = example(name), Random(name)
    gone = set(chance.sample(sorted(graph.nodes), min(3, len(graph.nodes))))
    bypassed = copy(graph)
    for node, place in bypassed.nodes.items():
        place.mode = "bypassed" if node in gone else "on"
    left = copy(graph)
    apply(left, edits.remove(left, gone, through=catalogue()))
    fitting = [
        w
        for w in dict.fromkeys(acting_wires(bypassed, catalogue()))
        if w in graph.wires or catalogue().fits(*catalogue().ends(graph, w))
    ]
    assert left.wires == fitting
    apart_ = copy(graph)
    apply(apart_, edits.remove(apart_, gone))
    assert apart_.wires == [w for w in graph.wires if not {w.source, w.target} & gone]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_put_into_a_wire_and_pulled_out_again_leaves_the_wires(name: str) -> None:
    graph = copy(example(name))
    ends = catalogue().ends
    for wire in list(graph.wires):
        if ends(graph, wire) is None:
            continue
        now = copy(graph)
        now.nodes["new"] = Place(kind="nobody")  # a kind that is not installed passes its only wire
        into, out = wire._replace(target="new", input="a"), wire._replace(source="new", output="b")
        at = now.wires.index(wire)
        now.wires[at : at + 1] = [into, out]
        now.layout.reroutes.pop(str(wire), None)
        apply(now, edits.pull_out(now, ["new"], catalogue()))
        if wire.output != "model":
            assert now.wires == graph.wires


@pytest.mark.parametrize("name", NAMES)
def test_what_is_put_into_a_wire_has_room_and_nothing_comes_to_lie_on_anything(name: str) -> None:
    graph = example(name)
    before = boxes(graph)
    for wire in graph.wires[:: max(1, len(graph.wires) // 8)]:
        now = copy(graph)
        now.nodes["new"] = Place(kind="nobody")
        (sx, sy), (tx, ty) = (now.layout.positions[n] for n in (wire.source, wire.target))
        now.layout.positions["new"] = [(sx + tx) / 2, (sy + ty) / 2]
        if tx < sx + 144:
            assert not edits.make_room(now, "new", wire, SIZES)
            continue
        apply(now, edits.make_room(now, "new", wire, SIZES))
        after = boxes(now)
        new = after.pop("new")
        assert after[wire.source][2] + LEAST <= new[0]
        assert new[2] + LEAST <= after[wire.target][0]
        assert all(apart(new, box) for box in after.values())
        for one, two in combinations(after, 2):
            assert apart(after[one], after[two]) or not apart(before[one], before[two])


def test_wires_moved_to_a_port_and_back_are_where_they_were() -> None:
    graph = copy(example("vae-digits.graph.json"))
    wires = graph.wires_from("encoder", "model")
    before = copy(graph)
    graph.nodes["second"] = Place(kind=graph.nodes["encoder"].kind)
    move = functools.partial(edits.move_wires, catalogue=catalogue(), inputs=False)
    apply(graph, move(graph, wires, "second", "model"))
    moved = graph.wires_from("second", "model")
    assert [w._replace(source="encoder") for w in moved] == wires
    apply(graph, move(graph, moved, "encoder", "model"))
    assert graph.wires == before.wires


def test_wires_that_do_not_all_fit_stay() -> None:
    graph = example("vae-digits.graph.json")
    wires = graph.wires_from("encoder", "model")
    with pytest.raises(Refusal, match="takes"):
        edits.move_wires(graph, wires, "encoder", "q", catalogue(), inputs=False)

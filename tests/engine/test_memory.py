"""A check that takes what it can from the check before answers as the first check does."""

from __future__ import annotations

import gc
from random import Random

import pytest
import torch
from msgspec.structs import replace

from engine.check.check import check
from engine.check.describe import catalogue as described
from engine.check.ground import Ground
from engine.check.memory import Memory
from engine.check.report import Report
from engine.document.catalogue import Catalogue
from engine.document.fixes import offered
from engine.document.graph import Change, Graph, Place, Put, Wire, copy, load
from nodes.base import Node, param
from nodes.library import Library
from nodes.types import Points
from tests.engine.alterations import alterations, altered
from tests.engine.test_check import diffusion
from tests.engine.test_derived import staged
from tests.engine.test_total import EXAMPLES
from tests.engine.toy import fit, gan, graph, toy_catalogue, toy_library
from tests.shipped import catalogue, library

ANYWHERE = Ground()


def answer(report: Report, g: Graph, kinds: Catalogue) -> dict[str, object]:
    """Return all that a check says, word for word, but for the log's traceback."""
    problems = [replace(p, trace="") for p in offered(report.problems, g, kinds)]
    lines = {"problems": problems, "wires": report.wires, "nodes": report.infos}
    said: dict[str, object] = {name: list(map(repr, part)) for name, part in lines.items()}
    return said | {"broken": report.broken, "shapes": report.shapes, "held": report.held}


def parameter(g: Graph, kinds: Catalogue, chance: Random) -> Change | None:
    """Return a change of a parameter to another value, which may be out of its limits."""
    name = chance.choice(list(g.nodes))
    kind = kinds[g.nodes[name]]
    if not kind.params:
        return None
    info = chance.choice(kind.params)
    old = g.nodes[name].params.get(info.name, info.default)
    new = _another(old, list(info.choices), chance)
    return Change("set", (Put(("nodes", name, "params", info.name), new),))


def _another(old: object, choices: list[str], chance: Random) -> object:
    if choices:
        return chance.choice(choices)
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return chance.choice([old + 1, max(1, old - 1), 2 * old, 0])
    if isinstance(old, float):
        return chance.choice([1.5 * old, old / 2, -1.0])
    if isinstance(old, list):
        return [*old, 4] if chance.random() < 0.5 else old[:-1]
    return chance.choice([1, 8, None]) if old is None else old


def hold(g: Graph, kinds: Catalogue, every: Library, chance: Random, steps: int) -> None:
    """Go so many random steps, some of them back, and compare each check with a first one."""
    memory, back = Memory(), list[Change]()
    check(g, every, kinds, ANYWHERE, memory)
    for _ in range(steps):
        turn = chance.random()
        if turn < 0.3 and back:
            change = back.pop()
        elif turn < 0.65:
            change = parameter(g, kinds, chance) or Change("none", ())
        else:
            change = chance.choice(list(alterations(g, kinds)) or [Change("none", ())])
        g, undo = altered(g, change)
        if turn >= 0.3:
            back.append(undo)
        again, first = check(g, every, kinds, ANYWHERE, memory), check(g, every, kinds)
        assert answer(again, g, kinds) == answer(first, g, kinds), change
        assert set(again.sketched) <= set(first.sketched)


TOYS = {
    "fit": fit,
    "gan": gan,
    "diffusion": lambda: diffusion({}),
    "lora": lambda: staged("LoRA"),
    "begin": lambda: staged("BeginFrom"),
}


@pytest.mark.parametrize("name", TOYS)
def test_steps_are_answered_as_by_a_first_check(name: str) -> None:
    chance = Random(name)
    hold(TOYS[name](), toy_catalogue(), toy_library(), chance, 8)


@pytest.mark.parametrize("name", ["flow-vae", "vae-gan", "image-morphing"])
def test_steps_off_an_example_are_answered_as_by_a_first_check(name: str) -> None:
    hold(load(EXAMPLES[name]), catalogue(), library(), Random(name), 5)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_many_steps_off_each_example_are_answered_as_by_a_first_check(name: str) -> None:
    hold(load(EXAMPLES[name]), catalogue(), library(), Random(name), 40)


def rows(count: int) -> Graph:
    """Return so many pairs of points, each with their distance, a view and a metric of them."""
    g = Graph()
    for n in range(count):
        kinds = {"a": "Grid", "b": "Normal", "d": "Distance", "s": "Show"}
        g.nodes |= {f"{name}{n}": Place(kind=kind) for name, kind in kinds.items()}
        g.nodes[f"b{n}"].params["count"] = 4
        ends = ("a{n}.points", "d{n}.x"), ("b{n}.z", "d{n}.y"), ("a{n}.points", "s{n}.points")
        g.wires += [
            Wire(*start.format(n=n).split("."), *end.format(n=n).split(".")) for start, end in ends
        ]
    return g


def test_an_edit_of_a_thousand_nodes_runs_what_hangs_on_it() -> None:
    memory, kinds, every = Memory(), toy_catalogue(), toy_library()

    def sketched(g: Graph) -> set[str]:
        return set(check(g, every, kinds, ANYWHERE, memory).sketched)

    g = rows(250)
    assert sketched(g) == g.nodes.keys()
    assert sketched(copy(g)) == set()
    wider = copy(g)
    wider.nodes["a7"].params["count"] = 8
    wider.nodes["b7"].params["count"] = 8
    assert sketched(wider) == {"a7", "b7", "d7", "s7"}
    cut = copy(wider)
    cut.wires = [w for w in cut.wires if w.target != "s9"]
    assert sketched(cut) == set()
    joined = copy(cut)
    joined.wires.append(Wire("b9", "z", "s9", "points"))
    joined.nodes["new"] = Place(kind="Normal")
    assert sketched(joined) == {"s9", "new"}
    gone = copy(joined)
    del gone.nodes["new"]
    assert sketched(gone) == set()


def test_a_value_of_the_same_shape_stops_the_check() -> None:
    memory, kinds, every = Memory(), toy_catalogue(), toy_library()
    nodes = {"line": "Line", "map": "Map", "show": "Show"}
    wires = "line.points>map.x map.y>show.points"
    check(graph(nodes, wires), every, kinds, ANYWHERE, memory)
    other = graph(nodes | {"line": ("Line", {"size": 7})}, wires)
    assert check(other, every, kinds, ANYWHERE, memory).sketched == ["line"]


def test_a_network_of_the_same_shape_stops_the_check() -> None:
    memory, kinds, every = Memory(), toy_catalogue(), toy_library()
    check(fit(), every, kinds, ANYWHERE, memory)
    wider = fit()
    wider.nodes["map"].params["width"] = 32
    again = check(wider, every, kinds, ANYWHERE, memory).sketched
    assert set(again) == {"map", "twin", "adam", "trainer", "mean"}


class Slope(Node):
    """Differentiate one input with respect to another: their values must belong together."""

    power: int = param(default=1, help="Power.")
    returns = "slope"

    def forward(self, x: Points, y: Points) -> Points:
        (slope,) = torch.autograd.grad(y.sum(), x)
        return slope**self.power


def test_what_belongs_together_is_computed_together() -> None:
    memory, every = Memory(), toy_library()
    every.add(Slope, category="toys", source="test")
    kinds = described(every)
    nodes = {"line": "Line", "first": "Map", "second": "Map", "slope": "Slope", "show": "Show"}
    wires = """line.points>first.x first.y>second.x first.y>slope.x second.y>slope.y
        slope.slope>show.points"""
    g = graph(nodes, wires)
    assert not check(g, every, kinds, ANYWHERE, memory).problems
    for node, name in (("first", "width"), ("slope", "power"), ("second", "width")):
        g = copy(g)
        g.nodes[node].params[name] = 3
        again, first = check(g, every, kinds, ANYWHERE, memory), check(g, every, kinds)
        assert again.sketched == [node]
        assert answer(again, g, kinds) == answer(first, g, kinds)


def test_a_file_that_changes_between_two_checks_is_read_anew(tmp_path) -> None:
    memory, kinds, every = Memory(), catalogue(), library()
    table = tmp_path / "a.csv"
    g = Graph(nodes={"file": Place(kind="ArrayFile", params={"file": str(table)})})

    def shapes() -> set[str]:
        return {w.shape for w in check(g, every, kinds, ANYWHERE, memory).wires}

    table.write_text("x,y\n1,2\n3,4\n")
    first = shapes()
    table.write_text("x,y,z\n1,2,3\n3,4,5\n")
    assert shapes() != first


def test_the_collector_does_not_walk_what_is_imported() -> None:
    check(fit(), toy_library(), toy_catalogue())
    assert gc.get_freeze_count() > 100_000


def test_a_check_that_fails_inside_leaves_nothing_behind(monkeypatch) -> None:
    memory, kinds, every = Memory(), toy_catalogue(), toy_library()

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.check.check.gradient_problems", broken)
        with pytest.raises(KeyboardInterrupt):
            check(fit(), every, kinds, ANYWHERE, memory)
    assert not memory.fakes and not memory.steps
    assert check(fit(), every, kinds, ANYWHERE, memory).sketched

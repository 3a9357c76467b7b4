"""Live parameters are taken before they are checked; what is told in the end is a first check's."""

from __future__ import annotations

from random import Random

import pytest
import torch

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Put, copy, load
from engine.document.groups import with_groups
from engine.run.session import Session
from nodes.base import Source, param
from nodes.library import Library
from nodes.types import Batch
from tests.engine.alterations import alterations, altered
from tests.engine.test_compile import same, weights
from tests.engine.test_memory import TOYS, answer
from tests.engine.test_memory import parameter as any_parameter
from tests.engine.test_total import EXAMPLES
from tests.engine.toy import Listener, fit, gan, graph, session, toy_catalogue, toy_library
from tests.running import run
from tests.shipped import catalogue, library
from workbench.edits import group


def tell(s: Session, kinds: Catalogue) -> dict[str, object]:
    """Return what a session says, but for what only live nodes know."""
    told = answer(s.report, s.graph, kinds)
    return {name: told[name] for name in ("problems", "wires", "broken", "shapes", "held")}


def hold(g: Graph, kinds: Catalogue, every: Library, chance: Random, steps: int) -> int:
    """Go so many random steps, most of them of parameters; return how many were only confirmed."""
    s, taken = Session(library=every), 0
    s.update(g)
    for _ in range(steps):
        if chance.random() < 0.8:
            change = any_parameter(g, with_groups(kinds, g), chance) or Change("none", ())
        else:
            change = chance.choice(list(alterations(g, kinds)) or [Change("none", ())])
        before, g = g, altered(g, change)[0]
        quick = s.tune(copy(g))
        taken += quick is not None
        if quick is None:
            s.update(g)
        elif chance.random() < 0.7:
            s.confirm()
        if s.unconfirmed:
            continue
        first = Session(library=every)
        first.update(g)
        assert tell(s, kinds) == tell(first, kinds), change
        assert s.program.order == first.program.order
        assert s.lives.keys() == first.lives.keys()
        for name, live in s.lives.items():
            assert live.node.param_values() == first.lives[name].node.param_values(), name
            assert live.signature == first.lives[name].signature
        if s.problems:  # where something is wrong nothing is taken: back
            g = before
            s.update(g)
    return taken


@pytest.mark.parametrize("name", TOYS)
def test_what_is_confirmed_is_a_first_check(name: str) -> None:
    assert hold(TOYS[name](), toy_catalogue(), toy_library(), Random(name), 25)


@pytest.mark.parametrize("name", ["flow-vae", "gan-ring", "repeat-resnet"])
def test_what_is_confirmed_off_an_example_is_a_first_check(name: str) -> None:
    assert hold(load(EXAMPLES[name]), catalogue(), library(), Random(name), 8)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_what_is_confirmed_off_each_example_is_a_first_check(name: str) -> None:
    hold(load(EXAMPLES[name]), catalogue(), library(), Random(name), 30)


def grouped() -> Graph:
    g = fit()
    return altered(g, group(g, ["map", "twin"], toy_catalogue()))[0]


def with_value(g: Graph, node: str, param: str, value: object) -> Graph:
    return altered(g, Change("", (Put(("nodes", node, "params", param), value),)))[0]


def test_a_node_beside_groups_is_tuned_too() -> None:
    s, g = session(), grouped()
    s.update(g)
    assert s.tune(with_value(g, "adam", "rate", 0.5)) is not None
    assert s.lives["adam"].node.rate == 0.5
    assert s.document.nodes["adam"].params["rate"] == s.graph.nodes["adam"].params["rate"] == 0.5
    assert s.confirm() is None and not s.unconfirmed


REFUSED = {
    "a structural one": lambda g: with_value(g, "map", "width", 9),
    "one beyond its limits": lambda g: with_value(g, "adam", "rate", -1.0),
    "one that is not there": lambda g: with_value(g, "adam", "none", 1.0),
    "a wire": lambda g: altered(g, Change("", (Put(("wires",), g.wires[1:]),)))[0],
    "a seed": lambda g: altered(g, Change("", (Put(("settings", "seed"), 3),)))[0],
    "nothing": copy,
}


@pytest.mark.parametrize("edit", REFUSED)
def test_no_other_edit_is_taken_unchecked(edit: str) -> None:
    s, g = session(), fit()
    s.update(g)
    before = s.lives["adam"].node.param_values()
    assert s.tune(REFUSED[edit](g)) is None
    assert s.graph == g and s.lives["adam"].node.param_values() == before


class Wide(Source):
    """Draw rows of a width that takes effect at once."""

    size: int = param(default=2, low=1, help="Width.")
    returns = "rows"

    def forward(self) -> Batch:
        return torch.randn(8, self.size)


def test_a_value_that_changes_a_shape_is_told_when_it_is_confirmed() -> None:
    every = toy_library()
    every.add(Wide, category="toys", source="test")
    g = graph({"wide": "Wide", "map": "Map", "show": "Show"}, "wide.rows>map.x map.y>show.points")
    wider = with_value(g, "wide", "size", 3)
    s, first = Session(library=every), Session(library=every)
    s.update(g)
    assert s.tune(wider, 4) is not None
    told, must = s.confirm(5), first.update(wider, 5)
    assert told is not None and told.seq == 5 and told.wires == must.wires
    assert weights(s, "map")[0].shape == weights(first, "map")[0].shape == (16, 3)
    assert s.confirm() is None


@pytest.mark.parametrize("made", [fit, gan])
@pytest.mark.parametrize(
    ("kind", "param", "value"),
    [("Line", "batch", 5), ("Map", "noise", 0.3), ("Optimizer", "rate", 0.1)],
)
def test_a_training_that_is_tuned_has_the_bits_of_one_that_is_checked(
    made, kind: str, param: str, value: object
) -> None:
    def trained(*, quick: bool) -> Session:
        s, g = session(), made(10)
        node = next(name for name, place in g.nodes.items() if place.kind == kind)
        s.update(g)

        def between(host: Listener, nested: bool) -> None:
            if s.step == 4 and not nested and s.graph == g:
                edited = with_value(g, node, param, value)
                assert (s.tune(edited) if quick else s.edit(edited)) is not None

        run(s, Listener(between), view_share=0.0)
        return s

    one, other = trained(quick=True), trained(quick=False)
    names = [n for n, live in one.lives.items() if live.node.has_weights()]
    assert names and same(weights(one, *names), weights(other, *names))

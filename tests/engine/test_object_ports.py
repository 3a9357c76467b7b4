"""Inputs of an object beside those of its class: the names in a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.graph import Change, Graph, Place, Put, Wire, apply, copy, dumps, loads
from engine.run.session import Session
from nodes.ports import inputs_of
from tests.engine.toy import Listener, fit, session, wires_of
from tests.running import run
from tests.shipped import catalogue, library
from workbench.edits import group, twin

WORDS = ["x", "lambda", "x_1", "mean", "(", ")", "+", "^", "pi", "self", "2", "=", "é", "max"]


def own(text: str = "mean((x - y)^2) + lambda * mean(y^2)") -> Graph:
    """Return a graph that learns by a formula; one of its inputs has the name of a Python word."""
    graph = fit(4)
    graph.nodes["own"] = Place(kind="Formula", params={"expression": text})
    graph.wires = [w for w in graph.wires if w != Wire("distance", "loss", "adam", "loss")]
    graph.wires += wires_of(
        "line.points>own.x map.y>own.y distance.size>own.lambda own.loss>adam.loss"
    )
    return graph


def checked(graph: Graph) -> Session:
    made = session()
    made.update(graph)
    return made


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.sampled_from(["", "x = 2"]))
def test_window_and_engine_know_the_same_inputs(text: str, numbers: str) -> None:
    params = {"expression": text, "numbers": numbers}
    node = library().kinds["Formula"](**params)
    kind = catalogue()[Place(kind="Formula", params=params)]
    assert [p.name for p in kind.inputs] == [p.name for p in inputs_of(node)]
    assert {p.type for p in kind.inputs} <= {"Batch"}


def test_an_ordinary_kind_is_the_one_of_its_class() -> None:
    kinds = catalogue().kinds
    assert all(catalogue().of(Place(kind=k)) is kinds[k] for k in kinds if k != "Formula")


def test_a_formula_with_names_of_any_kind_trains() -> None:
    made = checked(own())
    assert made.problems == []
    run(made, Listener(), view_share=0.0)
    assert made.step == 4


@pytest.mark.parametrize("inside", [["own"], ["own", "distance"], ["own", "map", "twin", "adam"]])
def test_its_wires_go_into_groups(inside: list[str]) -> None:
    graph, flat = own(), own()
    apply(graph, group(graph, inside, session().catalogue))
    one, other = checked(loads(dumps(graph))), checked(flat)
    assert one.problems == other.problems == []
    assert sorted(one.program.order) == sorted(other.program.order)


def test_a_wire_whose_name_is_removed_is_told_with_a_fix() -> None:
    graph = own("mean((x - y)^2)")
    found = checked(graph).problems
    assert [(p.node, str(p.sentence)) for p in found] == [("own", "Formula has no input lambda.")]
    assert found[0].fix and found[0].fix.cut == [Wire("distance", "size", "own", "lambda")]
    told = found[0].fix.cut
    graph.wires = [w for w in graph.wires if w not in told]
    assert checked(graph).problems == []


def test_a_name_without_a_wire_is_told_at_the_input() -> None:
    found = checked(own("mean((x - y)^2) + beta * lambda")).problems
    assert [(p.node, p.port) for p in found] == [("own", "beta")]


def test_a_text_that_is_being_typed_keeps_its_wires() -> None:
    assert [p.param for p in checked(own("mean((x - y)^2 + lambda")).problems] == ["expression"]


def test_a_twin_of_a_text_is_told_and_mended() -> None:
    graph = own()
    apply(graph, twin(graph, ["own"]))
    (second,) = (n for n, p in graph.nodes.items() if p.twin == "own")
    found = [p for p in checked(graph).problems if p.fix]
    assert [p.node for p in found] == [second]
    apply(graph, Change("", tuple(Put(tuple(path), value) for path, value in found[0].fix.puts)))
    assert {p.port for p in checked(graph).problems if p.node == second} == {"x", "y", "lambda"}


def test_new_names_wait_for_the_end_of_a_run_and_other_edits_do_not() -> None:
    made = checked(own())
    other, more = copy(own()), copy(own())
    other.nodes["own"].params["expression"] = "mean(abs(x - y)) + lambda"
    more.nodes["own"].params["expression"] = "mean((x - y)^2) + lambda * mean(y^2) + size"
    assert not made.touches_training(other)
    assert made.touches_training(more)

"""Parameters that are inputs, in the inspector and on the canvas."""

from __future__ import annotations

import pytest

from engine.document.graph import Change, Place, Put, Wire, dumps
from tests.workbench.panels.test_inspector import look_at, words
from workbench import edits
from workbench.panels.inspector import Inspector


@pytest.fixture
def inspector(show):
    return show(Inspector())


def offered(page, name: str) -> dict[str, object]:
    return {action.text(): action for action in page.form.rows[name].menu().actions()}


def test_a_parameter_becomes_an_input_is_wired_and_set_by_hand_again(inspector, bench) -> None:
    graph = bench.document.graph
    before = dumps(graph)
    page = look_at(inspector, "elbo")
    offered(page, "beta")["Make it an input"].trigger()
    assert graph.nodes["elbo"].driven == ["beta"]
    page = look_at(inspector, "elbo")
    row = page.form.rows["beta"]
    assert row.field.isEnabled()

    added = Put(("nodes", "schedule"), Place(kind="Schedule"))
    bench.document.push(Change("Add", (added,)))
    wire = Wire("schedule", "number", "elbo", "beta")
    bench.document.push(edits.connect(graph, wire, bench.catalogue))
    page = look_at(inspector, "elbo")
    row = page.form.rows["beta"]
    assert not row.field.isEnabled() and "Set by Schedule." in words(row)

    offered(page, "beta")["Set by hand"].trigger()
    assert wire not in graph.wires and graph.nodes["elbo"].driven == []
    page = look_at(inspector, "elbo")
    assert page.form.rows["beta"].field.isEnabled()
    for _ in range(4):
        bench.document.undo()
    assert dumps(graph) == before


def test_only_what_takes_effect_at_once_is_offered(inspector) -> None:
    page = look_at(inspector, "encoder")
    offers = offered(page, "hidden")
    assert "Make it an input" not in offers
    assert not offers["No input: another value makes new weights."].isEnabled()


def test_copies_and_heirs_keep_their_inputs(bench) -> None:
    graph, known = bench.document.graph, bench.catalogue
    bench.document.push(edits.as_input(graph, "elbo", "beta"))
    bench.document.push(edits.duplicate(graph, ["elbo"], known))
    assert graph.nodes["elbo_2"].driven == ["beta"]
    bench.document.push(edits.twin(graph, ["elbo"]))
    (second,) = (n for n, p in graph.nodes.items() if p.twin == "elbo")
    assert known[graph.nodes[second]].input("beta") is None
    bench.document.push(edits.remove(graph, ["elbo"]))
    assert graph.nodes[second].driven == ["beta"]
    assert known[Place(kind="ELBO", driven=["beta"])].input("beta")

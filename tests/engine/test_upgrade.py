"""Files that an older version wrote open, and mean the same."""

from __future__ import annotations

import json

import pytest

from engine.document.graph import dumps, loads
from nodes.library import find
from tests.engine.toy import session

OLD = {
    "format": "genworkbench.graph",
    "version": 1,
    "nodes": {
        "data": {"kind": "Digits"},
        "prior": {"kind": "Prior", "params": {"latent": 64}},
        "near": {"kind": "RegressionLoss"},
        "far": {"kind": "RegressionLoss", "params": {"distance": "absolute"}},
        "both": {"kind": "RegressionLoss", "params": {"distance": "Huber"}},
        "sum": {"kind": "LossSum", "params": {"weight_a": 0.5, "weight_c": 3.0}},
    },
    "wires": [
        ["far", "loss", "sum", "c"],
        ["near", "loss", "sum", "a"],
        ["both", "loss", "sum", "b"],
        ["data", "images", "near", "y"],
    ],
    "layout": {"reroutes": {"far.loss>sum.c": [[1.0, 2.0]]}},
}


def test_a_sum_of_three_terms_becomes_one_of_any_number() -> None:
    graph = loads(json.dumps(OLD))
    assert [w.source for w in graph.wires_into("sum", "losses")] == ["near", "both", "far"]
    assert graph.nodes["sum"].params == {"weights": [0.5, 1.0, 3.0]}
    assert list(graph.layout.reroutes) == ["far.loss>sum.losses"]
    assert len(graph.wires) == len(OLD["wires"])
    assert loads(dumps(graph)) == graph


def test_a_loss_in_two_terms_counts_with_both_weights() -> None:
    old = json.loads(json.dumps(OLD))
    old["wires"][2][0] = "near"
    graph = loads(json.dumps(old))
    assert [w.source for w in graph.wires_into("sum", "losses")] == ["near", "far"]
    assert graph.nodes["sum"].params == {"weights": [1.5, 3.0]}


@pytest.mark.parametrize("params", [{}, {"weight_a": 1.0}])
def test_weights_of_one_are_not_written(params: dict[str, float]) -> None:
    old = json.loads(json.dumps(OLD))
    old["nodes"]["sum"]["params"] = params
    assert loads(json.dumps(old)).nodes["sum"].params == {}


def test_an_old_sum_is_no_problem() -> None:
    graph = loads(json.dumps(OLD))
    found = session().update(graph).problems
    assert not [p for p in found if p.node == "sum"]
    assert "LossSum" in find().kinds


@pytest.mark.parametrize(("old", "new"), [({}, "sigmoid"), ({"function": "tanh"}, "tanh")])
def test_an_activation_of_old_applies_the_same_function(old: dict[str, str], new: str) -> None:
    nodes = {
        "a": {"kind": "Activate", "params": old},
        "b": {"kind": "Activate", "twin": "a"},
    }
    graph = loads(json.dumps(OLD | {"nodes": nodes, "wires": [], "layout": {}}))
    assert {place.kind for place in graph.nodes.values()} == {"Activation"}
    assert graph.nodes["a"].params == {"function": new}
    assert graph.nodes["b"].params == {}
    assert "Activation" in find().kinds


def test_a_critic_s_loss_keeps_the_defaults_it_was_written_with() -> None:
    old = {"format": "genworkbench.graph", "version": 1}
    nodes = {
        "plain": {"kind": "CriticLoss"},
        "steep": {"kind": "CriticLoss", "params": {"penalty": "one-centred"}},
        "twin": {"kind": "CriticLoss", "twin": "plain"},
    }
    for graph in (
        loads(json.dumps(old | {"nodes": nodes})),
        loads(json.dumps(old | {"groups": {"inner": {"nodes": nodes}}})).groups["inner"],
    ):
        found = {name: place.params for name, place in graph.nodes.items()}
        assert found["plain"] == {"penalty": "none", "weight": 10.0}
        assert found["steep"] == {"penalty": "one-centred", "weight": 10.0}
        assert found["twin"] == {}
    new = loads(json.dumps(old | {"version": 2, "nodes": nodes}))
    assert new.nodes["plain"].params == {}


@pytest.mark.parametrize(("odd", "shorter"), [(True, 1), (False, 0)])
def test_odd_sides_of_a_convolution_are_a_number(odd: bool, shorter: int) -> None:
    nodes = {"up": {"kind": "Convolution", "params": {"stride": 2, "odd": odd}}}
    board = {"nodes": nodes, "layout": {"fields": {"up": ["odd"]}}}
    inner = board | {"params": {"odd": {"to": [["up", "odd"]]}}}
    graph = loads(json.dumps(OLD | {"wires": []} | board | {"groups": {"inner": inner}}))
    for read in (graph, graph.groups["inner"]):
        assert read.nodes["up"].params == {"stride": 2, "shorter": shorter}
        assert read.layout.fields == {"up": ["shorter"]}
    assert graph.groups["inner"].params["odd"].to == [("up", "shorter")]

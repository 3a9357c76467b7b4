"""The model of a group: the same numbers as its nodes, the weights theirs, told where it fails."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import torch

from engine.document.graph import (
    Graph,
    Group,
    GroupPort,
    Place,
    Promoted,
    Target,
    Wire,
    apply,
    copy,
    dumps,
    loads,
)
from engine.pull.models import GroupModel, models_in
from engine.pull.plan import Source
from engine.run.session import Session
from nodes.errors import InputRefused
from tests.engine.toy import Listener, toy_catalogue, toy_library
from tests.running import run
from workbench.edits import group

library, kinds = cache(toy_library), cache(toy_catalogue)


def session() -> Session:
    return Session(library=library())


def ports(*names: str) -> list[GroupPort]:
    return [GroupPort(name=name) for name in names]


def wires(*texts: str) -> list[Wire]:
    """Return wires written as `a.y>b.x`."""
    ends = ((*source.split("."), *target.split(".")) for source, target in map(_halves, texts))
    return [Wire(*end) for end in ends]


def _halves(text: str) -> list[str]:
    return text.split(">")


def net(**given: Any) -> Group:
    """Return a group of two maps with dropout between them, and a way around the second."""
    return Group(
        title="Net",
        inputs=ports("x"),
        outputs=ports("y"),
        nodes={
            "a": Place(kind="Map", params={"width": 4}),
            "drop": Place(kind="Dropout", params={"share": 0.4}),
            "b": Place(kind="Map", params={"width": 3}),
            "sum": Place(kind="Add"),
        },
        wires=wires(
            "in.x>a.x", "a.y>drop.x", "drop.y>b.x", "b.y>sum.a", "drop.y>sum.b", "sum.y>out.y"
        ),
        **given,
    )


def called(**given: Any) -> Graph:
    """Return a graph that trains a drawn network by calling its model."""
    return Graph(
        groups={"net": net()},
        nodes={
            "data": Place(kind="Line"),
            "m": Place(kind="group:net", **given),
            "call": Place(kind="Ask"),
            "loss": Place(kind="Distance"),
            "adam": Place(kind="Optimizer"),
            "train": Place(kind="Trainer", params={"steps": 4, "ema": 0.5}),
        },
        wires=wires(
            "data.points>call.x",
            "m.model>call.model",
            "call.y>loss.x",
            "data.points>loss.y",
            "loss.loss>adam.loss",
            "m.model>adam.models",
            "adam.optimizer>train.optimizers",
        ),
    )


def pulled(**given: Any) -> Graph:
    """Return the same graph with the network wired in, and all its nodes given to the optimiser."""
    graph = called(**given)
    del graph.nodes["call"]
    graph.wires = [w for w in graph.wires if "call" not in (w.source, w.target)]
    graph.wires += wires("data.points>m.x", "m.y>loss.x")
    return graph


def checked(graph: Graph) -> Session:
    made = session()
    made.update(graph)
    assert [str(p.sentence) for p in made.problems] == []
    return made


def trained(graph: Graph) -> Session:
    made = checked(graph)
    run(made, Listener(), view_share=0.0)
    return made


def weights(made: Session) -> dict[str, torch.Tensor]:
    return {k: v for k, v in made.state().items() if k.startswith("m")}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def model_of(made: Session, name: str = "m") -> GroupModel:
    return models_in(made.program.calls)[name]


@pytest.mark.parametrize("given", [{}, {"times": 3}, {"times": 3, "shared": True}])
def test_a_pull_a_call_and_a_loop_give_the_same_bits(given: dict[str, Any]) -> None:
    made = checked(pulled(**given))
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    model, copies = model_of(made), ["m", "m#2", "m#3"][: given.get("times", 1)]
    torch.manual_seed(0)
    answer = model(x)
    torch.manual_seed(0)
    assert torch.equal(model(x=x), answer)
    torch.manual_seed(0)
    calls, known = made.program.calls, {made.program.calls["data"].slot: (x, None)}
    last = calls[f"{copies[-1]}/sum"].slot
    values = made.program.run(made.program.upstream([Source(last)]), known, wanted=[last])
    assert torch.equal(values[last], answer)
    torch.manual_seed(0)
    for path in copies:
        a, drop, b, add = (calls[f"{path}/{n}"].node for n in ("a", "drop", "b", "sum"))
        dropped = drop(a(x))
        x = add(b(dropped), dropped)
    assert torch.equal(x, answer)


def test_training_by_calls_is_training_by_pulls() -> None:
    assert same(weights(trained(called())), weights(trained(pulled())))


def test_a_network_grouped_by_hand_is_called_with_its_weights() -> None:
    made = trained(called())
    key = weights(made)
    inside = made.document
    lives = dict(made.lives)
    apply(inside, group(inside, ["m"], kinds()))
    assert [p.kind for p in inside.nodes.values() if p.group]
    made.update(inside)
    assert all(made.lives[name] is live for name, live in lives.items())
    assert same(weights(made), key)


def test_the_weights_are_those_of_the_nodes() -> None:
    made = checked(called(times=2))
    model = model_of(made)
    names = ("m/a", "m/b", "m#2/a", "m#2/b")
    own = {id(p) for name in names for p in made.lives[name].node.parameters()}
    assert [*map(id, model.parameters())] == [*dict.fromkeys(map(id, model.parameters()))]
    assert {*map(id, model.parameters())} == own
    assert {n.partition(".")[0] for n in model.state_dict()} == {*names}
    assert model.built == {"x": (2,)}
    call = made.program.calls["adam"]
    reached = made.program.reach(call.sources(streams=True))
    assert {id(made.program.calls[f"m/{n}"].node) for n in ("a", "drop", "b")} <= {
        *map(id, reached)
    }
    assert not any(isinstance(node, GroupModel) for node in reached)


def test_a_model_switches_itself_alone_and_a_copy_its_nodes() -> None:
    model = model_of(checked(called()))
    nodes = [node for _, node in model.inner.nodes()]
    model.eval()
    assert not model.training
    assert all(node.training for node in nodes)
    other = deepcopy(model).eval()
    inside = [node for _, node in other.inner.nodes()]
    assert not any(node.training for node in inside)
    x = torch.ones(3, 2)
    with torch.no_grad():
        for p in other.parameters():
            p.zero_()
    assert torch.equal(other(x), torch.zeros(3, 2))
    assert not torch.equal(model(x), torch.zeros(3, 2))
    assert {*map(id, other.parameters())} == {id(p) for n in inside for p in n.parameters()}


def test_an_edit_elsewhere_keeps_the_model_and_one_inside_makes_another() -> None:
    made = checked(called())
    model, graph = model_of(made), made.document
    graph.nodes["train"].params["steps"] = 9
    made.update(copy(graph))
    assert model_of(made) is model
    graph.groups["net"].nodes["b"].params["width"] = 5
    made.update(copy(graph))
    assert model_of(made) is not model
    assert model_of(made).inner.nodes()[0][1] is model.inner.nodes()[0][1]


def test_twins_are_one_model() -> None:
    graph = called()
    graph.nodes["other"] = Place(kind="group:net", twin="m")
    graph.nodes["again"] = Place(kind="Ask")
    graph.nodes["show"] = Place(kind="Show")
    graph.wires += wires("other.model>again.model", "data.points>again.x", "again.y>show.points")
    made = checked(graph)
    assert model_of(made, "other") is model_of(made)


def test_inputs_come_by_name_or_in_the_order_of_the_role() -> None:
    graph = called()
    graph.groups["net"].inputs = ports("more", "labels", "x")
    graph.groups["net"].acts_as = "Score"
    model = model_of(checked(graph))
    x, t = torch.ones(3, 2), torch.zeros(3)
    for _, node in model.inner.nodes():
        node.eval()
    assert torch.equal(model(x), model(x=x))
    assert torch.equal(model(x, t), model(x, None, t))  # it is told t, and does without
    for args, given, told in [
        ((), {}, "m must be told x."),
        ((x,) * 5, {}, "m takes 4 inputs; it is given 5."),
        ((x,), {"context": x}, "m takes more, labels, x; it is given context here."),
    ]:
        with pytest.raises(InputRefused) as error:
            model(*args, **given)
        assert str(error.value.sentence) == told


def problems(graph: Graph) -> list[str]:
    made = session()
    made.update(loads(dumps(graph)))
    return [f"{p.node}.{p.port or p.param}: {p.sentence}" for p in made.problems]


def test_a_fault_inside_is_told_there_and_the_callers_are_silent() -> None:
    graph = called()
    graph.groups["net"].nodes["b"].params["out"] = 3
    assert problems(graph) == [
        "m/sum.b: b must have the shape of a, 3, or 1 in its place; it has 2."
    ]
    made = session()
    made.update(graph)
    assert {"m", "call", "loss", "adam"} <= made.report.broken


def test_a_value_given_at_the_border_reaches_inside() -> None:
    graph = called(params={"width": 7})
    graph.groups["net"].params["width"] = Promoted(to=[Target("a", "width")])
    assert checked(graph).lives["m/a"].node.width == 7  # type: ignore[attr-defined]


def test_an_error_of_a_run_is_told_at_the_node_inside() -> None:
    graph = called()
    graph.groups["net"].nodes["b"].params["poison"] = True
    made = checked(graph)
    model = model_of(made)
    for node in (node for _, node in model.inner.nodes()):
        node.forward = _fails  # type: ignore[method-assign]
    with pytest.raises(Exception) as error:
        made.program.pull("loss", step=0)
    assert getattr(error.value, "place", "") == "m/a"


def _fails(**given: Any) -> Any:
    raise RuntimeError("no more")


def test_a_shape_inside_is_known_before_a_run() -> None:
    made = checked(called(times=2))
    shapes = {f"{w.node}.{w.port}": w.shape for w in made.report.wires}
    assert {p: s for p, s in shapes.items() if p.startswith("m")} == {
        f"{copy}/{node}.y": "b 2" for copy in ("m", "m#2") for node in ("a", "drop", "b", "sum")
    }

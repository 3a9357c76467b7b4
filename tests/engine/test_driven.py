"""Laws of parameters that are inputs: what sets them, when, and that nothing else changes."""

from __future__ import annotations

import math

import pytest
import torch

from engine.document.graph import Graph, Place, Promoted, Target, Wire, apply, copy, dumps, loads
from engine.document.messages import Fault
from engine.run.session import Session
from tests.engine.test_grouped_runs import same
from tests.engine.toy import Listener, fit, session, wires_of
from tests.running import run
from workbench.edits import as_field, as_input, group, ungroup

STEPS = 6


def driven(law: str = "linear", steps: int = STEPS, **given: object) -> Graph:
    """Return a graph whose learning rate and noise are set by the step."""
    graph = fit(steps)
    graph.nodes["map"].params["noise"] = 0.25
    params = {"law": law, "start": 0.01, "end": 0.04, "over": 4} | given
    graph.nodes["rate"] = Place(kind="Schedule", params=params)
    graph.nodes["noise"] = Place(kind="Value", params={"value": 0.5})
    graph.nodes["adam"].driven = ["rate"]
    graph.nodes["map"].driven = ["noise"]
    graph.wires += wires_of("rate.number>adam.rate noise.number>map.noise")
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


def rates(graph: Graph) -> list[float]:
    """Return the learning rate of each step of a training."""
    made, seen = checked(graph), []

    def note(listener: Listener, nested: bool) -> None:
        seen.append(made.program.calls["adam"].node.torch.param_groups[0]["lr"])

    run(made, Listener(note), view_share=0.0)
    return seen[:STEPS]


def test_a_constant_is_the_value_of_the_field_bit_for_bit() -> None:
    plain, wired = fit(4), driven("constant", 4)
    plain.nodes["map"].params["noise"], plain.nodes["adam"].params["rate"] = 0.5, 0.01
    one, other = trained(plain).state(), trained(wired).state()
    assert same(one, {key: value for key, value in other.items() if key in one})
    assert trained(fit(4)).state().keys() == one.keys()


@pytest.mark.parametrize(
    ("law", "wanted"),
    [
        ("linear", [0.01, 0.0175, 0.025, 0.0325, 0.04, 0.04]),
        ("jumps", [0.01, 0.01, 0.025, 0.025, 0.04, 0.04]),
        ("cosine", [0.025 - 0.015 * math.cos(math.pi * n / 4) for n in range(5)] + [0.04]),
        ("warm-up", [0.01, 0.0175, 0.025, 0.0325, 0.04, 0.04 * math.sqrt(4 / 5)]),
    ],
)
def test_the_optimizer_takes_each_step_at_the_rate_of_its_step(
    law: str, wanted: list[float]
) -> None:
    assert rates(driven(law, jumps=2)) == pytest.approx(wanted)


def test_a_schedule_that_repeats_begins_anew() -> None:
    assert rates(driven(over=3, repeats=True)) == pytest.approx([0.01, 0.02, 0.03] * 2)


def test_a_run_goes_on_to_the_same_bits() -> None:
    whole, first = trained(driven()), checked(driven())

    def stop(listener: Listener, nested: bool) -> None:
        if first.step == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(first, Listener(stop), view_share=0.0)
    second = checked(driven())
    run(second, Listener(), view_share=0.0, resume=first.state())
    assert same(whole.state(), second.state())


def test_without_its_wire_or_its_giver_the_field_counts_again() -> None:
    made = checked(driven())
    node = made.lives["map"].node
    assert node.noise == 0.5
    muted = driven()
    muted.nodes["noise"].mode = "muted"
    made.update(muted)
    assert made.lives["map"].node is node and node.noise == 0.25
    made.update(driven())
    assert node.noise == 0.5
    by_hand = driven()
    apply(by_hand, as_field(by_hand, "map", "noise"))
    made.update(by_hand)
    assert node.noise == 0.25 and made.problems == []


def test_wires_that_set_parameters_do_not_touch_a_training() -> None:
    made = checked(fit(STEPS))
    assert not made.touches_training(driven())
    order = made.program.order
    made.update(driven())
    assert [n for n in made.program.order if n in order] == order


def test_one_number_may_set_another() -> None:
    graph = driven()
    graph.nodes["noise"].driven = ["value"]
    graph.wires += wires_of("rate.number>noise.value")
    made = checked(graph)
    made.program.at_step(2)
    assert made.lives["map"].node.noise == pytest.approx(0.025)


def test_a_formula_takes_a_number_that_goes_with_the_step() -> None:
    graph = driven()
    graph.nodes["own"] = Place(kind="Formula", params={"expression": "x * lambda"})
    graph.wires += wires_of("distance.loss>own.x rate.number>own.lambda")
    made = checked(graph)
    made.program.at_step(4)
    call = made.program.calls["own"]
    values = made.program.run(made.program.upstream(call.sources(streams=False)))
    assert call.arguments(values)["lambda"] == pytest.approx(0.04)


def test_what_is_beyond_the_limits_is_told_before_the_run() -> None:
    made = session()
    for limits in ({"end": 99.0}, {"start": -1.0}):
        made.update(driven(**limits))
        assert [(p.node, p.port) for p in made.problems] == [("adam", "rate")]
    made.update(driven())
    assert made.problems == []


def test_what_turns_out_beyond_the_limits_ends_the_run_with_a_sentence() -> None:
    graph = driven()
    graph.nodes["noise"].driven = ["value"]
    graph.nodes["top"] = Place(kind="Schedule", params={"start": 0.0, "end": 30.0, "over": 3})
    graph.wires += wires_of("top.number>noise.value")
    made, heard = checked(graph), Listener()
    run(made, heard, view_share=0.0)
    assert made.step == 1
    (fault,) = heard.of(Fault)
    assert fault.problem.node == "map" and "at most 9" in str(fault.problem.sentence)


def test_only_numbers_that_take_effect_at_once_are_inputs() -> None:
    graph = driven()
    graph.nodes["map"].driven = ["noise", "width", "gone"]
    kind = session().catalogue[graph.nodes["map"]]
    assert [p.name for p in kind.inputs] == ["x", "noise"]
    assert kind.input("noise").type == "Number" and kind.input("noise").optional
    graph.wires += wires_of("noise.number>map.width distance.loss>adam.beta1")
    graph.nodes["adam"].driven += ["beta1"]
    made = session()
    made.update(graph)
    told = {(p.node, str(p.sentence)) for p in made.problems}
    assert told == {
        ("map", "Map has no input width."),
        ("adam", "beta1 takes a number that is set; loss gives a loss."),
    }


def test_a_file_keeps_them_and_undo_takes_them_back() -> None:
    graph = fit(4)
    before = dumps(graph)
    back = apply(graph, as_input(graph, "twin", "noise"))
    assert graph.nodes["map"].driven == ["noise"]
    assert loads(dumps(graph)).nodes["map"].driven == ["noise"]
    apply(graph, back)
    assert dumps(graph) == before


@pytest.mark.parametrize("inside", [["map", "twin"], ["adam"], ["map", "twin", "noise"], ["rate"]])
def test_groups_around_them_train_to_the_same_bits(inside: list[str]) -> None:
    graph = driven()
    known = session().catalogue
    apply(graph, group(graph, inside, known))
    assert same(trained(loads(dumps(graph))).state(), trained(driven()).state())
    (instance,) = (n for n, p in graph.nodes.items() if p.group)
    apply(graph, ungroup(graph, instance, known))
    assert graph.nodes["map"].driven == ["noise"]
    assert {*graph.wires} == {*driven().wires}


@pytest.mark.parametrize("deep", [False, True])
def test_a_parameter_shown_outside_may_be_an_input(deep: bool) -> None:
    graph, known = driven(), session().catalogue
    setting = Wire("noise", "number", "map", "noise")
    graph.wires.remove(setting)
    graph.nodes["map"].driven = []
    apply(graph, group(graph, ["map", "twin"], known))
    (name,) = graph.groups
    graph.groups[name].params["sigma"] = Promoted(to=[Target("map", "noise")])
    (instance,) = (n for n, p in graph.nodes.items() if p.group)
    param = "sigma"
    if deep:
        apply(graph, group(graph, [instance], known))
        (outer,) = (n for n, p in graph.nodes.items() if p.group)
        graph.groups[graph.nodes[outer].group].params["s"] = Promoted(
            to=[Target(instance, "sigma")]
        )
        instance, param = outer, "s"
    apply(graph, as_input(graph, instance, param))
    graph.wires.append(setting._replace(target=instance, input=param))
    assert same(trained(copy(graph)).state(), trained(driven()).state())
    apply(graph, ungroup(graph, instance, known))
    assert same(trained(graph).state(), trained(driven()).state())
    assert torch.is_grad_enabled()

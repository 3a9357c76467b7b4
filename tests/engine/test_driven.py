"""Laws of parameters that are inputs: what sets them, when, and that nothing else changes."""

from __future__ import annotations

import math

import pytest
import torch

import resources
from engine.check.check import check
from engine.check.memory import Memory
from engine.document.expand import expand
from engine.document.graph import (
    SUFFIX,
    Graph,
    Place,
    Promoted,
    Target,
    Wire,
    apply,
    copy,
    dumps,
    loads,
)
from engine.document.messages import Fault, Signed
from engine.run.session import Session
from tests import shipped
from tests.engine.test_grouped_runs import same
from tests.engine.toy import Listener, fit, session, wires_of
from tests.running import run
from workbench.edits import as_field, as_input, group, ungroup

STEPS = 6
EXAMPLES = {
    file.name.removesuffix(SUFFIX): file for file in resources.path("examples").glob(f"*{SUFFIX}")
}


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


def stages(steps: int = STEPS) -> Graph:
    """Return two stages of so many steps whose learning rates one schedule sets."""
    made = driven(steps=steps)
    made.nodes["last"] = Place(kind="Trainer", params={"steps": steps})
    made.nodes["adam_2"] = Place(kind="Optimizer", driven=["rate"])
    made.wires += wires_of(
        "distance.loss>adam_2.loss map.model>adam_2.models rate.number>adam_2.rate"
        " adam_2.optimizer>last.optimizers trainer.trained>last.after"
    )
    return made


def at_each_step(made: Session, *names: str) -> list[list[float]]:
    """Run, and return each parameter `node.name` as it is after each step, from step 0."""
    seen: dict[int, list[float]] = {}

    def note(listener: Listener, nested: bool) -> None:
        nodes = {name: call.node for name, call in made.program.calls.items()}
        read = [name.split(".") for name in names]
        seen[made.step] = [getattr(nodes[node], param) for node, param in read]

    run(made, Listener(note), view_share=0.0)
    return [list(found) for found in zip(*seen.values(), strict=True)]


GOING = [0.01, 0.0175, 0.025, 0.0325, 0.04, 0.04]


def test_each_stage_counts_its_own_steps() -> None:
    first, second = at_each_step(checked(stages()), "adam.rate", "adam_2.rate")
    assert first == pytest.approx(GOING + [0.04] * 7)
    assert second == pytest.approx([0.01] * 6 + GOING + [0.04])


def test_a_second_stage_goes_on_to_the_same_bits() -> None:
    whole, first = trained(stages()), checked(stages())

    def stop(listener: Listener, nested: bool) -> None:
        if first.step == STEPS + 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(first, Listener(stop), view_share=0.0)
    assert first.program.calls["adam_2"].node.rate == pytest.approx(0.025)
    second = checked(stages())
    run(second, Listener(), view_share=0.0, resume=first.state())
    assert same(whole.state(), second.state())


def test_what_acts_on_two_stages_counts_in_each() -> None:
    graph = stages()
    graph.wires = [w for w in graph.wires if w.target != "map" or w.input != "noise"]
    graph.wires += wires_of("rate.number>map.noise")
    (noise,) = at_each_step(checked(graph), "map.noise")
    assert noise == pytest.approx(GOING + GOING + [0.04])


def test_a_whole_number_takes_the_nearest() -> None:
    graph = driven()
    graph.nodes["adam"].driven.append("every")
    graph.nodes["turns"] = Place(kind="Schedule", params={"start": 1.0, "end": 2.6, "over": 4})
    graph.wires += wires_of("turns.number>adam.every")
    made = checked(graph)
    (turns,) = at_each_step(made, "adam.every")
    assert turns == [1, 1, 2, 2, 3, 3, 3] and {*map(type, turns)} == {int}
    graph.nodes["turns"].params["start"] = 0.0
    made.update(graph)
    assert [(p.node, p.port) for p in made.problems] == [("adam", "every")]


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
    made.program.calls["trainer"].node.step = 2
    made.program.at_step(2)
    assert made.lives["map"].node.noise == pytest.approx(0.025)


def test_a_node_sums_itself_up_by_the_value_in_force() -> None:
    graph = driven()
    graph.nodes["noise"].driven = ["value"]
    graph.wires += wires_of("rate.number>noise.value")
    made, heard = session(), Listener()
    assert {n.node: n.sign for n in made.update(graph).nodes}["noise"] == "0.01"
    run(made, heard, view_share=0.0)
    assert [e.sign for e in heard.of(Signed) if e.node == "noise"][-1] == "0.04"
    assert {n.node: n.sign for n in made.update(copy(graph)).nodes}["noise"] == "0.04"


def test_a_formula_takes_a_number_that_goes_with_the_step() -> None:
    graph = driven()
    graph.nodes["own"] = Place(kind="Formula", params={"expression": "x * lambda"})
    graph.wires += wires_of("distance.loss>own.x rate.number>own.lambda")
    made = checked(graph)
    made.program.calls["trainer"].node.step = 4
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


def test_a_parameter_is_an_input_or_says_why_not() -> None:
    told = {}
    for kind in shipped.catalogue().kinds.values():
        for param in kind.params:
            told[kind.kind, param.name] = str(param.undrivable)
            assert param.drivable is (not param.undrivable)
            assert param.drivable <= (param.live and param.type in ("int", "float"))
    assert told["ELBO", "beta"] == told["DiffusionSampler", "steps"] == ""
    assert "makes new weights" in told["Encoder", "hidden"]
    assert "sizes that it sets" in told["Prior", "latent"]
    assert "how long a run" in told["Trainer", "steps"]
    assert told["MNIST", "batch"] == told["Tokenizer", "window"] != ""
    assert "is a choice" in told["Optimizer", "algorithm"]


@pytest.mark.parametrize("name", ["own-loss", "vae-from-layers"])
def test_no_input_changes_what_networks_are_built_for(name: str) -> None:
    kept_for_inputs(name)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_no_input_of_any_example_changes_what_networks_are_built_for(name: str) -> None:
    kept_for_inputs(name)


def kept_for_inputs(name: str) -> None:
    """Check that networks are built alike whatever a wire sets a whole number to."""
    library, known, memory = shipped.library(), shipped.catalogue(), Memory()
    flat = expand(loads(EXAMPLES[name].read_text("utf-8")), known).graph
    shapes = check(flat, library, known, memory=memory).shapes
    for node, place in flat.nodes.items():
        kind = known.of(place)
        for param in kind.params if kind and not place.twin else ():
            if param.type == "int" and param.drivable:
                other, now = copy(flat), place.params.get(param.name, param.default) or 0
                other.nodes[node].params[param.name] = now + (-1 if now == param.high else 1)
                found = check(other, library, known, memory=memory).shapes
                assert {n: found.get(n, shapes[n]) for n in shapes} == shapes, (node, param.name)


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

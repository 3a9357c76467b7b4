"""Laws of pulls: what runs, how often, in which mode, and that looking changes nothing."""

from __future__ import annotations

import pytest
import torch

from engine.document.errors import NodeFailed
from engine.document.graph import Place, Wire
from engine.document.messages import Fault
from engine.document.walks import topological
from engine.document.wiring import acting_wires
from engine.pull.evaluation import mix
from engine.pull.streams import streams
from nodes.errors import InputRefused
from tests.engine.toy import Listener, Map, fit, gan, graph, session, toy_catalogue, wires_of
from tests.running import run


def weights(s, *names: str) -> list[torch.Tensor]:
    return [p.detach().clone() for n in names for p in s.lives[n].node.parameters()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return len(a) == len(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_a_pull_runs_a_shared_node_once():
    s = session()
    s.update(graph({"z": "Normal", "d": "Distance"}, "z.z>d.x z.z>d.y"))
    assert s.program.pull("d").loss == 0  # both ends saw the same noise


def test_outputs_of_a_node_agree_within_joint_streams():
    s = session()
    s.update(fit())
    with s.program.evaluation("mean", 0):
        measured = s.program.pull("mean")
    assert measured.others["count"] == 20  # the whole test set, once, last batch smaller


def test_a_stream_asked_alone_neither_runs_nor_ends_with_another():
    s = session()
    s.update(graph({"line": "Line", "z": "Normal", "k": "KID"}, "line.points>k.real z.z>k.fake"))
    call = s.program.calls["k"]
    with s.program.evaluation("k", 0):
        opened = streams(s.program, call)
        data, noise = opened["real"], opened["fake"]
        assert [m is s.lives["line"].node for m in data.modules] == [True]
        for _ in range(30):  # more than the test set has
            next(noise)
        assert len(list(data)) == 3
        assert next(noise).shape[1] == 2


def test_what_depends_on_parameters_alone_is_computed_once():
    s = session()
    s.update(
        graph(
            {"grid": "Grid", "a": "Show", "b": "Show"}, "grid.points>a.points grid.points>b.points"
        )
    )
    for _ in range(3):
        s.program.pull("a")
        s.program.pull("b")
    assert s.lives["grid"].node.made == 1


def test_every_turn_of_an_optimiser_sees_a_fresh_batch():
    s = session()
    s.update(gan(steps=3, turns=5))
    run(s, Listener())
    assert s.lives["line"].node.pulls == 15  # the generator's turns need no data


def test_an_optimisers_turn_leaves_what_it_does_not_own_bit_identical():
    s = session()
    s.update(gan(steps=1, turns=3))
    before = weights(s, "generator"), weights(s, "critic")
    s.graph.nodes["adam_g"].params["rate"] = 0.0
    s.update(s.graph)
    run(s, Listener())
    assert same(weights(s, "generator"), before[0])
    assert not same(weights(s, "critic"), before[1])


def test_a_gradient_flows_through_a_frozen_critic():
    s = session()
    s.update(gan(steps=1))
    before = weights(s, "generator")
    run(s, Listener())
    assert not same(weights(s, "generator"), before)


def test_training_with_and_without_views_gives_the_same_bits():
    found = []
    for share in (0.0, 0.5):
        s = session()
        s.update(fit(steps=40, map=("Map", {"noise": 0.1})))
        run(s, Listener(), view_share=share)
        found.append(weights(s, "map"))
    assert same(*found)


def test_adding_a_node_changes_no_other_nodes_first_weights():
    a, b = session(), session()
    a.update(fit())
    b.update(fit(other="Map"))
    assert same(weights(a, "map"), weights(b, "map"))


def test_a_twin_is_the_same_object():
    s = session()
    s.update(fit())
    assert s.program.calls["twin"].node is s.program.calls["map"].node


def test_views_use_the_averaged_weights_and_give_them_back():
    s = session()
    s.update(fit(steps=20, trainer=("Trainer", {"steps": 20, "ema": 0.9})))
    run(s, Listener(), view_share=0.0)
    trained = weights(s, "map")
    with s.program.evaluation("show", 1):
        averaged = weights(s, "map")
    assert not same(trained, averaged)
    assert same(trained, weights(s, "map"))


def test_the_average_follows_its_formula_from_the_first_step():
    """a <- d a + (1 - d) w with d = min(ema, (1 + t) / (10 + t)), begun at the first weights."""
    s = session()
    s.update(fit(steps=30, trainer=("Trainer", {"steps": 30, "ema": 0.7})))
    wanted, seen = [], set()

    def follow(host, nested):
        nonlocal wanted
        step = s.lives["trainer"].node.step
        if not step or step in seen:
            return
        seen.add(step)
        now, decay = weights(s, "map"), min(0.7, step / (9 + step))
        wanted = [torch.lerp(w, a, decay) for a, w in zip(wanted or now, now, strict=True)]

    run(s, Listener(follow), view_share=0.0)
    assert seen == set(range(1, 31))
    with s.program.evaluation("show", 1):
        averaged = weights(s, "map")
    for found, known in zip(averaged, wanted, strict=True):
        torch.testing.assert_close(found, known)


def test_what_trains_is_in_training_mode_and_what_does_not_in_eval_mode(monkeypatch):
    """A frozen network with dropout or batch norm must not change its mind in another's turn."""
    s = session()
    made = fit(steps=3, pupil="Map", gap="Distance", adam_p=("Optimizer", {}), school="Trainer")
    made.nodes["school"].params["steps"] = 3
    made.wires += wires_of(
        """line.points>pupil.x pupil.y>gap.x map.y>gap.y gap.loss>adam_p.loss
        pupil.model>adam_p.models adam_p.optimizer>school.optimizers trainer.trained>school.after"""
    )
    s.update(made)
    modes = []
    plain = Map.forward

    def spied(node, x):
        if torch.is_grad_enabled():
            modes.append((node is s.lives["map"].node, node.training))
        return plain(node, x)

    monkeypatch.setattr(Map, "forward", spied)
    run(s, Listener(), view_share=0.0)
    assert modes[:3] == [(True, True)] * 3
    assert set(modes[3:]) == {(True, False), (False, True)}


def test_a_second_stage_sees_what_the_first_has_trained_with_its_average(monkeypatch):
    s = session()
    stage = {"steps": 20, "ema": 0.9}
    made = fit(
        trainer=("Trainer", stage),
        pupil="Map",
        teacher=("twin", "map"),
        gap="Distance",
        second_adam=("Optimizer", {"rate": 0.01}),
        second=("Trainer", stage),
    )
    made.wires += wires_of(
        """line.points>teacher.x line.points>pupil.x pupil.y>gap.x teacher.y>gap.y
        gap.loss>second_adam.loss pupil.model>second_adam.models
        second_adam.optimizer>second.optimizers trainer.trained>second.after"""
    )
    s.update(made)
    seen = []
    plain = Map.forward

    def spied(node, x):
        if node is s.lives["map"].node and torch.is_grad_enabled():
            seen.append(weights(s, "map"))
        return plain(node, x)

    monkeypatch.setattr(Map, "forward", spied)
    run(s, Listener(), view_share=0.0)
    with s.program.evaluation("show", 1):
        averaged = weights(s, "map")
    assert all(same(w, averaged) for w in seen[-20:])
    assert not same(seen[-21], averaged) and not same(weights(s, "map"), averaged)


def test_generators_are_run_to_their_end_and_tell_their_frames():
    s = session()
    s.update(
        graph(
            {"grid": "Grid", "slow": "Slow", "show": "Show"},
            "grid.points>slow.x slow.points>show.points",
        )
    )
    frames = []
    s.program.on_frame = lambda name, frame: frames.append((name, frame.step))
    figure = s.program.pull("show")
    assert frames == [("slow", n) for n in range(1, 6)]
    assert torch.equal(figure.arrays["points"], torch.linspace(0, 1, 8).reshape(-1, 2) + 5)


def test_a_node_that_raises_is_named():
    s = session()
    s.update(fit(show=("Show", {"fail": True})))
    with pytest.raises(InputRefused) as caught, s.program.evaluation("show", 0):
        s.program.pull("show")
    assert caught.value.place == "show"


def test_an_unexpected_error_names_the_node_and_keeps_the_trace():
    s = session()
    s.update(fit())
    s.lives["map"].node.net = None
    with pytest.raises(NodeFailed) as caught, s.program.evaluation("show", 0):
        s.program.pull("show")
    assert caught.value.place == "twin"
    assert "Traceback" in caught.value.trace


def test_a_nan_stops_at_its_first_step_and_names_its_node():
    s = session()
    s.update(fit(steps=50))

    def poison(host, nested):
        s.lives["map"].node.poison = s.step == 7

    host = Listener(poison)
    assert run(s, host, view_share=0.0) == "failed"
    problem = host.of(Fault)[0].problem
    assert problem.node == "map"
    assert "at step 8" in problem.sentence
    assert s.lives["trainer"].node.step == 7


def test_weights_that_are_not_finite_any_more_are_named_as_the_cause():
    s = session()
    s.update(fit(steps=50))

    def poison(host, nested):
        if s.step == 3:
            torch.nn.init.constant_(s.lives["map"].node.net[0].weight, float("nan"))

    host = Listener(poison)
    assert run(s, host, view_share=0.0) == "failed"
    sentence = host.of(Fault)[0].problem.sentence
    assert sentence == (
        "map made a NaN or an infinite number because its weights are not finite any more. "
        "It was at step 4."
    )


def test_muted_nodes_leave_and_bypassed_nodes_hand_on():
    g = graph({"a": "Grid", "m": "Map", "s": "Show"}, "a.points>m.x m.y>s.points")
    g.nodes["m"].mode = "bypassed"
    assert acting_wires(g, toy_catalogue()) == [Wire("a", "points", "s", "points")]
    g.nodes["m"].mode = "muted"
    assert acting_wires(g, toy_catalogue()) == []


def test_a_bypassed_node_hands_on_the_first_input_that_fits():
    g = graph(
        {"z": "Normal", "q": "Encoder", "line": "Line", "i": "Interpolate"},
        "z.z>q.x q.q>i.codes",
    )
    g.nodes["i"].mode = "bypassed"
    g.nodes["s"] = Place(kind="Show")
    g.wires += wires_of("i.z>s.points")
    catalogue = toy_catalogue()
    assert not [w for w in acting_wires(g, catalogue) if w.target == "s"]  # a Gaussian: no points
    g.wires[1] = Wire("line", "points", "i", "codes")
    assert Wire("line", "points", "s", "points") in acting_wires(g, catalogue)


def test_a_bypassed_network_is_no_model():
    g = graph({"z": "Normal", "m": "Map", "o": "Optimizer"}, "z.z>m.x m.model>o.models")
    g.nodes["m"].mode = "bypassed"
    assert acting_wires(g, toy_catalogue()) == []


def test_order_follows_wires_whatever_the_order_of_the_file():
    wires = [Wire("c", "", "b", ""), Wire("b", "", "a", "")]
    assert topological(["a", "b", "c"], wires) == ["c", "b", "a"]


def test_seeds_are_the_same_on_every_machine():
    assert mix(0, "encoder", "weights") == 4145784249330107480

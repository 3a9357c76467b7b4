"""What a check says before Run: shapes, weights, ranges, faults with place and sentence."""

from __future__ import annotations

import torch

from engine.graph import Place
from tests.engine.toy import Map, fit, gan, graph, session


def checked(g):
    return session().update(g)


def problem(g):
    (found,) = [p for p in checked(g).problems if p.level == "error"]
    return found


def test_shapes_and_weights_are_known_before_run():
    answer = checked(fit())
    shapes = {(w.node, w.port): w.shape for w in answer.wires}
    assert shapes["line", "points"] == "b 2"
    assert shapes["distance", "loss"] == "scalar"
    assert {i.node: i.weights for i in answer.nodes}["map"] == 2 * 16 + 16 + 16 * 2 + 2


def test_a_node_reached_only_as_a_model_is_counted_too():
    assert {i.node: i.weights for i in checked(gan()).nodes}["critic"] == 2 * 16 + 16 + 16 + 1


def test_a_check_draws_no_random_number():
    torch.manual_seed(0)
    s = session()
    s.update(fit())
    assert torch.equal(torch.rand(3), torch.rand(3, generator=torch.Generator().manual_seed(0)))


def test_a_missing_wire_is_named():
    g = fit()
    g.wires = [w for w in g.wires if w.target != "distance" or w.input != "y"]
    found = problem(g)
    assert (found.node, found.port) == ("distance", "y")
    assert found.sentence == "y needs a wire: Points."


def test_a_value_out_of_its_limits_is_named_with_a_fix():
    found = problem(fit(map=("Map", {"width": 100})))
    assert (found.node, found.param) == ("map", "width")
    assert found.sentence == "Width must be at most 64; it is 100."
    assert found.fix.puts == [(["nodes", "map", "params", "width"], 16)]


def test_not_a_number_is_refused():
    found = problem(fit(map=("Map", {"noise": float("nan")})))
    assert found.sentence == "Noise must be a finite number; it is nan."


def test_an_unknown_kind_is_kept_and_named():
    g = fit()
    g.nodes["strange"] = Place(kind="timegan.Critic", params={"a": 1})
    found = problem(g)
    assert found.node == "strange"
    assert "timegan.Critic is not installed" in found.sentence


def test_wrong_shapes_are_told_in_axes():
    g = graph({"z": "Normal", "m": ("Map", {"out": 3}), "d": "Distance"}, "z.z>m.x m.y>d.x z.z>d.y")
    found = problem(g)
    assert (found.node, found.port) == ("d", "y")
    assert found.sentence == "d of y must be as of x, 3. It is 2."


def test_wrong_types_are_told():
    g = graph({"line": "Line", "show": "Show"}, "line.labels>show.points")
    assert problem(g).sentence == "points takes Points; labels is Labels."


def test_a_circle_is_told_at_each_of_its_nodes():
    g = graph({"a": "Map", "b": "Map"}, "a.y>b.x b.y>a.x")
    found = [p for p in checked(g).problems if "circle" in p.sentence]
    assert {p.node for p in found} == {"a", "b"}


def test_what_hangs_on_a_fault_is_passed_over_in_silence():
    g = fit(line=("Line", {"batch": 0}))
    assert len(checked(g).problems) == 1


def test_a_healthy_part_lives_beside_a_broken_one():
    g = fit(broken="Map", view="Show")
    s = session()
    s.update(g)
    assert "view" not in s.program.order
    assert "trainer" in s.program.order


def test_what_asks_a_model_comes_after_what_builds_it():
    """A sampler stands before the loss that shows the network its data: it is asked again."""
    answer = checked(diffusion({}))
    assert not answer.problems
    assert {(w.node, w.port): w.shape for w in answer.wires}["a", "samples"] == "b 2"


def test_a_model_that_nothing_is_shown_to_is_told():
    g = diffusion({})
    g.wires = [w for w in g.wires if w.target not in ("loss", "adam")]
    del g.nodes["loss"], g.nodes["adam"], g.nodes["trainer"]
    g.wires = [w for w in g.wires if w.target != "trainer"]
    (found,) = [p for p in checked(g).problems if p.level == "error"]
    assert found.node == "a"
    assert "not been shown any items" in found.sentence


def diffusion(params):
    return graph(
        {
            "a": ("DiffusionSampler", {"count": 7} | params),
            "adam": "Optimizer",
            "data": "TwoMoons",
            "loss": "DiffusionLoss",
            "net": "DenoiserMLP",
            "schedule": "NoiseSchedule",
            "scatter": "Scatter",
            "trainer": "Trainer",
        },
        "data.points>loss.data net.model>loss.model schedule.schedule>loss.schedule "
        "loss.loss>adam.loss net.model>adam.models adam.optimizer>trainer.optimizers "
        "net.model>a.model schedule.schedule>a.schedule a.samples>scatter.points",
    )


def test_a_network_that_is_asked_again_for_the_same_shapes_says_the_same(monkeypatch):
    asked = []
    forward = Map.forward

    def counted(self, x):
        asked.append(tuple(x.shape))
        return forward(self, x)

    monkeypatch.setattr(Map, "forward", counted)
    nodes = {"z": "Normal", "other": ("Normal", {"count": 3}), "map": "Map"}
    nodes |= {"twin": ("twin", "map"), "third": ("twin", "map")}
    wires = "z.z>map.x z.z>twin.x other.z>third.x"
    answer = checked(graph(nodes, wires))
    assert sorted(set(asked)) == sorted(asked) == [(3, 2), (8, 2)]
    shapes = {w.node: w.shape for w in answer.wires if w.port == "y"}
    assert shapes == {"map": "b 2", "twin": "b 2", "third": "b 2"}
    assert not answer.problems

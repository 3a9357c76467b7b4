"""What a check says before Run: shapes, weights, ranges, faults with place and sentence."""

from __future__ import annotations

from functools import wraps

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from engine.check.cache import _mark, _signature, like
from engine.document.errors import GraphRefused
from engine.document.graph import Place
from nodes.types import TextVectors
from tests.engine.toy import Grid, Map, fit, gan, graph, session, wires_of


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
    assert found.sentence == "y needs a wire: points (vectors)."


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
    assert found.sentence == "y must have the shape of x, 3; it has 2."


def test_wrong_types_are_told():
    g = graph({"line": "Line", "show": "Show"}, "line.labels>show.points")
    assert problem(g).sentence == "points takes points (vectors); labels gives class labels."


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


def switched(g, node, mode):
    g.nodes[node].mode = mode
    return g


def test_a_node_without_its_input_is_named_where_its_value_is_used():
    g = graph({"m": "Map", "s": "Show"}, "m.y>s.points")
    found = problem(g)
    assert (found.node, found.port) == ("m", "x")


def test_a_twin_without_its_input_is_named_too():
    g = graph({"z": "Normal", "m": "Map", "t": ("twin", "m"), "s": "Show"}, "z.z>m.x t.y>s.points")
    found = problem(g)
    assert (found.node, found.port) == ("t", "x")


def test_a_muted_source_is_named_with_the_way_to_switch_it_on():
    found = problem(switched(graph({"z": "Normal", "s": "Show"}, "z.z>s.points"), "z", "muted"))
    assert (found.node, found.port) == ("s", "points")
    assert found.fix.puts == [(["nodes", "z", "mode"], "on")]


def test_a_bypassed_node_hands_on_nothing_that_does_not_fit():
    g = graph(
        {"q": "Encoder", "r": "Reparameterize", "s": "Show", "z": "Normal"},
        "z.z>q.x q.q>r.q r.z>s.points",
    )
    found = problem(switched(g, "r", "bypassed"))
    assert (found.node, found.port) == ("s", "points")
    assert "bypassed" in found.sentence


def test_muted_and_bypassed_nodes_do_not_run():
    for mode in ("muted", "bypassed"):
        s = session()
        s.update(switched(fit(view="Show"), "view", mode))
        assert "view" not in s.program.order


def test_two_wires_into_a_port_that_takes_one_are_told():
    g = graph({"a": "Normal", "b": "Normal", "s": "Show"}, "a.z>s.points b.z>s.points")
    found = problem(g)
    assert (found.node, found.port) == ("s", "points")


def test_two_nodes_with_the_same_fault_are_both_named():
    g = graph(
        {"z": "Normal", "m": ("Map", {"out": 3}), "d": "Distance", "e": "Distance"},
        "z.z>m.x m.y>d.x z.z>d.y m.y>e.x z.z>e.y",
    )
    assert {p.node for p in checked(g).problems} == {"d", "e"}


@pytest.mark.parametrize("part", ["__init__", "sketch", "ranges"])
def test_a_node_that_raises_anything_is_named(monkeypatch, part):
    def fail(self, *args, **kwargs):
        raise ZeroDivisionError("no way")

    monkeypatch.setattr(Grid, part, fail)
    found = problem(graph({"g": "Grid", "s": "Show"}, "g.points>s.points"))
    assert found.node == "g"
    assert "no way" in found.sentence
    assert "ZeroDivisionError" in found.trace


@pytest.mark.parametrize("nodes", [{}, {"z": "Normal"}, {"m": "Map"}])
def test_a_graph_with_nothing_to_run_says_so(nodes):
    s = session()
    s.update(graph(nodes, ""))
    with pytest.raises(GraphRefused, match="nothing to run"):
        s.refuse_faults()


def test_a_network_asked_for_an_input_that_it_has_not_is_told_at_the_port():
    g = diffusion({})
    g.wires += wires_of("data.points>a.context")
    found = problem(g)
    assert (found.node, found.port) == ("a", "context")
    assert "takes no context" in found.sentence


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

    @wraps(forward)
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


def test_the_next_check_asks_those_networks_alone_that_are_others(monkeypatch):
    asked = []
    forward = Map.forward

    @wraps(forward)
    def counted(self, x):
        asked.append(self.out)
        return forward(self, x)

    def shape_of(out, count=3):
        nodes = {"z": ("Normal", {"count": count}), "m": ("Map", {"out": out})}
        answer = checked(graph(nodes, "z.z>m.x"))
        return next(w.shape for w in answer.wires if w.port == "y")

    monkeypatch.setattr(Map, "forward", counted)
    assert [shape_of(3), shape_of(3), shape_of(4), shape_of(3)] == ["b 3", "b 3", "b 4", "b 3"]
    assert asked == [3, 4]
    assert shape_of(3, 5) == "b 3" and asked == [3, 4, 3]


def test_values_of_several_tensors_are_known_by_all_their_shapes():
    def told(tokens, mask=5):
        return TextVectors(torch.ones(4, tokens, 8), torch.ones(4, mask).bool(), torch.ones(4, 3))

    with FakeTensorMode():
        mark = _mark(told(5))
        made = like(mark)
        assert mark == _mark(told(5))
        assert mark not in (_mark(told(6)), _mark(told(5, 6)))
        assert type(made) is TextVectors
        assert [(p.shape, p.dtype) for p in made] == [(p.shape, p.dtype) for p in told(5)]
        assert _signature([("x", told(5)), ("flow", object())]) is None
        assert _signature([("x", TextVectors(*(p.float() for p in told(5))))]) != _signature(
            [("x", told(5))]
        )
        assert (
            _signature([("x", told(5)._replace(pooled=torch.ones(4, 3).requires_grad_()))]) is None
        )

"""Drawn groups as velocities and scores, and what LoRA and Begin from make of a drawn network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from engine.document.graph import Graph
from engine.document.messages import Figure
from engine.run.refresh import refresh
from tests.engine.test_derived import staged
from tests.engine.test_drawn_graphs import drawn, nodes, ready, train, wires
from tests.engine.test_grouped_runs import same
from tests.engine.toy import Listener
from tests.running import run

PLAIN = "in.x>a.x a.y>f.x f.y>b.x b.y>out.y"
TOLD = "in.x>a.x in.t>time.t a.y>m.x time.y>m.told m.y>f.x f.y>b.x b.y>out.y"
LAYERS: dict[str, str | tuple[str, Mapping[str, Any]]] = {
    "a": ("Linear", {"outputs": 8}),
    "f": "Activation",
    "b": ("Linear", {"outputs": 2}),
}


def velocity() -> Graph:
    """Return a flow from a Gaussian to two moons along a drawn velocity."""
    inner = nodes(**LAYERS, time=("TimeEmbedding", {"frequencies": 4}), m="Modulate")
    return Graph(
        groups={"net": drawn("t x", inner, TOLD, acts_as="Velocity")},
        nodes=nodes(
            moons=("TwoMoons", {"batch": 16}),
            start=("GaussianPoints", {"batch": 16}),
            net="group:net",
            loss="FlowMatchingLoss",
            adam="Optimizer",
            train=train(),
            sampler=("ODESampler", {"steps": 2}),
            show="Scatter",
        ),
        wires=wires(
            "start.points>loss.source moons.points>loss.target net.model>loss.model "
            "loss.loss>adam.loss net.model>adam.models adam.optimizer>train.optimizers "
            "net.model>sampler.model start.points>sampler.start sampler.samples>show.points"
        ),
    )


def score(method: str, told: bool) -> Graph:
    """Return a drawn score of two moons, at one level of noise or told the time."""
    inner = nodes(**LAYERS)
    if told:
        inner |= nodes(time=("TimeEmbedding", {"frequencies": 4}), m="Modulate")
    ports, lines = ("x t", TOLD) if told else ("x", PLAIN)
    noise = {"noise": "annealed", "levels": 2} if told else {}
    graph = Graph(
        groups={"net": drawn(ports, inner, lines, acts_as="Score")},
        nodes=nodes(
            moons=("TwoMoons", {"batch": 16}),
            net="group:net",
            loss=("ScoreMatchingLoss", {"method": method}),
            adam="Optimizer",
            train=train(),
            sampler=("LangevinSampler", {"steps": 2, "count": 8, **noise}),
            show="Scatter",
        ),
        wires=wires(
            "moons.points>loss.data net.model>loss.model loss.loss>adam.loss "
            "net.model>adam.models adam.optimizer>train.optimizers net.model>sampler.model "
            "sampler.samples>show.points"
        ),
    )
    if told:
        graph.nodes |= nodes(schedule="NoiseSchedule")
        graph.wires += wires("schedule.schedule>loss.schedule schedule.schedule>sampler.schedule")
    return graph


GRAPHS = {
    "velocity": velocity,
    "score, denoising": lambda: score("denoising", told=False),
    "score, sliced": lambda: score("sliced", told=False),
    "score, exact": lambda: score("exact trace", told=False),
    "score, told": lambda: score("denoising", told=True),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_drawn_network_is_trained_and_sampled_in_its_role(name: str) -> None:
    made, host = ready(GRAPHS[name]()), Listener()
    before = {key: value.clone() for key, value in made.state().items()}
    assert run(made, host, view_share=0.0) == "done"
    after = made.state()
    for leaf in ("net/a", "net/b"):
        weights = [key for key in after if key.startswith(f"{leaf}/")]
        assert weights and all(not torch.equal(before[key], after[key]) for key in weights)
    host.hear(refresh(made, host, ["show"]))
    assert {event.node for event in host.of(Figure)} == {"show"}


def with_batch_norm(kind: str) -> Graph:
    """Return two stages: a drawn network with batch norm, then what is made of it."""
    graph = staged(kind, first=3, second=3)
    inner = nodes(a=("Linear", {"outputs": 8}), n=("Norm", {"kind": "batch"}), b="Map")
    graph.groups["net"] = drawn("x", inner, "in.x>a.x a.y>n.x n.y>b.x b.y>out.y")
    graph.nodes |= nodes(map="group:net")
    graph.nodes["twin"].kind = "group:net"
    graph.wires = [w for w in graph.wires if w.target != "mean"]
    del graph.nodes["mean"]
    return graph


@pytest.mark.parametrize("kind", ["LoRA", "BeginFrom"])
def test_a_check_of_what_is_made_of_batch_norm_leaves_its_statistics(kind: str) -> None:
    made = ready(with_batch_norm(kind))
    assert run(made, Listener(), view_share=0.0) == "done"
    before = {key: value.clone() for key, value in made.state().items()}
    of_net = [key for key in before if key.startswith("map/n/") and "running" in key]
    of_made = [key for key in before if key.startswith("made/") and "running_mean" in key]
    assert len(of_net) == 2 and len(of_made) == (kind == "BeginFrom")
    edited = with_batch_norm(kind)
    edited.nodes["adam_b"].params["rate"] = 0.005
    made.update(edited)
    assert made.problems == [] and same(made.state(), before)


@pytest.mark.parametrize("kind", ["LoRA", "BeginFrom"])
def test_the_second_stage_leaves_the_statistics_of_what_it_is_made_of(kind: str) -> None:
    first, both = with_batch_norm(kind), ready(with_batch_norm(kind))
    first.wires = [w for w in first.wires if "_b" not in w.source + w.target]
    first.nodes = {name: place for name, place in first.nodes.items() if "_b" not in name}
    alone = ready(first)
    for made in (alone, both):
        assert run(made, Listener(), view_share=0.0) == "done"
    one, other = alone.state(), both.state()
    mine = [key for key in one if key.startswith("map/")]
    assert [key for key in mine if not torch.equal(one[key], other[key])] == []
    if kind == "BeginFrom":
        (key,) = (key for key in other if key.startswith("made/") and "running_mean" in key)
        (base,) = (key for key in mine if "running_mean" in key)
        assert not torch.equal(other[key], one[base]), "its own statistics follow its own batches"

"""A run that would train nothing, or not all that it owns, is a problem before it starts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.document.graph import Graph, Wire, load
from tests.engine.toy import Listener, digits, fit, graph, session, wires_of
from tests.running import run

FAULTS = Path(__file__).parent.parent / "faults/graphs"


def problems(g: Graph) -> list[tuple[str, str]]:
    return [(p.node, str(p.sentence)) for p in session().update(g).problems]


@pytest.mark.parametrize(
    ("name", "node", "sentence"),
    [
        (
            "e2-model-off-path",
            "o",
            "o owns other, but its loss does not depend on it.",
        ),
        (
            "e3-learned-target",
            "o",
            "o owns net, but its loss does not depend on it.",
        ),
        ("e5-sampler-in-training", "og", "og owns den, but its loss does not depend on it."),
    ],
)
def test_a_network_that_the_loss_cannot_reach_is_named(name: str, node: str, sentence: str) -> None:
    assert problems(load(FAULTS / f"{name}.graph.json")) == [(node, sentence)]


@pytest.mark.parametrize(
    ("name", "where"),
    [("e3-learned-target", "x of elbo"), ("e5-sampler-in-training", "model of ode")],
)
def test_it_says_where_gradients_end(name: str, where: str) -> None:
    (problem,) = session().update(load(FAULTS / f"{name}.graph.json")).problems
    assert f"No gradient passes through {where}" in str(problem.hint)
    assert (problem.level, problem.port) == ("error", "models")


def test_a_sum_of_elbos_terms_trains() -> None:
    """It did not: its terms were only shown."""
    g = load(FAULTS / "e1-nograd-loss.graph.json")
    assert problems(g) == []
    s = session()
    s.update(g)
    before = [p.detach().clone() for n in ("enc", "dec") for p in s.lives[n].node.parameters()]
    assert run(s, Listener(), view_share=0.0) == "done"
    after = [p for n in ("enc", "dec") for p in s.lives[n].node.parameters()]
    assert all((a != b).any() for a, b in zip(after, before, strict=True))


def test_what_is_only_shown_goes_into_no_loss() -> None:
    g = digits()
    g.wires = [w for w in g.wires if w.target != "adam" or w.input != "loss"]
    g.wires += wires_of("plan.cost>adam.loss data.images>plan.x decoder.x_hat>plan.y")
    g.nodes |= graph({"plan": "Sinkhorn"}, "").nodes
    ((node, sentence),) = problems(g)
    assert node == "adam" and "loss" in sentence


def test_one_of_two_networks_is_named() -> None:
    g = digits()
    g.wires.remove(Wire("encoder", "q", "z", "q"))
    g.wires.remove(Wire("encoder", "q", "elbo", "q"))
    g.nodes |= graph({"law": "Encoder"}, "").nodes
    g.wires += wires_of("data.images>law.x law.q>z.q law.q>elbo.q law.model>adam.models")
    assert problems(g) == [("adam", "adam owns encoder, but its loss does not depend on it.")]


def test_layers_of_a_flow_beyond_the_loss_are_named() -> None:
    nodes = {
        "data": "TwoMoons",
        "base": "BaseLaw",
        "first": "AffineCoupling",
        "second": "AffineCoupling",
        "loss": "Likelihood",
        "adam": "Optimizer",
        "trainer": "Trainer",
    }
    wires = """base.flow>first.flow first.flow>second.flow first.flow>loss.flow data.points>loss.x
        loss.loss>adam.loss second.flow>adam.models adam.optimizer>trainer.optimizers"""
    assert problems(graph(nodes, wires)) == [
        ("adam", "adam owns second, but its loss does not depend on it.")
    ]


def test_a_frozen_target_is_not_trained() -> None:
    g = fit(freeze="Freeze")
    g.wires = [w for w in g.wires if (w.source, w.target) != ("map", "distance")]
    g.wires += wires_of("map.y>freeze.x freeze.y>distance.y")
    ((node, sentence),) = [p for p in problems(g) if "owns" in p[1]]
    assert node == "adam" and "owns map" in sentence


def test_an_average_that_no_loss_needs_is_told() -> None:
    g = fit(mean_of="ModelAverage")
    g.wires += wires_of("map.model>mean_of.model line.points>mean_of.x")
    assert problems(g) == [("mean_of", "mean_of stays as it begins: no loss needs it.")]


def test_it_takes_a_small_part_of_a_check() -> None:
    """Of sixty nodes and more: nothing is computed."""
    from engine.check import gradients
    from engine.document.wiring import acting_wires

    s = session()
    g = fit()
    for number in range(10):
        copy = fit()
        g.nodes |= {f"{name}_{number}": place for name, place in copy.nodes.items()}
        for place in (p for n, p in g.nodes.items() if n.endswith(f"_{number}") and p.twin):
            place.twin = f"{place.twin}_{number}"
        g.wires += [
            Wire(f"{w.source}_{number}", w.output, f"{w.target}_{number}", w.input)
            for w in copy.wires
        ]
    report = s.update(g)
    assert len(g.nodes) > 60 and not report.problems and acting_wires(g, s.catalogue)
    start = time.perf_counter()
    assert not list(gradients.gradient_problems(g, s.catalogue, s.program, ()))
    assert time.perf_counter() - start < 0.3 * report.seconds

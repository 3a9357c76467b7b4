"""Measures within a run: they see the test items, keep what they know, and disturb nothing."""

from __future__ import annotations

import torch

from engine.document.graph import Graph, Place, Wire
from engine.document.messages import Fault, Metric
from engine.run.session import Session
from engine.run.views import pull_sink
from tests.engine import toy
from tests.running import run

MEASURES = ("FID", "KID", "MMD", "PrecisionRecall", "NearestNeighbours", "Scorecard")


def digits(*measures: str) -> Graph:
    """Return a VAE on digits, twenty steps of it, with measures of its samples."""
    graph = toy.digits(steps=20)
    for kind in measures:
        graph.nodes[kind] = Place(kind=kind, params={"count": 150})
        graph.wires.append(Wire("data", "images", kind, "real"))
        graph.wires.append(Wire("sampler", "x_hat", kind, "fake"))
    return graph


def trained(graph: Graph, *, share: float = 0.0) -> tuple[Session, toy.Listener]:
    session, listener = Session(), toy.Listener()
    assert not session.update(graph).problems
    assert run(session, listener, fresh=True, view_share=share) == "done"
    return session, listener


def test_training_is_the_same_with_measures_and_without() -> None:
    plain, _ = trained(digits())
    measured, listener = trained(digits(*MEASURES), share=1.0)
    assert {event.node for event in listener.of(Metric)} >= set(MEASURES)
    a, b = plain.state(), measured.state()
    for name in (n for n in a if n.startswith(("encoder/", "decoder/", "data/"))):
        assert torch.equal(a[name], b[name]), name


def test_measures_see_all_test_items_and_as_many_samples() -> None:
    graph = digits("FID")
    graph.nodes["FID"].params["count"] = 10_000
    session, _ = trained(graph)
    (event,) = pull_sink(session.program, "FID", 20)
    assert isinstance(event, Metric)
    assert event.values["items"] == len(session.lives["data"].node.test_items) > 100
    assert event.values["floor"] > 0
    assert event.unit == "raw numbers"


def test_a_fixed_seed_is_explained_at_the_measure() -> None:
    graph = digits("FID")
    graph.nodes["prior"].params["seed"] = 7
    _, listener = trained(graph)
    (problem,) = (fault.problem for fault in listener.of(Fault))
    assert problem.node == "FID"
    assert "each pull gives the same 64" in problem.sentence

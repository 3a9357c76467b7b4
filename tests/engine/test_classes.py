"""Labels carry how many classes they name: a network that knows fewer is a problem before Run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.document.catalogue import Problem
from engine.document.graph import load
from nodes.adversarial.generator import Generator
from nodes.data.base import Dataset
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.diffusion_loss import DiffusionLoss
from nodes.diffusion.schedules import cosine
from nodes.errors import InputRefused
from nodes.library import find
from tests.engine.toy import graph, session

FOLDER = Path(__file__).parent.parent / "faults/labels"


def problems(nodes: dict[str, object], wires: str) -> list[Problem]:
    return session().update(graph(nodes, wires)).problems


def generator(classes: int, labels: dict[str, object]) -> list[Problem]:
    nodes = {
        "z": ("Prior", {"count": 8}),
        "labels": ("ClassLabels", {"count": 8} | labels),
        "make": ("Generator", {"shape": [1, 4, 4], "classes": classes}),
        "show": "ImageGrid",
    }
    return problems(nodes, "z.z>make.z labels.labels>make.labels make.x_hat>show.images")


def test_more_classes_than_a_network_knows_are_told_with_a_fix() -> None:
    (found,) = generator(3, {"classes": 5})
    assert (found.node, found.port) == ("make", "labels")
    assert found.sentence == ("labels go from 0 to 4, but make has 3 classes, from 0 on.")
    assert found.fix is not None
    assert found.fix.puts == [(["nodes", "make", "params", "classes"], 5)]


@pytest.mark.parametrize("classes", [5, 7])
def test_as_many_and_fewer_are_right(classes: int) -> None:
    assert generator(classes, {"classes": 5}) == []


def test_one_class_counts_by_its_number() -> None:
    assert generator(3, {"classes": 9, "order": "one", "only": 2}) == []
    assert len(generator(3, {"classes": 9, "order": "one", "only": 3})) == 1


def test_a_model_that_a_loss_tells_is_named() -> None:
    nodes = {
        "data": ("RingMixture", {"modes": 8}),
        "net": ("DenoiserMLP", {"classes": 4}),
        "schedule": "NoiseSchedule",
        "loss": "DiffusionLoss",
    }
    wires = """data.points>loss.data net.model>loss.model schedule.schedule>loss.schedule
        data.labels>loss.labels"""
    (found,) = problems(nodes, wires)
    assert "labels go from 0 to 7, but net has 4 classes" in str(found.sentence)
    assert found.fix is not None
    assert found.fix.puts == [(["nodes", "net", "params", "classes"], 8)]


def asked_for(
    modes: int, labels: dict[str, object], loss: str = "data.labels>loss.labels"
) -> list[Problem]:
    """A diffusion that learns the modes of a ring, and is asked for others."""
    nodes = {
        "data": ("RingMixture", {"modes": modes}),
        "net": ("DenoiserMLP", {"classes": 10}),
        "schedule": "NoiseSchedule",
        "loss": "DiffusionLoss",
        "adam": "Optimizer",
        "trainer": ("Trainer", {"steps": 2}),
        "labels": ("ClassLabels", {"count": 8} | labels),
        "told": ("ClassLabels", {"order": "drawn"}),
        "sampler": ("DiffusionSampler", {"count": 8, "steps": 2}),
        "show": "Scatter",
    }
    return problems(
        nodes,
        "data.points>loss.data net.model>loss.model schedule.schedule>loss.schedule "
        "loss.loss>adam.loss net.model>adam.models adam.optimizer>trainer.optimizers "
        "net.model>sampler.model schedule.schedule>sampler.schedule sampler.samples>show.points "
        "labels.labels>sampler.labels data.points>told.as_many_as " + loss,
    )


def test_classes_that_are_asked_for_and_not_learned_are_told() -> None:
    (found,) = asked_for(3, {"classes": 10})
    assert (found.node, found.port, found.level) == ("sampler", "labels", "warning")
    assert found.sentence == "labels go from 0 to 9, but net learns only 0 to 2."
    assert "in the data" in str(found.hint)
    assert found.fix is not None
    assert found.fix.puts == [(["nodes", "labels", "params", "classes"], 3)]
    assert asked_for(3, {"classes": 3}) == []
    assert asked_for(3, {"classes": 2}) == []


def test_one_class_that_is_not_learned_has_no_fix_of_a_count() -> None:
    (found,) = asked_for(3, {"classes": 10, "order": "one", "only": 5})
    assert found.sentence == "labels go from 5 to 5, but net learns only 0 to 2."
    assert found.fix is None
    assert asked_for(3, {"classes": 10, "order": "one", "only": 2}) == []


def test_what_losses_tell_counts_and_a_network_told_nothing_is_passed_over() -> None:
    assert asked_for(3, {"classes": 10}, "told.labels>loss.labels") == []
    assert asked_for(3, {"classes": 10}, "") == []


def test_two_losses_tell_one_network_together() -> None:
    nodes = {
        "few": ("RingMixture", {"modes": 3}),
        "many": ("RingMixture", {"modes": 8}),
        "net": ("DenoiserMLP", {"classes": 10}),
        "schedule": "NoiseSchedule",
        "one": "DiffusionLoss",
        "two": "DiffusionLoss",
        "both": "LossSum",
        "adam": "Optimizer",
        "trainer": ("Trainer", {"steps": 2}),
        "labels": ("ClassLabels", {"count": 8, "classes": 9}),
        "sampler": ("DiffusionSampler", {"count": 8, "steps": 2}),
        "show": "Scatter",
    }
    wires = """few.points>one.data few.labels>one.labels many.points>two.data many.labels>two.labels
        net.model>one.model net.model>two.model schedule.schedule>one.schedule
        schedule.schedule>two.schedule one.loss>both.losses two.loss>both.losses
        both.loss>adam.loss net.model>adam.models adam.optimizer>trainer.optimizers
        net.model>sampler.model schedule.schedule>sampler.schedule labels.labels>sampler.labels
        sampler.samples>show.points"""
    (found,) = problems(nodes, wires)
    assert found.sentence == "labels go from 0 to 8, but net learns only 0 to 7."


def test_labels_of_a_file_that_begin_at_1_are_brought_to_0() -> None:
    g = load(FOLDER / "labels_from_1.graph.json")
    for place in g.nodes.values():
        if place.kind == "ArrayFile":
            place.params["file"] = str(FOLDER / "labels_from_1.csv")
    s = session()
    assert [p for p in s.update(g).problems if p.level == "error"] == []
    data = next(live.node for live in s.lives.values() if isinstance(live.node, Dataset))
    data.ensure_loaded()
    assert sorted(data.labels.unique().tolist()) == [0, 1, 2]


def test_no_label_is_taken_for_none_in_silence() -> None:
    net = DenoiserMLP(classes=3)
    x = torch.randn(3, 2)
    with pytest.raises(InputRefused, match="from 0 to 2, for 3 classes; they lie from 1 to 3"):
        DiffusionLoss()(x, net, cosine(), torch.tensor([1, 2, 3]))
    with pytest.raises(InputRefused, match="for 3 classes"):
        Generator(shape=[1, 4, 4], classes=3)(x, torch.tensor([1, 2, 3]))


@pytest.mark.parametrize("kind", ["Digits", "RingMixture", "GridMixture", "EightGaussians"])
def test_a_set_says_how_many_classes_it_has(kind: str) -> None:
    node = find().kinds[kind]()
    node.ensure_loaded()
    labels = torch.cat([node.labels, node.test_labels])
    assert node.ranges()["labels"].high == labels.max() and labels.min() == 0

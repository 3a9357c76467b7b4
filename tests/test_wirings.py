"""Graphs of shapes that no example has can be wired plainly, and learn what they should."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.document.graph import Graph
from engine.run.session import Session
from nodes.data.digits import Digits
from tests.engine.toy import graph
from tests.running import run
from tests.test_examples import Listener

CLASSES = {"outputs": 10}
seeds = pytest.mark.parametrize("seed", range(3))


def measured(made: Graph, seed: int = 0) -> dict[str, dict[str, float]]:
    """Train a graph and return the figures of its metrics."""
    session = Session(seed=seed)
    assert [f"{p.node}: {p.sentence}" for p in session.update(made).problems] == []
    listener = Listener()
    assert run(session, listener, fresh=True, view_share=0.0) == "done"
    assert not listener.faults
    return {name: dict(metric.values) for name, metric in listener.metrics.items()}


@seeds
def test_a_student_comes_near_its_teacher(seed: int) -> None:
    """Distillation: the second stage sees no label."""
    nodes = {
        "data": ("Digits", {"test_share": 0.3}),
        "teacher": ("Perceptron", {"hidden": [128, 64]} | CLASSES),
        "student": ("Perceptron", {"hidden": [32]} | CLASSES),
        "surprise": "CrossEntropy",
        "match": "RegressionLoss",
        "adam_t": ("Optimizer", {"rate": 2e-3}),
        "adam_s": ("Optimizer", {"rate": 5e-3}),
        "stage_t": ("Trainer", {"epochs": 40.0}),
        "stage_s": ("Trainer", {"epochs": 90.0}),
        "figure_t": "ClassifierAccuracy",
        "figure_s": "ClassifierAccuracy",
    }
    wires = """data.images>teacher.x data.images>student.x teacher.y>surprise.logits
        data.labels>surprise.labels surprise.loss>adam_t.loss teacher.model>adam_t.models
        student.y>match.y teacher.y>match.target match.loss>adam_s.loss student.model>adam_s.models
        adam_t.optimizer>stage_t.optimizers adam_s.optimizer>stage_s.optimizers
        stage_t.trained>stage_s.after teacher.y>figure_t.x data.labels>figure_t.labels
        student.y>figure_s.x data.labels>figure_s.labels"""
    found = measured(graph(nodes, wires), seed)
    assert found["figure_t"][""] > 0.93
    assert found["figure_s"][""] > 0.98 * found["figure_t"][""]


@seeds
def test_a_mean_teacher_is_as_good_as_its_student(seed: int) -> None:
    nodes = {
        "data": ("Digits", {"test_share": 0.3}),
        "student": ("Perceptron", {"hidden": [64]} | CLASSES),
        "teacher": ("ModelAverage", {"decay": 0.98}),
        "surprise": "CrossEntropy",
        "agree": "RegressionLoss",
        "sum": ("LossSum", {"weights": [1.0, 0.1]}),
        "adam": ("Optimizer", {"rate": 3e-3}),
        "trainer": ("Trainer", {"epochs": 40.0}),
        "figure_t": "ClassifierAccuracy",
        "figure_s": "ClassifierAccuracy",
    }
    wires = """data.images>student.x student.model>teacher.model data.images>teacher.x
        student.y>surprise.logits data.labels>surprise.labels student.y>agree.y
        teacher.y>agree.target surprise.loss>sum.losses agree.loss>sum.losses sum.loss>adam.loss
        student.model>adam.models adam.optimizer>trainer.optimizers teacher.y>figure_t.x
        data.labels>figure_t.labels student.y>figure_s.x data.labels>figure_s.labels"""
    found = measured(graph(nodes, wires), seed)
    assert found["figure_s"][""] > 0.93
    assert found["figure_t"][""] > 0.98 * found["figure_s"][""]


def test_a_classifier_learns_from_real_and_generated_digits() -> None:
    """A conditional GAN first; then a loss of each kind of items, through one network."""
    nodes = {
        "data": ("Digits", {"range": "[-1, 1]", "test_share": 0.3}),
        "noise": ("Prior", {"latent": 16}),
        "generator": ("Generator", {"shape": [1, 8, 8], "hidden": 128, "classes": 10}),
        "critic": ("Discriminator", {"hidden": 128, "classes": 10}),
        "critic_loss": "CriticLoss",
        "generator_loss": "GeneratorLoss",
        "adam_c": ("Optimizer", {"rate": 5e-4, "beta1": 0.5}),
        "adam_g": ("Optimizer", {"rate": 5e-4, "beta1": 0.5}),
        "gan": ("Trainer", {"steps": 400}),
        "classifier": ("Perceptron", {"hidden": [64]} | CLASSES),
        "again": ("twin", "classifier"),
        "real": "CrossEntropy",
        "made": "CrossEntropy",
        "sum": ("LossSum", {"weights": [1.0, 0.3]}),
        "adam": ("Optimizer", {"rate": 3e-3}),
        "trainer": ("Trainer", {"epochs": 20.0}),
        "figure": "ClassifierAccuracy",
    }
    wires = """data.images>noise.as_many_as noise.z>generator.z data.labels>generator.labels
        data.images>critic_loss.real generator.x_hat>critic_loss.fake
        critic.model>critic_loss.critic data.labels>critic_loss.labels
        generator.x_hat>generator_loss.fake critic.model>generator_loss.critic
        data.labels>generator_loss.labels critic_loss.loss>adam_c.loss critic.model>adam_c.models
        generator_loss.loss>adam_g.loss generator.model>adam_g.models
        adam_c.optimizer>gan.optimizers adam_g.optimizer>gan.optimizers
        data.images>classifier.x generator.x_hat>again.x
        classifier.y>real.logits data.labels>real.labels again.y>made.logits
        data.labels>made.labels real.loss>sum.losses made.loss>sum.losses sum.loss>adam.loss
        classifier.model>adam.models adam.optimizer>trainer.optimizers gan.trained>trainer.after
        classifier.y>figure.x data.labels>figure.labels"""
    assert measured(graph(nodes, wires))["figure"][""] > 0.92


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of digits: light on dark, and dark on light; no picture is in both."""
    images = (Digits().read().items * 255).to(torch.uint8)
    for number, image in enumerate(images[:1200]):
        light = number % 2 == 0
        place = tmp_path / ("light" if light else "dark")
        place.mkdir(exist_ok=True)
        pixels = image[0] if light else 255 - image[0]
        Image.fromarray(pixels.numpy()).save(place / f"{number}.png")
    return tmp_path / "light", tmp_path / "dark"


def cycle_gan(light: str, dark: str, steps: int) -> Graph:
    """Two generators, each other's inverse, and a critic for each side (arXiv:1703.10593)."""
    picture = {"size": 8, "channels": "grey", "range": "[-1, 1]", "test_share": 0.2, "batch": 64}
    network = {"hidden": [128], "outputs": 64}
    nodes: dict[str, object] = {
        "a": ("ImageFolder", picture | {"folder": light}),
        "b": ("ImageFolder", picture | {"folder": dark}),
        "real_a": "Flatten",
        "real_b": "Flatten",
        "to_b": ("Perceptron", network),
        "to_a": ("Perceptron", network),
        "back_a": ("twin", "to_a"),
        "back_b": ("twin", "to_b"),
        "critic_a": ("Discriminator", {"hidden": 128}),
        "critic_b": ("Discriminator", {"hidden": 128}),
        "cycle_a": ("RegressionLoss", {"distance": "absolute"}),
        "cycle_b": ("RegressionLoss", {"distance": "absolute"}),
        "fool_a": ("GeneratorLoss", {"variant": "least squares"}),
        "fool_b": ("GeneratorLoss", {"variant": "least squares"}),
        "judge_a": ("CriticLoss", {"variant": "least squares"}),
        "judge_b": ("CriticLoss", {"variant": "least squares"}),
        "sum": ("LossSum", {"weights": [1.0, 1.0, 10.0, 10.0]}),
        "critics": "LossSum",
        "adam_g": ("Optimizer", {"rate": 1e-3, "beta1": 0.5}),
        "adam_c": ("Optimizer", {"rate": 5e-4, "beta1": 0.5}),
        "trainer": ("Trainer", {"steps": steps}),
        "error": ("Average", {"unit": "per pixel"}),
        "likeness": "FID",
    }
    wires = """a.images>real_a.x b.images>real_b.x real_a.y>to_b.x real_b.y>to_a.x to_b.y>back_a.x
        to_a.y>back_b.x back_a.y>cycle_a.y real_a.y>cycle_a.target back_b.y>cycle_b.y
        real_b.y>cycle_b.target to_a.y>fool_a.fake critic_a.model>fool_a.critic to_b.y>fool_b.fake
        critic_b.model>fool_b.critic real_a.y>judge_a.real to_a.y>judge_a.fake
        critic_a.model>judge_a.critic real_b.y>judge_b.real to_b.y>judge_b.fake
        critic_b.model>judge_b.critic fool_a.loss>sum.losses fool_b.loss>sum.losses
        cycle_a.loss>sum.losses cycle_b.loss>sum.losses judge_a.loss>critics.losses
        judge_b.loss>critics.losses sum.loss>adam_g.loss to_a.model>adam_g.models
        to_b.model>adam_g.models critics.loss>adam_c.loss critic_a.model>adam_c.models
        critic_b.model>adam_c.models adam_c.optimizer>trainer.optimizers
        adam_g.optimizer>trainer.optimizers cycle_a.error>error.values real_b.y>likeness.real
        to_b.y>likeness.fake"""
    return graph(nodes, wires)


def test_cycle_gan_between_two_folders(folders: tuple[Path, Path]) -> None:
    found = measured(cycle_gan(*map(str, folders), steps=800))
    assert found["error"][""] < 0.13
    assert found["likeness"]["floors"] < 3

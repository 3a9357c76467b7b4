"""What data call their classes goes along with labels: to wires, networks, views and figures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.document.messages import Figure, FigureData, Metric
from engine.run.session import Session
from engine.run.views import pull_sink
from nodes.data.base import Dataset
from nodes.library import find
from nodes.views.image_grid import in_turn, named
from tests.engine.toy import graph

NAMES = ["cat", "dog", "owl"]


@pytest.fixture
def zoo(tmp_path: Path) -> str:
    for level, name in enumerate(NAMES):
        for number in range(6):
            file = tmp_path / name / f"{number}.png"
            file.parent.mkdir(exist_ok=True)
            Image.new("L", (8, 8), 80 * level).save(file)
    return str(tmp_path)


def made(nodes: dict[str, object], wires: str) -> Session:
    session = Session()
    assert not [str(p.sentence) for p in session.update(graph(nodes, wires)).problems]
    return session


def shown(session: Session, name: str) -> FigureData:
    (event,) = pull_sink(session.program, name, 0)
    assert isinstance(event, Figure)
    return event.figure


def folder(zoo: str) -> tuple[str, dict[str, object]]:
    return "ImageFolder", {"folder": zoo, "size": 8, "channels": "grey", "batch": 6}


def sampled(zoo: str, view: str) -> tuple[dict[str, object], str]:
    """Return a diffusion model of a folder's pictures, and a view of samples by class."""
    nodes: dict[str, object] = {
        "data": folder(zoo),
        "net": ("DenoiserMLP", {"classes": 3, "hidden": [8]}),
        "schedule": "NoiseSchedule",
        "loss": "DiffusionLoss",
        "of": ("ClassLabels", {"classes": 3, "count": 6}),
        "sampler": ("DiffusionSampler", {"steps": 2, "count": 6}),
        "view": view,
    }
    wires = """data.images>loss.data data.labels>loss.labels net.model>loss.model
        schedule.schedule>loss.schedule net.model>sampler.model
        schedule.schedule>sampler.schedule of.labels>sampler.labels of.labels>view.labels """
    return nodes, wires


def test_samples_are_called_after_the_classes_that_the_network_was_told_of(zoo: str) -> None:
    nodes, wires = sampled(zoo, "ImageGrid")
    facts = shown(made(nodes, wires + "sampler.samples>view.images"), "view").facts
    assert (facts["columns"], facts["heads"]) == (3, NAMES)


def test_films_and_moments_of_samples_are_named(zoo: str) -> None:
    nodes, wires = sampled(zoo, "FilmStrip")
    facts = shown(made(nodes, wires + "sampler.path>view.path"), "view").facts
    assert facts["rows"] == [*NAMES, *NAMES]


def test_a_generator_learns_names_from_its_critic(zoo: str) -> None:
    nodes: dict[str, object] = {
        "data": folder(zoo),
        "z": ("Prior", {"count": 6}),
        "of": ("ClassLabels", {"classes": 3, "count": 6}),
        "make": ("Generator", {"shape": [1, 8, 8], "classes": 3, "output": "probabilities"}),
        "judge": ("Discriminator", {"classes": 3}),
        "loss": "CriticLoss",
        "fooled": "GeneratorLoss",
        "view": "ImageGrid",
    }
    wires = """data.images>loss.real make.x_hat>loss.fake judge.model>loss.critic
        data.labels>loss.labels z.z>make.z of.labels>make.labels make.x_hat>fooled.fake
        judge.model>fooled.critic of.labels>fooled.labels make.x_hat>view.images
        of.labels>view.labels"""
    assert shown(made(nodes, wires), "view").facts["heads"] == NAMES


def test_real_pictures_are_named_each_and_so_are_points(zoo: str) -> None:
    nodes = {"data": folder(zoo), "grid": "ImageGrid", "flat": "Flatten", "cloud": "Scatter"}
    wires = """data.images>grid.images data.labels>grid.labels data.images>flat.x
        flat.y>cloud.points data.labels>cloud.labels"""
    session = made(nodes, wires)
    facts = shown(session, "grid").facts
    words = [NAMES[n] for n in session.lives["data"].node.test_labels.tolist()]
    assert (facts.get("labels") or facts["heads"]) == words
    assert shown(session, "cloud").facts["classes"] == NAMES


def test_accuracy_is_told_of_each_class_by_its_name(zoo: str) -> None:
    nodes = {"data": folder(zoo), "flat": "Flatten", "right": "ClassifierAccuracy"}
    wires = "data.images>flat.x flat.y>right.x data.labels>right.labels"
    (event,) = pull_sink(made(nodes, wires).program, "right", 0)
    assert isinstance(event, Metric)
    told = {name.removeprefix("class ") for name in event.values if name.startswith("class ")}
    assert told and told <= set(NAMES)


def test_names_are_on_the_wire_before_anything_is_loaded(zoo: str) -> None:
    nodes, wires = sampled(zoo, "ImageGrid")
    session = Session()
    checked = session.update(graph(nodes, wires + "sampler.samples>view.images"))
    known = {(w.node, w.port): w.classes for w in checked.wires if w.classes}
    assert known == {("data", "labels"): NAMES, ("of", "labels"): NAMES}
    assert not session.lives["data"].node.loaded


def test_as_many_as_labels_brings_their_names(zoo: str) -> None:
    nodes = {"data": folder(zoo), "of": ("ClassLabels", {"classes": 3}), "grid": "ImageGrid"}
    wires = """data.images>grid.images data.labels>of.as_many_as of.labels>grid.labels"""
    facts = shown(made(nodes, wires), "grid").facts
    assert set(facts.get("labels") or facts["heads"]) <= set(NAMES)


@pytest.mark.parametrize(
    ("words", "columns", "found"),
    [
        (list("abcabc"), 3, {"heads": list("abc")}),
        (list("abcab"), 3, {"heads": list("abc")}),
        (list("aabbcc"), 2, {"rows": list("abc")}),
        (list("abca"), 2, {"labels": list("abca")}),
        (list("abca"), 0, {"labels": list("abca")}),
        ([], 3, {}),
    ],
)
def test_a_grid_is_captioned_by_columns_by_rows_or_each(
    words: list[str], columns: int, found: dict[str, list[str]]
) -> None:
    told = named(words, columns)
    assert not words or (told.pop("named", None) or told["labels"]) == words
    assert told == found


@pytest.mark.parametrize(
    ("words", "turn"), [("abcabc", 3), ("abca", 3), ("abba", 0), ("aaaa", 0), ("", 0)]
)
def test_classes_in_turn_are_seen(words: str, turn: int) -> None:
    assert in_turn(list(words)) == turn


@pytest.mark.parametrize(
    "kind",
    [name for name, kind in find().kinds.items()
     if issubclass(kind, Dataset) and kind().known_classes() and not kind().outside()],
)  # fmt: skip
def test_known_classes_are_those_of_the_labels(kind: str) -> None:
    node = find().kinds[kind](batch=65_536)
    before = node.known_classes()
    labels = torch.cat([node.train(mode)().labels for mode in (True, False)])
    assert node.known_classes() == before
    assert (int(labels.min()), int(labels.max())) == (0, len(before) - 1)

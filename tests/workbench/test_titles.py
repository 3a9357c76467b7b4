"""Titles: one of several optimizers is called by what it trains, wherever it is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.graph import Graph, Place
from nodes.sentences import NodeName, say
from tests import shipped
from tests.workbench import design
from workbench import edits
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.bench.turns import turns
from workbench.canvas.view import Canvas
from workbench.panels.outline_words import Speaker
from workbench.panels.turns_view import distinct_parts
from workbench.shell.statusbar import selection_words
from workbench.words import language
from workbench.words.kinds import kind_title, title_of, usual_title
from workbench.words.sentences import Names, translate

KNOWN = shipped.catalogue()


def made_by_hand() -> Graph:
    """Return a GAN as the list of nodes gives it, without a title of its own."""
    kinds = {
        "generator": "PointGenerator",
        "critic": "Discriminator",
        "optimizer": "Optimizer",
        "optimizer_2": "Optimizer",
        "trainer": "Trainer",
    }
    wires = """
        critic.model>optimizer.models  generator.model>optimizer_2.models
        optimizer.optimizer>trainer.optimizers  optimizer_2.optimizer>trainer.optimizers
    """
    nodes = {node: Place(kind=kind) for node, kind in kinds.items()}
    return Graph(nodes=nodes, wires=[design.wire(w) for w in wires.split()])


@pytest.fixture(params=[language.ENGLISH, "fr"])
def spoken(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[str]:
    language.use(request.param)
    yield request.param
    language.use(language.ENGLISH)


WANTED = {
    language.ENGLISH: ["Optimizer · Discriminator", "Optimizer · Point generator"],
    "fr": ["Optimiseur · Discriminateur", "Optimiseur · Générateur de points"],
}
BOTH = ["optimizer", "optimizer_2"]


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas(Document(made_by_hand()), Live(), KNOWN)
    qtbot.addWidget(canvas)
    return canvas


def test_two_optimizers_are_called_by_what_they_train(spoken: str, canvas: Canvas) -> None:
    graph, wanted = made_by_hand(), WANTED[spoken]
    speaker, names = Speaker(graph, KNOWN, ()), Names(graph, KNOWN)
    lanes = [turn.title for turn in turns(graph, KNOWN, "trainer")]
    assert [title_of(graph, KNOWN, node) for node in BOTH] == wanted
    assert [canvas.stage.nodes[node].face.content.title for node in BOTH] == wanted
    assert [speaker.title(node) for node in BOTH] == wanted
    assert [translate(say("{n}", n=NodeName(node)), names) for node in BOTH] == wanted
    for node, title in zip(BOTH, wanted, strict=True):
        assert title in selection_words(graph, [node], 0, KNOWN)
    assert lanes == wanted
    assert distinct_parts(lanes) == [title.partition(" · ")[2] for title in wanted]


def test_undo_tells_two_optimizers_apart(spoken: str) -> None:
    document = Document(made_by_hand())
    names = Names(document.graph, KNOWN)
    for node, title in zip(BOTH, WANTED[spoken], strict=True):
        document.push(edits.set_param(document.graph, node, "rate", 0.5))
        assert title in translate(document.undo_label, names)
    document.push(edits.remove(document.graph, BOTH[:1]))
    assert kind_title(KNOWN.kinds["Optimizer"]) in translate(document.undo_label, names)


def test_the_canvas_follows_what_is_trained(canvas: Canvas) -> None:
    scene, document, graph = canvas.stage, canvas.stage.document, canvas.stage.graph

    def titles() -> list[str]:
        return [scene.nodes[node].face.content.title for node in BOTH if node in scene.nodes]

    before = titles()
    document.push(edits.rename(graph, "generator", "Forger"))
    assert titles() == [before[0], "Optimizer · Forger"]
    document.push(edits.rename(graph, "optimizer", "Adam"))
    assert titles() == ["Adam", "Optimizer · Forger"]
    document.push(edits.disconnect(graph, graph.wires_into("optimizer_2")))
    assert titles() == ["Adam", "Optimizer"]
    document.history.go_to(2)
    document.push(edits.remove(graph, ["optimizer"]))
    assert titles() == ["Optimizer"]
    document.history.go_to(0)
    assert titles() == before


def test_only_what_tells_apart_is_said() -> None:
    graph = made_by_hand()
    del graph.nodes["optimizer_2"]
    assert title_of(graph, KNOWN, "optimizer") == "Optimizer"
    graph = made_by_hand()
    graph.nodes["optimizer"].title = "Mine"
    assert title_of(graph, KNOWN, "optimizer") == "Mine"
    assert usual_title(graph, KNOWN, "optimizer") == WANTED[language.ENGLISH][0]
    graph.wires += [design.wire(f"{n}.model>optimizer_2.models") for n in ("critic", "optimizer")]
    assert title_of(graph, KNOWN, "optimizer_2").endswith("Point generator, Discriminator, + 1")

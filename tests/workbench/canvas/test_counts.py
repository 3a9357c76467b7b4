"""What a frame costs, in counts, and that no picture is kept too long."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine.document.graph import Graph, Place, Wire
from engine.document.messages import Checked, NodeState, Problem, Progress
from tests.workbench import design
from workbench import edits
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas import node_far, node_near
from workbench.canvas.faces import Faces
from workbench.canvas.index import Index
from workbench.canvas.scene import Scene
from workbench.canvas.view import Canvas
from workbench.canvas.wire_item import WireItem
from workbench.look.theme import appearance


def pairs(count: int) -> Graph:
    """Return so many encoders, each wired to a sampler, in one column."""
    graph = Graph()
    for row in range(count):
        for column, kind in enumerate(("Encoder", "Reparameterize")):
            graph.nodes[f"{kind}_{row}"] = Place(kind=kind)
            graph.layout.positions[f"{kind}_{row}"] = [240.0 * column, 160.0 * row]
        graph.wires.append(Wire(f"Encoder_{row}", "q", f"Reparameterize_{row}", "q"))
    return graph


@pytest.fixture
def column(qapp):
    appearance.start(QApplication.instance())
    appearance.use("dark", reduced_motion=True)
    canvas = Canvas(Document(pairs(100)), Live(), design.catalogue())
    canvas.resize(800, 600)
    canvas.show()
    canvas.camera.centre_on(QPointF(300, 300), 1.0, animate=False)
    qapp.processEvents()
    yield canvas
    canvas.close()


@pytest.mark.parametrize("zoom", [1.0, 0.5, 0.2])
def test_nodes_of_one_look_are_painted_once(column, monkeypatch, zoom):
    painted = []
    for module, name in (
        (node_near, "paint"),
        (node_far, "paint_middle"),
        (node_far, "paint_block"),
    ):
        monkeypatch.setattr(module, name, lambda *given: painted.append(given[1].node))
    column.camera.zoom_to(zoom)
    column.stage.pictures.clear()
    column.grab()
    assert len(painted) == 2, "an encoder, a sampler"
    column.camera.pan(0, -400)
    column.grab()
    assert len(painted) == 2, "those that come into view have the same look"


def test_a_frame_of_many_nodes_seeks_them_once(column, monkeypatch):
    sought = []
    near = Index.near
    monkeypatch.setattr(Index, "near", lambda *given: sought.append(given) or near(*given))
    column.camera.zoom_to(0.2)
    sought.clear()
    column.grab()
    assert len(sought) == 2, "nodes, wires"


def test_to_open_a_graph_reads_each_node_and_routes_each_wire_once(column, monkeypatch):
    read, measured = [], []
    face, measure = Faces.face, WireItem._measure
    monkeypatch.setattr(Faces, "face", lambda *given: read.append(given[1]) or face(*given))
    monkeypatch.setattr(WireItem, "_measure", lambda *g: measured.append(g[0].wire) or measure(*g))
    scene = Scene(column.document, column.live, column.stage.catalogue)
    assert read == list(scene.nodes) and measured == list(scene.wires)
    assert not scene.pictures._made, "nothing is painted before it is seen"


def test_a_drag_of_all_routes_no_wire(column, monkeypatch):
    """All slide, each once; of a part that moves, the wires at its border are routed once."""
    stage, routed, slid = column.stage, [], []
    route, slide = WireItem.route, WireItem.slide
    monkeypatch.setattr(WireItem, "route", lambda *g: routed.append(g[0].wire) or route(*g))
    monkeypatch.setattr(WireItem, "slide", lambda *g: slid.append(g[0].wire) or slide(*g))
    off = QPointF(16, 24)
    stage.shift({node: item.pos() + off for node, item in stage.nodes.items()})
    assert not routed and sorted(map(str, slid)) == sorted(map(str, stage.wires))
    slid.clear()
    half = ("Encoder_0", "Reparameterize_0", "Encoder_1")
    stage.shift({node: stage.nodes[node].pos() + off for node in half})
    assert [w.target for w in slid] == [half[1]] and [w.source for w in routed] == [half[2]]
    for wire, item in stage.wires.items():
        ends = (
            stage.nodes[wire.source].spot("output", "q"),
            stage.nodes[wire.target].spot("input", "q"),
        )
        assert tuple(item.points) == ends
        assert item.line.points[0] == ends[0].toTuple() and item.area.contains(ends[1])


def shown(canvas: Canvas) -> QImage:
    """Return what stands in the window, without painting it anew."""
    QApplication.processEvents()
    return canvas.screen().grabWindow(canvas.winId()).toImage()


def different(one: QImage, other: QImage) -> int:
    """Return how many bytes differ clearly: parts of wires are drawn as straight pieces."""
    a, b = (np.frombuffer(image.constBits(), np.uint8) for image in (one, other))
    return int((np.maximum(a, b) - np.minimum(a, b) > 64).sum())


def test_what_is_shown_is_what_would_be_painted_anew(canvas, document, live, qapp):
    """No picture is used once it is stale, and each change repaints all that it touches."""
    chance, stage = random.Random(0), canvas.stage
    canvas.resize(900, 500)
    canvas.overlays.toggle("map")
    nodes, wires = list(stage.nodes), list(stage.wires)
    live.receive(design.checked())
    for figure in design.figures():
        live.receive(figure)

    changes = [
        lambda: stage.select(chance.sample([*nodes, *wires], 3)),
        lambda: stage.nodes[chance.choice(nodes)].display(hovered=chance.random() < 0.5),
        lambda: stage.wires[chance.choice(wires)].display(hovered=chance.random() < 0.5),
        lambda: stage.nodes[chance.choice(nodes)].display(faded=chance.random() < 0.5),
        lambda: stage.shift({chance.choice(nodes): QPointF(8.0 * chance.randrange(100), 0)}),
        lambda: document.push(edits.move(document.graph, {chance.choice(nodes): (80.0, 96.0)})),
        lambda: canvas.camera.zoom_to(chance.choice([0.2, 0.4, 0.83, 1.0])),
        lambda: canvas.camera.pan(chance.randrange(-90, 90), chance.randrange(-90, 90)),
        lambda: appearance.use(chance.choice(["dark", "light"])),
        lambda: live.receive(NodeState(node=chance.choice(nodes), state="done")),
        lambda: live.receive(Progress(node="trainer", step=chance.randrange(9), total=9)),
        lambda: live.receive(
            Checked(seq=0, problems=[Problem(node=chance.choice(nodes), sentence="Wrong.")])
        ),
        lambda: live.receive(design.figures(chance.randrange(9))[chance.randrange(2)]),
        lambda: document.undo(),
    ]
    shown(canvas), shown(canvas)
    for change in changes:
        change()
        now = shown(canvas)
        stage.pictures.clear()
        canvas.viewport().update()
        assert different(now, shown(canvas)) < 600, changes.index(change)

"""A U-Net on the canvas: Tidy makes it a U, whose skips are level and say what they carry."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF

from engine.document.graph import Graph, Place, Wire
from engine.document.messages import Checked, WireInfo
from tests.shipped import catalogue
from workbench import edits
from workbench.bench.document import Document
from workbench.canvas.tidy import tidied
from workbench.canvas.view import Canvas

SKIP = Wire("conv1", "y", "join", "xs")
KINDS = {
    "conv0": "Convolution",
    "conv1": "Convolution",
    "pool": "Pool",
    "middle": "Convolution",
    "up": "Upsample",
    "join": "Concat",
    "last": "Convolution",
}
SIDES = {"pool": 14, "middle": 14}


@pytest.fixture
def document() -> Document:
    graph = Graph(nodes={node: Place(kind=kind) for node, kind in KINDS.items()})
    names = list(KINDS)
    for one, two in pairwise(names):
        graph.wires.append(Wire(one, "y", two, "xs" if two == "join" else "x"))
    graph.wires.append(SKIP)
    return Document(graph)


@pytest.fixture
def unet(qtbot, document, live) -> Canvas:
    canvas = Canvas(document, live, catalogue())
    qtbot.addWidget(canvas)
    canvas.resize(1364, 708)
    canvas.show()
    shapes = {node: f"b 16 {SIDES.get(node, 28)} {SIDES.get(node, 28)}" for node in KINDS}
    live.receive(
        Checked(seq=0, wires=[WireInfo(node=n, port="y", shape=s) for n, s in shapes.items()])
    )
    live._emit()
    return canvas


def test_a_skip_says_what_it_carries(unet, document) -> None:
    document.push(tidied(unet.stage))
    unet.camera.centre_on(unet.stage.content().center(), 0.7, animate=False)
    wires = unet.stage.wires
    assert wires[SKIP].label == "skip 16 · 28×28"
    assert wires[SKIP].points[0].y() == wires[SKIP].points[-1].y()
    assert not wires[SKIP].corners, "straight"
    assert [w for w, item in wires.items() if item.skip_text] == [SKIP]
    wires[SKIP].display(hovered=True)
    assert wires[SKIP].label == "b 16 28 28"


def test_what_is_no_u_any_more_has_no_skip(unet, document) -> None:
    document.push(edits.disconnect(document.graph, [Wire("up", "y", "join", "xs")]))
    assert not unet.stage.wires[SKIP].skip_text
    document.undo()
    assert unet.stage.wires[SKIP].skip_text
    document.push(edits.remove(document.graph, ["conv1"]))
    document.undo()
    assert unet.stage.wires[SKIP].skip_text


def test_a_pin_is_seen(unet, document) -> None:
    unet.camera.centre_on(unet.stage.nodes["pool"].area.center(), 1.0, animate=False)
    before = unet.grab().toImage()
    document.push(edits.pin(document.graph, ["pool"]))
    assert unet.grab().toImage() != before
    document.push(tidied(unet.stage))
    assert unet.stage.nodes["pool"].pos() == QPointF(0, 0)
    document.push(edits.pin(document.graph, ["pool"]))
    assert not unet.stage.nodes["pool"].pinned

"""A canvas with the design's VAE on it, and a hand to work it with."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from tests.workbench import design
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas import lettering
from workbench.canvas.view import Canvas
from workbench.look.theme import appearance
from workbench.search.habits import habits

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Hand:
    """Press, move and let go at places of the scene, with real mouse events."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.button = LEFT

    def send(self, kind: QEvent.Type, place, button, buttons, keys=NONE) -> None:
        x, y = place
        at = self.canvas.camera.to_view(QPointF(x, y))
        view = self.canvas.viewport()
        there = QPointF(view.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(view, QMouseEvent(kind, at, there, button, buttons, keys))

    def press(self, place, keys=NONE, button=LEFT) -> None:
        self.button = button
        self.send(QEvent.Type.MouseButtonPress, place, button, button, keys)

    def move(self, place, keys=NONE) -> None:
        self.send(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, self.button, keys)

    def release(self, place, keys=NONE) -> None:
        none = Qt.MouseButton.NoButton
        self.send(QEvent.Type.MouseButtonRelease, place, self.button, none, keys)

    def hover(self, place) -> None:
        none = Qt.MouseButton.NoButton
        self.send(QEvent.Type.MouseMove, place, none, none)

    def click(self, place, keys=NONE, button=LEFT) -> None:
        self.press(place, keys, button)
        self.release(place, keys)

    def double_click(self, place) -> None:
        self.click(place)
        self.send(QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT)
        self.release(place)

    def drag(self, start, *ways, keys=NONE, button=LEFT) -> None:
        self.press(start, keys, button)
        for way in ways:
            self.move(way, keys)
        self.release(ways[-1], keys)


@pytest.fixture
def document() -> Document:
    return Document(design.vae())


@pytest.fixture
def live(qapp) -> Live:
    return Live()


@pytest.fixture
def canvas(qtbot, document, live):
    appearance.start(QApplication.instance())
    lettering.text_width.cache_clear()  # of tests without the program's fonts
    lettering.elided.cache_clear()
    habits().own = {}  # what tests before wired
    appearance.use("dark", reduced_motion=True)
    canvas = Canvas(document, live, design.catalogue())
    qtbot.addWidget(canvas)
    canvas.resize(1364, 708)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.camera.centre_on(QPointF(682, 354), 1.0, animate=False)
    return canvas


@pytest.fixture
def hand(canvas) -> Hand:
    return Hand(canvas)


def port(canvas: Canvas, node: str, side: str, name: str) -> tuple[float, float]:
    """Return where a port lies in the scene."""
    x, y = canvas.stage.nodes[node].spot(side, name).toTuple()
    return x, y


def middle(canvas: Canvas, node: str) -> tuple[float, float]:
    x, y = canvas.stage.nodes[node].area.center().toTuple()
    return x, y

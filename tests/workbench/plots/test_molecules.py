"""Molecules in space: turned, brought near, and shown whole again."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.workbench.plots.figures import molecules
from workbench.plots.widget import NEAREST, Plot


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot()
    made.resize(400, 300)
    qtbot.addWidget(made)
    made.draw(molecules(), 1)
    made.show()
    return made


def spread(plot: Plot) -> float:
    """Return how far apart the atoms are drawn."""
    shown = plot.read()
    assert shown is not None
    cell = shown._cells(plot.area())[0]  # type: ignore[attr-defined]
    places, _, _ = shown._projected(0, 4, cell, plot.look())  # type: ignore[attr-defined]
    return float(np.ptp(places, axis=0).max())


def turn_wheel(plot: Plot, notches: int) -> None:
    middle = QPointF(200, 150)
    event = QWheelEvent(
        middle,
        plot.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    plot.wheelEvent(event)


def test_the_wheel_and_keys_bring_molecules_near(plot: Plot) -> None:
    whole, image = spread(plot), plot.grab().toImage()
    turn_wheel(plot, 3)
    assert spread(plot) == pytest.approx(whole * 1.15**3)
    assert plot.grab().toImage() != image
    turn_wheel(plot, -3)
    QTest.keyClick(plot, Qt.Key.Key_Minus)
    assert spread(plot) == pytest.approx(whole / 1.15)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert spread(plot) == pytest.approx(whole)


def test_nearness_has_bounds_and_all_is_shown_again(plot: Plot) -> None:
    whole = spread(plot)
    turn_wheel(plot, 1000)
    assert spread(plot) == pytest.approx(whole * NEAREST)
    turn_wheel(plot, -2000)
    assert spread(plot) == pytest.approx(whole / NEAREST)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert spread(plot) == pytest.approx(whole)

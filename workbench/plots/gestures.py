"""Mouse gestures in a plot, one small class each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from workbench.plots.look import Look

if TYPE_CHECKING:
    from workbench.plots.widget import Plot

CLICK = 4.0  # px: a shorter drag is a click
TURN = 0.012  # radians per px


class Gesture:
    """A gesture from press to release."""

    def __init__(self, plot: Plot, start: QPointF) -> None:
        self.plot = plot
        self.start = self.last = start

    def move(self, place: QPointF) -> None:
        self.last = place

    def end(self, place: QPointF, *, add: bool) -> None:
        """`add` is True if Shift is held."""
        if (place - self.start).manhattanLength() < CLICK:
            self.plot.click(place, add=add)

    def paint(self, painter: QPainter, look: Look) -> None:
        """Draw the gesture's own marks."""


class Pan(Gesture):
    """Pan the plane."""

    def move(self, place: QPointF) -> None:
        self.plot.shift(self.last, place)
        super().move(place)


class Turn(Gesture):
    """Rotate a three-dimensional picture."""

    def move(self, place: QPointF) -> None:
        yaw, pitch = self.plot.rotation
        step = (place - self.last) * TURN
        self.plot.set_rotation((yaw + step.x(), pitch + step.y()))
        super().move(place)


class Lasso(Gesture):
    """Mark the items inside a loop."""

    def __init__(self, plot: Plot, start: QPointF) -> None:
        super().__init__(plot, start)
        self.loop = QPolygonF([start])

    def move(self, place: QPointF) -> None:
        if (place - self.last).manhattanLength() > 2:
            self.loop.append(place)
            super().move(place)
            self.plot.update()

    def end(self, place: QPointF, *, add: bool) -> None:
        if self.loop.size() < 3:
            super().end(place, add=add)
            return
        self.plot.mark_inside(self.loop, add=add)

    def paint(self, painter: QPainter, look: Look) -> None:
        pen = QPen(look.colour("accent"), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(look.colour("accent", 0.12))
        painter.drawPolygon(self.loop)

"""Mouse gestures in a plot, one small class each, and its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from workbench.plots.look import Look

if TYPE_CHECKING:
    from workbench.plots.widget import Plot

ZOOM = 1.15  # factor per key or wheel notch
PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
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


def nudge(plot: Plot, right: float, down: float) -> None:
    """Move, rotate or scroll by keys, a tenth of the plot per press."""
    shown = plot.picture
    if shown is None:
        return
    if shown.turns:
        plot.set_rotation((plot.rotation[0] + right / 5, plot.rotation[1] + down / 5))
    elif shown.scrolls:
        plot.scroll_to(plot.scrolled + 48 * down)
    else:
        middle = plot.area().center()
        step = QPointF(right * plot.area().width() / 10, down * plot.area().height() / 10)
        plot.shift(middle, middle - step)


def zoom_middle(plot: Plot, factor: float) -> None:
    """Scale the visible range by `factor` about its middle."""
    if plot.picture is not None and plot.picture.turns:
        plot.scale_by(1 / factor)
    else:
        plot.zoom(factor, plot.area().center())


KEYS: dict[Qt.Key, Callable[[Plot], None]] = {
    Qt.Key.Key_Plus: lambda plot: zoom_middle(plot, 1 / ZOOM),
    Qt.Key.Key_Equal: lambda plot: zoom_middle(plot, 1 / ZOOM),
    Qt.Key.Key_Minus: lambda plot: zoom_middle(plot, ZOOM),
    Qt.Key.Key_0: lambda plot: plot.fit(),
    Qt.Key.Key_Left: lambda plot: nudge(plot, -1, 0),
    Qt.Key.Key_Right: lambda plot: nudge(plot, 1, 0),
    Qt.Key.Key_Up: lambda plot: nudge(plot, 0, -1),
    Qt.Key.Key_Down: lambda plot: nudge(plot, 0, 1),
    Qt.Key.Key_Escape: lambda plot: plot.unmark(),
}

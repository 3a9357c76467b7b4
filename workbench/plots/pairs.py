"""Two pictures of one plane: beside each other, or one below the other where both get larger."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget
from shiboken6 import isValid

from workbench.plots.plane import Plane
from workbench.plots.widget import Plot

GAIN = 1.15  # of the scale, from which another arrangement is taken: else it flickers in a run
ENOUGH, STAYS = 0.72, 0.66  # of a pair's size: what another pair below it may leave
AXES = QMargins(60, 5, 50, 40)  # px round what is drawn: numbers, colour bar, margins
ACROSS, BELOW = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


def scale(aspects: Sequence[float], room: QSize, head: int, *, below: bool) -> float:
    """Return the height (px) of the lowest picture: `aspects` are widths over heights.

    The pictures share the room (px) equally; over each there is a head of this height (px).
    """
    parts = len(aspects)
    wide = room.width() / (1 if below else parts) - AXES.left() - AXES.right()
    high = room.height() / (parts if below else 1) - AXES.top() - AXES.bottom() - head
    return min(max(min(wide / aspect, high), 1.0) for aspect in aspects)


def lies_below(aspects: Sequence[float], room: QSize, head: int, *, before: bool) -> bool:
    """Return whether pictures are to lie below each other; `before`, whether they do now."""
    now = scale(aspects, room, head, below=before)
    other = scale(aspects, room, head, below=not before)
    return before != (other > GAIN * now)


def leaves_room(aspects: Sequence[float], room: QSize, head: int, *, before: bool) -> bool:
    """Return whether a pair stays nearly as large in half the height; `before`: it did so."""
    whole = max(scale(aspects, room, head, below=below) for below in (False, True))
    half = QSize(room.width(), room.height() // 2)
    return scale(aspects, half, head, below=False) > (STAYS if before else ENOUGH) * whole


def aspect_of(plot: Plot) -> float | None:
    """Return width over height of what a plot draws, None where it takes any room it gets."""
    spans = plot.shared
    if not spans or not isinstance(plot.picture, Plane):
        return None
    (left, right), (low, high) = spans["x"], spans["y"]
    return (right - left) / (high - low) if high > low and right > left else None


class Pair(QWidget):
    """A row of pictures that becomes a column where all are larger then."""

    turned = Signal(bool)  # whether the pictures lie below each other
    room_changed = Signal()

    def __init__(self, head: int) -> None:
        super().__init__()
        self.head = head
        self.narrow = False
        """Whether there is no room beside each other, whatever is drawn."""
        self.whole: QSize | None = None
        """The room (px) that may be shared with another pair, its own where that is None."""
        self.has_room = False
        """Whether another pair has room below."""
        self.box = QBoxLayout(ACROSS, self)
        self.plots: list[Plot] = []

    @property
    def below(self) -> bool:
        return self.box.direction() == BELOW

    def show_plots(self, plots: Sequence[Plot]) -> None:
        """Follow what these plots draw, and those before no longer."""
        for plot in self.plots:
            if isValid(plot):
                plot.subtitle_changed.disconnect(self.arrange)
        self.plots = list(plots)
        for plot in self.plots:
            plot.subtitle_changed.connect(self.arrange)
        self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self, *_: str) -> None:
        """Choose the direction in which the pictures that have a fixed aspect are larger."""
        known = [aspect_of(plot) for plot in self.plots]
        aspects = [aspect for aspect in known if aspect is not None]
        fits = 1 < len(aspects) == len(known)
        room = self.contentsRect().size()
        below = fits and lies_below(aspects, room, self.head, before=self.below)
        below |= self.narrow
        if below != self.below:
            self.box.setDirection(BELOW if below else ACROSS)
            self.turned.emit(below)
        whole, before = self.whole or room, self.has_room
        self.has_room = fits and leaves_room(aspects, whole, self.head, before=before)
        if self.has_room != before:
            self.room_changed.emit()

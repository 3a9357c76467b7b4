"""The inputs that are points in the plane of a picture: picked latents, or drawn data."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from engine.document.graph import Input
from nodes.params import ParamInfo
from workbench.look.theme import set_icon
from workbench.play.controls import FINE, KNOB, Control, tr
from workbench.play.pads import Drawing, Handles, Pad, Point
from workbench.plots.widget import Plot
from workbench.widgets.base import label
from workbench.widgets.value_slider import ValueSlider
from workbench.words.quantities import show_int, show_measure

REACH = 3.2  # from zero, of a slider without bounds
FRAME, WALK = 50, 80  # ms between two steps of a walk, and how many it has


class Plane(Control):
    """A list of numbers, `dims` for each point, whose first two lie in the plane of a picture."""

    def __init__(self, one: Input, param: ParamInfo, dims: int) -> None:
        self.dims = dims
        self.numbers: list[float] = []
        self.pad: Pad | None = None
        super().__init__(one, param)

    def pad_over(self, plot: Plot) -> Pad:
        """Return the layer in which the points are moved over a plot."""
        raise NotImplementedError

    def join(self, plot: Plot | None) -> None:
        """Lay the points over a plot, or take them off."""
        if self.pad is not None and self.pad.plot is not plot:
            self.pad.leave()
            self.pad = None
        if plot is not None and self.pad is None:
            self.pad = self.pad_over(plot)
            self.pad.moved.connect(self._take)
            self.pad.let_go.connect(self.let_go)
            self.pad.setAccessibleName(self.name.text())
        self._show()

    @property
    def points(self) -> list[Point]:
        """The points as they lie in the plane; the second number of a single one is 0."""
        rows = self._rows()
        return [(row[0], row[1] if len(row) > 1 else 0.0) for row in rows]

    def _rows(self) -> list[list[float]]:
        whole = len(self.numbers) - len(self.numbers) % self.dims
        return [self.numbers[k : k + self.dims] for k in range(0, whole, self.dims)]

    def _take(self, points: Sequence[Point]) -> None:
        """Take the points of the pad; the numbers that lie in no plane stay."""
        rows = self._rows()
        spare = rows[0][2:] if rows else []
        flat: list[float] = []
        for k, point in enumerate(points):
            rest = rows[k][2:] if k < len(rows) else spare
            flat += [*point[: self.dims], *rest]
        self.numbers = flat
        self._show()
        self.moved.emit(list(flat))

    def show_value(self, value: Any) -> None:
        self.numbers = [float(n) for n in value] if isinstance(value, (list, tuple)) else []
        self._show()

    def _show(self) -> None:
        if self.pad is not None and self.pad.points != self.points:
            self.pad.show_points(self.points)


class Picked(Plane):
    """Points to drag; a single one has a slider for each number and walks to where one drags."""

    def build(self) -> None:
        self.slides: list[ValueSlider] = []
        self.figures: list[QLabel] = []
        one = self.one
        self.low = -REACH if one.low is None else one.low
        self.high = REACH if one.high is None else max(one.high, self.low + 1e-3)
        for axis in range(min(self.dims, 2)):
            self._add_slider(axis)
        self.walking = QTimer(self, interval=FRAME)
        self.walking.timeout.connect(self._walk)
        self._from: Point = (0.0, 0.0)
        self._steps = 0
        row = QHBoxLayout()
        self.walk = self._button("play", tr("Walk along it"), self._start_or_stop)
        self.surprise = self._button("dices", tr("Surprise me"), self._draw)
        row.addWidget(self.walk)
        row.addWidget(self.surprise)
        self.column.addLayout(row)

    def _add_slider(self, axis: int) -> None:
        head = QHBoxLayout()
        figure = label("", "")
        slide = ValueSlider(steps=FINE, knob=KNOB)
        name = "z" + "₁₂"[axis]
        slide.setAccessibleName(name)
        slide.valueChanged.connect(lambda _: self._slid(axis))
        slide.sliderReleased.connect(self.let_go)
        head.addWidget(label(name, "about"))
        head.addStretch(1)
        head.addWidget(figure)
        self.column.addLayout(head)
        self.column.addWidget(slide)
        self.slides.append(slide)
        self.figures.append(figure)

    def _button(self, icon: str, words: str, pressed: Any) -> QPushButton:
        button = QPushButton(words)
        set_icon(button, icon)
        button.setProperty("tall", True)
        button.clicked.connect(lambda: pressed())
        return button

    def pad_over(self, plot: Plot) -> Pad:
        return Handles(plot)

    def _slid(self, axis: int) -> None:
        points = self.points
        if not points:
            return
        value = round(self.low + self.slides[axis].share * (self.high - self.low), 4)
        moved = list(points[0])
        moved[axis] = value
        self._take([(moved[0], moved[1]), *points[1:]])
        if not self.slides[axis].isSliderDown():
            self.let_go.emit()

    def _show(self) -> None:
        super()._show()
        first = self.points[0] if self.points else (0.0, 0.0)
        for slide, figure, value in zip(self.slides, self.figures, first, strict=False):
            figure.setText(show_measure(value))
            if not slide.isSliderDown():
                share = (value - self.low) / (self.high - self.low)
                slide.show_share(min(max(share, 0.0), 1.0))
        self.walk.setEnabled(isinstance(self.pad, Handles))

    def _draw(self) -> None:
        """Draw the first point from the standard normal law."""
        rows = self._rows()
        if rows:
            drawn = [round(random.gauss(0, 1), 4) for _ in range(self.dims)]
            self.numbers = [*drawn, *(n for row in rows[1:] for n in row)]
            self._show()
            self.moved.emit(list(self.numbers))
            self.let_go.emit()

    def _start_or_stop(self) -> None:
        if self.walking.isActive():
            self.stop()
        elif isinstance(self.pad, Handles) and self.pad.end is not None and self.points:
            self._from, self._steps = self.points[0], 0
            self.walking.start()
            self._name_walk()

    def stop(self) -> None:
        """End a walk where it is."""
        if self.walking.isActive():
            self.walking.stop()
            self.let_go.emit()
        self._name_walk()

    def _name_walk(self) -> None:
        going = self.walking.isActive()
        self.walk.setText(tr("Stop") if going else tr("Walk along it"))
        set_icon(self.walk, "pause" if going else "play")

    def _walk(self) -> None:
        """Go a step; at its end the walk can lead back."""
        pad = self.pad
        if not isinstance(pad, Handles) or pad.end is None or not self.points:
            self.stop()
            return
        self._steps += 1
        (x0, y0), (x1, y1), t = self._from, pad.end, self._steps / WALK
        x, y = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
        self._take([(round(x, 4), round(y, 4)), *self.points[1:]])
        if self._steps >= WALK:
            pad.end = self._from
            pad.update()
            self.stop()

    def join(self, plot: Plot | None) -> None:
        self.stop()
        super().join(plot)


class Drawn(Plane):
    """Data to draw by hand in the plane of a picture."""

    def build(self) -> None:
        row = QHBoxLayout()
        self.tools = []
        for icon, words, wipes in (("pencil", tr("Draw"), False), ("eraser", tr("Wipe"), True)):
            button = QPushButton(words)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setChecked(not wipes)
            button.setProperty("tall", True)
            set_icon(button, icon)
            button.toggled.connect(lambda _: self._show())
            row.addWidget(button)
            self.tools.append(button)
        self.column.addLayout(row)
        self.clear = QPushButton(tr("Begin anew"))
        self.clear.setProperty("tall", True)
        self.clear.clicked.connect(self._begin)
        self.column.addWidget(self.clear)

    def pad_over(self, plot: Plot) -> Pad:
        plot.hold({"x": (-REACH, REACH), "y": (-REACH, REACH)})
        return Drawing(plot)

    def _begin(self) -> None:
        """Leave one point, for data are never none; the next stroke takes its place."""
        self._take([(0.0, 0.0)])
        self.let_go.emit()
        if isinstance(self.pad, Drawing):
            self.pad.begins = True

    def _show(self) -> None:
        super()._show()
        self.said.setText(tr("{0} points").format(show_int(len(self.points))))
        if isinstance(self.pad, Drawing):
            self.pad.wipes = self.tools[1].isChecked()

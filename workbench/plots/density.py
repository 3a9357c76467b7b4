"""Density: values on a grid in the plane as colours, optionally with points over them.

Arrays: `values` (h w, the first row lowest), optional `points` (n 2). Facts: `extent` [left, right,
low, high], `map` "sequential", "diverging", "mass" or "cyclic", `low` and `high` fix the colour
range, `log` colours the logarithm, `equal` scale of both axes, `unit`, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from workbench.plots import maps
from workbench.plots.axes import Axes, logarithm, number
from workbench.plots.base import Hit, Rows
from workbench.plots.dots import paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.plane import Plane, planar, within
from workbench.plots.words import tr

OVER = 0.5  # opacity of points over a density


class Density(Plane):
    """A coloured plane."""

    tight = True

    def read(self) -> None:
        values = self.array("values", 2).astype(float)
        self.values = logarithm(values) if self.facts.get("log") else values
        height, width = values.shape
        self.extent = extent_of(self.facts, (0.0, float(width), 0.0, float(height)))
        points = self.maybe("points", 2)
        self.points = None if points is None else planar(points)
        self.use = str(self.facts.get("map") or "sequential")

    @property
    def dots(self) -> int:
        return 0 if self.points is None else len(self.points)

    def spans(self) -> tuple[Span, Span]:
        left, right, low, high = self.extent
        return (left, right), (low, high)

    def mapped(self) -> tuple[Span, str] | None:
        return given_span(self.facts, maps.span_of(self.values, self.use)), self.use

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        paint_ground(painter, axes, look, self.values, self.extent, self.value_span(look), self.use)
        if self.points is not None:
            pixels = axes.pixels(self.points)
            pixels = pixels[within(pixels, axes.area)]
            which = np.zeros(len(pixels), int)
            paint_dots(painter, look, pixels, [look.colour("on_fill")], which, share=OVER)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        return self.hit_on(self.axes(area, look), place)

    def hit_on(self, axes: Axes, place: QPointF) -> Hit | None:
        """Return the value at a pixel of these axes, or None."""
        x, y = axes.data(place)
        left, right, low, high = self.extent
        height, width = self.values.shape
        column = int((x - left) / ((right - left) or 1) * width)
        row = int((y - low) / ((high - low) or 1) * height)
        if not (left <= x < right and low <= y < high):
            return None
        value = number(float(self.values[row, column]))
        return Hit(f"{value} · {number(x)}, {number(y)}", row * width + column)

    def summary(self) -> str:
        low, high = maps.span_of(self.values, "sequential")
        if not np.isfinite(self.values).any():
            return tr("A density without values.")
        height, width = self.values.shape
        row, column = np.unravel_index(np.nanargmax(self.values), self.values.shape)
        left, right, bottom, top = self.extent
        x = left + (column + 0.5) / width * (right - left)
        y = bottom + (row + 0.5) / height * (top - bottom)
        return tr("A density from {0} to {1}, highest near {2}, {3}.").format(
            *map(number, (low, high, float(x), float(y)))
        )

    def rows(self) -> Rows:
        left, right, low, high = self.extent
        height, width = self.values.shape
        x = left + (np.arange(width) + 0.5) / width * (right - left)
        y = low + (np.arange(height) + 0.5) / height * (high - low)
        across, up = np.meshgrid(x, y)
        return Rows.of({"x": across.ravel(), "y": up.ravel(), "value": self.values.ravel()})


def paint_ground(
    painter: QPainter,
    axes: Axes,
    look: Look,
    values: np.ndarray,
    extent: tuple[float, float, float, float],
    span: Span,
    use: str,
) -> None:
    """Draw (h w) values, the first row lowest, over their extent."""
    left, right, low, high = extent
    corners = axes.pixels(np.array([[left, high], [right, low]]))
    place = QRectF(QPointF(*corners[0]), QPointF(*corners[1]))
    maps.paint_tint(painter, place, values[::-1], span, use, look, smooth=True)


def extent_of(
    facts: dict[str, object], default: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return the fact `extent`, or the default if it is invalid."""
    given = facts.get("extent")
    if not isinstance(given, (list, tuple)) or len(given) != 4:
        return default
    left, right, low, high = (float(v) for v in given)
    return (left, right, low, high) if np.isfinite([left, right, low, high]).all() else default


def given_span(facts: dict[str, object], span: Span) -> Span:
    """Return the range of the facts `low` and `high`, completed from `span`."""
    low, high = facts.get("low"), facts.get("high")
    low = span[0] if low is None else float(str(low))
    high = span[1] if high is None else float(str(high))
    return (low, high) if high > low else (low, low + 1.0)

"""Field: arrows of a vector field on a grid, optionally over a density.

Arrays: `x` (w) and `y` (h), the grid; `u` and `v` (h w), the arrows, the first row lowest; optional
`density` behind them, on a grid of any resolution, and over it `points` (n 2) and `generated` (m 2,
drawn as rings). Facts: `map` of the density, `low`, `high`, `equal`, `unit`, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from workbench.plots import maps
from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Rows, Unreadable
from workbench.plots.density import given_span, paint_ground
from workbench.plots.dots import dot_in, paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.plane import Plane, planar, within
from workbench.plots.words import many, tr

LONGEST = 0.95  # length of the longest arrow, as a share of the grid's spacing
HEAD, HEAD_MOST, HEAD_ANGLE = 0.36, 6.0, 0.48  # share of the arrow, px, radians
FEWEST = 11.0  # px between arrows: of a finer grid only every second or third is drawn


class Field(Plane):
    """Arrows in a plane."""

    tight = True

    def read(self) -> None:
        self.x, self.y = (self.array(name, 1).astype(float) for name in "xy")
        self.u, self.v = (self.array(name, 2).astype(float) for name in "uv")
        shape = (len(self.y), len(self.x))
        if self.u.shape != shape or self.v.shape != shape or 0 in shape:
            raise Unreadable(
                tr("u and v must be {0} by {1}, as y and x are; they are {2} and {3}.").format(
                    *shape, "×".join(map(str, self.u.shape)), "×".join(map(str, self.v.shape))
                )
            )
        if not np.isfinite(np.concatenate([self.x, self.y])).all():
            raise Unreadable(tr("The grid of a field must be of numbers."))
        self.density = self.maybe("density", 2)
        points = self.maybe("points", 2)
        self.points = None if points is None else planar(points)
        generated = self.maybe("generated", 2)
        self.generated = None if generated is None else planar(generated)
        self.use = str(self.facts.get("map") or "sequential")
        self.speed = np.hypot(self.u, self.v)

    @property
    def dots(self) -> int:
        return sum(len(cloud) for cloud in (self.points, self.generated) if cloud is not None)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Return the extent of the grid, with half a cell around its points."""
        (left, right), (low, high) = (_edges(values) for values in (self.x, self.y))
        return left, right, low, high

    @property
    def has_data_behind(self) -> bool:
        return self.points is not None and len(self.points) > 0

    def spans(self) -> tuple[Span, Span]:
        left, right, low, high = self.extent
        return (left, right), (low, high)

    def mapped(self) -> tuple[Span, str] | None:
        if self.density is None:
            return None
        return given_span(self.facts, maps.span_of(self.density, self.use)), self.use

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        if self.density is not None:
            span = self.value_span(look)
            paint_ground(painter, axes, look, self.density, self.extent, span, self.use)
        if self.points is not None and not look.bare:
            self._dots(painter, axes, look, self.points, 0, shape="disc", share=0.5)
        if self.generated is not None:
            self._dots(painter, axes, look, self.generated, 1, shape="ring", share=0.9)
        token = "on_fill" if self.density is not None else "text2"
        painter.setPen(QPen(look.colour(token, 0.9), 0.8 if look.small else look.line(1.25)))
        painter.drawLines(self._arrows(axes))

    def _dots(
        self,
        painter: QPainter,
        axes: Axes,
        look: Look,
        points: np.ndarray,
        colour: int,
        *,
        shape: str,
        share: float,
    ) -> None:
        pixels = axes.pixels(points)
        pixels = pixels[within(pixels, axes.area)]
        diameter = dot_in(axes.area, look) * (0.6 if look.small else 1.0)
        diameter *= 1.6 if shape == "ring" else 1.0
        paint_dots(
            painter, look, pixels, [look.theme.class_colour(colour)], np.zeros(len(pixels), int),
            shape=shape, diameter=diameter, share=share,
        )  # fmt: skip

    def _arrows(self, axes: Axes) -> list[QLineF]:
        """Return shafts and heads, scaled to the longest arrow except outliers."""
        pitch = abs(float(axes.across(self.x[:2])[-1] - axes.across(self.x[:1])[0])) or 20.0
        every = max(1, int(np.ceil(FEWEST / pitch)))
        across, up = np.meshgrid(axes.across(self.x[::every]), axes.up(self.y[::every]))
        u, v, speed = (a[::every, ::every] for a in (self.u, self.v, self.speed))
        known = np.isfinite(speed) & (speed > 0)
        top = float(np.quantile(speed[known], 0.98)) if known.any() else 1.0
        length = LONGEST * pitch * every * np.minimum(speed / (top or 1.0), 1.0)
        angle = np.arctan2(-v, u)
        drawn = known & (length > 0.8)
        return _shafts(across[drawn], up[drawn], angle[drawn], length[drawn])

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        axes = self.axes(area, look)
        if not axes.area.contains(place):
            return None
        x, y = axes.data(place)
        column, row = int(np.argmin(abs(self.x - x))), int(np.argmin(abs(self.y - y)))
        u, v = float(self.u[row, column]), float(self.v[row, column])
        text = f"({number(u)}, {number(v)}) · {number(x)}, {number(y)}"
        return Hit(text, row * len(self.x) + column)

    def items(self) -> np.ndarray:
        across, up = np.meshgrid(self.x, self.y)
        return np.stack([across.ravel(), up.ravel()], axis=1)

    def summary(self) -> str:
        known = self.speed[np.isfinite(self.speed)]
        if not known.size:
            return tr("A field without arrows.")
        count = many(known.size, tr("1 arrow"), tr("{0} arrows"))
        text = tr("A field of {0}, their lengths from {1} to {2}.")
        return text.format(count, number(float(known.min())), number(float(known.max())))

    def rows(self) -> Rows:
        points = self.items()
        columns = {"x": points[:, 0], "y": points[:, 1], "u": self.u.ravel(), "v": self.v.ravel()}
        if self.density is not None and self.density.shape == self.u.shape:
            columns["density"] = self.density.ravel()
        return Rows.of(columns)


def _shafts(x: np.ndarray, y: np.ndarray, angle: np.ndarray, length: np.ndarray) -> list[QLineF]:
    """Return arrows, centred at their points, as three lines each."""
    dx, dy = np.cos(angle) * length, np.sin(angle) * length
    tip_x, tip_y = x + dx / 2, y + dy / 2
    head = np.minimum(length * HEAD, HEAD_MOST)
    ends = [(x - dx / 2, y - dy / 2)]
    for turn in (np.pi - HEAD_ANGLE, np.pi + HEAD_ANGLE):
        ends.append((tip_x + np.cos(angle + turn) * head, tip_y + np.sin(angle + turn) * head))
    lines = np.concatenate([np.stack([tip_x, tip_y, ex, ey], axis=1) for ex, ey in ends])
    return [QLineF(*row) for row in lines.tolist()]


def _edges(values: np.ndarray) -> Span:
    half = abs(float(values[-1] - values[0])) / max(len(values) - 1, 1) / 2 or 0.5
    return float(values.min()) - half, float(values.max()) + half

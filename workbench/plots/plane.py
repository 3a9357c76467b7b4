"""The base class of scatters, fields, densities, paths and plans: two axes and a colour bar."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from workbench.look.theme import DOT, PLOT_HIT
from workbench.plots import axes as grid
from workbench.plots import maps
from workbench.plots.axes import Axes
from workbench.plots.base import Picture
from workbench.plots.look import Limits, Look, Span

AIR = 0.04  # margin around the outermost points, as a share of their range


class Plane(Picture):
    """Data in a plane. Subclasses give the ranges in `spans` and draw in `draw`."""

    zooms = True
    tight = False  # whether the data is a rectangle that should fill the plot

    def spans(self) -> tuple[Span, Span]:
        """Return the ranges of x and y."""
        raise NotImplementedError

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        """Draw the data; the axes are already drawn, and clipping is set."""
        raise NotImplementedError

    def mapped(self) -> tuple[Span, str] | None:
        """Return the colour range and the colour map's use, or None if colours show no value."""
        return None

    def equal(self) -> bool:
        return bool(self.facts.get("equal", True))

    def value_span(self, look: Look) -> Span:
        """Return the colour range: the fixed one, else the data's."""
        mapped = self.mapped()
        return look.limits.get("value") or (mapped[0] if mapped else (0.0, 1.0))

    def limits(self) -> Limits:
        x, y = self.spans()
        mapped = self.mapped()
        return {"x": x, "y": y} | ({"value": mapped[0]} if mapped else {})

    def axes(self, area: QRectF, look: Look) -> Axes:
        known = look.limits if {"x", "y"} <= look.limits.keys() else self.limits() | look.limits
        right = maps.bar_width(look, self.value_span(look)) if self.mapped() else 0.0
        tight, equal = self.tight or look.tight, self.equal()
        return grid.place(look, area, known["x"], known["y"], equal=equal, tight=tight, right=right)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        axes = self.axes(area, look)
        grid.paint(painter, look, axes, lines=False)
        painter.save()
        air = 0.0 if self.tight else DOT
        painter.setClipRect(axes.area.adjusted(-air, -air, air, air))
        self.draw(painter, axes, look)
        painter.restore()
        if (mapped := self.mapped()) and not look.small:
            place = axes.area.translated(axes.area.width() + maps.GAP, 0)
            maps.paint_bar(painter, look, place, self.value_span(look), mapped[1])

    def items(self) -> np.ndarray:
        """Return the (n 2) points that can be hovered."""
        return np.zeros((0, 2))

    def nearest(self, place: QPointF, area: QRectF, look: Look) -> int:
        """Return the item under the pointer, -1 for none."""
        points = self.items()
        if not len(points):
            return -1
        pixels = self.axes(area, look).pixels(points)
        away = np.hypot(pixels[:, 0] - place.x(), pixels[:, 1] - place.y())
        index = int(np.argmin(np.where(np.isfinite(away), away, np.inf)))
        return index if away[index] <= PLOT_HIT else -1

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        points = self.items()
        if not 0 <= index < len(points) or not np.isfinite(points[index]).all():
            return
        place = QPointF(*self.axes(area, look).pixels(points[index : index + 1])[0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((look.colour("panel"), 4.0), (look.colour("text"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(place, DOT + 1, DOT + 1)


def spans_of(*clouds: np.ndarray | None) -> tuple[Span, Span]:
    """Return the ranges of some (n 2) clouds, with a margin."""
    held = [cloud.reshape(-1, 2) for cloud in clouds if cloud is not None and cloud.size]
    points = np.concatenate(held) if held else np.zeros((0, 2))
    points = points[np.isfinite(points).all(axis=1)]
    return grid.roomy(points[:, 0], AIR), grid.roomy(points[:, 1], AIR)


def within(pixels: np.ndarray, area: QRectF) -> np.ndarray:
    """Return which of (n 2) px are inside an area."""
    x, y = pixels[:, 0], pixels[:, 1]
    return (x >= area.left()) & (x <= area.right()) & (y >= area.top()) & (y <= area.bottom())


def planar(values: np.ndarray) -> np.ndarray:
    """Return points as (n 2): one column is plotted over its index, of several the first two."""
    values = np.asarray(values, float)
    if values.ndim == 1 or values.shape[1] == 1:
        return np.stack([np.arange(len(values)), values.reshape(-1)], axis=1)
    return values[:, :2]

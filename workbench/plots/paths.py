"""Paths: how points move, from a ring where each starts to a dot where it ends.

Arrays: `paths` (s b d: steps, points, coordinates; of more than two the first two are drawn, one is
drawn over time); optional `labels` (b), `source` (n 2) and `target` (m 2), clouds behind them,
`times` (s), `ids` (b). Facts: `ends` False leaves rings and dots out (grid lines), `equal`,
`classes`, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Rows
from workbench.plots.dots import paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.plane import Plane, planar, spans_of
from workbench.plots.words import many, tr
from workbench.theme import DOT, DOT_SHARE, faded

MOST = 1_000  # lines drawn
BEHIND = 0.22  # how much the clouds behind cover


class Paths(Plane):
    """Trajectories."""

    def read(self) -> None:
        paths = self.array("paths", 3).astype(float)
        times = self.maybe("times", 1)
        self.flat = paths.shape[2] == 1
        count = len(paths)
        self.times = np.linspace(0, 1, count) if times is None or len(times) != count else times
        if self.flat:
            time = np.broadcast_to(self.times[:, None, None], (*paths.shape[:2], 1))
            paths = np.concatenate([time, paths], axis=2)
        self.paths = paths[..., :2]
        labels = self.maybe("labels")
        self.labels = None if labels is None or len(labels) != paths.shape[1] else labels.ravel()
        self.clouds = {
            n: planar(c) for n in ("source", "target") if (c := self.maybe(n)) is not None
        }

    def spans(self) -> tuple[Span, Span]:
        return spans_of(self.paths, *self.clouds.values())

    def equal(self) -> bool:
        return bool(self.facts.get("equal", not self.flat))

    def items(self) -> np.ndarray:
        return self.paths[-1] if len(self.paths) else np.zeros((0, 2))

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        for number_, cloud in enumerate(self.clouds.values()):
            colours = [look.theme.class_colour(number_)]
            which = np.zeros(len(cloud), int)
            paint_dots(painter, look, axes.pixels(cloud), colours, which, share=BEHIND)
        if self.paths.size:
            self._draw_lines(painter, axes, look)
        if self.paths.size and self.facts.get("ends", True):
            self._draw_ends(painter, axes, look)

    def _colour(self, look: Look, path: int) -> QColor:
        if self.labels is None:
            return look.theme.wire("score").colour
        return look.theme.class_colour(int(self.labels[path]))

    def _draw_lines(self, painter: QPainter, axes: Axes, look: Look) -> None:
        steps, count, _ = self.paths.shape
        pixels = axes.pixels(self.paths.reshape(-1, 2)).reshape(steps, count, 2)
        pixels = np.clip(pixels, -1e5, 1e5)
        share = float(np.clip(5 / np.sqrt(count), 0.1, 0.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marked = set(look.marked) & set(self.ids.tolist())
        for path in range(min(count, MOST)):
            known = pixels[np.isfinite(pixels[:, path]).all(axis=1), path].tolist()
            dim = 0.15 if marked and self.id_at(path) not in marked else 1.0
            painter.setPen(QPen(faded(self._colour(look, path), share * dim), 1))
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in known]))

    def _draw_ends(self, painter: QPainter, axes: Axes, look: Look) -> None:
        count = min(self.paths.shape[1], MOST)
        colours = [self._colour(look, path) for path in range(count)]
        for points, shape in ((self.paths[0], "ring"), (self.paths[-1], "disc")):
            pixels = axes.pixels(points[:count])
            known = np.isfinite(pixels).all(axis=1)
            diameter = DOT * (0.7 if look.small else 1.0)
            paint_dots(
                painter, look, pixels[known], colours, np.arange(count)[known],
                shape=shape, diameter=diameter, share=DOT_SHARE,
            )  # fmt: skip

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        index = self.nearest(place, area, look)
        if index < 0:
            return None
        start, end = (", ".join(map(number, self.paths[at, index].tolist())) for at in (0, -1))
        return Hit(f"{start} → {end}", index, self.id_at(index))

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        steps, count, _ = self.paths.shape
        paths = many(count, tr("1 path"), tr("{0} paths"))
        return tr("{0}, {1} steps").format(paths, number(max(steps - 1, 0)))

    def summary(self) -> str:
        steps, count, _ = self.paths.shape
        if not self.paths.size:
            return tr("A plot without paths.")
        moved = np.linalg.norm(self.paths[-1] - self.paths[0], axis=1)
        typical = float(np.nanmedian(moved)) if np.isfinite(moved).any() else np.nan
        paths = many(count, tr("1 path"), tr("{0} paths"))
        text = tr("{0} of {1} steps; from start to end a point moves {2} in the median.")
        return text.format(paths, number(steps - 1), number(typical))

    def rows(self) -> Rows:
        steps, count, _ = self.paths.shape
        flat = self.paths.reshape(-1, 2)
        return Rows.of(
            {
                "path": np.tile(np.arange(count), steps),
                "time": np.repeat(self.times, count),
                "x": flat[:, 0],
                "y": flat[:, 1],
            }
        )

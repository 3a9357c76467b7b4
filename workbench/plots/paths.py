"""Paths: trajectories of points, from a ring at the start to a dot at the end.

Arrays: `paths` (s b d: steps, points, coordinates; only the first two coordinates are drawn, a
single one is plotted over time); optional `labels` (b), `source` (n 2) and `target` (m 2), clouds
behind them, `times` (s), `ids` (b). Facts: `at`, the progress from 0 to 1 (default 1):
the dots are there, with a trace behind them; with `rest` the way ahead is faint, with a cross at
its end; `traces` False hides lines and starts; `length`, of the paths relative to straight lines;
`ends` False hides rings and dots (grid lines); `equal`, `classes`, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.look.theme import DOT_SHARE, faded
from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Rows
from workbench.plots.dots import dot_in, paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.plane import Plane, planar, spans_of
from workbench.plots.words import many, tr

MOST = 1_000  # lines drawn
BEHIND = 0.22  # opacity of the clouds behind
AHEAD = 0.3  # opacity of the way ahead, as a share of the trace's
NOW, END = 0.95, 0.35  # opacity of a moving point, and of the cross at its end


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
        self.at = float(np.clip(float(self.facts.get("at", 1.0)), 0, 1))
        self.traces = bool(self.facts.get("traces", True))
        self.rest = self.at < 1 and bool(self.facts.get("rest", False))
        labels = self.maybe("labels")
        self.labels = None if labels is None or len(labels) != paths.shape[1] else labels.ravel()
        self.clouds = {
            n: planar(c) for n in ("source", "target") if (c := self.maybe(n)) is not None
        }

    @property
    def dots(self) -> int:
        return sum(map(len, self.clouds.values())) + 3 * self.paths.shape[1]

    def spans(self) -> tuple[Span, Span]:
        return spans_of(self.paths, *self.clouds.values())

    def equal(self) -> bool:
        return bool(self.facts.get("equal", not self.flat))

    def items(self) -> np.ndarray:
        return self.split()[0][-1] if len(self.paths) else np.zeros((0, 2))

    def split(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the paths up to the current positions, and from there on."""
        place = self.at * (len(self.paths) - 1)
        before = int(place)
        here = self.paths[before : before + 1]
        if place > before:
            share = place - before
            here = (1 - share) * here + share * self.paths[before + 1 : before + 2]
        behind = np.concatenate([self.paths[: before + 1], here])
        return behind, np.concatenate([here, self.paths[before + 1 :]])

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        for number_, cloud in enumerate(self.clouds.values()):
            apart = "at" in self.facts  # paths have colours of their own, so clouds have none
            colours = [look.colour("text3") if apart else look.theme.class_colour(number_)]
            which = np.zeros(len(cloud), int)
            paint_dots(painter, look, axes.pixels(cloud), colours, which, share=BEHIND)
        if self.paths.size and self.traces:
            self._draw_lines(painter, axes, look)
        if self.paths.size and self.facts.get("ends", True):
            self._draw_ends(painter, axes, look)

    def _colours(self, look: Look) -> tuple[list[QColor], np.ndarray]:
        """Return the colours, and the index of each path's colour."""
        count = self.paths.shape[1]
        if self.labels is None:
            return [look.theme.wire("score").colour], np.zeros(count, int)
        classes = list(look.theme.classes)
        return classes, self.labels.astype(int) % len(classes)

    def _draw_lines(self, painter: QPainter, axes: Axes, look: Look) -> None:
        behind, ahead = self.split()
        if self.rest:
            self._draw_traces(painter, axes, look, ahead, AHEAD)
        self._draw_traces(painter, axes, look, behind, 1.0)

    def _draw_traces(
        self, painter: QPainter, axes: Axes, look: Look, paths: np.ndarray, strength: float
    ) -> None:
        steps, count, _ = paths.shape
        pixels = axes.pixels(paths.reshape(-1, 2)).reshape(steps, count, 2)
        pixels = np.clip(pixels, -1e5, 1e5)
        share = strength * float(np.clip(5 / np.sqrt(count), 0.1, 0.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marked = set(look.marked) & set(self.ids.tolist())
        colours, which = self._colours(look)
        for path in range(min(count, MOST)):
            known = pixels[np.isfinite(pixels[:, path]).all(axis=1), path].tolist()
            dim = 0.15 if marked and self.id_at(path) not in marked else 1.0
            painter.setPen(QPen(faded(colours[which[path]], share * dim), look.line(1.0)))
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in known]))

    def _draw_ends(self, painter: QPainter, axes: Axes, look: Look) -> None:
        under_way = 0 < self.at < 1
        if self.traces:
            self._draw_dots(painter, axes, look, self.paths[0], "ring")
        if self.rest:
            self._draw_dots(painter, axes, look, self.paths[-1], "cross", 1.2, END)
        now = (1.5, NOW) if under_way and self.traces else (1.0, DOT_SHARE)
        self._draw_dots(painter, axes, look, self.items(), "disc", *now)

    def _draw_dots(
        self,
        painter: QPainter,
        axes: Axes,
        look: Look,
        points: np.ndarray,
        shape: str,
        size: float = 1.0,
        share: float = DOT_SHARE,
    ) -> None:
        pixels = axes.pixels(points[:MOST])
        known = np.isfinite(pixels).all(axis=1)
        colours, which = self._colours(look)
        diameter = size * dot_in(axes.area, look) * (0.7 if look.small else 1.0)
        paint_dots(
            painter, look, pixels[known], colours, which[:MOST][known],
            shape=shape, diameter=diameter, share=share,
        )  # fmt: skip

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        index = self.nearest(place, area, look)
        if index < 0:
            return None
        start, end = (", ".join(map(number, self.paths[at, index].tolist())) for at in (0, -1))
        words = [f"{start} → {end}"]
        if self.labels is not None and self.facts.get("classes"):
            words.insert(0, self.class_name(int(self.labels[index])))
        return Hit(" · ".join(words), index, self.id_at(index))

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        steps, count, _ = self.paths.shape
        paths = many(count, tr("1 path"), tr("{0} paths"))
        parts = [tr("{0}, {1} steps").format(paths, number(max(steps - 1, 0)))]
        if "at" in self.facts:
            parts.insert(0, tr("at {0}").format(number(self.at, 0.01)))
        if length := self.facts.get("length"):
            parts.insert(1, tr("{0} × the straight way").format(number(float(length), 0.01)))
        return " · ".join(parts)

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
        columns = {
            "path": np.tile(np.arange(count), steps),
            "time": np.repeat(self.times, count),
            "x": flat[:, 0],
            "y": flat[:, 1],
        }
        if self.labels is not None and self.facts.get("classes"):
            names = [self.class_name(n) for n in self.labels.astype(int).tolist()]
            columns[tr("class")] = np.tile(np.array(names), steps)
        return Rows.of(columns)

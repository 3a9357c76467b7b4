"""Points: a scatter, coloured by class, with each class's name written at its median.

Arrays: `points` (n 2; of more columns the first two are drawn, of one the index lies below);
optional `labels` (n, whole numbers), `values` (n, coloured along viridis where there are no
labels), `generated` (m 2, drawn as rings), `ids` (n, which items of the data these are).
Facts: `classes` names of the classes (else their numbers), `equal` False lets the axes stretch,
`names` of the two axes, `subtitle`, `noun` for what a point is.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.plots import axes as grid
from workbench.plots import maps
from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Picture, Rows
from workbench.plots.dots import SHAPES, paint_dots
from workbench.plots.look import Limits, Look
from workbench.plots.outline import outlined
from workbench.plots.words import many, tr
from workbench.theme import DOT, DOT_SHARE, PLOT_HIT

UNMARKED = 0.12  # how much of its colour a dot keeps while others are marked
SHADES = 64


class Points(Picture):
    """A cloud of points."""

    zooms = True
    lassoes = True

    def read(self) -> None:
        self.points = _plane(self.array("points", 1, 2))
        labels = self.maybe("labels")
        self.labels = None if labels is None else labels.ravel().astype(np.int64)
        if self.labels is not None and len(self.labels) != len(self.points):
            self.labels = None
        values = self.maybe("values")
        self.values = values.ravel() if values is not None and self.labels is None else None
        generated = self.maybe("generated", 1, 2)
        self.generated = np.zeros((0, 2)) if generated is None else _plane(generated)
        self.finite = np.isfinite(self.points).all(axis=1)

    def classes(self) -> np.ndarray:
        """Return the class numbers that occur, in order."""
        return np.zeros(0, int) if self.labels is None else np.unique(self.labels[self.finite])

    def class_name(self, label: int) -> str:
        names = self.facts.get("classes") or []
        return str(names[label]) if 0 <= label < len(names) else str(label)

    def limits(self) -> Limits:
        cloud = np.concatenate([self.points[self.finite], self.generated])
        spans: Limits = {"x": grid.roomy(cloud[:, 0], 0.04), "y": grid.roomy(cloud[:, 1], 0.04)}
        if self.values is not None:
            spans["value"] = maps.span_of(self.values, "sequential")
        return spans

    def axes(self, area: QRectF, look: Look) -> Axes:
        spans = self.limits() | look.limits if len(look.limits) < 2 else look.limits
        right = 0.0 if self.values is None else maps.bar_width(look, self._values_span(look))
        equal = bool(self.facts.get("equal", True))
        return grid.place(look, area, spans["x"], spans["y"], equal=equal, right=right)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        axes = self.axes(area, look)
        grid.paint(painter, look, axes, lines=False)
        pixels = axes.pixels(self.points)
        seen = self.finite & _within(pixels, axes.area.adjusted(-DOT, -DOT, DOT, DOT))
        diameter = DOT * (0.6 if look.small else 1.0)
        colours, which = self._colours(look)
        for shape, some, share in self._layers(seen, look):
            paint_dots(
                painter, look, pixels[some], colours, which[some],
                shape=shape, diameter=diameter, share=share,
            )  # fmt: skip
        self._paint_generated(painter, look, axes)
        if not look.small:
            self._paint_names(painter, look, axes)
            self._paint_bar(painter, look, axes)

    def _layers(self, seen: np.ndarray, look: Look) -> list[tuple[str, np.ndarray, float]]:
        """Split what is seen by shape, and into what is marked and what is not."""
        marked = np.isin(self.ids, list(look.marked)) if look.marked and len(self.ids) else None
        shape = np.zeros(len(seen), int) if self.labels is None else self.labels // 10 % len(SHAPES)
        layers = []
        for number_, name in enumerate(SHAPES):
            here = np.flatnonzero(seen & (shape == number_))
            if not len(here):
                continue
            if marked is None or len(marked) != len(seen) or not marked.any():
                layers.append((name, here, DOT_SHARE))
            else:
                layers.append((name, here[~marked[here]], UNMARKED))
                layers.append((name, here[marked[here]], 0.95))
        return layers

    def _colours(self, look: Look) -> tuple[list[QColor], np.ndarray]:
        """Return the colours and which of them each point has."""
        classes = look.theme.classes
        if self.values is not None:
            low, high = self._values_span(look)
            share = np.nan_to_num((self.values - low) / ((high - low) or 1))
            table = maps.colours("sequential", look.dark)[:: 256 // SHADES]
            which = np.clip(share * SHADES, 0, SHADES - 1).astype(int)
            return [QColor(*(int(c) for c in row)) for row in table], which
        if self.labels is None:
            return [classes[0]], np.zeros(len(self.points), int)
        return list(classes), self.labels % len(classes)

    def _values_span(self, look: Look) -> grid.Span:
        assert self.values is not None
        return look.limits.get("value") or maps.span_of(self.values, "sequential")

    def _paint_generated(self, painter: QPainter, look: Look, axes: Axes) -> None:
        pixels = axes.pixels(self.generated)
        pixels = pixels[_within(pixels, axes.area)]
        which = np.zeros(len(pixels), int)
        diameter = DOT * (0.9 if look.small else 1.6)
        colours = [look.theme.class_colour(1)]
        paint_dots(
            painter, look, pixels, colours, which, shape="ring", diameter=diameter, share=0.9
        )

    def _paint_names(self, painter: QPainter, look: Look, axes: Axes) -> None:
        assert self.labels is not None or not len(self.classes())
        for label in self.classes():
            here = self.points[self.finite & (self.labels == label)]
            x, y = axes.pixels(np.median(here, axis=0)[None])[0]
            if axes.area.contains(QPointF(x, y)):
                outlined(painter, look, QPointF(x, y), self.class_name(int(label)))

    def _paint_bar(self, painter: QPainter, look: Look, axes: Axes) -> None:
        if self.values is None:
            return
        place = axes.area.translated(axes.area.width() + maps.GAP, 0)
        maps.paint_bar(painter, look, place, self._values_span(look), "sequential")

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        place = QPointF(*self.axes(area, look).pixels(self.points[index : index + 1])[0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((look.colour("panel"), 4.0), (look.colour("text"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(place, DOT + 1, DOT + 1)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        pixels = self.axes(area, look).pixels(self.points)
        away = np.hypot(pixels[:, 0] - place.x(), pixels[:, 1] - place.y())
        away[~self.finite] = np.inf
        index = int(np.argmin(away)) if len(away) else 0
        if not len(away) or away[index] > PLOT_HIT:
            return None
        x, y = self.points[index]
        words = [f"{number(x)}, {number(y)}"]
        if self.labels is not None:
            words.insert(0, self.class_name(int(self.labels[index])))
        if self.values is not None:
            words.insert(0, number(float(self.values[index])))
        return Hit(" · ".join(words), index, self.id_at(index))

    def inside(self, lasso: QPolygonF, area: QRectF, look: Look) -> list[int]:
        pixels = self.axes(area, look).pixels(self.points)
        held = within_polygon(pixels, np.array([[p.x(), p.y()] for p in lasso.toList()]))
        return [] if len(self.ids) != len(held) else [int(i) for i in self.ids[held & self.finite]]

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        count = many(len(self.points), tr("1 point"), tr("{0} points"))
        if len(self.generated):
            return tr("{0} and {1} generated").format(count, number(len(self.generated)))
        return tr("{0}, by class").format(count) if self.labels is not None else count

    def summary(self) -> str:
        cloud = self.points[self.finite]
        if not len(cloud):
            return tr("A scatter without points.")
        (left, low), (right, high) = cloud.min(axis=0), cloud.max(axis=0)
        text = tr("A scatter of {0}: x from {1} to {2}, y from {3} to {4}").format(
            many(len(cloud), tr("1 point"), tr("{0} points")),
            *map(number, (left, right, low, high)),
        )
        if count := len(self.classes()):
            text += tr(", in {0} classes").format(count)
        lost = len(self.points) - len(cloud)
        return text + (tr("; {0} are not numbers.").format(number(lost)) if lost else ".")

    def rows(self) -> Rows:
        names = list(self.facts.get("names") or ["x", "y"])
        columns = {"id": self.ids} if len(self.ids) == len(self.points) else {}
        columns |= {names[0]: self.points[:, 0], names[1]: self.points[:, 1]}
        if self.labels is not None:
            columns[tr("class")] = self.labels
        if self.values is not None:
            columns[tr("value")] = self.values
        return Rows.of(columns)


def within_polygon(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Tell which (n, 2) points lie in a polygon, by counting the edges to their right."""
    held = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            held ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return held


def _within(pixels: np.ndarray, area: QRectF) -> np.ndarray:
    x, y = pixels[:, 0], pixels[:, 1]
    return (x >= area.left()) & (x <= area.right()) & (y >= area.top()) & (y <= area.bottom())


def _plane(values: np.ndarray) -> np.ndarray:
    """Return points as (n, 2): one column is drawn over its index, of many the first two."""
    values = np.asarray(values, float)
    if values.ndim == 1 or values.shape[1] == 1:
        return np.stack([np.arange(len(values)), values.reshape(-1)], axis=1)
    return values[:, :2]

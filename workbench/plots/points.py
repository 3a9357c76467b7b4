"""Points: a scatter plot, coloured by class, with each class's name at its median.

Arrays: `points` (n 2; only the first two columns are drawn, a single one over the index);
optional `labels` (n, integers), `values` (n, coloured by viridis if there are no labels),
`generated` (m 2, drawn as rings), `real` (k 2, behind all, where the points shown are generated),
`ids` (n, of the items in the data). Facts: `classes`, names of
the classes (default: their numbers); `equal` False scales the axes independently; `names` of the
axes; `noun` for the points; `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from workbench.look.theme import DOT, DOT_SHARE
from workbench.plots import maps
from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Rows
from workbench.plots.dots import SHAPES, dot_in, paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.outline import outlined
from workbench.plots.plane import Plane, planar, spans_of, within
from workbench.plots.words import many, tr

UNMARKED, MARKED = 0.12, 0.95  # opacity of dots while some are marked
SMALL = 0.6  # scale of dots in a thumbnail
SHADES = 64
REAL_SHARE = 0.5  # opacity of the data behind generated points


class Points(Plane):
    """A cloud of points."""

    lassoes = True

    def read(self) -> None:
        self.points = planar(self.array("points", 1, 2))
        labels = self.maybe("labels")
        self.labels = None if labels is None else labels.ravel().astype(np.int64)
        if self.labels is not None and len(self.labels) != len(self.points):
            self.labels = None
        values = self.maybe("values")
        self.values = values.ravel() if values is not None and self.labels is None else None
        generated = self.maybe("generated", 1, 2)
        self.generated = np.zeros((0, 2)) if generated is None else planar(generated)
        real = self.maybe("real", 1, 2)
        self.real = np.zeros((0, 2)) if real is None else planar(real)
        self.finite = np.isfinite(self.points).all(axis=1)

    def items(self) -> np.ndarray:
        return self.points

    @property
    def dots(self) -> int:
        return len(self.points) + len(self.generated)

    def spans(self) -> tuple[Span, Span]:
        return spans_of(self.points, self.generated, self.real)

    @property
    def has_data_behind(self) -> bool:
        return bool(len(self.real) or len(self.generated))

    def mapped(self) -> tuple[Span, str] | None:
        if self.values is None:
            return None
        return maps.span_of(self.values, "sequential"), "sequential"

    def classes(self) -> list[int]:
        """Return the class numbers that occur, sorted."""
        return [] if self.labels is None else np.unique(self.labels[self.finite]).tolist()

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        if len(self.generated) and look.bare:
            self._draw_generated(painter, axes, look)
            return
        self._draw_real(painter, axes, look)
        pixels = axes.pixels(self.points)
        seen = self.finite & within(pixels, axes.area.adjusted(-DOT, -DOT, DOT, DOT))
        colours, which = self._colours(look)
        diameter = dot_in(axes.area, look) * (SMALL if look.small else 1.0)
        for shape, some, share in self._layers(seen, look):
            paint_dots(
                painter, look, pixels[some], colours, which[some],
                shape=shape, diameter=diameter, share=share,
            )  # fmt: skip
        self._draw_generated(painter, axes, look)
        if look.shows_names:
            self._draw_names(painter, axes, look)

    def _layers(self, seen: np.ndarray, look: Look) -> list[tuple[str, np.ndarray, float]]:
        """Group the visible points by shape, and by whether they are marked."""
        shape = np.zeros(len(seen), int) if self.labels is None else self.labels // 10 % len(SHAPES)
        marked = np.isin(self.ids, list(look.marked)) if look.marked else np.zeros(0, bool)
        layers = []
        for place, name in enumerate(SHAPES):
            here = np.flatnonzero(seen & (shape == place))
            if len(marked) != len(seen) or not marked.any():
                layers.append((name, here, DOT_SHARE))
            else:
                layers.append((name, here[~marked[here]], UNMARKED))
                layers.append((name, here[marked[here]], MARKED))
        return [layer for layer in layers if len(layer[1])]

    def _colours(self, look: Look) -> tuple[list[QColor], np.ndarray]:
        """Return the colours, and the index of each point's colour."""
        classes = look.theme.classes
        if self.values is not None:
            low, high = self.value_span(look)
            share = np.nan_to_num((self.values - low) / ((high - low) or 1))
            table = maps.colours("sequential", look)[:: 256 // SHADES].tolist()
            which = np.clip(share * SHADES, 0, SHADES - 1).astype(int)
            return [QColor(*row) for row in table], which
        if self.labels is None:
            return [classes[0]], np.zeros(len(self.points), int)
        return list(classes), self.labels % len(classes)

    def _draw_real(self, painter: QPainter, axes: Axes, look: Look) -> None:
        if look.bare:
            return
        pixels = axes.pixels(self.real)
        pixels = pixels[within(pixels, axes.area)]
        diameter = dot_in(axes.area, look) * (SMALL if look.small else 1.0)
        paint_dots(
            painter, look, pixels, [look.colour("text3")], np.zeros(len(pixels), int),
            diameter=diameter, share=REAL_SHARE,
        )  # fmt: skip

    def _draw_generated(self, painter: QPainter, axes: Axes, look: Look) -> None:
        pixels = axes.pixels(self.generated)
        pixels = pixels[within(pixels, axes.area)]
        which = np.zeros(len(pixels), int)
        diameter = dot_in(axes.area, look) * (0.9 if look.small else 1.6)
        colours = [look.theme.class_colour(1)]
        paint_dots(
            painter, look, pixels, colours, which, shape="ring", diameter=diameter, share=0.9
        )

    def _draw_names(self, painter: QPainter, axes: Axes, look: Look) -> None:
        for label in self.classes():
            here = self.points[self.finite & (self.labels == label)]
            x, y = axes.pixels(np.median(here, axis=0)[None])[0]
            if axes.area.contains(QPointF(x, y)):
                outlined(painter, look, QPointF(x, y), self.class_name(label))

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        index = self.nearest(place, area, look)
        if index < 0:
            return None
        x, y = self.points[index].tolist()
        words = [f"{number(x)}, {number(y)}"]
        if self.labels is not None:
            words.insert(0, self.class_name(int(self.labels[index])))
        if self.values is not None:
            words.insert(0, number(float(self.values[index])))
        return Hit(" · ".join(words), index, self.id_at(index))

    def inside(self, lasso: QPolygonF, area: QRectF, look: Look) -> list[int]:
        pixels = self.axes(area, look).pixels(self.points)
        held = within_polygon(pixels, np.array([[p.x(), p.y()] for p in lasso.toList()]))
        return [] if len(self.ids) != len(held) else self.ids[held & self.finite].tolist()

    def _counted(self) -> str:
        count = len(self.points)
        if noun := self.text("noun"):
            return f"{number(count)} {noun}"
        return many(count, tr("1 point"), tr("{0} points"))

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        if len(self.generated):
            return tr("{0}, {1} generated").format(self._counted(), number(len(self.generated)))
        return tr("{0}, by class").format(self._counted()) if self.classes() else self._counted()

    def summary(self) -> str:
        cloud = self.points[self.finite]
        if not len(cloud):
            return tr("A scatter without points.")
        (left, low), (right, high) = cloud.min(axis=0).tolist(), cloud.max(axis=0).tolist()
        ends = map(number, (left, right, low, high))
        text = tr("A scatter of {0}: x from {1} to {2}, y from {3} to {4}")
        text = text.format(self._counted(), *ends)
        if count := len(self.classes()):
            text += tr(", in {0} classes").format(count)
        if len(self.real):
            text += tr(", over {0} of the data").format(number(len(self.real)))
        if len(self.generated):
            text += tr(", with {0} generated").format(number(len(self.generated)))
        lost = len(self.points) - len(cloud)
        return text + (tr("; {0} are not numbers.").format(number(lost)) if lost else ".")

    def rows(self) -> Rows:
        names = self.texts("names") or ["x", "y"]
        columns = {"id": self.ids} if len(self.ids) == len(self.points) else {}
        columns |= {names[0]: self.points[:, 0], names[1]: self.points[:, 1]}
        if self.labels is not None:
            columns[tr("class")] = np.array([self.class_name(n) for n in self.labels.tolist()])
        if self.values is not None:
            columns[tr("value")] = self.values
        return Rows.of(columns)


def within_polygon(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return which (n 2) points are inside a polygon, by counting the edges to their right."""
    held = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            held ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return held

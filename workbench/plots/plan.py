"""Plan: a transport plan as lines from source to target points, and as a matrix.

Arrays: `source` (n 2) and `target` (m 2; one-dimensional ones are drawn opposite each other),
`plan` (n m, the mass moved between each pair). Facts: `show` "lines" (default), "matrix" or "both",
the matrix on the right if it fits; `of` the total numbers of points; `equal`, `subtitle`. A click
marks a point in this view only: its lines, and its row or column.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.look.theme import DOT, faded
from workbench.plots import maps
from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Rows, Unreadable
from workbench.plots.dots import dot_in, paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.plane import Plane, spans_of
from workbench.plots.words import tr

MOST = 2_000  # lines drawn, the heaviest
FAINT = 0.02  # share of the heaviest, below which lines are not drawn
SHADES = 12
DIMMED = 0.12  # opacity of unmarked lines while some are marked
MATRIX_MOST, MATRIX_LEAST = 0.46, 90.0  # share of the width, and px: a smaller matrix is not drawn
BETWEEN = 30.0


class Plan(Plane):
    """A transport plan between two clouds."""

    def read(self) -> None:
        source, target = (self.array(name, 1, 2).astype(float) for name in ("source", "target"))
        self.flat = source.ndim == 1 or source.shape[1] == 1
        self.source, self.target = (_faced(c, at) for c, at in ((source, 0.0), (target, 1.0)))
        self.plan = np.nan_to_num(self.array("plan", 2).astype(float))
        must = (len(self.source), len(self.target))
        if self.plan.shape != must:
            raise Unreadable(
                tr("plan must be {0} by {1}, one for each pair; it is {2} by {3}.").format(
                    *must, *self.plan.shape
                )
            )
        self.ids = -1 - np.arange(sum(must))  # no items of the data: marked in plans only

    @property
    def dots(self) -> int:
        return sum(self.plan.shape)

    def spans(self) -> tuple[Span, Span]:
        return spans_of(self.source, self.target)

    def equal(self) -> bool:
        return bool(self.facts.get("equal", not self.flat))

    def items(self) -> np.ndarray:
        return np.concatenate([self.source, self.target])

    def axes(self, area: QRectF, look: Look) -> Axes:
        return super().axes(self.parts(area, look)[0], look)

    def parts(self, area: QRectF, look: Look) -> tuple[QRectF, QRectF | None]:
        """Return the rectangles of the lines, and of the matrix if it fits."""
        rows, columns = self.plan.shape
        if look.small or self.facts.get("show") != "both" or not self.plan.size:
            return area, None
        cell = min(area.width() * MATRIX_MOST / columns, (area.height() - look.em(20) - 5) / rows)
        place = QRectF(area.right() - cell * columns, area.top() + 5, cell * columns, cell * rows)
        if min(place.width(), place.height()) < MATRIX_LEAST:
            return area, None
        return area.adjusted(0, 0, -place.width() - BETWEEN, 0), place

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the heaviest pairs, lightest first: source, target, relative mass."""
        return _heaviest(self.plan)

    def marked(self, look: Look) -> np.ndarray:
        """Return the indices of the marked points, sources first, then targets."""
        return np.flatnonzero(np.isin(self.ids, list(look.marked)))

    def marked_plan(self, look: Look) -> np.ndarray:
        """Return the plan with only the marked rows and columns."""
        rows, columns = len(self.source), self.marked(look)
        held = np.zeros_like(self.plan)
        for place in columns.tolist():
            part = np.s_[place] if place < rows else np.s_[:, place - rows]
            held[part] = self.plan[part]
        return held

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        super().paint(painter, area, look)
        if (place := self.parts(area, look)[1]) is not None:
            self._draw_matrix(painter, place, look)

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        marked = self.marked(look)
        strength = DIMMED if len(marked) else 1.0
        self._draw_lines(
            painter, axes, look, self.pairs(), look.theme.wire("score").colour, strength
        )
        if len(marked):
            chosen = _heaviest(self.marked_plan(look))
            self._draw_lines(painter, axes, look, chosen, look.colour("accent"), 1.5)
        for number_, cloud in enumerate((self.source, self.target)):
            which = np.zeros(len(cloud), int)
            colours = [look.theme.class_colour(number_)]
            shape = ("disc", "diamond")[number_]
            diameter = dot_in(axes.area, look) * (0.8 if look.small else 1.2)
            paint_dots(
                painter, look, axes.pixels(cloud), colours, which,
                shape=shape, diameter=diameter, share=0.9,
            )  # fmt: skip
        for place in marked.tolist():
            self._ring(painter, QPointF(*axes.pixels(self.items()[place : place + 1])[0]), look)

    def _draw_lines(
        self,
        painter: QPainter,
        axes: Axes,
        look: Look,
        pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
        colour: QColor,
        strength: float,
    ) -> None:
        rows, columns, mass = pairs
        starts, ends = axes.pixels(self.source)[rows], axes.pixels(self.target)[columns]
        lines = np.concatenate([starts, ends], axis=1)
        share = strength * float(np.clip(12 / np.sqrt(len(rows) or 1), 0.25, 0.9))
        shade = np.minimum((mass * SHADES).astype(int), SHADES - 1)
        for level in range(SHADES):
            painter.setPen(
                QPen(
                    faded(colour, min(share * (level + 1) / SHADES, 1.0)),
                    0.7 if look.small else look.line(max(1.0, strength)),
                )
            )
            painter.drawLines([QLineF(*row) for row in lines[shade == level].tolist()])

    def _ring(self, painter: QPainter, place: QPointF, look: Look) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.colour("accent"), 2.0))
        painter.drawEllipse(place, DOT + 1.5, DOT + 1.5)

    def _draw_matrix(self, painter: QPainter, place: QRectF, look: Look) -> None:
        span = maps.span_of(self.plan, "mass")
        maps.paint_tint(painter, place, self.plan, span, "mass", look)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawRect(place)
        painter.setPen(look.colour("text2"))
        painter.setFont(look.font("tick"))
        middle = Qt.AlignmentFlag.AlignCenter
        foot = QRectF(place.left(), place.bottom() + 2, place.width(), look.em(18))
        painter.drawText(foot, middle, "y →")
        painter.drawText(QRectF(place.left() - 22, place.top(), 20, look.em(18)), middle, "x ↓")
        for at in self.marked(look).tolist():
            self._frame(painter, place, look, at)

    def _frame(self, painter: QPainter, place: QRectF, look: Look, at: int) -> None:
        """Frame the row of a source, or the column of a target."""
        rows, columns = self.plan.shape
        down, across = place.height() / rows, place.width() / columns
        if at < rows:
            box = QRectF(place.left(), place.top() + at * down, place.width(), down)
        else:
            left = place.left() + (at - rows) * across
            box = QRectF(left, place.top(), across, place.height())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.colour("accent"), 2))
        painter.drawRect(box.adjusted(-1, -1, 1, 1))

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        super().paint_mark(painter, area, look, index)
        place = self.parts(area, look)[1]
        if place is not None and 0 <= index < len(self.ids):
            self._frame(painter, place, look, index)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        matrix = self.parts(area, look)[1]
        if matrix is not None and matrix.contains(place):
            return self._cell(place, matrix)
        index = self.nearest(place, area, look)
        if index < 0:
            return None
        count = len(self.source)
        masses = self.plan[index] if index < count else self.plan[:, index - count]
        text = tr("sends {0} to {1} points") if index < count else tr("gets {0} from {1} points")
        held = int((masses > FAINT * masses.max(initial=0.0)).sum()) if masses.any() else 0
        words = text.format(number(float(masses.sum())), number(held))
        return Hit(words, index, self.id_at(index))

    def _cell(self, place: QPointF, matrix: QRectF) -> Hit:
        rows, columns = self.plan.shape
        row = min(int((place.y() - matrix.top()) / matrix.height() * rows), rows - 1)
        column = min(int((place.x() - matrix.left()) / matrix.width() * columns), columns - 1)
        mass = number(float(self.plan[row, column]))
        return Hit(f"{mass} · {number(row + 1)} → {number(column + 1)}", row, self.id_at(row))

    def subtitle(self) -> str:
        shown = (len(self.source), len(self.target))
        whole = tuple(self.facts.get("of") or shown)
        counts = [
            number(some) if some == all_ else tr("{0} of {1}").format(number(some), number(all_))
            for some, all_ in zip(shown, whole, strict=True)
        ]
        return super().subtitle() or tr("{0} to {1} points").format(*counts)

    def summary(self) -> str:
        used = int((self.plan > FAINT * self.plan.max(initial=0.0)).sum()) if self.plan.any() else 0
        counts = map(number, (len(self.source), len(self.target), used))
        text = tr("A plan from {0} to {1} points along {2} lines, {3} of mass in all.")
        return text.format(*counts, number(float(self.plan.sum())))

    def rows(self) -> Rows:
        rows, columns = np.nonzero(self.plan)
        mass = self.plan[rows, columns]
        return Rows.of({"source": rows, "target": columns, "mass": mass})


def _heaviest(plan: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flat = plan.ravel()
    top = float(flat.max(initial=0.0))
    if top <= 0:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    heavy = np.flatnonzero(flat > FAINT * top)
    heavy = heavy[np.argsort(flat[heavy])][-MOST:]
    rows, columns = np.unravel_index(heavy, plan.shape)
    return rows, columns, flat[heavy] / top


def _faced(points: np.ndarray, at: float) -> np.ndarray:
    if points.ndim == 1 or points.shape[1] == 1:
        return np.stack([np.full(len(points), at), points.reshape(-1)], axis=1)
    return points[:, :2]

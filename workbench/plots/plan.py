"""Plan: which mass goes where, as lines from source points to target points.

Arrays: `source` (n 2) and `target` (m 2; of one column they face each other across), `plan` (n m,
how much goes from each to each). Facts: `equal`, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from workbench.plots.axes import Axes, number
from workbench.plots.base import Hit, Rows, Unreadable
from workbench.plots.dots import paint_dots
from workbench.plots.look import Look, Span
from workbench.plots.plane import Plane, spans_of
from workbench.plots.words import tr
from workbench.theme import DOT, faded

MOST = 2_000  # lines drawn: the heaviest
FAINT = 0.02  # of the heaviest: what is lighter is not drawn
SHADES = 12


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

    def spans(self) -> tuple[Span, Span]:
        return spans_of(self.source, self.target)

    def equal(self) -> bool:
        return bool(self.facts.get("equal", not self.flat))

    def items(self) -> np.ndarray:
        return np.concatenate([self.source, self.target])

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the heaviest pairs, lightest first: source, target, mass as share of the most."""
        flat = self.plan.ravel()
        top = float(flat.max(initial=0.0))
        if top <= 0:
            return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
        heavy = np.flatnonzero(flat > FAINT * top)
        heavy = heavy[np.argsort(flat[heavy])][-MOST:]
        rows, columns = np.unravel_index(heavy, self.plan.shape)
        return rows, columns, flat[heavy] / top

    def draw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        rows, columns, mass = self.pairs()
        ends = np.concatenate(
            [axes.pixels(self.source)[rows], axes.pixels(self.target)[columns]], axis=1
        )
        share = float(np.clip(12 / np.sqrt(len(rows) or 1), 0.25, 0.9))
        shade = np.minimum((mass * SHADES).astype(int), SHADES - 1)
        for level in range(SHADES):
            colour = faded(look.theme.wire("score").colour, share * (level + 1) / SHADES)
            painter.setPen(QPen(colour, 0.7 if look.small else 1))
            painter.drawLines([QLineF(*row) for row in ends[shade == level].tolist()])
        for number_, cloud in enumerate((self.source, self.target)):
            which = np.zeros(len(cloud), int)
            colours = [look.theme.class_colour(number_)]
            shape = ("disc", "diamond")[number_]
            diameter = DOT * (0.8 if look.small else 1.2)
            paint_dots(
                painter, look, axes.pixels(cloud), colours, which,
                shape=shape, diameter=diameter, share=0.9,
            )  # fmt: skip

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        index = self.nearest(place, area, look)
        if index < 0:
            return None
        count = len(self.source)
        masses = self.plan[index] if index < count else self.plan[:, index - count]
        text = tr("sends {0} to {1} points") if index < count else tr("gets {0} from {1} points")
        held = int((masses > FAINT * masses.max(initial=0.0)).sum()) if masses.any() else 0
        return Hit(text.format(number(float(masses.sum())), number(held)), index)

    def subtitle(self) -> str:
        counts = (number(len(self.source)), number(len(self.target)))
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


def _faced(points: np.ndarray, at: float) -> np.ndarray:
    if points.ndim == 1 or points.shape[1] == 1:
        return np.stack([np.full(len(points), at), points.reshape(-1)], axis=1)
    return points[:, :2]

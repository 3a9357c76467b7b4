"""Displacement along a transport plan."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.sentences import Part, say
from nodes.transport.base import barycentric, drawn_pairs, must_be_plan, rows_of
from nodes.types import Batch, Plan


class BarycentricMap(Node):
    """Map each item to the mean of where the plan sends its mass.

    Entropic Estimation of Optimal Transport Maps (Pooladian & Niles-Weed, 2021), arXiv:2109.12004.

    `plan` (n, m) and `y` (m, ...) give `mapped` (n, ...). Of an entropic plan the images lie closer
    together than y: each is a mean over points that the blur of eps mixes.
    """

    synonyms = (
        "transport map, optimal transport, monge, projection, carte de transport, transport optimal"
    )
    title = "Barycentric map"
    formula = r"T(x_i) = \frac{\sum_j \pi_{ij}\, y_j}{\sum_j \pi_{ij}}"
    icon = "crosshair"
    returns = "mapped"

    def forward(self, plan: Plan, y: Batch) -> Batch:
        """Return the mean target of each row's mass, (n, ...), for plan (n, m) and y (m, ...).

        Raise `InputRefused` where y has not as many items as the plan has columns.
        """
        must_be_plan(plan, None, y)
        return barycentric(plan, y)


class DisplacementInterpolation(Node):
    """Move mass along a plan, and return where it is at a time between.

    A Convexity Principle for Interacting Gases (McCann, 1997), doi:10.1006/aima.1997.1634.

    At `t` 0 the items are `x` (n, ...), at 1 `y` (m, ...): `x_t` (count, ...) are pairs in
    proportion to their mass in `plan` (n, m), so that what is split is seen to split; or (n, ...),
    each x on the line to its barycentric image.
    """

    synonyms = (
        "mccann, geodesic, optimal transport, interpolation, morphing, géodésique, transport "
        "optimal"
    )
    title = "Displacement"
    formula = r"x_t = (1 - t)\, x + t\, y, \qquad (x, y) \sim \pi"
    icon = "move-3d"
    unreached = frozenset({"plan"})
    returns = "x_t"

    t: float = param(
        default=0.5, low=0.0, high=1.0, slider=True, title="Time t", help="0 is x, 1 is y."
    )
    way: Literal["split", "mean"] = param(
        default="split", help="Pairs drawn from the plan, or each x to the mean of its y."
    )
    count: int = param(
        default=1000, low=1, high=1_000_000, unit="items", help="Pairs drawn from the plan."
    )

    def forward(self, x: Batch, y: Batch, plan: Plan) -> Batch:
        """Return items at the time t, (count, ...) or (n, ...).

        Raise `InputRefused` where x or y do not fit the plan or each other.
        """
        self._must_fit(x, y, plan)
        if self.way == "mean":
            return torch.lerp(x, barycentric(plan, y), self.t)
        rows, columns = drawn_pairs(plan, self.count)
        return torch.lerp(x[rows], y[columns], self.t)

    def sketch(self, x: Tensor, y: Tensor, plan: Tensor) -> Tensor:
        self._must_fit(x, y, plan)
        return x.new_empty(len(x) if self.way == "mean" else self.count, *x.shape[1:])

    def _must_fit(self, x: Tensor, y: Tensor, plan: Tensor) -> None:
        rows_of(x, y)
        must_be_plan(plan, x, y)

    def sign(self) -> Part:
        return say("t {t}", t=self.t)

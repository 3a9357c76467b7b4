"""The optimal plan without entropy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nodes.base import EVERY
from nodes.transport.base import _WithGroundCost, rows_of, weights_of
from nodes.types import Batch, Plan, Scalar, Values

MOST = 10_000_000


class Moved(NamedTuple):
    """The plan, (n, m), and its cost, a scalar in units of the cost."""

    plan: Plan
    cost: Scalar


class ExactTransport(_WithGroundCost):
    """Find the plan of least cost between two sets of items, by the network simplex.

    Displacement Interpolation Using Lagrangian Mass Transport (Bonneel et al., 2011),
    doi:10.1145/2070781.2024192; as POT has it.

    `x` (n, ...) and `y` (m, ...) with weights `a` (n,) and `b` (m,), equal ones where none are
    wired, give `plan` (n, m), of which at most n + m - 1 pairs carry mass. `cost` is the sum of
    mass times cost: W_p to the power p. The time grows with the cube of the number of items.
    """

    synonyms = (
        "optimal transport, transport optimal, ot, emd, earth mover, linear program, "
        "kantorovich, programme linéaire"
    )
    title = "Exact transport"
    formula = (
        r"\min_{\pi \geq 0} \sum_{ij} \pi_{ij}\, |x_i - y_j|^p \quad\text{with}\quad"
        r" \pi \mathbf{1} = a,\ \pi^\top \mathbf{1} = b"
    )
    icon = "route"
    unreached = EVERY

    def forward(
        self, x: Batch, y: Batch, a: Values | None = None, b: Values | None = None
    ) -> Moved:
        """Return the plan and its cost in the type of x.

        Raise `InputRefused` where items of x (n, ...) and y (m, ...) differ in shape, or weights
        are not one for each item.
        """
        plan, cost = exact_plan(
            self.ground.between(*rows_of(x, y)).block(slice(None))[0],
            weights_of(a, x, "a"),
            weights_of(b, y, "b"),
        )
        return Moved(plan.to(x), cost.to(x))

    def sketch(
        self, x: Tensor, y: Tensor, a: Tensor | None = None, b: Tensor | None = None
    ) -> Moved:
        points, _ = rows_of(x, y)
        return Moved(points.new_empty(len(x), len(y)), points.new_empty(()))


def exact_plan(
    cost: Tensor, a: Tensor | None = None, b: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the plan of least cost, (n, m), and that cost, (), in float64.

    `cost` (n, m), weights `a` (n,) and `b` (m,) of equal sums, equal ones where none are given.
    """
    import ot  # takes a second, and most graphs need it never

    sides = [_numbers(w, count) for w, count in zip((a, b), cost.shape, strict=True)]
    plan = torch.from_numpy(ot.emd(*sides, cost.double().cpu().numpy(), numItermax=MOST))
    plan = plan.to(cost.device)
    return plan, (plan * cost).sum()


def _numbers(weights: Tensor | None, count: int) -> np.ndarray:
    if weights is None:
        return np.full(count, 1 / count)
    numbers = weights.detach().double().cpu().numpy()
    return np.asarray(numbers / numbers.sum())  # in float64 the sums must agree

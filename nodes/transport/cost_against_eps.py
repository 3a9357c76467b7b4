"""The cost of transport by the weight of the entropy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, param
from nodes.transport.base import _WithGroundCost, rows_of
from nodes.transport.exact_transport import exact_plan
from nodes.transport.sinkhorn_divergence import divergence
from nodes.transport.sinkhorn_solver import sinkhorn
from nodes.transport.solution import SolverSettings
from nodes.types import Batch, Frame, Values


class Costs(NamedTuple):
    """Costs at each eps: of the plan, of the divergence, and of the exact plan, all (k,).

    `eps` in units of the mean cost.
    """

    eps: Values
    plan: Values
    divergence: Values
    exact: Values


class CostAgainstEps(_WithGroundCost):
    """Measure what transport costs between two sets of items as the entropy's weight falls.

    Interpolating between Optimal Transport and MMD using Sinkhorn Divergences (Feydy et al., 2019),
    arXiv:1810.08278.

    `plan` is the cost <π, C> of the entropic plan: above the exact cost, and tending to it. The
    `divergence` (objectives, less half those of each law with itself) is near it from far larger
    eps on. `exact` stands beside them at every eps.
    """

    synonyms = (
        "regularization, entropic, sinkhorn, optimal transport, epsilon, régularisation, "
        "entropique, transport optimal"
    )
    title = "Cost against ε"
    formula = (
        r"\langle \pi_\varepsilon, C \rangle \to \mathrm{OT}, \quad S_\varepsilon \to \mathrm{OT}"
        r" \quad (\varepsilon \to 0)"
    )
    icon = "chart-spline"
    unreached = EVERY

    least: float = param(
        default=1e-3, low=1e-5, high=10.0, help="The smallest epsilon, of the mean cost."
    )
    largest: float = param(
        default=10.0, low=1e-4, high=1e4, help="The largest epsilon, of the mean cost."
    )
    values: int = param(
        default=13, low=2, high=200, help="How many values, each the same factor from the next."
    )

    def forward(self, x: Batch, y: Batch) -> Iterator[Frame[Costs]]:
        """Yield the costs at all eps measured so far, the rest being NaN.

        Raise `InputRefused` where items of x (n, ...) and y (m, ...) differ in shape.
        """
        points, others = (z.double() for z in rows_of(x, y))
        cost = self.ground.between(points, others)
        exact = float(exact_plan(cost.block(slice(None))[0])[1])
        unit, settings = float(cost.mean()), SolverSettings(tolerance=1e-4, most=5000)
        found = torch.full((4, self.values), math.nan, device=x.device)
        for k, eps in enumerate(self._eps_values()):
            plan = float(sinkhorn(cost, eps=eps, settings=settings).cost)
            scaled = torch.full((1, 1), eps * unit, device=x.device)
            between = divergence(points, others, self.ground, eps=scaled, settings=settings)
            found[:, k] = torch.tensor([eps, plan, float(between), exact], device=x.device)
            yield Frame(k + 1, self.values, Costs(*found.unbind()))

    def sketch(self, x: Tensor, y: Tensor) -> Costs:
        rows_of(x, y)
        return Costs(*torch.empty(4, self.values, device=x.device).unbind())

    def _eps_values(self) -> list[float]:
        """Return values of eps, the smallest first."""
        low, high = sorted((math.log(self.least), math.log(self.largest)))
        return torch.linspace(low, high, self.values, dtype=torch.float64).exp().tolist()

"""The entropic plan between two sets of items, shown while it is computed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, param
from nodes.transport.base import _EntropicWithGroundCost, rows_of, weights_of
from nodes.transport.solution import Iteration, SolverSettings
from nodes.types import Batch, Frame, Plan, Scalar, Values

SHOWN = 90_000
"""Pairs up to which each iteration's plan is worth making."""


class Transported(NamedTuple):
    """The plan (n, m), what it costs, the objective, and how near to the solution it is.

    `cost`, `objective`, `error` and `gap` are scalars. `errors` and `gaps` (most,): the L1 error
    and the duality gap of each sweep over all points, infinite where there was none; what steps of
    Newton's take between two sweeps is not in them. Gaps of more pairs than 90,000 are known at the
    end alone.
    """

    plan: Plan
    cost: Scalar
    objective: Scalar
    error: Scalar
    gap: Scalar
    errors: Values
    gaps: Values


class Sinkhorn(_EntropicWithGroundCost):
    """Find the cheapest plan between two sets of items that keeps some entropy.

    Sinkhorn Distances: Lightspeed Computation of Optimal Transport (Cuturi, 2013), arXiv:1306.0895;
    unbalanced: Scaling Algorithms for Unbalanced Transport Problems (Chizat et al., 2018),
    arXiv:1607.05816.

    `x` (n, ...) and `y` (m, ...) with weights `a` (n,) and `b` (m,), equal ones where none are
    wired, give `plan` (n, m): the mass that goes from each to each. `error` is the L1 distance of
    both marginals from a and b, added; `gap` bounds how far the objective is from the least: that
    of the plan, rounded so that it keeps a and b, less that of the duals. By the book, each
    iteration scales all rows and then all columns and does nothing else; the quick way comes to the
    same plan with fewer.
    """

    synonyms = (
        "entropic optimal transport, ot, regularized, plan, coupling, transport optimal, "
        "entropique, régularisé"
    )
    formula = (
        r"\min_{\pi \mathbf{1} = a,\ \pi^\top \mathbf{1} = b} \langle \pi, C \rangle"
        r" + \varepsilon\,\mathrm{KL}(\pi \| a b^\top), \qquad u = a / (K v), \ v = b / (K^\top u)"
    )
    icon = "arrow-left-right"
    unreached = EVERY

    reach: float | None = param(
        default=None,
        low=1e-6,
        high=1e9,
        title="Unbalanced, ρ",
        help="Mass may be made or lost at this price times KL, in units of the cost; empty: none.",
    )
    way: Literal["quick", "by the book"] = param(
        default="quick",
        help="With falling epsilon and Newton's steps, or Sinkhorn's iterations alone.",
    )

    def forward(
        self, x: Batch, y: Batch, a: Values | None = None, b: Values | None = None
    ) -> Iterator[Frame[Transported]]:
        """Yield a frame after each iteration; of at most 90,000 pairs with the plan so far.

        Raise `InputRefused` where items of x (n, ...) and y (m, ...) differ in shape, or weights
        are not one for each item.
        """
        points, others = rows_of(x, y)
        given = {"a": weights_of(a, x, "a"), "b": weights_of(b, y, "b"), "reach": self.reach}
        errors = torch.full((2, self.most), math.inf, device=x.device)  # and below them the gaps
        seen = 0
        for step in self.iterations(points, others, **given):
            if step.whole and seen < self.most:
                errors[0, seen] = step.met.max()
                seen += 1
            small = step.whole and len(x) * len(y) <= SHOWN
            value = _read(step, x, errors) if small else None
            total = max(self.most, step.iterations + 1)
            yield Frame(step.iterations, total, value, _numbers(step, value))
        value = _read(step, x, errors)
        yield Frame(step.iterations, step.iterations, value, _numbers(step, value))

    def settings(self) -> SolverSettings:
        """Return the solver's settings.

        By the book there is no scaling, no step of Newton's and no relaxation.
        """
        quick = self.way == "quick"
        return SolverSettings(
            self.tolerance, self.most, scaling=quick, newton=quick, relaxation=quick
        )

    def sketch(
        self, x: Tensor, y: Tensor, a: Tensor | None = None, b: Tensor | None = None
    ) -> Transported:
        points, _ = rows_of(x, y)
        one = points.new_empty(())
        plan, errors = points.new_empty(len(x), len(y)), torch.empty(2, self.most, device=x.device)
        return Transported(plan, one, one, one, one, *errors)


def _numbers(step: Iteration, value: Transported | None) -> dict[str, Tensor]:
    """Return how near the iteration is: of a plan too large to be made at each, the error alone."""
    if value is None:
        return {"error": step.met.max()}
    return {"error": value.error, "gap": value.gap}


def _read(step: Iteration, x: Tensor, errors: Tensor) -> Transported:
    """Return the result after a step; its gap is stored below its error, (2, most)."""
    found = step.solution
    cost, objective, error, gap = (
        n.to(x) for n in (found.cost, found.value, found.error, found.gap)
    )
    errors[1, int(errors[0].isfinite().sum()) - 1] = gap
    return Transported(found.plan.to(x), cost, objective, error, gap, *errors)

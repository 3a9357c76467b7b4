"""The state of the solver of entropic transport: duals, scalings, errors.

The plan is P_ij = a_i u_i K_ij v_j b_j with the kernel K_ij = exp((f_i + g_j - C_ij) / eps); where
they grow, eps log u is added to f and eps log v to g, and the kernel is made anew.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.transport.clouds import Clouds
from nodes.transport.costs import Cost
from nodes.transport.kernels import kernel_of

FULL = 10.0
"""Scalings beyond e^10 are absorbed."""


@dataclass(frozen=True)
class Problem:
    """Costs (b, n, m), weights a (b, n) and b (b, m), eps (b, 1), and `reach`.

    `reach`: weight of KL(marginal | weights) in the objective; None: the marginals are exact.
    """

    cost: Cost
    a: Tensor
    b: Tensor
    eps: Tensor
    reach: float | None = None
    clouds: Clouds | None = None

    def at(self, eps: Tensor) -> Problem:
        """Return the same problem with another eps (b, 1)."""
        return replace(self, eps=eps)

    @property
    def damping(self) -> Tensor:
        """Return reach / (reach + eps), (b, 1): how much of a step unbalanced transport makes."""
        return (
            torch.ones_like(self.eps)
            if self.reach is None
            else self.reach / (self.reach + self.eps)
        )


class Marginals(NamedTuple):
    """Sums of the plan relative to the weights, (b, n) and (b, m), and what they should be."""

    rows: Tensor
    columns: Tensor
    wanted_rows: Tensor
    wanted_columns: Tensor


class Scalings:
    """The state of one stage: f, g absorbed in the kernel, and the scalings u, v on top of it."""

    def __init__(
        self, problem: Problem, f: Tensor, g: Tensor, *, dtype: torch.dtype, depth: float
    ) -> None:
        self.problem, self.dtype, self.depth = problem, dtype, depth
        self.a, self.b = problem.a.to(dtype), problem.b.to(dtype)
        self.damping = problem.damping.to(dtype)
        self._absorbed(f, g)

    def duals(self) -> tuple[Tensor, Tensor]:
        """Return f (b, n) and g (b, m) with the scalings in them, in float64."""
        eps = self.problem.eps
        return self.f + eps * self.u.to(eps).log(), self.g + eps * self.v.to(eps).log()

    def absorb(self) -> None:
        """Take the scalings into the duals and make the kernel anew."""
        self._absorbed(*self.duals())

    def _absorbed(self, f: Tensor, g: Tensor) -> None:
        problem = self.problem
        self.kernel = kernel_of(
            problem.cost, problem.clouds, f, g, problem.eps, dtype=self.dtype, depth=self.depth
        )
        self.f, self.g = f - self.kernel.shift, g
        self.u, self.v = torch.ones_like(self.a), torch.ones_like(self.b)

    def sweep(self, omega: Tensor | None = None) -> Tensor:
        """Scale the rows, then the columns; return the L1 error before each, added, (b,).

        `omega` (b, 1): 1 or None is Sinkhorn's own step, more is over-relaxed (Overrelaxed
        Sinkhorn-Knopp Algorithm, Thibault et al., 2017, arXiv:1711.01851).
        """
        if omega is None and self.problem.reach is None:
            return self._plain_sweep()
        step = self.damping if omega is None else omega * self.damping
        sums, wanted = self.u * self.kernel.rows(self.v * self.b), self._wanted(self.f, self.u)
        self.u = self.u * (sums / wanted).pow(-step)
        error = (self.a * (sums - wanted)).abs().sum(1)
        sums, wanted = self.v * self.kernel.columns(self.u * self.a), self._wanted(self.g, self.v)
        self.v = self.v * (sums / wanted).pow(-step)
        self.met = error + (self.b * (sums - wanted)).abs().sum(1)
        return self.met

    def _plain_sweep(self) -> Tensor:
        sums = self.kernel.rows(self.v * self.b)
        error = (self.a * (self.u * sums - 1)).abs().sum(1)
        self.u = sums.reciprocal()
        sums = self.kernel.columns(self.u * self.a)
        self.met = error + (self.b * (self.v * sums - 1)).abs().sum(1)
        self.v = sums.reciprocal()
        return self.met

    def marginals(self) -> Marginals:
        """Return the sums of the plan as it is, and those of the optimum at these duals."""
        rows = self.u * self.kernel.rows(self.v * self.b)
        columns = self.v * self.kernel.columns(self.u * self.a)
        wanted = self._wanted(self.f, self.u), self._wanted(self.g, self.v)
        return Marginals(rows, columns, *wanted)

    def _wanted(self, dual: Tensor, scaling: Tensor) -> Tensor:
        """Return what the sums over the weights must be: 1, or exp(-f / reach)."""
        if self.problem.reach is None:
            return scaling.new_ones(())
        eps = self.problem.eps
        whole = dual + eps * scaling.to(eps).log()
        return torch.exp(-whole / self.problem.reach).to(self.dtype)

    def is_full(self) -> bool:
        """Return whether the scalings should be absorbed."""
        low, high = torch.stack(torch.cat([self.u, self.v], 1).aminmax()).tolist()
        return bool(low < math.exp(-FULL) or high > math.exp(FULL))

    def copy(self) -> Scalings:
        """Return the state as it is now; tensors are shared, since none is written into."""
        return copy(self)

    def restore(self, kept: Scalings) -> None:
        """Go back to a state that `copy` gave."""
        vars(self).update(vars(kept))

    def covers(self) -> bool:
        """Return whether the kernel holds all that matters at the duals reached."""
        return self.kernel.is_whole or self.kernel.covers(*self.duals())


def error_of(state: Scalings, at: Marginals) -> Tensor:
    """Return the L1 distances of both marginals from what they must be, added, (b,)."""
    rows = (state.a * (at.rows - at.wanted_rows)).abs().sum(1)
    return rows + (state.b * (at.columns - at.wanted_columns)).abs().sum(1)

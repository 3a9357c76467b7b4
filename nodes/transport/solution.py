"""The settings of the solver, and the solution with its errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.transport.gap import duality_gap
from nodes.transport.scalings import Problem, Scalings, error_of

COARSE = 1e-5
"""Tolerance from which a kernel of float32 will do."""


@dataclass(frozen=True)
class SolverSettings:
    """Settings of the solver.

    `tolerance`: of the L1 error. `most`: iterations at most. `scaling`: begin with a large eps.
    `newton`: take Newton's steps once the error is moderate. `relaxation`: over-relax Sinkhorn's
    steps where there are many. Without these three it is the textbook algorithm. `truncation`:
    leave out negligible parts of the kernel.
    """

    tolerance: float = 1e-6
    most: int = 10_000
    scaling: bool = True
    newton: bool = True
    relaxation: bool = True
    truncation: bool = True

    @property
    def dtype(self) -> torch.dtype:
        """The type of the kernel."""
        return torch.float32 if self.tolerance >= COARSE else torch.float64

    @property
    def depth(self) -> float:
        """Exponents that are left out: exp(-depth) of all mass is a twentieth of the tolerance."""
        return math.log(20 / self.tolerance) if self.truncation else math.inf


@dataclass(frozen=True)
class Solution:
    """A plan with its duals, errors and cost.

    `f` (n,) and `g` (m,): the duals, P_ij = a_i b_j exp((f_i + g_j - C_ij) / eps). `error`: the L1
    distances of both marginals from a and b, added; for unbalanced transport from the marginals
    that these duals imply. `gap`: the objective of a plan that keeps the marginals minus that of
    the duals, an upper bound of the distance to the optimum. `cost`: <P, C> without the entropy.
    `value`: the regularised objective of the duals. All have a batch axis in front where the costs
    were given one.
    """

    problem: Problem
    duals: tuple[Tensor, Tensor]
    errors: Tensor
    iterations: int

    @property
    def f(self) -> Tensor:
        """The dual of the sources, (n,) in float64."""
        return self._out(self.duals[0])

    @property
    def g(self) -> Tensor:
        """The dual of the targets, (m,) in float64."""
        return self._out(self.duals[1])

    @property
    def error(self) -> Tensor:
        """The L1 distances of both marginals from what they must be, added, ()."""
        return self._out(self.errors)

    @cached_property
    def gap(self) -> Tensor:
        """The duality gap in units of the cost, (), computed at the first use."""
        return self._out(duality_gap(self.problem, *self.duals))

    @property
    def eps(self) -> Tensor:
        """The weight of the entropy in units of the cost, ()."""
        return self._out(self.problem.eps[:, 0])

    @cached_property
    def plan(self) -> Tensor:
        """The plan, (n, m), in the type of the costs."""
        cost = self.problem.cost
        blocks = [mass.to(cost.dtype) for _, mass in self.rows()]
        return self._out(blocks[0] if len(blocks) == 1 else torch.cat(blocks, 1))

    @cached_property
    def cost(self) -> Tensor:
        """The cost of the plan, <P, C>, (); the plan is not held whole."""
        block = self.problem.cost.block
        return self._out(_sum([(mass * block(rows)).sum((1, 2)) for rows, mass in self.rows()]))

    @cached_property
    def value(self) -> Tensor:
        """The objective, (): <P, C> + eps KL(P | a b^T), and the weighted KL of the marginals."""
        problem = self.problem
        sides = list(zip((problem.a, problem.b), self.duals, strict=True))
        if problem.reach is None:
            return self._out(_sum([(weights * dual).sum(1) for weights, dual in sides]))
        reach = problem.reach
        value = _sum([-reach * (w * torch.expm1(-dual / reach)).sum(1) for w, dual in sides])
        mass = _sum([mass.sum((1, 2)) for _, mass in self.rows()])
        return self._out(value + problem.eps[:, 0] * (problem.a.sum(1) * problem.b.sum(1) - mass))

    def rows(self) -> Iterator[tuple[slice, Tensor]]:
        """Yield the plan some rows at a time: which, and their masses, (b, r, m) in float64.

        Few pairs are one part, which is made once for all that is read off it.
        """
        yield from self._few or self._parts()

    @cached_property
    def _few(self) -> list[tuple[slice, Tensor]]:
        return [*self._parts()] if len([*self.problem.cost.rows()]) == 1 else []

    def _parts(self) -> Iterator[tuple[slice, Tensor]]:
        problem = self.problem
        for rows in problem.cost.rows():
            mass = problem.cost.exponents(*self.duals, problem.eps, rows).exp_()
            yield rows, mass.mul_(problem.a[:, rows, None]).mul_(problem.b[:, None])

    def _out(self, value: Tensor) -> Tensor:
        return value[0] if self.problem.cost.single else value


class Iteration(NamedTuple):
    """Where the iteration stands: a picture of its state, from which a solution can be read."""

    problem: Problem
    state: Scalings
    iterations: int
    met: Tensor
    """The L1 error met in the iteration, (b,): of the rows before it and the columns within."""
    orders: tuple[Tensor, Tensor] | None = None
    """Where the given points lie among the sorted ones."""

    @property
    def whole(self) -> bool:
        """False while clusters stand for the points: then there is no solution to be read."""
        return self.state.problem.a.shape[1] >= self.problem.a.shape[1]

    @property
    def solution(self) -> Solution:
        """Compute the solution that the state stands for, its errors included."""
        f, g = self.state.duals()
        if self.orders is not None:
            f, g = (dual[:, order] for dual, order in zip((f, g), self.orders, strict=True))
        errors = error_of(self.state, self.state.marginals())
        return Solution(self.problem, (f, g), errors, self.iterations)


def _sum(parts: list[Tensor]) -> Tensor:
    return torch.stack(parts).sum(0)

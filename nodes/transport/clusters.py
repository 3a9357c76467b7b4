"""Multiscale transport: clusters stand for points while eps is larger than they are.

A Sparse Multiscale Algorithm for Dense Optimal Transport (Schmitzer, 2016), arXiv:1510.05466.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.transport.clouds import Cloud, Clouds, sort
from nodes.transport.costs import Between, Cost
from nodes.transport.scalings import Problem

RESOLVED = 0.25
"""Clusters stand for their points while the cost within them is below this share of eps."""


class Level(NamedTuple):
    """How often either cloud is halved; one more than its depth stands for the points."""

    source: int
    target: int


class SingleScale:
    """The stages of a problem when all of them have all points."""

    finest = Level(0, 0)
    orders: tuple[Tensor, Tensor] | None = None
    """Where the given points lie in the finest problem; None: in their places."""

    def __init__(self, problem: Problem) -> None:
        self.whole = problem

    def stages(self, falling: Iterable[Tensor]) -> Iterator[tuple[Tensor, Level]]:
        """Yield each eps (1, 1) with the coarsest level that will do; the points come last."""
        for eps in falling:
            yield eps, self.finest

    def problem(self, level: Level, eps: Tensor) -> Problem:
        """Return the problem of a level at eps (b, 1)."""
        return self.whole.at(eps)

    def extended(self, old: Problem, f: Tensor, g: Tensor, new: Problem) -> tuple[Tensor, Tensor]:
        """Return the duals (b, n), (b, m) of `new` to begin with, from those of `old`."""
        return f, g


class MultiScale(SingleScale):
    """The problem between two sorted clouds, and those between their clusters."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        cost = problem.cost
        assert isinstance(cost, Between)
        self.cost = cost
        self.source, self.target = sort(cost.x[0], problem.a[0]), sort(cost.y[0], problem.b[0])
        self.orders = self.source.order, self.target.order
        self.finest = Level(self.source.depth + 1, self.target.depth + 1)
        self.within = [self._within(cloud) for cloud in (self.source, self.target)]

    def stages(self, falling: Iterable[Tensor]) -> Iterator[tuple[Tensor, Level]]:
        """Yield each eps (1, 1) with its level of clusters; the last also with the points."""
        for eps in falling:
            level = self._level(float(eps))
            yield eps, level
        if level != self.finest:
            yield eps, self.finest

    def problem(self, level: Level, eps: Tensor) -> Problem:
        """Return the problem between clusters or points of a level, at eps (1, 1)."""
        reach = self.whole.reach
        if level == self.finest:
            cost = self.cost.to(self.source.points, self.target.points)
            clouds = Clouds(self.source, self.target, cost)
            return Problem(cost, self.source.weights, self.target.weights, eps, reach, clouds)
        (x, a), (y, b) = self.source.level(level.source), self.target.level(level.target)
        return Problem(self.cost.to(x, y), a, b, eps, reach)

    def extended(self, old: Problem, f: Tensor, g: Tensor, new: Problem) -> tuple[Tensor, Tensor]:
        """Return the duals (1, n), (1, m) of `new` that are optimal against those of `old`."""
        if new.a.shape == old.a.shape and new.b.shape == old.b.shape:
            return f, g
        assert isinstance(old.cost, Between) and isinstance(new.cost, Between)
        forth = self.cost.to(new.cost.x, old.cost.y)
        back = self.cost.to(new.cost.y, old.cost.x)
        return soft_min(forth, g, old.b, old), soft_min(back, f, old.a, old)

    def _level(self, eps: float) -> Level:
        depths = [
            next((d for d, cost in enumerate(within) if cost <= RESOLVED * eps), len(within))
            for within in self.within
        ]
        whole = any(d == len(w) for d, w in zip(depths, self.within, strict=True))
        return self.finest if whole else Level(*depths)

    def _within(self, cloud: Cloud) -> list[float]:
        """Return the mean cost between points and the centres of their clusters, by depth."""
        costs = []
        for depth in range(cloud.depth + 1):
            centres, _ = cloud.level(depth)
            away = cloud.points.view(centres.shape[1], -1, centres.shape[2]) - centres[0, :, None]
            costs.append(self.cost.weight * float(away.norm(dim=2).pow(self.cost.p).mean()))
        return costs


def soft_min(cost: Cost, dual: Tensor, weights: Tensor, problem: Problem) -> Tensor:
    """Return -eps log sum_j b_j exp((g_j - C_ij) / eps), damped for unbalanced problems, (b, n).

    `dual` and `weights` are g and b, (b, m).
    """
    eps = problem.eps
    zero = dual.new_zeros(cost.shape[:2])
    other = dual + eps * weights.log()
    parts = [cost.exponents(zero, other, eps, rows).logsumexp(-1) for rows in cost.rows()]
    return -eps * problem.damping * torch.cat(parts, 1)

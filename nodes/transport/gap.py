"""The duality gap: the objective of a feasible plan minus that of the duals.

Duals bound the least objective from below, a plan that keeps the marginals from above. With the
plan P that belongs to the duals the two differ by eps KL(P' | P), where P' is P made to keep them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.transport.scalings import Problem

TINY = 1e-300


class Rounding(NamedTuple):
    """P'_ij = x_i P_ij y_j + left_i share_j keeps both marginals; all (b, n) or (b, m)."""

    x: Tensor
    y: Tensor
    left: Tensor
    share: Tensor


def duality_gap(problem: Problem, f: Tensor, g: Tensor) -> Tensor:
    """Return the gap at duals f (b, n) and g (b, m), (b,): never below 0, and 0 at the solution."""
    if problem.reach is not None:
        return _of_unbalanced(problem, f, g, problem.reach)
    x, y, left, share = rounding(problem, f, g)
    found = torch.zeros_like(problem.eps[:, 0])
    for rows, logs in _logs(problem, f, g):
        mass = logs.exp()
        kept = x[:, rows, None] * mass * y[:, None] + left[:, rows, None] * share[:, None]
        ratio = torch.where(kept > 0, kept.log() - logs, 0)
        found += (kept * ratio - kept + mass).sum((1, 2))
    return problem.eps[:, 0] * found.clamp_min(0)


def rounding(problem: Problem, f: Tensor, g: Tensor) -> Rounding:
    """Return what makes the plan of the duals f (b, n), g (b, m) keep the marginals.

    Near-Linear Time Approximation Algorithms for Optimal Transport via Sinkhorn Iteration
    (Altschuler, Weed & Rigollet, 2017), arXiv:1705.09634, algorithm 2: rows and columns that send
    or get too much are scaled down, and what is missing then goes from all rows to all columns.
    """
    a, b = problem.a, problem.b
    x, columns = torch.ones_like(a), torch.zeros_like(b)
    for rows, logs in _logs(problem, f, g):
        mass = logs.exp()
        x[:, rows] = _scaled_down(mass.sum(2), a[:, rows])
        columns += (x[:, rows, None] * mass).sum(1)
    y = _scaled_down(columns, b)
    sent = [(logs.exp() * y[:, None]).sum(2) for _, logs in _logs(problem, f, g)]
    left = (a - x * torch.cat(sent, 1)).clamp_min(0)
    right = (b - y * columns).clamp_min(0)
    return Rounding(x, y, left, right / right.sum(1, keepdim=True).clamp_min(TINY))


def _logs(problem: Problem, f: Tensor, g: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yield the logarithm of the plan some rows at a time, (b, r, m) in float64."""
    log_a, log_b = problem.a.log(), problem.b.log()
    for rows in problem.cost.rows():
        exponents = problem.cost.exponents(f, g, problem.eps, rows)
        yield rows, exponents + log_a[:, rows, None] + log_b[:, None]


def _scaled_down(sums: Tensor, most: Tensor) -> Tensor:
    """Return factors, 1 at the most, under which no sum is more than it may be."""
    return (most / sums.clamp_min(TINY)).clamp(max=1)


def _of_unbalanced(problem: Problem, f: Tensor, g: Tensor, reach: float) -> Tensor:
    """Return the gap where any plan is feasible: P itself is compared with the duals."""
    sums, columns = [], torch.zeros_like(problem.b)
    for _, logs in _logs(problem, f, g):
        mass = logs.exp()
        sums.append(mass.sum(2))
        columns += mass.sum(1)
    rows = _excess(torch.cat(sums, 1), problem.a, f, reach).sum(1)
    return rows + _excess(columns, problem.b, g, reach).sum(1)


def _excess(marginal: Tensor, weights: Tensor, dual: Tensor, reach: float) -> Tensor:
    """Return p z + reach (p log(p / w) - p + w exp(-z / reach)), which is never below 0."""
    entropy = torch.xlogy(marginal, marginal / weights.clamp_min(TINY)) - marginal
    return marginal * dual + reach * (entropy + weights * torch.exp(-dual / reach))

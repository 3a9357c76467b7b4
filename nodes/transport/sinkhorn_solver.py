"""Solve entropic transport: min <P, C> + eps KL(P | a b^T) over plans P from a to b.

Sinkhorn Distances: Lightspeed Computation of Optimal Transport (Cuturi, 2013), arXiv:1306.0895;
Scaling Algorithms for Unbalanced Transport Problems (Chizat et al., 2018), arXiv:1607.05816.

    sinkhorn(pairwise(x, y), eps=0.01).plan

What makes it quick: eps falls by steps, each begun with the duals of the last, on clusters of the
points while eps is too large to tell them apart; the kernel absorbs the duals, so that products
with a matrix of float32 do where the tolerance allows; tiles of it that do not matter are left out;
once the error is moderate, steps of Newton's by conjugate gradients, with an inverse of the matrix
where they are slow and there is room for it, take the place of Sinkhorn's own, which go beyond
themselves by what their rate tells.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from nodes.transport.clusters import MultiScale, SingleScale
from nodes.transport.costs import Between, Cost, Table, duals
from nodes.transport.newton import Newton
from nodes.transport.relaxation import Relaxation
from nodes.transport.scalings import Problem, Scalings, error_of
from nodes.transport.solution import Iteration, Solution, SolverSettings

FALL = 0.5
"""What eps falls to from one stage to the next."""
FIRST = 0.08
"""Where eps falls from, in mean costs, unless clusters make larger ones cheap: a kernel of all
points costs more than the iterations that it saves."""
ROUGH, TURNS = 0.05, 30
"""Error and iterations that end a stage before the last."""
NEAR = 0.2
"""Error from which Newton's method is quicker."""
REST = 10
"""Sweeps after a step of Newton's that did not help."""
MANY = 300_000
"""Pairs of points from which sorting them pays."""
FEW_DIMENSIONS = 3
TINY = 1e-30
QUICK = SolverSettings()


def sinkhorn(
    cost: Cost | Tensor, a: Tensor | None = None, b: Tensor | None = None, **how: Any
) -> Solution:
    """Return the entropic plan between weights a (n,) and b (m,); see `iterate` for the rest."""
    (step,) = deque(iterate(cost, a, b, **how), maxlen=1)  # a step holds its kernel: keep one
    return step.solution


def iterate(
    cost: Cost | Tensor,
    a: Tensor | None = None,
    b: Tensor | None = None,
    *,
    eps: float | Tensor = 0.05,
    relative: bool = True,
    reach: float | None = None,
    settings: SolverSettings = QUICK,
) -> Iterator[Iteration]:
    """Yield the state after each iteration; the last holds the solution, or is as far as it came.

    `cost`: of `pairwise`, or a matrix (n, m); with a batch axis in front, several problems at once.
    Weights (n,) and (m,) are equal where none are given. `eps` in units of the mean cost of all
    pairs, or, not `relative`, of the cost itself. `reach`: the weight of KL(marginal | weights), in
    units of the cost, in place of exact marginals.
    """
    cost = cost if isinstance(cost, Cost) else Table(cost)
    unit = cost.mean().clamp_min(TINY) if relative else torch.ones_like(cost.mean())
    problem = Problem(cost, _weights(a, cost, 1), _weights(b, cost, 2), eps * unit, reach)
    ladder = MultiScale(problem) if _is_clustered(cost, settings) else SingleScale(problem)
    yield from _descend(ladder, settings)


def _weights(given: Tensor | None, cost: Cost, side: int) -> Tensor:
    """Return weights (b, n) in the type of the duals, equal ones where none are given."""
    count, dtype = cost.shape[side], duals(cost.device)
    if given is None:
        return torch.full((cost.shape[0], count), 1 / count, dtype=dtype, device=cost.device)
    return given.detach().to(dtype).expand(cost.shape[0], count)


def _is_clustered(cost: Cost, settings: SolverSettings) -> bool:
    batch, n, m = cost.shape
    small = batch > 1 or n * m < MANY
    return (
        settings.scaling
        and not small
        and isinstance(cost, Between)
        and cost.x.shape[2] <= FEW_DIMENSIONS
    )


def _falling(problem: Problem, first: float) -> Iterator[Tensor]:
    """Yield values of eps from below `first` mean costs down to the requested one, the last."""
    eps = first * problem.cost.mean()
    while bool((eps * FALL > problem.eps).any()):
        eps = torch.maximum(eps * FALL, problem.eps)
        if bool((eps > problem.eps).any()):
            yield eps
    yield problem.eps


def _descend(ladder: SingleScale, settings: SolverSettings) -> Iterator[Iteration]:
    """Solve stage after stage, each begun with the duals of the one before."""
    whole, count = ladder.whole, 0
    first = 1.0 if isinstance(ladder, MultiScale) else FIRST
    stages = list(ladder.stages(_falling(whole, first) if settings.scaling else [whole.eps]))
    here = ladder.problem(stages[0][1], stages[0][0])
    f, g = torch.zeros_like(here.a), torch.zeros_like(here.b)
    if settings.scaling and whole.reach is None:
        f, g = here.cost.first_duals()
    for number, (eps, level) in enumerate(stages, 1):
        there = ladder.problem(level, eps)
        f, g = ladder.extended(here, f, g, there)
        state = Scalings(there, f, g, dtype=settings.dtype, depth=settings.depth)
        orders = ladder.orders if level == ladder.finest else None
        here = whole.at(eps)
        for now in _stage(state, settings, last=number == len(stages)):
            count += 1
            yield Iteration(here, now, count, now.met, orders)
        here, (f, g) = there, now.duals()


def _stage(state: Scalings, settings: SolverSettings, *, last: bool) -> Iterator[Scalings]:
    """Sweep at one eps until the error is small enough; yield the state after each sweep."""
    goal, most = (settings.tolerance, settings.most) if last else (ROUGH, TURNS)
    newton = Newton(goal)
    relaxation = Relaxation(state.a, active=settings.relaxation)
    before, resting, done, best = math.inf, 0, 0, state.copy()
    while done < most:
        errors = state.sweep(relaxation.omega).tolist()
        done, resting, worst = done + 1, resting - 1, max(errors)
        if relaxation.diverges(errors):
            state.restore(best)
            relaxation.back_off()
            continue
        now = state.copy()
        if relaxation.improves(errors):
            best = now
        yield now
        if worst <= goal and _settled(state, goal):
            return
        if settings.newton and worst < NEAR and resting <= 0:
            resting = 0 if worst < before else REST
            before = worst
            done += newton.step(state)
        else:
            relaxation.record(errors)
        if state.is_full():
            state.absorb()


def _settled(state: Scalings, goal: float) -> bool:
    """Return whether the error, at one place, is small, and nothing was left out of the kernel."""
    if not state.covers():
        state.absorb()
        return False
    return float(error_of(state, state.marginals()).max()) <= goal

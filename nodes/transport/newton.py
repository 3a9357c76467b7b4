"""Newton's method for the duals, where Sinkhorn's steps would be many.

The marginals' derivative along the duals is [diag D1, P; P^T, diag D2] / eps. With the first row
eliminated, conjugate gradients solve (D2 - P^T D1^-1 P) dg = ..., at two products an iteration.
A Sinkhorn-Newton Method for Entropic Optimal Transport (Brauer, Clason, Lorenz & Wirth, 2017),
arXiv:1710.06635; each step solved as far as it is worth.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nodes.transport.scalings import Scalings, error_of

LONGEST = 5.0
"""No dual moves by more than this times eps in a step."""
MOST = 200
ENOUGH = 0.3
"""Share of the tolerance that a step need not go below."""


def newton_step(state: Scalings, tolerance: float) -> int:
    """Move the scalings by a step of Newton's; return how many products it took, in pairs."""
    at = state.marginals()
    a, b, reach = state.a, state.b, state.problem.reach
    share = 0.0 if reach is None else (state.problem.eps / reach).to(a)
    d_rows = a * (at.rows + share * at.wanted_rows)
    d_columns = b * (at.columns + share * at.wanted_columns)
    left, right = a * (at.wanted_rows - at.rows), b * (at.wanted_columns - at.columns)
    left_share = _over(left, d_rows)

    def plan(z: Tensor) -> Tensor:
        return a * state.u * state.kernel.rows(state.v * b * z)

    def transposed(z: Tensor) -> Tensor:
        return b * state.v * state.kernel.columns(state.u * a * z)

    def schur(z: Tensor) -> Tensor:
        return d_columns * z - transposed(_over(plan(z), d_rows))

    error = error_of(state, at).clamp_min(1e-30)[:, None]
    goal = torch.maximum(error.clamp(max=0.1), ENOUGH * tolerance / error).clamp(max=0.5)
    move, turns = conjugate_gradients(schur, right - transposed(left_share), d_columns, goal)
    other = left_share - _over(plan(move), d_rows)
    length = torch.maximum(*(z.abs().amax(1, keepdim=True) for z in (move, other)))
    scale = (LONGEST / length.clamp_min(1e-30)).clamp(max=1)
    state.v = state.v * (scale * move).exp()
    state.u = state.u * (scale * other).exp()
    return turns + 2


def conjugate_gradients(
    product: Callable[[Tensor], Tensor], right: Tensor, diagonal: Tensor, goal: Tensor
) -> tuple[Tensor, int]:
    """Solve for (b, m) with a preconditioner, until the residual is below `goal` (b, 1) of it."""
    x = torch.zeros_like(right)
    residual = right
    z = _over(residual, diagonal)
    p, rho = z, (residual * z).sum(1, keepdim=True)
    first = rho.clone()
    turns = 0
    while turns < MOST:
        turns += 1
        through = product(p)
        alpha = _over(rho, (p * through).sum(1, keepdim=True))
        x, residual = x + alpha * p, residual - alpha * through
        z = _over(residual, diagonal)
        new = (residual * z).sum(1, keepdim=True)
        if bool((new <= goal.square() * first).all()):
            break
        p, rho = z + _over(new, rho) * p, new
    return x, turns


def _over(x: Tensor, y: Tensor) -> Tensor:
    """Return x / y, 0 where y is none: points without weight, problems that are solved."""
    return torch.where(y > 0, x / torch.where(y > 0, y, 1), 0)

"""Newton's method for the duals, where Sinkhorn would need many iterations.

A Sinkhorn-Newton Method for Entropic Optimal Transport (Brauer, Clason, Lorenz & Wirth, 2017),
arXiv:1710.06635; damped as the error asks (Regularized Newton Method with Global O(1/k^2)
Convergence, Mishchenko, 2023, arXiv:2112.02089, with the first power of the gradient); solved as
far as is worth it, by conjugate gradients at two products a turn. Where the plan is nearly a
matching they would take thousands of turns: where there is room, the inverse of the matrix of one
step is the preconditioner of that and the next ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.transport.scalings import Scalings, error_of
from nodes.transport.schur import Map, Schur, safe_divide

LONGEST = 5.0
"""No dual moves by more than this times eps in a step."""
DAMPING = 0.01
"""Damping of a step in shares of the error: pieces that hardly hang together would move too far."""
MOST = 200
ENOUGH = 0.3
"""Share of the tolerance that a step need not go below."""
ROOM = 10_000_000
"""Pairs of points, of all problems of a batch, up to which a matrix is inverted."""
FIRST, WORTH = 20, 16
"""Turns before a matrix is inverted, and points for which one more is quicker than inverting."""
STALE = 30
"""Turns after which an inverse is made anew."""


class Newton:
    """Steps of one stage, until the error is below `tolerance`."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.inverse: Map | None = None

    def step(self, state: Scalings) -> int:
        """Move the scalings by a step of Newton's; return how many products it took, in pairs."""
        at = state.marginals()
        error = error_of(state, at)[:, None]
        system = Schur(state, at, DAMPING * error)
        run = ConjugateGradients(
            system, (error * error.clamp(max=0.1)).clamp_min(ENOUGH * self.tolerance)
        )
        self._solve(system, run)
        moves = system.whole(run.x)
        length = torch.maximum(*(move.abs().amax(1, keepdim=True) for move in moves))
        f, g = (move * (LONGEST / length.clamp_min(LONGEST)) for move in moves)
        state.u, state.v = state.u * f.exp(), state.v * g.exp()
        return run.turns + 2

    def _solve(self, system: Schur, run: ConjugateGradients) -> None:
        """Iterate, and invert the matrix where more iterations would take longer."""
        # in float32 the products do not know the links for which an inverse is needed
        fits = system.pairs <= ROOM and run.x.dtype == torch.float64
        if self.inverse is not None:
            run.go(self.inverse, STALE)
        else:
            worth = FIRST + run.x.shape[1] // WORTH
            run.go(system.diagonal, min(MOST, worth) if fits else MOST)
        if fits and not run.is_done():
            self.inverse = system.inverse()
            run.go(self.inverse or system.diagonal, MOST if self.inverse is None else STALE)


class ConjugateGradients:
    """Conjugate gradients for S x = right, (b, m), until the L1 residual is below `goal` (b, 1)."""

    def __init__(self, system: Schur, goal: Tensor) -> None:
        self.product, self.goal = system.product, goal
        self.x, self.residual = torch.zeros_like(system.right), system.right
        self.turns = 0

    def is_done(self) -> bool:
        """Return whether the residual is below the goal in every problem of the batch."""
        return bool((self.residual.abs().sum(1, keepdim=True) <= self.goal).all())

    def go(self, inverse: Map, most: int) -> None:
        """Take so many turns at the most, `inverse` the preconditioner."""
        z = inverse(self.residual)
        p, rho = z, (self.residual * z).sum(1, keepdim=True)
        for _ in range(most):
            if self.is_done():
                return
            self.turns += 1
            through = self.product(p)
            alpha = safe_divide(rho, (p * through).sum(1, keepdim=True))
            self.x, self.residual = self.x + alpha * p, self.residual - alpha * through
            z = inverse(self.residual)
            new = (self.residual * z).sum(1, keepdim=True)
            p, rho = z + safe_divide(new, rho) * p, new

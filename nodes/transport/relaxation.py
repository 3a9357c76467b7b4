"""Over-relaxation of Sinkhorn's steps, by the observed rate of convergence.

A Note on Overrelaxation in the Sinkhorn Algorithm (Lehmann et al., 2022), arXiv:2012.12562: near
the solution the steps are Gauss-Seidel's, and Young's theory of successive over-relaxation gives
the best factor from the rate theta^2 of the plain ones, omega = 2 / (1 + sqrt(1 - theta^2)).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

MOST = 1.97
GROWTH = 4.0
"""An error so many times the least one was made by going too far."""


class Relaxation:
    """The factor omega (b, 1), adapted to the errors of iterations.

    The first errors after a change of omega do not show the rate and are left out. Far from the
    solution the theory does not hold, and errors may grow: then plain steps are taken again.
    """

    def __init__(self, like: Tensor, *, active: bool = True) -> None:
        self.active = active
        self.omega = like.new_ones(like.shape[0], 1)
        self.errors: list[Tensor] = []
        self.most = MOST
        self.least = torch.full_like(like[:, 0], math.inf)

    def improves(self, error: Tensor) -> bool:
        """Record the error (b,); return whether it is the least so far in every problem."""
        better = error <= self.least
        self.least = torch.where(better, error, self.least)
        return bool(better.all())

    def diverges(self, error: Tensor) -> bool:
        """Return whether the error (b,) is so large that omega must have been too."""
        away = ~torch.isfinite(error) | (error > GROWTH * self.least)
        return bool((away & (self.omega[:, 0] > 1)).any())

    def back_off(self) -> None:
        """Take plain steps again, and later at most half as much over-relaxation."""
        self.most = 1 + (float(self.omega.max()) - 1) / 2
        self.omega = torch.ones_like(self.omega)
        self.errors = []

    def record(self, error: Tensor) -> None:
        """Record the error (b,) of one more iteration."""
        if not self.active:
            return
        self.errors.append(error)
        window = math.ceil(2 / (2 - float(self.omega.max())))
        if len(self.errors) > 2 * window + 4:
            fall = self.errors[-1] / self.errors[-1 - window].clamp_min(1e-300)
            self.omega = self._best_factor(fall.pow(1 / window)[:, None])
            self.errors = []

    def _best_factor(self, rate: Tensor) -> Tensor:
        """Return the best factor if errors fell by `rate` under the present one."""
        omega = self.omega
        # Young: (rate + omega - 1)^2 = rate omega^2 theta^2, where rate > omega - 1
        theta = (rate + omega - 1).square() / (rate * omega.square())
        best = 2 / (1 + (1 - theta.clamp(0, 1)).sqrt())
        known = (rate > omega - 1) & (rate < 1)
        return torch.where(known, best, omega).clamp(1, self.most)

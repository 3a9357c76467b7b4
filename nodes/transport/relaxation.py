"""Over-relaxation of Sinkhorn's steps, by the observed rate of convergence.

A Note on Overrelaxation in the Sinkhorn Algorithm (Lehmann et al., 2022), arXiv:2012.12562: near
the solution the steps are Gauss-Seidel's, and Young's theory of successive over-relaxation gives
the best factor from the rate theta^2 of the plain ones, omega = 2 / (1 + sqrt(1 - theta^2)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

MOST = 1.97
GROWTH = 4.0
"""An error so many times the least one was made by going too far."""


class Relaxation:
    """The factor omega of each problem of a batch, adapted to the errors of iterations.

    The first errors after a change of omega do not show the rate and are left out. Far from the
    solution the theory does not hold, and errors may grow: then plain steps are taken again.
    """

    def __init__(self, like: Tensor, *, active: bool = True) -> None:
        self.active, self.like = active, like
        self.errors: list[Sequence[float]] = []
        self.most = MOST
        self.least = [math.inf] * len(like)
        self.take([1.0] * len(like))

    def take(self, factors: list[float]) -> None:
        """Set omega of each problem; all 1 are plain steps, for which the tensor is None."""
        self.factors = factors
        self.omega = None if max(factors) == 1 else self.like.new_tensor(factors)[:, None]

    def improves(self, errors: Sequence[float]) -> bool:
        """Record an error a problem; return whether it is the least so far in all of them."""
        better = [error <= least for error, least in zip(errors, self.least, strict=True)]
        parts = zip(errors, self.least, better, strict=True)
        self.least = [error if is_better else least for error, least, is_better in parts]
        return all(better)

    def diverges(self, errors: Sequence[float]) -> bool:
        """Return whether an error is so large that omega must have been too."""
        parts = zip(errors, self.least, self.factors, strict=True)
        return self.omega is not None and any(
            omega > 1 and not (math.isfinite(error) and error <= GROWTH * least)
            for error, least, omega in parts
        )

    def back_off(self) -> None:
        """Take plain steps again, and later at most half as much over-relaxation."""
        self.most = 1 + (max(self.factors) - 1) / 2
        self.take([1.0] * len(self.factors))
        self.errors = []

    def record(self, errors: Sequence[float]) -> None:
        """Record the errors of one more iteration."""
        if not self.active:
            return
        self.errors.append(errors)
        window = math.ceil(2 / (2 - max(self.factors)))
        if len(self.errors) > 2 * window + 4:
            parts = zip(self.errors[-1], self.errors[-1 - window], self.factors, strict=True)
            self.take([self._best_factor(b / max(a, 1e-300), window, w) for b, a, w in parts])
            self.errors = []

    def _best_factor(self, fall: float, window: int, omega: float) -> float:
        """Return the best factor if an error fell by `fall` in a window under the present one."""
        rate = fall ** (1 / window)
        if not omega - 1 < rate < 1:
            return omega
        # Young: (rate + omega - 1)^2 = rate omega^2 theta^2, where rate > omega - 1
        theta = (rate + omega - 1) ** 2 / (rate * omega**2)
        return min(max(2 / (1 + math.sqrt(1 - min(theta, 1.0))), 1.0), self.most)

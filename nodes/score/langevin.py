"""Steps of Langevin dynamics, unadjusted and adjusted.

With a = eta in the convention x + eta s + sqrt(2 eta) eps and a = eta / 2 in the other, both are
x + a s + sqrt(2 a) eps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.diffusion.guidance import Guidance
from nodes.diffusion.levels import Level
from nodes.diffusion.schedules import Schedule
from nodes.diffusion.solvers import Noise
from nodes.score.base import per_item, score_of

Drift = Callable[[Tensor], Tensor]


class LangevinState(NamedTuple):
    """The points (b, ...), the drift at them (b, ...), and the share of the last steps accepted."""

    x: Tensor
    drift: Tensor
    accepted: float = 1.0


@dataclass
class GuidedDrift:
    """The drift at a noise level: the score of a model plus the guidance. It counts evaluations."""

    model: Any
    schedule: Schedule | None = None
    pulls: Sequence[Guidance] = ()
    labels: Tensor | None = None
    evaluations: int = 0

    @torch.no_grad()
    def __call__(self, x: Tensor, level: Level) -> Tensor:
        self.evaluations += 1
        drift = self.score(x, torch.tensor(level.t, dtype=torch.float32, device=x.device))
        for guidance in self.pulls:
            drift = drift + guidance.pull(x)
        return drift

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the model's score of x (b, ...) at time t."""
        told = {} if self.labels is None else {"labels": self.labels}
        return score_of(self.model, self.schedule, x, t, **told)


def unadjusted(walker: LangevinState, drift: Drift, a: float, noise: Noise) -> LangevinState:
    """Take one step x + a drift + sqrt(2 a) eps of each point, without a Metropolis test."""
    x = walker.x + a * walker.drift + (2 * a) ** 0.5 * noise(walker.x)
    return LangevinState(x, drift(x))


def adjusted(walker: LangevinState, drift: Drift, a: float, noise: Noise) -> LangevinState:
    """Propose a step of length a and take it with Metropolis and Hastings' probability.

    Exponential convergence of Langevin distributions and their discrete approximations (Roberts &
    Tweedie, 1996), doi:10.2307/3318418.

    log p(y) - log p(x) is the integral of the drift from x to y, by Simpson's rule: exact where the
    score is a polynomial of degree 3, as of a Gaussian.
    """
    x, s = walker.x, walker.drift
    y = x + a * s + (2 * a) ** 0.5 * noise(x)
    there = drift(y)
    rise = per_item((y - x) * (s + 4 * drift((x + y) / 2) + there) / 6)
    back = per_item((y - x - a * s).square() - (x - y - a * there).square()) / (4 * a)
    taken = torch.special.log_ndtr(noise(rise)) < rise + back  # the log of a uniform number
    where = taken.view(-1, *[1] * (x.dim() - 1))
    share = taken.double().mean().item()
    return LangevinState(torch.where(where, y, x), torch.where(where, there, s), share)

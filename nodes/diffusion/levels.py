"""Noise levels: a time with its alpha and sigma, and the step between two of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.diffusion.schedules import Schedule

TINY = 1e-12
"""A ratio of noise to data below those of all schedules."""


class Level(NamedTuple):
    """A time, and how much data and noise there is in x at it."""

    t: float
    alpha: float
    sigma: float

    @property
    def ratio(self) -> float:
        """Return sigma / alpha: the noise in x / alpha."""
        return self.sigma / self.alpha

    @property
    def size(self) -> float:
        """Return sqrt(alpha^2 + sigma^2)."""
        return math.hypot(self.alpha, self.sigma)

    @property
    def angle(self) -> float:
        """Return the angle whose tangent is sigma / alpha."""
        return math.atan2(self.sigma, self.alpha)


CLEAN = Level(0.0, 1.0, 0.0)


def levels(schedule: Schedule, times: Tensor) -> list[Level]:
    """Return the levels of a schedule at times (n,); last, one without noise if none is."""
    t = times.double()
    rows = zip(t.tolist(), schedule.alpha(t).tolist(), schedule.sigma(t).tolist(), strict=True)
    return [Level(*row) for row in rows] + [CLEAN] * is_noisy_at_0(schedule)


def is_noisy_at_0(schedule: Schedule) -> bool:
    """Return whether a schedule leaves some noise at t = 0."""
    return schedule.least == 0


def level_of(schedule: Schedule, ratio: float) -> Level:
    """Return the level at which sigma / alpha is this."""
    log_snr = torch.tensor([-2 * math.log(ratio)], dtype=torch.float64)
    return levels(schedule, schedule.time_of(log_snr))[0]


class Forward(NamedTuple):
    """The forward step from s to t, x_t = alpha x_s + sd eps, and its posterior's deviation.

    In DDPM's letters alpha = sqrt(alpha_t), sd = sqrt(beta_t), posterior = sqrt(beta~_t).
    """

    alpha: float
    sd: float
    posterior: float


def forward_step(s: Level, t: Level) -> Forward:
    """Return what noise does between two levels, s with less than t."""
    alpha = t.alpha / s.alpha
    sd = math.sqrt(max(t.sigma**2 - (alpha * s.sigma) ** 2, 0.0))
    return Forward(alpha, sd, sd * s.sigma / t.sigma if t.sigma else 0.0)

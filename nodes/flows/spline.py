"""Monotone rational-quadratic splines.

Written here with the bins as the first axis, so that every operation runs over many splines at
once: twice as fast on a CPU as with the bins last, as zuko has them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

LEAST = 1e-3
"""No bin is narrower than about this to another, no slope is less than this or more than 1 / it."""


class Bin(NamedTuple):
    """The bin that each number falls into: corner, sizes, and slopes at its ends, each (...)."""

    x: Tensor
    y: Tensor
    width: Tensor
    height: Tensor
    left: Tensor
    right: Tensor

    @property
    def slope(self) -> Tensor:
        """Return s = height / width, (...): the mean slope of the bin."""
        return self.height / self.width


class Spline:
    """Increasing splines from [-bound, bound] onto itself, the identity beyond.

    Neural Spline Flows (Durkan et al., 2019), arXiv:1906.04032. `theta` (3 K - 1, ...) holds for
    each of many splines K widths, K heights and K - 1 inner slopes, all free; at zero they make the
    identity.
    """

    def __init__(self, theta: Tensor, bound: float) -> None:
        bins = (len(theta) + 1) // 3
        theta = _softly_clipped(theta, bins)
        widths, heights, slopes = theta.split([bins, bins, bins - 1])
        self.bound = bound
        self.widths = 2 * bound * torch.softmax(widths, 0)
        self.heights = 2 * bound * torch.softmax(heights, 0)
        self.x = _edges(self.widths) - bound
        self.y = _edges(self.heights) - bound
        self.slopes = _padded(slopes, 1).exp()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return g(x) and log g'(x), both shaped as x (...): equations 4 and 5 of the paper."""
        inside = x.abs() < self.bound
        b = self._bin(self.x, x)
        t = torch.where(inside, (x - b.x) / b.width, 0.0)
        y = b.y + b.height * (b.slope * t**2 + b.left * t * (1 - t)) / _denominator(b, t)
        return torch.where(inside, y, x), torch.where(inside, _log_slope(b, t), 0.0)

    def inverse(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the x with g(x) = y and log g'(x), shaped as y (...): equations 6 to 8."""
        inside = y.abs() < self.bound
        b = self._bin(self.y, y)
        rise = torch.where(inside, y - b.y, 0.0)
        bend = b.left + b.right - 2 * b.slope
        qa = b.height * (b.slope - b.left) + rise * bend
        qb = b.height * b.left - rise * bend
        qc = -b.slope * rise
        t = 2 * qc / (-qb - (qb**2 - 4 * qa * qc).clamp(min=0).sqrt())
        return torch.where(inside, b.x + t * b.width, y), torch.where(inside, _log_slope(b, t), 0.0)

    def _bin(self, edges: Tensor, value: Tensor) -> Bin:
        k = (edges[1:-1] < value).sum(0, keepdim=True)

        def at(table: Tensor, k: Tensor = k) -> Tensor:
            return table.gather(0, k)[0]

        corner = at(self.x), at(self.y)
        return Bin(
            *corner, at(self.widths), at(self.heights), at(self.slopes), at(self.slopes, k + 1)
        )


def _denominator(b: Bin, t: Tensor) -> Tensor:
    return b.slope + (b.left + b.right - 2 * b.slope) * t * (1 - t)


def _log_slope(b: Bin, t: Tensor) -> Tensor:
    """Return log g' at t of the way through the bin: equation 5."""
    above = 2 * b.slope * t * (1 - t) + b.left * (1 - t) ** 2 + b.right * t**2
    return 2 * b.slope.log() + above.log() - 2 * _denominator(b, t).log()


def _softly_clipped(theta: Tensor, bins: int) -> Tensor:
    """Keep log-sizes within half of log LEAST, log-slopes within all of it, smoothly."""
    most = theta.new_full((len(theta), *[1] * (theta.dim() - 1)), -math.log(LEAST))
    most[: 2 * bins] /= 2
    return theta / (1 + (theta / most).abs())


def _edges(sizes: Tensor) -> Tensor:
    """Return where bins begin and end, from 0 on."""
    return F.pad(sizes.cumsum(0), (0, 0) * (sizes.dim() - 1) + (1, 0))


def _padded(table: Tensor, count: int) -> Tensor:
    return F.pad(table, (0, 0) * (table.dim() - 1) + (count, count))

"""The cost of transport between two items.

Costs are needed a few rows at a time and in float64: the exponent (f + g - C) / eps at small eps is
the difference of large numbers, and float32 would show in the marginals.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from torch import Tensor

Metric = Literal["distance", "cosine"]
TINY = 1e-30
STRETCH = 10.0
"""No axis is stretched or shrunk by more than this, for duals to begin with."""
CHUNK = 4_000_000
"""Numbers of float64 held at once while a matrix is gone through."""


class Cost(ABC):
    """Costs between n sources and m targets, of b problems alike: (b, n, m)."""

    shape: torch.Size
    single: bool
    """Whether it was given without a batch axis."""
    dtype: torch.dtype
    device: torch.device

    @abstractmethod
    def block(self, rows: slice) -> Tensor:
        """Return the costs of some sources, (b, r, m) in float64."""

    @abstractmethod
    def mean(self) -> Tensor:
        """Return the mean cost of all pairs, (b, 1)."""

    def first_duals(self) -> tuple[Tensor, Tensor]:
        """Return duals f (b, n) and g (b, m) to begin with: 0. Override where more is known."""
        b, n, m = self.shape
        dtype = duals(self.device)
        zeros = (torch.zeros(b, count, dtype=dtype, device=self.device) for count in (n, m))
        f, g = zeros
        return f, g

    def exponents(self, f: Tensor, g: Tensor, eps: Tensor, rows: slice) -> Tensor:
        """Return (f_i + g_j - C_ij) / eps of some sources, (b, r, m) in float64."""
        f, g, eps = f[:, rows, None], g[:, None], eps[..., None]
        return f.add(g).sub_(self.block(rows)).div_(eps)

    def rows(self) -> Iterator[slice]:
        """Yield all sources, as many at once as memory and cache allow."""
        b, n, m = self.shape
        step = max(1, CHUNK // max(1, b * m))
        yield from (slice(i, min(i + step, n)) for i in range(0, n, step))


class Table(Cost):
    """Costs given as a matrix, (n, m) or (b, n, m)."""

    def __init__(self, table: Tensor) -> None:
        self.single = table.dim() == 2
        self.table = table = table.detach()[None] if self.single else table.detach()
        self.shape, self.dtype, self.device = table.shape, table.dtype, table.device

    def block(self, rows: slice) -> Tensor:
        """Return some rows of the table, (b, r, m) in the type of duals."""
        return self.table[:, rows].to(duals(self.device))

    def mean(self) -> Tensor:
        """Return the mean of each table, (b, 1) in the type of duals."""
        return self.table.mean((1, 2), dtype=duals(self.device))[:, None]


class Between(Cost):
    """Costs weight * |x - y|^p of points x (n, d) and y (m, d), or (b, n, d) and (b, m, d).

    The cosine cost 1 - cos(x, y) is half of |x - y|^2 of points on the sphere.
    """

    def __init__(self, x: Tensor, y: Tensor, *, p: float = 2.0, weight: float = 1.0) -> None:
        self.single = x.dim() == 2
        self.dtype, self.device = x.dtype, x.device
        x, y = (z.detach()[None] if self.single else z.detach() for z in (x, y))
        self.x, self.y = (z.to(duals(self.device)) for z in (x, y))
        self.p, self.weight = p, weight
        self.shape = torch.Size((x.shape[0], x.shape[1], y.shape[1]))

    def to(self, x: Tensor, y: Tensor) -> Between:
        """Return the same cost between other points, x (b, n, d) and y (b, m, d)."""
        return Between(x, y, p=self.p, weight=self.weight)

    def of(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the cost of each pair, (..., n, m)."""
        if self.p == 2:
            return self.weight * squares(x, y)
        return self.weight * torch.cdist(x, y).pow(self.p)

    def block(self, rows: slice) -> Tensor:
        """Return the costs of some sources, (b, r, m)."""
        return self.of(self.x[:, rows], self.y)

    def mean(self) -> Tensor:
        """Return the mean cost of all pairs, (b, 1); for p = 2 from means and variances alone."""
        if self.p == 2:  # no pair need be looked at
            x, y = self.x, self.y
            middle = (x.mean(1) - y.mean(1)).square().sum(-1)
            spread = sum(z.var(1, correction=0).sum(-1) for z in (x, y))
            return self.weight * (middle + spread)[:, None]
        sums = torch.stack([self.block(rows).sum((1, 2)) for rows in self.rows()])
        return sums.sum(0)[:, None] / self.shape[1:].numel()

    def first_duals(self) -> tuple[Tensor, Tensor]:
        """Return for p = 2 the duals of moving and stretching x to the mean and spread of y.

        With x and y from their means, m between these and s the stretch of each axis, f and g are
        such that f_i + g_j - C_ij = -weight |sqrt(s) x_i - y_j / sqrt(s)|^2: 0 where the map leads.
        """
        if self.p != 2:
            return super().first_duals()
        (x_mean, x), (y_mean, y) = (_centred(z) for z in (self.x, self.y))
        spreads = [z.square().mean(1, keepdim=True).clamp_min(TINY) for z in (x, y)]
        s = (spreads[1] / spreads[0]).sqrt().clamp(1 / STRETCH, STRETCH)
        m = x_mean - y_mean
        f = ((1 - s) * x.square() + 2 * m * x + m.square()).sum(-1)
        g = ((1 - 1 / s) * y.square() - 2 * m * y).sum(-1)
        return self.weight * f, self.weight * g

    def exponents(self, f: Tensor, g: Tensor, eps: Tensor, rows: slice) -> Tensor:
        """Return (f_i + g_j - C_ij) / eps, (b, r, m); for p = 2 as one product of matrices."""
        if self.p != 2:
            return super().exponents(f, g, eps, rows)
        x, y, w = self.x[:, rows], self.y, self.weight
        left = (f[:, rows] - w * x.square().sum(-1)) / eps
        right = (g - w * y.square().sum(-1)) / eps
        one = torch.ones_like
        x = torch.cat([2 * w / eps[..., None] * x, left[..., None], one(left)[..., None]], -1)
        y = torch.cat([y, one(right)[..., None], right[..., None]], -1)
        return x @ y.mT


class GroundCost(NamedTuple):
    """What a pair costs: |x - y|^p, or 1 - cos(x, y)."""

    metric: Metric = "distance"
    p: float = 2.0

    def between(self, x: Tensor, y: Tensor) -> Between:
        """Return the costs between points (n, d) and (m, d), or batches of them."""
        if self.metric == "cosine":
            return Between(_on_sphere(x), _on_sphere(y), p=2.0, weight=0.5)
        return Between(x, y, p=self.p)

    def table(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the costs as a matrix (..., n, m) that a gradient can flow through."""
        if self.metric == "cosine":
            return 1 - _on_sphere(x) @ _on_sphere(y).mT
        return squares(x, y) if self.p == 2 else torch.cdist(x, y).pow(self.p)


def pairwise(x: Tensor, y: Tensor, *, metric: Metric = "distance", p: float = 2.0) -> Between:
    """Return the cost between x (n, d) and y (m, d), or batches: |x - y|^p, or 1 - cos(x, y)."""
    return GroundCost(metric, p).between(x, y)


def _centred(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean of points, (b, 1, d), and the points from there, (b, n, d)."""
    mean = x.mean(1, keepdim=True)
    return mean, x - mean


def _on_sphere(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def squares(x: Tensor, y: Tensor) -> Tensor:
    """Return |x_i - y_j|^2, (..., n, m), never below 0."""
    norms = x.square().sum(-1)[..., :, None] + y.square().sum(-1)[..., None, :]
    return norms.sub_(2 * (x @ y.mT)).clamp_min_(0)


def duals(device: torch.device) -> torch.dtype:
    """Return the type of costs and duals: float64 where the device has it."""
    return torch.float32 if device.type == "mps" else torch.float64

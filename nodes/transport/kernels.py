"""Kernels with absorbed duals: K_ij = exp((f_i + g_j - C_ij) / eps), of moderate size.

Where the duals are near the solution the large entries of K are near 1, however small eps is, so
float32 holds them. What would underflow is lifted to a floor: a number too small to matter, yet no
zero and not denormal, which would be slow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from nodes.transport.clouds import Clouds
from nodes.transport.costs import Cost

FLOOR = {torch.float32: -45.0, torch.float64: -300.0}
"""The least exponent: times weights and small changes the exponential is still a normal number."""
HIGH, LOW = 40.0, -20.0
"""Where the largest exponent of a row must lie; else its dual is moved."""
SLACK = 4.0
"""How far an exponent may rise before a tile that was left out is missed."""


class Kernel(ABC):
    """Sums over the rows and the columns of K, and what had to be taken from f (b, n)."""

    shift: Tensor
    is_whole = False
    """Whether nothing was left out."""

    @abstractmethod
    def rows(self, v: Tensor) -> Tensor:
        """Return K v, (b, n), for v (b, m)."""

    @abstractmethod
    def columns(self, u: Tensor) -> Tensor:
        """Return K^T u, (b, m), for u (b, n)."""

    @abstractmethod
    def matrix(self) -> Tensor:
        """Return K, (b, n, m), 0 where it was left out."""

    def covers(self, f: Tensor, g: Tensor) -> bool:
        """Return whether nothing that matters at the duals f (b, n), g (b, m) was left out."""
        return True


class Dense(Kernel):
    """All pairs, of several problems at once."""

    is_whole = True

    def __init__(self, cost: Cost, f: Tensor, g: Tensor, eps: Tensor, dtype: torch.dtype) -> None:
        self.K = torch.empty(cost.shape, dtype=dtype, device=cost.device)
        self.shift = torch.zeros_like(f)
        for rows in cost.rows():
            exponents = cost.exponents(f, g, eps, rows)
            top = exponents.amax(-1)
            over = top - top.clamp(LOW, HIGH)
            if over.any():
                exponents -= over[..., None]
                self.shift[:, rows] = over * eps
            exponents = exponents.to(dtype).clamp_min_(FLOOR[dtype])
            torch.exp(exponents, out=self.K[:, rows])

    def rows(self, v: Tensor) -> Tensor:
        """Return K v, (b, n), for v (b, m)."""
        return (self.K @ v[..., None])[..., 0]

    def columns(self, u: Tensor) -> Tensor:
        """Return K^T u, (b, m), for u (b, n)."""
        return (u[:, None] @ self.K)[:, 0]

    def matrix(self) -> Tensor:
        """Return K, (b, n, m)."""
        return self.K


class Tiled(Kernel):
    """The tiles of K that matter, for two sorted clouds of one problem.

    Stabilized Sparse Scaling Algorithms for Entropy Regularized Transport Problems (Schmitzer,
    2019), arXiv:1610.06519.

    What is left out is below e^-depth of the product of the weights, so that it changes the
    marginals by less than e^-depth in all.
    """

    def __init__(
        self,
        clouds: Clouds,
        f: Tensor,
        g: Tensor,
        eps: Tensor,
        dtype: torch.dtype,
        pairs: Tensor,
        depth: float,
    ) -> None:
        self.clouds, self.eps, self.depth = clouds, eps, depth
        self.at_x, self.at_y = pairs.unbind(1)
        self.kept = torch.zeros(clouds.tiles, dtype=torch.bool, device=f.device)
        self.kept[self.at_x, self.at_y] = True
        self.shift = torch.zeros_like(f)
        self.K = clouds.exponents(f, g, eps, self.at_x, self.at_y, dtype)  # (t, r, s)
        self.K.clamp_(FLOOR[dtype], HIGH + HIGH).exp_()

    def rows(self, v: Tensor) -> Tensor:
        """Return K v, (1, n), for v (1, m): a sum over the tiles that were kept."""
        blocks = v.view(self.clouds.tiles[1], -1)
        parts = torch.bmm(self.K, blocks[self.at_y][..., None])[..., 0]
        return self._gathered(parts, self.at_x, self.clouds.tiles[0])

    def columns(self, u: Tensor) -> Tensor:
        """Return K^T u, (1, m), for u (1, n): a sum over the tiles that were kept."""
        blocks = u.view(self.clouds.tiles[0], -1)
        parts = torch.bmm(blocks[self.at_x][:, None], self.K)[:, 0]
        return self._gathered(parts, self.at_y, self.clouds.tiles[1])

    def matrix(self) -> Tensor:
        """Return K, (1, n, m), with 0 in the tiles that were left out."""
        tiles = self.K.new_zeros(*self.clouds.tiles, *self.K.shape[1:])  # (I, J, r, s)
        tiles[self.at_x, self.at_y] = self.K
        return tiles.transpose(1, 2).reshape(1, self.shift.shape[1], -1)

    def covers(self, f: Tensor, g: Tensor) -> bool:
        """Return whether no tile left out has a bound above -depth at f (1, n), g (1, m)."""
        missed = self.clouds.bounds(f, g, self.eps).gt(-self.depth) & ~self.kept
        return not missed.any()

    def _gathered(self, parts: Tensor, where: Tensor, count: int) -> Tensor:
        sums = parts.new_zeros(count, parts.shape[1])
        return sums.index_add_(0, where, parts).view(1, -1)


def kernel_of(
    cost: Cost,
    clouds: Clouds | None,
    f: Tensor,
    g: Tensor,
    eps: Tensor,
    *,
    dtype: torch.dtype,
    depth: float,
) -> Kernel:
    """Return the tiles that matter where they are less than half of all, else the whole kernel.

    f (b, n), g (b, m), eps (b, 1); `depth`: exponents below -depth do not matter.
    """
    if clouds is not None:
        pairs = clouds.bounds(f, g, eps).gt(-depth - SLACK).nonzero()
        if 2 * len(pairs) < clouds.tiles[0] * clouds.tiles[1]:
            return Tiled(clouds, f, g, eps, dtype, pairs, depth)
    return Dense(cost, f, g, eps, dtype)

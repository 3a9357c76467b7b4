"""Point clouds in few dimensions, sorted so that neighbours in space are near in memory.

Halving a cloud again and again along its widest side gives a tree of clusters of equal size: each
level is a smaller problem of transport, and blocks of sorted points are tiles of the kernel.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.transport.costs import Between

LEAF = 8
"""Points of the smallest cluster, at most."""
TILE = 64
"""Points of a side of a tile, at most."""


class Cloud(NamedTuple):
    """Sorted points (1, n, d) with weights (1, n); some at the end of clusters may weigh nothing.

    `order` (k,): where each given point lies. `depth`: halvings until a leaf.
    """

    points: Tensor
    weights: Tensor
    order: Tensor
    depth: int

    def level(self, depth: int) -> tuple[Tensor, Tensor]:
        """Return the centres (1, 2^depth, d) and weights (1, 2^depth) after `depth` halvings."""
        count = 2**depth
        weights = self.weights.view(1, count, -1)
        points = self.points.view(1, count, weights.shape[2], -1)
        total = weights.sum(2)
        centres = (points * weights[..., None]).sum(2) / total.clamp_min(1e-300)[..., None]
        return torch.where(total[..., None] > 0, centres, points[:, :, 0]), total


def sort(points: Tensor, weights: Tensor) -> Cloud:
    """Sort points (n, d) with weights (n,) into clusters of at most `LEAF`."""
    n, d = points.shape
    depth = max(0, math.ceil(math.log2(n / LEAF)))
    leaf = math.ceil(n / 2**depth)
    index = torch.arange(leaf * 2**depth, device=points.device)
    index[n:] = torch.arange(len(index) - n, device=points.device)  # doubles that weigh nothing
    real = torch.arange(len(index), device=points.device) < n
    for level in range(depth):
        groups = points[index].view(2**level, -1, d)
        widest = (groups.amax(1) - groups.amin(1)).argmax(1)
        along = groups.gather(2, widest[:, None, None].expand(-1, groups.shape[1], 1))[..., 0]
        turn = along.argsort(dim=1, stable=True)
        index = index.view(2**level, -1).gather(1, turn).flatten()
        real = real.view(2**level, -1).gather(1, turn).flatten()
    order = torch.empty(n, dtype=torch.long, device=points.device)
    order[index[real]] = real.nonzero()[:, 0]
    return Cloud(points[index][None], (weights[index] * real)[None], order, depth)


class Clouds:
    """Two sorted clouds and the cost between them, cut into tiles."""

    def __init__(self, source: Cloud, target: Cloud, cost: Between) -> None:
        self.cost = cost
        self.x, self.y = (_blocks(cloud) for cloud in (source, target))  # (I, r, d), (J, s, d)
        self.tiles = (len(self.x), len(self.y))
        self.x_mid, self.y_mid = self.x.mean(1), self.y.mean(1)
        self.x_far, self.y_far = (
            (z - mid[:, None]).norm(dim=2).amax(1)
            for z, mid in ((self.x, self.x_mid), (self.y, self.y_mid))
        )
        # costs to the middles of the other side's blocks: (n, J) and (I, m)
        self.from_points = cost.of(self.x.flatten(0, 1), self.y_mid)
        self.to_points = cost.of(self.x_mid, self.y.flatten(0, 1))
        self.between = cost.of(self.x_mid, self.y_mid)

    def exponents(
        self, f: Tensor, g: Tensor, eps: Tensor, at_x: Tensor, at_y: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Return (f_i + g_j - C_ij) / eps on some tiles, (t, r, s).

        f (1, n), g (1, m), eps (1, 1); `at_x` and `at_y` (t,) say which tiles.
        """
        f, g = f.view(self.tiles[0], -1), g.view(self.tiles[1], -1)
        found = torch.empty(
            len(at_x), self.x.shape[1], self.y.shape[1], dtype=dtype, device=f.device
        )
        step = 1000
        for k in range(0, len(at_x), step):
            i, j = at_x[k : k + step], at_y[k : k + step]
            at = self.cost.to(self.x[i], self.y[j])
            found[k : k + step] = at.exponents(f[i], g[j], eps, slice(None))
        return found

    def bounds(self, f: Tensor, g: Tensor, eps: Tensor) -> Tensor:
        """Return an upper bound of the exponents of each tile, (I, J).

        With points x, y of blocks around x', y', the cost is C(x, y') + C(x', y) - C(x', y') less a
        mixed difference, which is small where blocks are.
        """
        count_x, count_y = self.tiles
        from_x = (f.view(-1, 1) - self.from_points).view(count_x, -1, count_y).amax(1)
        from_y = (g.view(1, -1) - self.to_points).view(count_x, count_y, -1).amax(2)
        return (from_x + from_y + self.between + self._mixed()) / eps[0, 0]

    def _mixed(self) -> Tensor:
        """Return a bound on C(x, y') + C(x', y) - C(x', y') - C(x, y), (I, J)."""
        p, weight = self.cost.p, self.cost.weight
        far_x, far_y = self.x_far[:, None], self.y_far[None]
        reach = torch.cdist(self.x_mid, self.y_mid) + far_x + far_y
        steep = 2 * p * reach.pow(p - 1) * torch.minimum(far_x, far_y)
        if p >= 2:
            steep = torch.minimum(steep, p * (p - 1) * reach.pow(p - 2) * far_x * far_y)
        return weight * steep


def _blocks(cloud: Cloud) -> Tensor:
    """Return the points as tiles' sides, (blocks, r, d)."""
    _, n, d = cloud.points.shape
    leaf = n // 2**cloud.depth
    joined = min(cloud.depth, int(math.log2(max(1, TILE // leaf))))
    return cloud.points.view(-1, leaf * 2**joined, d)

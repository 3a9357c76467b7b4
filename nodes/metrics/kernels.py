"""Kernel distances of two laws: KID and MMD."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.base import param
from nodes.metrics.comparison import Comparison
from nodes.metrics.gathering import count_param
from nodes.types import Measured

SHUFFLES = 200
"""Shuffles of a permutation test: p-values come in steps of half a percent."""


class KID(Comparison):
    """Measure the squared maximum mean discrepancy of features by a cubic kernel, without bias.

    Demystifying MMD GANs (Binkowski, Sutherland, Arbel & Gretton, 2018), arXiv:1801.01401.

    Real and generated items are cut into blocks of `size`, each item in one; the value is the mean
    over blocks, `error` its standard error. It may be below zero, for it has no bias, whatever the
    count. `floor` is that of training against test items.
    """

    synonyms = (
        "kernel inception distance, mmd, image metric, quality, evaluation, noyau, qualité, "
        "évaluation"
    )
    title = "KID"
    better = "less"
    formula = r"\mathrm{MMD}^2_k, \qquad k(x, y) = \left(\tfrac{1}{d}\, x^\top y + 1\right)^3"

    size: int = param(default=1000, low=2, high=20_000, unit="items", help="Items in a block.")

    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Return MMD^2 of real (n, d) and fake (m, d), a mean over blocks, and its error."""
        size = min(self.size, len(real), len(fake))
        blocks = zip(real.split(size), fake.split(size), strict=False)
        whole = [(x, y) for x, y in blocks if len(x) == len(y) == size]
        each = torch.tensor([mmd2(*cubic_kernels(x, y)) for x, y in whole], dtype=torch.float64)
        error = each.std().item() / math.sqrt(len(each)) if len(each) > 1 else math.nan
        return Measured(each.mean().item(), {"error": error})


class MMD(Comparison):
    """Measure the squared maximum mean discrepancy by a Gaussian kernel, without bias.

    A Kernel Two-Sample Test (Gretton, Borgwardt, Rasch, Schölkopf & Smola, 2012),
    https://jmlr.org/papers/v13/gretton12a.html.

    `p` is the share of random swaps of real and generated items that give as much: below 0.05 the
    two differ significantly. Without a bandwidth the median distance between real items is taken,
    which is given as `bandwidth`.
    """

    synonyms = (
        "maximum mean discrepancy, kernel, two-sample test, evaluation, noyau, test à deux "
        "échantillons"
    )
    title = "MMD"
    better = "less"
    formula = (
        r"\mathbb{E}\,k(x, x') + \mathbb{E}\,k(y, y') - 2\,\mathbb{E}\,k(x, y), \qquad"
        r" k(x, y) = e^{-\|x - y\|^2 / 2\sigma^2}"
    )

    count: int = count_param(1000)
    bandwidth: float | None = param(
        default=None,
        low=1e-9,
        high=1e9,
        title="Bandwidth σ",
        help="Width of the kernel; none: the median distance between real items.",
    )

    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Return MMD^2 of real (n, d) and fake (m, d), with the p-value of a permutation test."""
        sigma = self.bandwidth or median_distance(real)
        both = torch.cat([real, fake])
        kernel = torch.cdist(both, both).square().div(-2 * sigma**2).exp()
        n = len(real)
        value = mmd2(kernel[:n, :n], kernel[n:, n:], kernel[:n, n:])
        p = (shuffled(kernel, n) >= value).double().mean().item()
        return Measured(value, {"p": p, "bandwidth": sigma})


def mmd2(k_xx: Tensor, k_yy: Tensor, k_xy: Tensor) -> float:
    """Return the unbiased estimate of MMD^2 from kernel matrices (n, n), (m, m) and (n, m).

    Equation 3 of A Kernel Two-Sample Test (Gretton et al., 2012): an item is not its own pair.
    """
    n, m = k_xy.shape
    within_x = (k_xx.sum() - k_xx.trace()) / (n * (n - 1))
    within_y = (k_yy.sum() - k_yy.trace()) / (m * (m - 1))
    return (within_x + within_y - 2 * k_xy.mean()).item()


def cubic_kernels(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return (x.y / d + 1)^3 within x (n, d), within y (m, d), and between them.

    The matrices are (n, n), (m, m) and (n, m).
    """
    d = x.shape[1]
    k_xx, k_yy, k_xy = ((a @ b.T / d + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    return k_xx, k_yy, k_xy


def median_distance(x: Tensor) -> float:
    """Return the median distance between different items of x (n, d), 1 where all are the same.

    The first 2,000 items are taken.
    """
    return torch.pdist(x[:2000]).median().item() or 1.0


def shuffled(kernel: Tensor, n: int) -> Tensor:
    """Return MMD^2 for random halves of the items behind a kernel (n + m, n + m): (`SHUFFLES`,)."""
    size = len(kernel)
    m = size - n
    kernel = kernel - torch.diag(kernel.diag())
    order = torch.rand(SHUFFLES, size, device=kernel.device).argsort(1)
    a = torch.zeros(SHUFFLES, size, dtype=kernel.dtype, device=kernel.device)
    a.scatter_(1, order[:, :n], 1.0)
    b = 1 - a
    towards_a, towards_b = a @ kernel, b @ kernel
    within_a, within_b = (towards_a * a).sum(1), (towards_b * b).sum(1)
    between = (towards_a * b).sum(1)
    return within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - 2 * between / (n * m)

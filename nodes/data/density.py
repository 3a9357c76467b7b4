"""Exact log-densities of the toys, and entropies by quadrature. All in nats."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

LogDensity = Callable[[Tensor], Tensor]
PAIRS = 1 << 18
"""Distances held at once: they should fit the processor's cache."""
LOG_2PI = math.log(2 * math.pi)


def log_mixture(x: Tensor, centres: Tensor, sd: float, log_weights: Tensor | float) -> Tensor:
    """Return log Σ_k w_k N(x; c_k, sd² I) for x (n, d) and centres (k, d)."""
    centres = centres.to(x)
    log_weights = torch.as_tensor(log_weights).to(x)

    def piece(x: Tensor) -> Tensor:
        # an axis at a time: reductions over an axis of 2 are slow
        squares = sum((a[:, None] - c).square() for a, c in zip(x.T, centres.T, strict=True))
        return torch.logsumexp(log_weights - squares / (2 * sd**2), 1)

    return in_pieces(piece, x, len(centres)) - x.shape[1] * (math.log(sd) + LOG_2PI / 2)


def log_ring(x: Tensor, radius: float, sd: float) -> Tensor:
    """Return the log-density at x (n, 2) of a circle around 0 with noise N(0, sd² I), (n,) in nats.

    The circle is drawn uniformly, and the noise integrates to a Bessel function: p = exp(-(r² +
    R²)/2sd²) I₀(rR/sd²) / 2πsd².
    """
    r = x.square().sum(1).sqrt()
    bell = -((r - radius) ** 2) / (2 * sd**2)
    return bell + torch.special.i0e(r * radius / sd**2).log() - LOG_2PI - 2 * math.log(sd)


def box(x: Tensor, width: float, sd: float) -> Tensor:
    """Return the density of U(0, width) + N(0, sd²), number by number, shaped as x."""
    outside = (x - width / 2).abs()
    near, far = (torch.erfc((outside + s * width / 2) / (sd * math.sqrt(2))) for s in (-1, 1))
    return (near - far) / (2 * width)


def log_box(x: Tensor, width: float, sd: float) -> Tensor:
    """Return the logarithm of `box`, shaped as x, where it is too small for numbers.

    It takes 15 times as long.
    """
    outside = -(x - width / 2).abs()
    upper = torch.special.log_ndtr((outside + width / 2) / sd)
    lower = torch.special.log_ndtr((outside - width / 2) / sd)
    return upper + torch.log1p(-torch.exp(lower - upper)) - math.log(width)


def in_pieces(function: LogDensity, x: Tensor, columns: int) -> Tensor:
    """Apply `function` to x (n, d), some rows at a time, where it makes a table (n, columns)."""
    return torch.cat([function(part) for part in x.split(max(1, PAIRS // columns))])


def gauss_legendre(edges: Tensor, *, order: int = 16) -> tuple[Tensor, Tensor]:
    """Return nodes and weights, both (k,), for integrals over [edges[0], edges[-1]].

    Each of the panels between `edges` has `order` nodes.
    """
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(order))
    starts, widths = edges[:-1, None], edges.diff()[:, None]
    return (starts + widths * (nodes + 1) / 2).flatten(), (widths * weights / 2).flatten()


def curve_panels(path: Callable[[Tensor], Tensor], sd: float) -> Tensor:
    """Return edges (k,) on [0, 1] between which the curve runs 6 sd, or less where it bends.

    `path` maps t (n,) to places (n, 2).
    """
    t = torch.linspace(0, 1, 2001, dtype=torch.float64)
    run = path(t).diff(dim=0).norm(dim=1).cumsum(0).numpy()
    goals = np.linspace(0, run[-1], max(12, math.ceil(run[-1] / (6 * sd))) + 1)
    return torch.from_numpy(np.interp(goals, np.concatenate([[0.0], run]), t.numpy()))


def grid_entropy(log_density: LogDensity, low: Tensor, high: Tensor, *, step: float) -> float:
    """Return -∫ p log p in nats over a box in the plane with corners `low` and `high`, both (2,).

    The trapezoid rule converges faster than any power where p is smooth, so a step of three
    quarters of the noise gives six digits.
    """
    bounds = zip(low.tolist(), high.tolist(), strict=True)
    axes = [torch.arange(a, b, step, dtype=torch.float64) for a, b in bounds]
    log_p = log_density(torch.cartesian_prod(*axes))
    return float(torch.special.entr(log_p.exp()).sum() * step**2)


def mixture_entropy(centres: Tensor, sd: float, shares: Tensor) -> float:
    """Return the entropy in nats of a mixture of N(c, sd² I) with centres (k, d), shares (k,).

    Each mode's term is integrated on a grid of steps of half a deviation around its centre.
    """
    dims = centres.shape[1]
    steps = torch.arange(-8, 8.01, 0.5, dtype=torch.float64)
    offsets = torch.cartesian_prod(*[steps] * dims).view(-1, dims)
    weights = torch.softmax(-offsets.square().sum(1) / 2, 0)
    total = 0.0
    for centre, share in zip(centres.double(), shares.tolist(), strict=True):
        log_p = log_mixture(centre + sd * offsets, centres, sd, shares.log())
        total -= share * float(weights @ log_p)
    return total

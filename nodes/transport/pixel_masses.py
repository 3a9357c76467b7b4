"""Barycentres of distributions on a grid of pixels, by convolutions.

Convolutional Wasserstein Distances (Solomon et al., 2015), doi:10.1145/2766963; the iterations are
those of Iterative Bregman Projections (Benamou et al., 2015), arXiv:1412.5154, and what takes their
blur away is of Debiased Sinkhorn Barycenters (Janati et al., 2020), arXiv:2006.02575.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

TINY = 1e-300
"""What stands for no mass at all: a float64 that is no zero and not denormal."""


class Blur:
    """The kernel exp(-|i - j|^2 / 2 s^2) of a grid, one axis after the other; s in pixels."""

    def __init__(self, height: int, width: int, s: float, device: torch.device) -> None:
        self.rows, self.columns = (_along(n, s, device) for n in (height, width))

    def __call__(self, mass: Tensor) -> Tensor:
        """Return K mass for laws (..., h, w)."""
        return (self.rows @ mass @ self.columns).clamp_min(TINY)


def _along(count: int, s: float, device: torch.device) -> Tensor:
    at = torch.arange(count, dtype=torch.float64, device=device)
    return torch.exp(-(at[:, None] - at).square() / (2 * s * s))


class Barycentre(NamedTuple):
    """A barycentre of each set of laws (n, h, w), and how much it has moved in the last round."""

    law: Tensor
    moved: float


def barycentres(
    laws: Tensor, weights: Tensor, blur: Blur, *, debiased: bool, rounds: int
) -> Iterator[Barycentre]:
    """Yield after each round the barycentres of `laws` (n, k, h, w) with `weights` (n, k)."""
    v = torch.ones_like(laws)
    law, own = laws.mean(1), torch.ones_like(laws[:, 0])
    share = weights[:, :, None, None]
    for _ in range(rounds):
        back = blur(laws / blur(v))
        before, law = law, torch.exp((share * back.log()).sum(1))
        if debiased:
            law = own * law
            own = torch.sqrt(own * law / blur(own))
        v = law[:, None] / back
        law = law / law.sum((-2, -1), keepdim=True)
        yield Barycentre(law, (law - before).abs().sum((-2, -1)).max().item())


def masses(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return images (..., h, w) as laws of float64, and the mass that each had."""
    ink = images.double().clamp_min(0.0)
    mass = ink.sum((-2, -1), keepdim=True)
    even = torch.full_like(ink, 1 / ink[0].numel())
    return torch.where(mass > 0, ink / mass.clamp_min(TINY), even), mass

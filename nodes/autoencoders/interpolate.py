"""Paths between latent points."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.types import Gaussian, Points


class Interpolate(Node):
    """Walk from one latent point to another in equal steps, for several pairs.

    Sampling Generative Networks (White, 2016), arXiv:1609.04468.

    `codes` (b, d), of Gaussians their means, are taken two by two: from the first to the second,
    the third to the fourth. `z` (pairs x steps, d) holds one walk after another, both ends
    included. Where there are fewer codes than asked for, there are fewer walks.
    """

    synonyms = (
        "interpolation, slerp, latent walk, latent space, mix two images, promenade latente, "
        "espace latent"
    )
    formula = (
        r"z_t = (1 - t)\,a + t\,b \quad\text{or}\quad"
        r" z_t = \frac{\sin((1-t)\omega)\,a + \sin(t\omega)\,b}{\sin\omega}"
    )
    icon = "move-3d"
    returns = "z"

    pairs: int = param(default=4, low=1, high=1024, unit="walks", help="How many walks.")
    steps: int = param(
        default=10, low=2, high=1024, unit="points", help="Points of a walk, both ends included."
    )
    way: Literal["linear", "spherical"] = param(
        default="linear", help="Straight, or along the great circle through both points."
    )

    def forward(self, codes: Points | Gaussian) -> Points:
        """Return points (pairs x steps, d) on lines or arcs between codes (b, d).

        Raise `InputRefused` where there are fewer than two codes.
        """
        points = codes.mean if isinstance(codes, Gaussian) else codes
        pairs = min(self.pairs, len(points) // 2)
        if not pairs:
            raise InputRefused(
                "There must be two points to walk between; {codes} hold {count}.",
                "Raise the batch of the data, or write a second line.",
                count=len(points),
            )
        a, b = points[: 2 * pairs].unflatten(0, (pairs, 2)).unsqueeze(2).unbind(1)  # (pairs, 1, d)
        t = torch.linspace(0, 1, self.steps, device=points.device)[:, None]  # (steps, 1)
        return _WAYS[self.way](a, b, t).flatten(0, 1)

    def sign(self) -> str:
        return f"{self.pairs}×{self.steps}"


def _linear(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return torch.lerp(a, b, t)


def _spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Walk along the arc (slerp: Shoemake, 1985, doi:10.1145/325165.325242).

    The walk is straight where the points lie on one line through zero.
    """
    cosine = torch.cosine_similarity(a, b, dim=-1).unsqueeze(-1)
    omega = torch.acos(cosine.clamp(-1, 1))  # (pairs, 1, 1)
    sine = torch.sin(omega)
    arc = (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / sine
    return torch.where(sine.abs() < 1e-4, _linear(a, b, t), arc)


_WAYS = {"linear": _linear, "spherical": _spherical}

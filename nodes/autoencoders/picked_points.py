"""Latent points that the user picks by hand."""

from __future__ import annotations

import torch

from nodes.base import Node, param
from nodes.errors import ParamRefused
from nodes.types import Points


class PickedPoints(Node):
    """Give the latent points that were picked by hand, to see what a decoder makes of them.

    `z` (n, latent) holds the numbers of `points` row by row. In Play a point is dragged in the
    plane of a scatter.
    """

    synonyms = (
        "latent point, pick, drag, probe, choose z, pad, point latent, choisir, sonde, glisser"
    )
    title = "Picked points"
    formula = r"z = (z_1, \dots, z_n)"
    icon = "crosshair"
    returns = "z"

    points: list[float] = param(
        default=[0.0, 0.0],
        low=-1e6,
        high=1e6,
        help="The coordinates of one point after another.",
    )
    latent: int = param(
        default=2, low=1, high=65536, unit="dims", title="Latent size", help="Size of one z."
    )

    def forward(self) -> Points:
        """Return the points (n, latent). Raise `ParamRefused` where numbers are left over."""
        if len(self.points) % self.latent:
            raise ParamRefused(
                "{points} must hold {latent} numbers for each point; it holds {count}.",
                "Add numbers, or change the latent size.",
                place="points",
                latent=self.latent,
                count=len(self.points),
            )
        return torch.tensor(self.points, device=self.device).view(-1, self.latent)

    def sign(self) -> str:
        return f"{len(self.points) // self.latent}×{self.latent}"

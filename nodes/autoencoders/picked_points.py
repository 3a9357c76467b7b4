"""Latent points that the user picks by hand."""

from __future__ import annotations

import torch

from nodes.base import Node, param
from nodes.types import Points


class PickedPoints(Node):
    """Give the latent points that were picked by hand, to see what a decoder makes of them.

    The output (n, latent) holds the numbers row by row. In Play a point is dragged in the plane of
    a scatter.
    """

    synonyms = (
        "latent point, pick, drag, probe, choose z, pad, point latent, choisir, sonde, glisser"
    )
    title = "Picked points"
    formula = r"z = (z_1, \dots, z_n)"
    icon = "crosshair"
    returns = "points"

    points: list[float] = param(
        default=[0.0, 0.0],
        low=-1e6,
        high=1e6,
        help="The coordinates of one point after another.",
    )
    latent: int = param(
        default=2,
        settles="sizes",
        low=1,
        high=65536,
        unit="dims",
        title="Latent size",
        help="Size of one z.",
    )

    def forward(self) -> Points:
        """Return the points (n, latent); numbers that the last one lacks are 0."""
        lacking = -len(self.points) % self.latent
        return torch.tensor([*self.points, *lacking * [0.0]], device=self.device).view(
            -1, self.latent
        )

    def sign(self) -> str:
        return f"{-(-len(self.points) // self.latent)}×{self.latent}"

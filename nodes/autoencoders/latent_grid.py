"""A regular grid of latent points."""

from __future__ import annotations

from typing import Literal

import torch

from nodes.base import Node, param
from nodes.errors import ParamRefused
from nodes.sentences import Word
from nodes.types import Points


class LatentGrid(Node):
    """Lay a square grid of points over two dimensions of the latent space.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), appendix A, arXiv:1312.6114.

    `z` (side^2, latent), row by row from the top, where the second coordinate is highest: decoded,
    the pictures lie as the points do in a scatter. Spaced by quantiles, each point stands for an
    equal share of the standard normal law. The other dimensions are zero.
    """

    synonyms = "manifold, latent space, traversal, quantiles, variété, espace latent, grille"
    formula = (
        r"z_{ij} = \left(\Phi^{-1}(u_j),\ \Phi^{-1}(1 - u_i)\right), \quad u_k = \frac{k - 1/2}{n}"
    )
    title = "Latent grid"
    icon = "grid-3x3"
    returns = "z"

    side: int = param(default=12, low=2, high=64, unit="points", help="Points along one side.")
    spacing: Literal["quantiles", "even"] = param(
        default="quantiles", help="By quantiles of the normal law, or evenly from -span to span."
    )
    span: float = param(
        default=2.0, low=0.01, high=100.0, help="How far an even grid reaches from zero."
    )
    latent: int = param(
        default=2,
        settles="sizes",
        low=2,
        high=4096,
        unit="dims",
        title="Latent size",
        help="Size of one z.",
    )
    across: int = param(default=1, low=1, high=4096, help="Dimension that changes along a row.")
    up: int = param(default=2, low=1, high=4096, help="Dimension that changes up a column.")

    def forward(self) -> Points:
        """Return the points of the grid, (side^2, latent).

        Raise `ParamRefused` where the two axes are the same or are none of the latent dimensions.
        """
        self._check_axes()
        ticks = self._ticks().to(self.device)  # ascending
        z = torch.zeros(self.side**2, self.latent, device=self.device)
        z[:, self.across - 1] = ticks.repeat(self.side)
        z[:, self.up - 1] = ticks.flip(0).repeat_interleave(self.side)
        return z

    def _ticks(self) -> torch.Tensor:
        if self.spacing == "even":
            return torch.linspace(-self.span, self.span, self.side)
        u = (torch.arange(self.side) + 0.5) / self.side
        return torch.special.ndtri(u)

    def _check_axes(self) -> None:
        for name in ("across", "up"):
            if getattr(self, name) > self.latent:
                raise ParamRefused(
                    "{axis} must be one of the {must} dimensions; it is {value}.",
                    "Choose a lower number, or a larger latent size.",
                    place=name,
                    axis=Word(name.capitalize()),
                    must=self.latent,
                    value=getattr(self, name),
                )
        if self.across == self.up:
            raise ParamRefused(
                "{across} and {up} must differ; both are {value}.",
                "Choose another dimension for one of them.",
                place="up",
                value=self.up,
            )

    def sign(self) -> str:
        return f"{self.side}×{self.side}"

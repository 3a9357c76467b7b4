"""The radial flow."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.flows.base import Bijection, WeightedLayer
from nodes.types import Shape


class RadialMap(Bijection):
    """x = z + beta (z - c) / (alpha + r), r = |z - c|, from noise to data; back by a quadratic."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dims = shape.numel
        self.centre = nn.Parameter(torch.randn(shape.numel))
        self.log_alpha = nn.Parameter(torch.zeros(()))
        self.free = nn.Parameter(torch.tensor(0.5413))  # softplus of it is 1: the identity

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x = z + beta (z - c) / (alpha + r) and log|det dx/dz|, (b,), for z (b, ...).

        Rezende & Mohamed (2015), equation 14; beta is bounded so that the map is invertible
        (appendix A.2).
        """
        alpha, beta = self._bounded()
        away = z.flatten(1) - self.centre
        r = _length(away)
        x = self.centre + away * (1 + beta / (alpha + r))[:, None]
        return x.view(z.shape), self._log_det(r, alpha, beta)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the z of x, shaped as x (b, ...), and log|det dz/dx|, (b,).

        r solves r^2 + (alpha + beta - R) r - alpha R = 0, where R = |x - c|.
        """
        alpha, beta = self._bounded()
        away = x.flatten(1) - self.centre
        reach = _length(away)
        half = (reach - alpha - beta) / 2
        root = (half.square() + alpha * reach).sqrt()
        # the form without cancellation, on either side of zero
        r = torch.where(half >= 0, half + root, alpha * reach / (root - half.clamp(max=0)))
        z = self.centre + away * ((alpha + r) / (alpha + r + beta))[:, None]
        return z.view(x.shape), -self._log_det(r, alpha, beta)

    def _bounded(self) -> tuple[Tensor, Tensor]:
        """Return alpha > 0 and beta > -alpha: the map is invertible then."""
        alpha = self.log_alpha.exp()
        return alpha, alpha * (F.softplus(self.free) - 1)

    def _log_det(self, r: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        across = torch.log1p(beta / (alpha + r))
        along = torch.log1p(alpha * beta / (alpha + r).square())
        return (self.dims - 1) * across + along


def _length(away: Tensor) -> Tensor:
    """Return the length of each row; its gradient at 0 is 0 and not NaN."""
    tiny = torch.finfo(away.dtype).tiny
    return away.square().sum(1).clamp(min=tiny).sqrt()


class Radial(WeightedLayer):
    """Draw space towards a point, or drive it away.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    The formula leads from noise to data; its inverse is the solution of a quadratic equation. It
    takes many of these: repeat them.
    """

    synonyms = "radial flow, normalizing flow, flot radial, flot normalisant"
    formula = r"x = z + \beta\,\frac{z - c}{\alpha + r}, \qquad r = \|z - c\|"
    icon = "target"

    def make(self, shape: Shape, turn: int) -> RadialMap:
        """Return the map of a turn; all turns are alike."""
        return RadialMap(shape)

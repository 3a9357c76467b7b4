"""The planar flow."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.flows.base import Bijection, WeightedLayer
from nodes.types import Shape

ROUNDS = 100
"""Most rounds of the search for the inverse; a handful is the rule."""


class PlanarMap(Bijection):
    """x = z + u tanh(w.z + b) from noise to data, as in the paper; back by finding one root."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(shape.numel) / shape.numel**0.5)
        self.u = nn.Parameter(0.01 * torch.randn(shape.numel))
        self.b = nn.Parameter(0.1 * torch.randn(()))

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x = z + u tanh(w.z + b), shaped as z (b, ...), and log|det dx/dz|, (b,).

        Rezende & Mohamed (2015), equation 10; u is changed so that the map is invertible (appendix
        A.1).
        """
        u, slope = self._bounded()
        activity = torch.tanh(z.flatten(1) @ self.w + self.b)  # (b,)
        x = z.flatten(1) + u * activity[:, None]
        return x.view(z.shape), torch.log1p(slope * (1 - activity.square()))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the z of x, shaped as x (b, ...), and log|det dz/dx|, (b,).

        The root has no formula: it is found by Newton's method, and its gradient by one step more.
        """
        u, slope = self._bounded()
        goal = x.flatten(1) @ self.w
        with torch.no_grad():
            root = _root(slope, self.b, goal)
        # One Newton step whose slope is held fixed gives the root its gradient.
        activity = torch.tanh(root + self.b)
        steepness = (1 + slope * (1 - activity.square())).detach()
        root = root - (root + slope * activity - goal) / steepness
        activity = torch.tanh(root + self.b)
        z = x.flatten(1) - u * activity[:, None]
        return z.view(x.shape), -torch.log1p(slope * (1 - activity.square()))

    def _bounded(self) -> tuple[Tensor, Tensor]:
        """Return u changed along w so that w.u > -1, and w.u: the map is invertible then."""
        product = self.w @ self.u
        slope = F.softplus(product) - 1
        return self.u + (slope - product) * self.w / self.w.square().sum(), slope


def _root(slope: Tensor, b: Tensor, goal: Tensor) -> Tensor:
    """Solve a + slope tanh(a + b) = goal for a: Newton, halving where it leaves the bracket."""
    low, high = goal - slope.abs(), goal + slope.abs()
    root = goal.clone()
    least = 4 * torch.finfo(goal.dtype).eps
    for _ in range(ROUNDS):
        activity = torch.tanh(root + b)
        excess = root + slope * activity - goal
        low, high = torch.where(excess < 0, root, low), torch.where(excess > 0, root, high)
        newton = root - excess / (1 + slope * (1 - activity.square()))
        inside = (newton >= low) & (newton <= high)
        moved = torch.where(inside, newton, (low + high) / 2)
        if (moved - root).abs().max() <= least * (1 + goal.abs().max()):
            return moved
        root = moved
    return root


class Planar(WeightedLayer):
    """Push points to one side of a plane or pull them from it: one hidden unit bends space.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    The formula leads from noise to data, so drawing is cheap; the density of given data needs the
    inverse, a root found anew for each item. It takes many of these: repeat them.
    """

    synonyms = "planar flow, normalizing flow, flot planaire, flot normalisant"
    formula = r"x = z + u \tanh(w^\top z + b), \quad |\det| = 1 + u^\top w\,(1 - \tanh^2)"
    icon = "square-function"

    def make(self, shape: Shape, turn: int) -> PlanarMap:
        """Return the map of a turn; all turns are alike."""
        return PlanarMap(shape)

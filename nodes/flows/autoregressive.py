"""Masked and inverse autoregressive flows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import param
from nodes.flows.base import Bijection, WeightedLayer
from nodes.flows.masks import depth_param, width_param
from nodes.flows.spline import Spline
from nodes.networks.blocks import ACTIVATIONS, Activation, activation_param
from nodes.types import Shape

Direction = Literal["density (MAF)", "drawing (IAF)"]
LARGEST = 5.0
"""Bound of the log-scale of affine curves, kept by a tanh."""


class MaskedLinear(nn.Linear):
    """A linear map in which some inputs do not reach some outputs."""

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        outputs, inputs = mask.shape
        super().__init__(inputs, outputs)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (W ⊙ mask) x + b: (b, inputs) → (b, outputs)."""
        return F.linear(x, self.weight * self.mask, self.bias)


def masked_perceptron(
    rank: Tensor, outputs: int, *, hidden: int, layers: int, activation: Activation
) -> nn.Sequential:
    """Return a network to `outputs` numbers for each input that see only inputs of lower rank.

    MADE: Masked Autoencoder for Distribution Estimation (Germain et al., 2015), arXiv:1502.03509:
    each hidden unit has a rank and sees what is not above it. `rank` (d,) holds 0, ..., d - 1; the
    network maps (b, d) to (b, d outputs). The last layer begins at zero.
    """
    units = torch.arange(hidden) % max(1, len(rank) - 1)
    ranks = [rank, *[units] * layers]
    masks = [above[:, None] >= below for below, above in pairwise(ranks)]
    masks.append(rank.repeat_interleave(outputs)[:, None] > units)
    net = nn.Sequential()
    for mask in masks:
        net.extend([MaskedLinear(mask), ACTIVATIONS[activation]()])
    del net[-1]
    for weights in net[-1].parameters():
        nn.init.zeros_(weights)
    return net


class Curve(ABC):
    """A family of increasing curves, each given by some numbers."""

    outputs: int

    @abstractmethod
    def forward(self, x: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return g(x) and log g'(x) for x (b, d) and theta (b, d, outputs)."""

    @abstractmethod
    def inverse(self, z: Tensor, theta: Tensor) -> Tensor:
        """Return the x (b, d) with g(x) = z, for z (b, d) and theta (b, d, outputs)."""


class Affine(Curve):
    """g(x) = exp(s) x + t."""

    outputs = 2

    def forward(self, x: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return exp(s) x + t and s, both (b, d), for theta (b, d, 2)."""
        s, t = self._read(theta)
        return torch.addcmul(t, x, s.exp()), s

    def inverse(self, z: Tensor, theta: Tensor) -> Tensor:
        """Return (z - t) exp(-s), (b, d), for theta (b, d, 2)."""
        s, t = self._read(theta)
        return (z - t) * (-s).exp()

    def _read(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        s, t = theta.unbind(2)
        return LARGEST * torch.tanh(s / LARGEST), t


class SplineCurve(Curve):
    """A rational-quadratic spline."""

    def __init__(self, bins: int, bound: float) -> None:
        self.bound = bound
        self.outputs = 3 * bins - 1

    def forward(self, x: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return g(x) and log g'(x), both (b, d), for theta (b, d, 3 bins - 1)."""
        return self._spline(theta).forward(x)

    def inverse(self, z: Tensor, theta: Tensor) -> Tensor:
        """Return the x (b, d) with g(x) = z, for theta (b, d, 3 bins - 1)."""
        return self._spline(theta).inverse(z)[0]

    def _spline(self, theta: Tensor) -> Spline:
        return Spline(theta.movedim(2, 0).contiguous(), self.bound)


class AutoregressiveMap(Bijection):
    """z_i = g(x_i) with a curve g that depends on x_1 ... x_(i-1), from a masked network."""

    def __init__(self, curve: Curve, net: nn.Module, *, inverted: bool) -> None:
        super().__init__()
        self.curve, self.net, self.inverted = curve, net, inverted

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z, shaped as x (b, ...), and log|det dz/dx|, (b,).

        One pass of the network; inverted, one pass for each number of an item.
        """
        return (self._sequential if self.inverted else self._at_once)(x)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x, shaped as z (b, ...), and log|det dx/dz|, (b,).

        One pass of the network for each number of an item; inverted, a single pass.
        """
        return (self._at_once if self.inverted else self._sequential)(z)

    def _at_once(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z, log_slope = self.curve.forward(x.flatten(1), self._theta(x.flatten(1)))
        return z.view(x.shape), log_slope.sum(1)

    def _sequential(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Find the number of lowest rank, then the next: as many passes as an item has numbers."""
        x = torch.zeros_like(z.flatten(1))
        for _ in range(x.shape[1]):
            theta = self._theta(x)
            x = self.curve.inverse(z.flatten(1), theta)
        _, log_slope = self.curve.forward(x, self._theta(x))
        return x.view(z.shape), -log_slope.sum(1)

    def _theta(self, x: Tensor) -> Tensor:
        return self.net(x).unflatten(1, (x.shape[1], self.curve.outputs))


class Autoregressive(WeightedLayer):
    """Change each number by a curve that depends on all numbers before it.

    Masked Autoregressive Flow for Density Estimation (Papamakarios, Pavlakou & Murray, 2017),
    arXiv:1705.07057; the other way round Improved Variational Inference with Inverse Autoregressive
    Flow (Kingma et al., 2016), arXiv:1606.04934.

    One direction takes a single pass of a masked network, the other one pass for each number. A
    MAF has fast densities and so learns from data, an IAF draws fast and suits a VAE's posterior.
    Repeated, every second one takes the numbers in the opposite order.
    """

    synonyms = (
        "maf, iaf, made, masked autoregressive flow, normalizing flow, flot normalisant, masqué"
    )
    formula = r"z_i = g_{\theta(x_{<i})}(x_i), \qquad \log|\det| = \sum_i \log g'(x_i)"
    icon = "list-tree"

    direction: Direction = param(
        default="density (MAF)", help="Which way takes one pass: data to noise, or noise to data."
    )
    curve: Literal["affine", "spline"] = param(
        default="affine", help="Scale and shift, or a rational-quadratic spline."
    )
    bins: int = param(default=8, low=2, high=128, unit="bins", help="Pieces of a spline.")
    bound: float = param(
        default=5.0, low=0.1, high=1000.0, help="A spline bends numbers from -bound to bound."
    )
    hidden: int = width_param("θ", high=8192)
    layers: int = depth_param("θ", low=1)
    activation: Activation = activation_param()

    def make(self, shape: Shape, turn: int) -> AutoregressiveMap:
        """Return the map of a turn; odd turns take the numbers in the opposite order."""
        rank = torch.arange(shape.numel)
        curve = Affine() if self.curve == "affine" else SplineCurve(self.bins, self.bound)
        net = masked_perceptron(
            rank.flip(0) if turn % 2 else rank,
            curve.outputs,
            hidden=self.hidden,
            layers=self.layers,
            activation=self.activation,
        )
        return AutoregressiveMap(curve, net, inverted=self.direction == "drawing (IAF)")

"""Masked and inverse autoregressive flows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from nodes.base import param
from nodes.flows.base import Bijection, WeightedLayer
from nodes.networks.blocks import ACTIVATIONS, Activation
from nodes.types import Shape

if TYPE_CHECKING:
    from torch.distributions import Transform

Side = Literal["density (MAF)", "drawing (IAF)"]
Curve = Literal["affine", "spline"]


class AutoregressiveMap(Bijection):
    """z_i = g(x_i) with a curve g that depends on x_1 ... x_(i-1), from a masked network."""

    def __init__(self, net: nn.Module, *, inverted: bool) -> None:
        super().__init__()
        self.net, self.inverted = net, inverted

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return (self._sequential if self.inverted else self._at_once)(x)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return (self._at_once if self.inverted else self._sequential)(z)

    def _at_once(self, x: Tensor) -> tuple[Tensor, Tensor]:
        transform: Transform = self.net()
        z, log_det = transform.call_and_ladj(x.flatten(1))  # type: ignore[attr-defined]
        return z.view(x.shape), log_det

    def _sequential(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Find one number after the other: as many passes as an item has numbers."""
        transform: Transform = self.net()
        flat = z.flatten(1)
        x = transform.inv(flat)
        return x.view(z.shape), -transform.log_abs_det_jacobian(x, flat)


class Autoregressive(WeightedLayer):
    """Change each number by a curve that depends on all numbers before it.

    Masked Autoregressive Flow for Density Estimation (Papamakarios, Pavlakou & Murray, 2017),
    arXiv:1705.07057; the other way round Improved Variational Inference with Inverse Autoregressive
    Flow (Kingma et al., 2016), arXiv:1606.04934.

    One direction takes a single pass of a masked network, the other one pass for each number. A
    MAF has fast densities and so learns from data, an IAF draws fast and suits a VAE's posterior.
    Repeated, every second one takes the numbers in the opposite order.
    """

    formula = r"z_i = g_{\theta(x_{<i})}(x_i), \qquad \log|\det| = \sum_i \log g'(x_i)"
    icon = "list-tree"

    direction: Side = param(
        default="density (MAF)", help="Which way takes one pass: data to noise, or noise to data."
    )
    curve: Curve = param(
        default="affine", help="Scale and shift, or a rational-quadratic spline of 8 bins."
    )
    bound: float = param(
        default=5.0, low=0.1, high=1000.0, help="A spline bends numbers from -bound to bound."
    )
    hidden: int = param(
        default=64, low=1, high=4096, unit="units", title="Hidden width", help="Width of θ."
    )
    layers: int = param(
        default=2, low=1, high=8, unit="layers", title="Hidden layers", help="Layers of θ."
    )
    activation: Activation = param(default="ReLU", help="What follows each hidden layer.")

    def make(self, shape: Shape, turn: int) -> AutoregressiveMap:
        from zuko.flows.autoregressive import MaskedAutoregressiveTransform

        order = torch.arange(shape.numel)
        net = MaskedAutoregressiveTransform(
            shape.numel,
            order=order.flip(0) if turn % 2 else order,
            hidden_features=[self.hidden] * self.layers,
            activation=ACTIVATIONS[self.activation],
            **self._univariate(),
        )
        return AutoregressiveMap(net, inverted=self.direction == "drawing (IAF)")

    def _univariate(self) -> dict[str, Any]:
        from zuko.transforms import MonotonicRQSTransform

        if self.curve == "affine":
            return {}
        spline = partial(MonotonicRQSTransform, bound=self.bound)
        return {"univariate": spline, "shapes": [(BINS,), (BINS,), (BINS - 1,)]}


BINS = 8

"""The affine coupling layer of RealNVP."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import param
from nodes.flows.base import Bijection, WeightedLayer
from nodes.flows.masks import Conditioner, Mask, MaskKind, bound_param, depth_param, width_param
from nodes.networks.blocks import Activation, activation_param
from nodes.types import Shape


class AffineMap(Bijection):
    """z_moves = x_moves exp(s) + t, where s and t are functions of what stays."""

    def __init__(self, mask: Mask, conditioner: Conditioner, bound: float) -> None:
        super().__init__()
        self.mask, self.bound = mask, bound
        self.net = conditioner.net(mask.network_shape, 2 * mask.moving)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z, shaped as x (b, c, ...), and log|det dz/dx| = the sum of s, (b,)."""
        stays, moves = self.mask.split(x)
        s, t = self._scale_and_shift(stays)
        return self.mask.join(stays, torch.addcmul(t, moves, s.exp())), s.flatten(1).sum(1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x, shaped as z (b, c, ...), and log|det dx/dz| = minus the sum of s, (b,)."""
        stays, moves = self.mask.split(z)
        s, t = self._scale_and_shift(stays)
        return self.mask.join(stays, (moves - t) * (-s).exp()), -s.flatten(1).sum(1)

    def _scale_and_shift(self, stays: Tensor) -> tuple[Tensor, Tensor]:
        s, t = self.net(stays).chunk(2, 1)
        return self.bound * torch.tanh(s / self.bound), t


class AffineCoupling(WeightedLayer):
    """Scale and shift one half of each item by functions of the other half, which stays.

    Density estimation using Real NVP (Dinh, Sohl-Dickstein & Bengio, 2017), arXiv:1605.08803.

    The Jacobian is triangular, so log|det| is the sum of s. Points get a perceptron, images
    convolutions. From noise to data the map is inverted: x_a = (z_a - t) exp(-s).
    """

    synonyms = (
        "normalizing flow, flot normalisant, realnvp, real nvp, nice, coupling layer, couche de "
        "couplage"
    )
    title = "Affine coupling"
    formula = r"z_a = x_a \odot e^{s(x_b)} + t(x_b), \qquad z_b = x_b"
    icon = "git-merge"

    mask: MaskKind = param(
        default="alternating",
        help="What moves: every second dimension or channel, one half, every second pixel.",
    )
    swap: bool = param(
        default=False, help="Move first what would stay first: for layers that stand one by one."
    )
    hidden: int = width_param("s and t")
    layers: int = depth_param("s and t")
    activation: Activation = activation_param()
    bound: float = bound_param()

    def make(self, shape: Shape, turn: int) -> AffineMap:
        """Return the coupling; odd turns, with `swap` even ones, move the other half."""
        mask = Mask(self.mask, shape, turn + self.swap)
        conditioner = Conditioner.of(self)
        return AffineMap(mask, conditioner, self.bound)

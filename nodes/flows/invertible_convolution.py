"""The invertible 1x1 convolution of Glow: a learned mixing of channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nodes.flows.base import Bijection, WeightedLayer
from nodes.types import Shape


class Mixing(Bijection):
    """z = W x over the channels, W = P L (U + diag s): its log|det| is a sum, its inverse cheap."""

    p: Tensor
    sign: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        rotation, _ = torch.linalg.qr(torch.randn(shape[0], shape[0]))
        p, lower, upper = torch.linalg.lu(rotation)
        s = upper.diagonal()
        self.register_buffer("p", p)
        self.register_buffer("sign", s.sign())
        self.lower = nn.Parameter(lower.tril(-1))
        self.upper = nn.Parameter(upper.triu(1))
        self.log_s = nn.Parameter(s.abs().log())
        self.places = shape.numel // shape[0]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return W x over the channels, shaped as x (b, c, ...), and h w sum log|s|, ()."""
        lower, upper = self._factors()
        z = (self.p @ lower @ upper) @ x.reshape(len(x), len(lower), -1)
        return z.view(x.shape), self.places * self.log_s.sum()

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return W^-1 z, shaped as z (b, c, ...), and -h w sum log|s|, ()."""
        lower, upper = self._factors()
        columns = self.p.T @ z.reshape(len(z), len(lower), -1)
        half = torch.linalg.solve_triangular(lower, columns, upper=False, unitriangular=True)
        x = torch.linalg.solve_triangular(upper, half, upper=True)
        return x.view(z.shape), -self.places * self.log_s.sum()

    def _factors(self) -> tuple[Tensor, Tensor]:
        unit = torch.eye(len(self.log_s), dtype=self.log_s.dtype, device=self.log_s.device)
        diagonal = torch.diag(self.sign * self.log_s.exp())
        return self.lower.tril(-1) + unit, self.upper.triu(1) + diagonal


class InvertibleConvolution(WeightedLayer):
    """Mix the channels of each pixel by an invertible matrix: a learned permutation.

    Glow: Generative Flow with Invertible 1x1 Convolutions (Kingma & Dhariwal, 2018),
    arXiv:1807.03039.

    It starts as a random rotation. The matrix is kept as P L (U + diag s), where P is fixed, so
    that log|det W| is the sum of log|s|. Of points, dimensions are mixed.
    """

    synonyms = (
        "glow, 1x1 conv, permutation, normalizing flow, flot normalisant, convolution inversible"
    )
    title = "1×1 convolution"
    formula = r"z = W x,\quad W = P L (U + \mathrm{diag}\,s),\quad \log|\det| = h w \sum \log|s|"
    icon = "shuffle"

    def make(self, shape: Shape, turn: int) -> Mixing:
        """Return the map of a turn; each starts as a random rotation of its own."""
        return Mixing(shape)

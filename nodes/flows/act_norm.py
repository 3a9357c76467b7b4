"""Activation normalisation."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nodes.flows.base import Bijection, WeightedLayer
from nodes.types import Shape

LEAST = 1e-6
"""Standard deviations below this count as this: a channel may be constant in the first batch."""


class ActNormMap(Bijection):
    """z = x exp(log_s) + b for each channel; the first training batch sets both."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        sizes = (shape[0], *(1 for _ in shape[1:]))
        self.log_s = nn.Parameter(torch.zeros(sizes))
        self.b = nn.Parameter(torch.zeros(sizes))
        self.places = shape.numel // shape[0]
        self.ready = False

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z = x exp(log_s) + b, shaped as x (b, c, ...), and log|det dz/dx|, ().

        The first call in training sets b and log_s from x.
        """
        if self.training and not self.ready:
            self._begin(x.detach())
        return torch.addcmul(self.b, x, self.log_s.exp()), self.places * self.log_s.sum()

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x = (z - b) exp(-log_s), shaped as z (b, c, ...), and log|det dx/dz|, ()."""
        return (z - self.b) * (-self.log_s).exp(), -self.places * self.log_s.sum()

    @torch.no_grad()
    def _begin(self, x: Tensor) -> None:
        """Make each channel of z have mean 0 and variance 1 on this batch."""
        others = [0, *range(2, x.dim())]
        sd, mean = torch.std_mean(x, others, correction=0, keepdim=True)
        log_s = -sd.clamp(min=LEAST).log()
        self.log_s.copy_(log_s[0])
        self.b.copy_((-mean * log_s.exp())[0])
        self.ready = True

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return whether the first batch has been seen, for the checkpoint."""
        return {"ready": torch.tensor(self.ready)}

    def set_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self.ready = bool(state["ready"])


class ActNorm(WeightedLayer):
    """Scale and shift each channel; the first batch comes out with mean 0 and variance 1.

    Glow: Generative Flow with Invertible 1x1 Convolutions (Kingma & Dhariwal, 2018),
    arXiv:1807.03039.

    After the first training batch s and b are weights like any others. Of points each dimension is
    a channel. Before any training it is the identity.
    """

    synonyms = "glow, normalizing flow, activation normalization, flot normalisant, normalisation"
    title = "ActNorm"
    formula = r"z = s \odot x + b, \qquad \log|\det| = h\,w \sum \log |s|"
    icon = "scale"

    def make(self, shape: Shape, turn: int) -> ActNormMap:
        """Return the map of a turn; all turns are alike."""
        return ActNormMap(shape)

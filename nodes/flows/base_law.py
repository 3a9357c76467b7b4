"""The base law of a flow."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.flows.base import Flow, Law
from nodes.sentences import Part, Word, say
from nodes.types import Shape


class Normal(NamedTuple):
    """N(0, 1)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return -z^2 / 2 - log(2 pi) / 2, shaped as z."""
        return -0.5 * (z.square() + math.log(2 * math.pi))

    def draw(self, *size: int, generator: Generator | None, device: torch.device) -> Tensor:
        """Return draws of N(0, 1), shaped `size`."""
        return torch.randn(size, generator=generator, device=device)


class Uniform(NamedTuple):
    """U(0, 1)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return 0 within [0, 1] and minus infinity beyond, shaped as z."""
        inside = (z >= 0) & (z <= 1)
        return torch.where(inside, 0.0, -math.inf).to(z)

    def draw(self, *size: int, generator: Generator | None, device: torch.device) -> Tensor:
        """Return draws of U(0, 1), shaped `size`."""
        return torch.rand(size, generator=generator, device=device)


class Logistic(NamedTuple):
    """The logistic law, whose distribution function is the sigmoid: heavier tails than N(0, 1)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log sigmoid(z) + log sigmoid(-z), shaped as z."""
        return -F.softplus(z) - F.softplus(-z)

    def draw(self, *size: int, generator: Generator | None, device: torch.device) -> Tensor:
        """Return logits of uniform numbers, shaped `size`, clipped to ±16."""
        return torch.rand(size, generator=generator, device=device).clamp(1e-7, 1 - 1e-7).logit()


LAWS: dict[str, Law] = {"normal": Normal(), "logistic": Logistic(), "uniform": Uniform()}


class BaseLaw(Node):
    """Begin a flow with a law that is simple to draw from: noise.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    Every number of z is drawn alike: from N(0, 1), from the logistic law, or from U(0, 1), where
    what lies outside has no density at all. Layers follow in the order from noise to data; `shape`
    is that of an item at the start, `2` for points in the plane, `1 28 28` for grey images.
    """

    synonyms = (
        "base distribution, latent distribution, prior, normalizing flow, noise, gaussian, flot "
        "normalisant, bruit, distribution de base"
    )
    title = "Base law"
    formula = r"z \sim p_Z = \mathcal{N}(0, I)"
    icon = "dices"
    returns = "flow"

    shape: list[int] = param(
        default=[2], low=1, high=65536, help="Sizes of one item: dimensions, or channels h w."
    )
    law: Literal["normal", "logistic", "uniform"] = param(
        default="normal", help="Standard normal, logistic, or uniform on [0, 1]."
    )

    def forward(self) -> Flow:
        """Return a flow without steps: x = z."""
        return Flow(LAWS[self.law], Shape(self.shape))

    def sign(self) -> Part:
        return say("{law} {shape}", law=Word(self.law), shape="×".join(map(str, self.shape)))

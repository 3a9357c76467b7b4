"""Samples of a flow."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Source, param
from nodes.flows.base import Flow, must_be_images
from nodes.params import seed_param
from nodes.sentences import Part, listed, say
from nodes.types import Images, Points


class _Sampler(Source):
    """What both samplers share; they differ in the type of what they give."""

    icon = "dices"

    count: int = param(default=64, low=1, high=1_000_000, unit="items", help="How many at once.")
    temperature: float = param(
        default=1.0,
        low=0.0,
        high=10.0,
        help="The base is that much as wide: below 1 samples are more typical and less varied.",
        larger="more varied samples",
        smaller="more typical samples, less varied",
    )
    seed: int | None = seed_param()

    def draw(self, flow: Flow) -> Tensor:
        """Return items (count, ...) of the flow's shape; a seed fixes the noise."""
        generator = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        return flow.sample(
            self.count, temperature=self.temperature, generator=generator, device=self.device
        )

    def sign(self) -> Part:
        heat = [] if self.temperature == 1 else [say("T {heat}", heat=self.temperature)]
        return listed([self.count, *heat])


class FlowSampler(_Sampler):
    """Draw points from a flow.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    Noise is drawn from the base and carried through the layers to `x` (count, d). Items of other
    shapes are written as rows.
    """

    synonyms = "sample, generate, sampling, draw, échantillonner, générer, échantillonnage, tirer"
    title = "Flow sampler"
    formula = r"z \sim p_Z, \qquad x = f_K \circ \cdots \circ f_1(z)"
    returns = "x"

    def forward(self, flow: Flow) -> Points:
        """Return samples as rows, (count, d)."""
        return self.draw(flow).flatten(1)

    def sketch(self, flow: Flow) -> Tensor:
        return torch.empty(self.count, flow.item.numel, device=self.device)


class FlowImageSampler(_Sampler):
    """Draw images from a flow.

    Glow: Generative Flow with Invertible 1x1 Convolutions (Kingma & Dhariwal, 2018),
    arXiv:1807.03039.

    Noise is drawn from the base and carried through the layers to `images` (count, c, h, w). Glow
    shows its pictures at a temperature of 0.7.
    """

    synonyms = "sample, generate, sampling, glow, échantillonner, générer, échantillonnage"
    title = "Flow image sampler"
    formula = r"z \sim p_Z, \qquad x = f_K \circ \cdots \circ f_1(T z)"
    returns = "images"

    def forward(self, flow: Flow) -> Images:
        """Return samples as images, (count, c, h, w)."""
        return self.draw(flow)

    def sketch(self, flow: Flow) -> Tensor:
        must_be_images(flow.item, "The image sampler")
        return torch.empty(self.count, *flow.item, device=self.device)

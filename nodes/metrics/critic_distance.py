"""The Wasserstein distance as a critic estimates it, by duality."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.adversarial.penalties import interpolates, squared_gradient_norms, without_compilation
from nodes.base import Node
from nodes.errors import InputRefused
from nodes.metrics.gathering import collect, count_param
from nodes.types import Batch, Critic, Measured, Stream

FINE = 1e-12
"""The least slope that a critic is divided by."""


class CriticDistance(Node):
    """Measure by how much a critic's scores of real items exceed those of fake ones.

    Wasserstein Generative Adversarial Networks (Arjovsky, Chintala & Bottou, 2017),
    arXiv:1701.07875; Computational Optimal Transport, section 6.1 (Peyré & Cuturi, 2019),
    arXiv:1803.00567.

    By the duality of Kantorovich and Rubinstein no critic whose slope is 1 at most exceeds W_1, and
    the best one reaches it. `value` is the excess as it stands; `slope` the mean steepness on lines
    between real and fake items, `steepest` the largest found there, and `bound` the excess over
    that: below W_1 as far as no place is steeper. All in the unit of the data where the slope is 1.
    """

    synonyms = "wgan, wasserstein estimate, discriminator, kantorovich, estimation de Wasserstein"
    title = "Critic's distance"
    formula = (
        r"W_1(\mu, \nu) = \max_{\mathrm{Lip}(f) \le 1}"
        r" \mathbb{E}_{x \sim \mu}[f(x)] - \mathbb{E}_{y \sim \nu}[f(y)]"
    )
    icon = "ruler"
    role = "metric"

    count: int = count_param(1000)

    def forward(self, real: Stream[Batch], fake: Stream[Batch], critic: Critic) -> Measured:
        """Return the mean score of real items (b, ...) less that of fake ones, with slopes.

        Raise `InputRefused` where both differ in shape.
        """
        x, y = collect(real, self.count), collect(fake, self.count)
        excess = (critic(x).mean() - critic(y).mean()).item()
        steep = self._steepness(critic, x, y)
        steepest = steep.max().item()
        others = {
            "slope": steep.mean().item(),
            "steepest": steepest,
            "bound": excess / max(steepest, FINE),
            "items": len(x),
        }
        return Measured(excess, others)

    def _steepness(self, critic: Critic, x: Tensor, y: Tensor) -> Tensor:
        """Return the norm of the critic's gradient at points between real and fake ones, (n,)."""
        with torch.enable_grad():
            at = interpolates(x, y).detach().requires_grad_()
            score = without_compilation(critic)(at)
        return squared_gradient_norms(score, at).detach().sqrt()

    def sketch(self, real: Stream[Tensor], fake: Stream[Tensor], critic: Critic) -> None:
        """Compare the shapes, and call the critic on both."""
        for x, y in zip(real, fake, strict=False):
            if x.shape[1:] != y.shape[1:]:
                must, found = (" ".join(map(str, v.shape[1:])) for v in (x, y))
                raise InputRefused(
                    "{fake} must have the shape of {real}, {must}; it has {found}.",
                    "Wire items of the same kind to both.",
                    must=must,
                    found=found,
                )
            critic(x)

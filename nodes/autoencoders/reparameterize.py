"""The reparameterisation trick."""

from __future__ import annotations

from typing import Literal

import torch

from nodes.base import Source, param
from nodes.types import Gaussian, Points


class Reparameterize(Source):
    """Draw from a Gaussian in such a way that gradients reach its mean and variance.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    One `z` (b, d) an item. A test bound needs a drawn z; pictures of reconstructions may prefer the
    mean.
    """

    synonyms = (
        "reparameterization trick, reparametrization, sample z, latent, vae, astuce de "
        "reparamétrisation, tirage"
    )
    formula = r"z = \mu + \sigma \odot \epsilon, \qquad \epsilon \sim \mathcal{N}(0, I)"
    icon = "dices"
    returns = "z"

    test: Literal["drawn", "mean"] = param(
        default="drawn", title="In tests", help="What z is outside training: drawn, or the mean."
    )

    def forward(self, q: Gaussian) -> Points:
        """Return one draw z (b, d) of each Gaussian (b, d).

        Outside of training it is the mean, where `test` says so.
        """
        if self.test == "mean" and not self.training:
            return q.mean
        eps = torch.randn_like(q.mean)
        return torch.addcmul(q.mean, q.std, eps)

    def sign(self) -> str:
        return "z = μ + σε"

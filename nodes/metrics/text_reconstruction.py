"""The reconstruction of lines from one latent vector."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor

from nodes.autoencoders.likelihoods import kl_to_standard_normal
from nodes.base import Node
from nodes.language.base import LineModel
from nodes.language.text_decoder import TextDecoder
from nodes.language.words import PADDING
from nodes.metrics.embedding import double
from nodes.metrics.gathering import count_param, until
from nodes.training.precision import as_trained
from nodes.types import Gaussian, Measured, Stream, Tokens


class TextReconstruction(Node):
    """Count the characters of lines that come back from their latent vector, each in its place.

    Generating Sentences from a Continuous Space (Bowman et al., 2016), arXiv:1511.06349.

    Of each of the `tokens` (b, t) the decoder `model` writes the most likely line given the mean of
    `q`; a character is right where the same stands in the same place. Beside it are two floors:
    lines written from the vector of another line, and the commonest character everywhere; then the
    share of lines that are right in whole, and the mean KL(q || N(0, I)) in nats a line: where it
    is near 0, z carries no information, and the posterior has collapsed.
    """

    synonyms = (
        "reconstruction accuracy, text vae, collapsed posterior, exact characters, "
        "reconstruction de texte"
    )
    title = "Characters right"
    formula = r"\frac{1}{n} \sum_t 1\!\left[\hat{x}_t(\mu_\phi(x)) = x_t\right]"
    icon = "spell-check"
    role = "metric"
    better = "more"

    count: int = count_param(1000, help="Lines that are written, at most.")

    def forward(self, model: LineModel, q: Stream[Gaussian], tokens: Stream[Tokens]) -> Measured:
        """Return the share of characters of tokens (b, t) that come back, with its floors."""
        pairs = [(batch, next(q)) for batch in until(tokens, self.count)]
        lines = torch.cat([batch for batch, _ in pairs])[: self.count]
        mean, log_var = (torch.cat([q[part] for _, q in pairs])[: self.count] for part in (0, 1))
        with as_trained(model, mean.device):
            own, others = (written(model, z) == lines for z in (mean, mean.roll(1, 0)))
        here = lines != PADDING
        value, count = own[here].double().mean().item(), int(here.sum())
        found = {
            "error": math.sqrt(value * (1 - value) / count),
            "from another line": others[here].double().mean().item(),
            "commonest": lines[here].bincount().max().item() / count,
            "whole lines": own.all(1).double().mean().item(),
            "KL": double(kl_to_standard_normal(Gaussian(mean, log_var))).mean().item(),
            "items": float(len(lines)),
        }
        return Measured(value, found)

    def sketch(self, model: LineModel, q: Stream[Gaussian], tokens: Stream[Tensor]) -> None:
        """Return nothing: there are no numbers in a check."""


@torch.no_grad()
def written(model: LineModel, z: Tensor) -> Tensor:
    """Return the likeliest line of each z (b, d), (b, t)."""
    return cast(TextDecoder, model).write(z, lambda logits: logits.argmax(1))

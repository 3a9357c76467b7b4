"""Generate lines from latent vectors."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from nodes.base import EVERY, Source, must_be_built, param
from nodes.language.base import LineModel
from nodes.language.text_decoder import TextDecoder
from nodes.language.writing import token_sampler
from nodes.params import seed_param
from nodes.sentences import Part, say
from nodes.training.precision import as_trained
from nodes.types import Gaussian, Points, Tokens


class LineWriter(Source):
    """Decode each latent vector to a line, token by token.

    Generating Sentences from a Continuous Space (Bowman et al., 2016), arXiv:1511.06349.

    `tokens` (b, t), one line for each `z` (b, latent), of Gaussians their means; token 0 stands
    behind its end. At temperature 0 the likeliest token is taken at each place, so that equal
    vectors give equal lines.
    """

    synonyms = (
        "decode text, text vae, sentence sampler, greedy decoding, sample, écrire des lignes, "
        "décoder du texte"
    )
    title = "Line writer"
    formula = r"x_t \sim p_\theta(x_t \mid x_{<t}, z)"
    icon = "pencil"
    returns = "tokens"
    unreached = EVERY

    temperature: float = param(
        default=0.0,
        low=0.0,
        high=10.0,
        help="0: the likeliest token at each place; 1: drawn as the decoder says.",
    )
    seed: int | None = seed_param()

    @torch.no_grad()
    def forward(self, model: LineModel, z: Points | Gaussian) -> Tokens:
        """Return lines as tokens (b, t), one for each z (b, latent), without gradients.

        Raise `Unbuilt` where the decoder has no weights yet.
        """
        must_be_built(model)
        z = means_of(z)
        stream = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        with as_trained(model, z.device):
            return cast(TextDecoder, model).write(
                z, token_sampler(self.temperature, 0, 1.0, stream)
            )

    def sketch(self, model: Any, z: Points | Gaussian) -> Tensor:
        must_be_built(model)
        z = means_of(z)
        model(z, torch.zeros(z.shape[0], model.context, dtype=torch.int64, device=z.device))
        return torch.zeros(z.shape[0], model.context, dtype=torch.int64, device=z.device)

    def sign(self) -> Part:
        return say("τ {temperature}", temperature=self.temperature)


def means_of(z: Points | Gaussian) -> Tensor:
    """Return the means of Gaussians, (b, latent), or the points as they are."""
    return z.mean if isinstance(z, Gaussian) else z

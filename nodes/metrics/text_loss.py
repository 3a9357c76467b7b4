"""The loss of a language model on unseen text."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from nodes.autoencoders.likelihoods import counting
from nodes.base import Node
from nodes.errors import InputRefused
from nodes.language.base import Vocabulary, must_be_of
from nodes.metrics.embedding import double
from nodes.metrics.gathering import rewind
from nodes.types import Batch, Measured, Stream, Tokens


class TextLoss(Node):
    """Count the nats a character that a language model needs for the text kept for tests.

    Prediction and Entropy of Printed English (Shannon, 1951),
    doi:10.1002/j.1538-7305.1951.tb01366.x.

    `surprise` (b, t - 1) and `tokens` (b, t) come batch by batch, over the whole test part. All
    nats are divided by all characters of the tokens they are of, so that vocabularies compare.
    Where each text has one number, as the bound of a VAE has (b,), it counts for the whole text and
    its end, which is a token and a character too. Beside it stand nats a token, the perplexity of
    tokens, and what one would need who knows how often each token comes in this text and nothing
    else.
    """

    synonyms = "nats per character, bits per character, perplexity, perplexité, nats par caractère"
    title = "Text loss"
    formula = r"\frac{1}{\#\text{characters}} \sum_t -\log p_\theta(x_{t+1} \mid x_{\le t})"
    icon = "gauge"
    role = "metric"
    better = "less"

    def forward(
        self, surprise: Stream[Batch], tokens: Stream[Tokens], vocabulary: Vocabulary
    ) -> Measured:
        """Return the nats per character of the whole test part.

        Raise `InputRefused` where there is no text, or `surprise` does not fit the tokens.
        """
        nats, seen = 0.0, torch.zeros(len(vocabulary.pieces), dtype=torch.int64)
        lengths = vocabulary.lengths
        for values, of in paired(surprise, tokens):
            nats += double(values).sum().item()
            told = of[:, 1:] if values.dim() == 2 else of[counting(of)]
            seen += torch.bincount(told.flatten().cpu(), minlength=len(seen))
            if values.dim() == 1:
                lengths = lengths.clamp(min=1)
        count, characters = int(seen.sum()), int((seen * lengths).sum())
        if not count:
            raise InputRefused("There is no text to measure.", "Choose a longer text.")
        share = seen[seen > 0].double() / count
        blind = -(share * share.log()).sum().item()
        others = {
            "per token": nats / count,
            "perplexity": torch.tensor(nats / count).exp().item(),
            "frequencies alone": blind * count / characters,
            "characters": float(characters),
        }
        return Measured(nats / characters if characters else math.nan, others, "nats/character")

    def sketch(
        self, surprise: Stream[Tensor], tokens: Stream[Tensor], vocabulary: Vocabulary
    ) -> None:
        """Return nothing: there are no numbers in a check."""


def paired(surprise: Stream[Tensor], tokens: Stream[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches of both, surprise (b, t - 1) or (b,) and tokens (b, t), from the first on.

    Raise `InputRefused` where they do not fit each other.
    """
    rewind(surprise)
    while (values := next(surprise, None)) is not None:
        of = next(tokens)
        if values.dim() != 1:
            must_be_of(values, of)
        yield values, of

"""Texts that a language model generated or read."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.language.base import Vocabulary, must_be_of, must_be_tokens_of
from nodes.sentences import say
from nodes.types import Batch, Figure, Tokens


class TextView(Node):
    """Show texts; where it is known how surprising each token was, by colour.

    GLTR (Gehrmann, Strobelt & Rush, 2019), arXiv:1906.04043.

    `tokens` (b, t) are shown as the `vocabulary` has them, a paragraph each, over those that are
    wired to `below`, as what was made of them. With `surprise`
    (b, t - 1), in nats, the first text is shown token by token, the more surprising the stronger;
    the first token has none.
    """

    synonyms = "show text, surprise, read, lire, montrer du texte"
    title = "Text"
    icon = "letter-text"
    role = "view"
    figure = "text"

    count: int = param(default=4, low=1, high=1000, unit="texts", help="Texts shown at most.")
    caption: str = param(default="", help="Words beside the title; empty says what is shown.")

    def forward(
        self,
        tokens: Tokens,
        vocabulary: Vocabulary,
        surprise: Batch | None = None,
        below: Tokens | None = None,
    ) -> Figure:
        """Return a figure `text`: texts, or the tokens of the first with their surprise in nats.

        Raise `InputRefused` where a token has no piece, or `surprise` is not (b, t - 1).
        """
        must_be_tokens_of(tokens, vocabulary)
        if surprise is None:
            texts = [vocabulary.decode(row) for row in tokens[: self.count]]
            if below is not None:
                others = [vocabulary.decode(row) for row in below[: self.count]]
                texts = ["\n".join(pair) for pair in zip(texts, others, strict=False)]
            return Figure("text", {}, {"texts": texts, "subtitle": self.caption})
        must_be_of(surprise, tokens)
        weights = torch.cat([surprise.new_zeros(1), surprise[0].detach().float()])
        facts: dict[str, Any] = {"tokens": shown(tokens[0], vocabulary)}
        facts["subtitle"] = self.caption or say(
            "{value} nats per token", value=round(float(surprise[0].mean()), 2)
        )
        return Figure("text", {"weights": weights}, facts)

    def sketch(
        self,
        tokens: Tensor,
        vocabulary: Vocabulary,
        surprise: Tensor | None = None,
        below: Tensor | None = None,
    ) -> None:
        """Refuse a surprise that does not match the tokens."""
        if surprise is not None:
            must_be_of(surprise, tokens)


def shown(tokens: Tensor, vocabulary: Vocabulary) -> list[str]:
    """Return each token of a text (t,) as text."""
    return [vocabulary.shown(int(token)) for token in tokens.tolist()]

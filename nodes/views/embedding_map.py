"""The token embeddings of a language model in the plane."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.language.base import LanguageModel, Vocabulary
from nodes.sentences import say
from nodes.types import Figure
from nodes.views.scatter import principal
from nodes.views.token_probabilities import mark


class EmbeddingMap(Node):
    """Show the vectors that a language model writes tokens in, along their two principal axes.

    Principal axes after Pearson (1901), doi:10.1080/14786440109462720.

    Tokens that occur in similar contexts have similar vectors: vowels, capitals, signs.
    """

    synonyms = "embeddings, word vectors, token vectors, pca, vecteurs de mots"
    title = "Embedding map"
    icon = "map-pinned"
    role = "view"
    figure = "points"

    count: int = param(
        default=200, low=2, high=100_000, unit="tokens", help="Tokens shown at most, the first."
    )

    def forward(self, model: LanguageModel, vocabulary: Vocabulary) -> Figure:
        """Return a figure `points`: a point (2,) for each token, named by the token.

        Raise `InputRefused` where the model has no vectors of its tokens.
        """
        rows = _vectors(model)[: min(self.count, len(vocabulary.pieces))].detach().float()
        names = [mark(vocabulary, token) for token in range(len(rows))]
        facts: dict[str, Any] = {
            "classes": names,
            "equal": True,
            "names": [say("first principal axis"), say("second")],
            "subtitle": say("{n} tokens", n=len(rows)),
        }
        return Figure(
            "points", {"points": principal(rows), "labels": torch.arange(len(rows))}, facts
        )

    def sketch(self, model: Any, vocabulary: Vocabulary) -> None:
        """Refuse what has no vectors of its tokens."""
        _vectors(model)


def _vectors(model: Any) -> Tensor:
    rows = getattr(getattr(model, "embedding", None), "weight", None)
    if not isinstance(rows, Tensor):
        raise InputRefused(
            "{model} has no vectors of tokens to show.", "Wire the model of a Transformer."
        )
    return rows

"""The probabilities of next tokens at each place of a text."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nodes.base import Node, param
from nodes.language.base import Vocabulary, must_be_tokens_of, must_follow
from nodes.types import Batch, Figure, Tokens


class TokenProbabilities(Node):
    """Show which tokens a language model takes to be likely at each place of a text.

    GLTR (Gehrmann, Strobelt & Rush, 2019), arXiv:1906.04043.

    Of `logits` (b, t, K) and `tokens` (b, t) the first text is shown, its last places. A column is
    a place, and the token above it is the one that stands there; below are those that the model,
    which has read all before, finds likeliest, with their probabilities.
    """

    synonyms = "token probabilities, next token, logits, candidates, probabilités, jeton suivant"
    title = "Token odds"
    icon = "chart-column"
    role = "view"
    figure = "matrix"

    places: int = param(default=10, low=1, high=256, unit="tokens", help="Places shown at most.")
    likeliest: int = param(default=6, low=1, high=64, unit="tokens", help="Tokens a place.")

    def forward(self, logits: Batch, tokens: Tokens, vocabulary: Vocabulary) -> Figure:
        """Return a figure `matrix`: probabilities (likeliest, places) and the tokens they are of.

        Raise `InputRefused` where logits do not fit the tokens, or a token has no piece.
        """
        must_follow(logits, tokens)
        must_be_tokens_of(tokens, vocabulary)
        known = logits[0, :-1, : len(vocabulary.pieces)]
        said = known[-self.places :].detach().float().softmax(1)
        p, which = said.topk(min(self.likeliest, said.shape[1]), 1)
        words = [[mark(vocabulary, token) for token in row] for row in which.T.tolist()]
        facts: dict[str, Any] = {
            "columns": [mark(vocabulary, token) for token in tokens[0, -len(p) :].tolist()],
            "rows": [f"{rank + 1}." for rank in range(p.shape[1])],
            "cells": words,
            "low": 0.0,
            "high": 1.0,
        }
        return Figure("matrix", {"values": p.T}, facts)

    def sketch(self, logits: Tensor, tokens: Tensor, vocabulary: Vocabulary) -> None:
        """Refuse logits that do not match the tokens."""
        must_follow(logits, tokens)


def mark(vocabulary: Vocabulary, token: int) -> str:
    """Return a single token as text, with signs for blanks."""
    return vocabulary.shown(token).replace("\n", "↵").replace(" ", "␣")

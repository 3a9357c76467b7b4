"""Attention maps of a transformer."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.language.base import LanguageModel, Vocabulary, must_be_tokens_of
from nodes.types import Figure, Tokens
from nodes.views.texts import shown


class AttentionMaps(Node):
    """Show how much each token of a text takes from those before it, by layer and head.

    Attention Is All You Need (Vaswani et al., 2017), arXiv:1706.03762.

    One text of `tokens` (b, t) is shown, from its first token. A row of a map sums to 1; a row is a
    query token, a column a key token. Under the pointer, a token shows its mean attention over all
    maps, a place in a map its attention there.
    """

    synonyms = "attention, heads, heatmap, who looks where, têtes, cartes d'attention"
    title = "Attention"
    icon = "scan-eye"
    role = "view"
    figure = "attention"

    text: int = param(default=1, low=1, high=100_000, help="Which text of the batch is shown.")
    length: int = param(default=48, low=2, high=512, unit="tokens", help="Tokens shown at most.")

    def forward(self, model: LanguageModel, tokens: Tokens, vocabulary: Vocabulary) -> Figure:
        """Return a figure `attention`: maps (layers, heads, t, t), and the tokens as words.

        Raise `InputRefused` where the model does not show its attention, or a token has no piece.
        """
        _must_show_attention(model)
        must_be_tokens_of(tokens, vocabulary)
        chosen = min(self.text, tokens.shape[0]) - 1
        net: Any = model
        text = tokens[chosen : chosen + 1, : min(self.length, net.context)]
        maps = net.attention(text).detach().float()[:, 0]  # (layers, heads, t, t)
        return Figure("attention", {"maps": maps}, {"tokens": shown(text[0], vocabulary)})

    def sketch(self, model: Any, tokens: Tensor, vocabulary: Vocabulary) -> None:
        """Refuse what has no attention."""
        _must_show_attention(model)


def _must_show_attention(model: Any) -> None:
    if not hasattr(model, "attention"):
        raise InputRefused(
            "{model} does not show where it looks.", "Wire the model of a Transformer."
        )

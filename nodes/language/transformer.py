"""The transformer: a network that predicts the next token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import is_fake

from nodes.base import Node, param
from nodes.drawing import Drawing
from nodes.errors import InputRefused, ParamRefused
from nodes.language.attention import Activation, Block, Past, Positions, Rotary
from nodes.language.base import LanguageModel, must_look_back
from nodes.language.transformer_drawn import drawn
from nodes.language.words import vocabulary_param
from nodes.sentences import Part, Word, say
from nodes.types import Batch, Shape, Tokens

Preset = Literal["small", "medium", "own"]
SPREAD = 0.02
"""Standard deviation of embeddings at the beginning, as GPT-2's."""


class Size(NamedTuple):
    """What a preset sets."""

    layers: int
    heads: int
    width: int


PRESETS = {"small": Size(4, 4, 128), "medium": Size(4, 6, 192)}


class Transformer(Node):
    """Say of each token how likely any other follows, from it and all before it.

    Language Models are Unsupervised Multitask Learners (Radford et al., 2019),
    https://cdn.openai.com/better-language-models/language-models.pdf, with root mean square norms.

    `tokens` (b, t) are whole numbers below `vocabulary`; `logits` (b, t, K) at a place predict the
    next token, and depend on no later one. The context is as many tokens as the network was built
    for.
    """

    synonyms = (
        "gpt, llm, language model, attention, "
        "decoder-only, nanogpt, rope, modèle de langue, grand modèle"
    )
    formula = r"p_\theta(x_{t+1} \mid x_1, \dots, x_t)"
    icon = "brain"
    returns = "logits"
    handle = LanguageModel

    preset: Preset = param(
        default="small",
        help="small: 4 layers of 4 heads, 128 wide, 0.8 M weights; medium: 4 layers of 6 heads, "
        "192 wide, 1.8 M; own, as set below.",
    )
    vocabulary: int = vocabulary_param(256)
    layers: int = param(default=4, low=1, high=96, unit="layers", help="Own: blocks in a row.")
    heads: int = param(
        default=4, low=1, high=128, unit="heads", help="Own: how often each block looks back."
    )
    width: int = param(
        default=128, low=4, high=16_384, unit="units", help="Own: numbers a token is written in."
    )
    positions: Positions = param(
        default="rotary",
        help="How a place is told: by turning queries and keys (arXiv:2104.09864), or by learned "
        "vectors that are added.",
    )
    activation: Activation = param(
        default="ReLU²", help="What follows the first layer of each perceptron."
    )
    normed: bool = param(
        default=True,
        title="QK-norm",
        help="Bring queries and keys to unit mean square, so that attention does not run away.",
    )
    tied: bool = param(
        default=False,
        title="Tied embeddings",
        help="Write and read tokens with the same vectors (arXiv:1608.05859).",
    )
    dropout: float = param(default=0.0, low=0.0, high=0.9, help="Share of activations dropped.")

    def build(self, tokens: Shape) -> None:
        must_be_windows(tokens)
        layers, heads, width = self.size
        must_divide(width, heads)
        rotary = Rotary(width // heads, tokens[0]) if self.positions == "rotary" else None
        self.embedding = nn.Embedding(self.vocabulary, width)
        self.places = nn.Embedding(tokens[0], width) if rotary is None else None
        self.drop = nn.Dropout(self.dropout)
        self.blocks = nn.ModuleList(
            Block(
                width,
                heads,
                rotary=rotary,
                normed=self.normed,
                activation=self.activation,
                dropout=self.dropout,
            )
            for _ in range(layers)
        )
        self.norm = nn.RMSNorm(width)
        self.read_out = nn.Linear(width, self.vocabulary, bias=False)
        self.start()

    def start(self) -> None:
        """Begin with small embeddings, and with blocks that add nothing."""
        for embedding in filter(None, (self.embedding, self.places)):
            nn.init.normal_(embedding.weight, std=SPREAD)
        for block in self.blocks:
            nn.init.zeros_(block.attention.give.weight)  # type: ignore[union-attr, arg-type]
            nn.init.zeros_(block.think[2].weight)  # type: ignore[index, union-attr, arg-type]
        if self.tied:
            self.read_out.weight = self.embedding.weight

    def forward(self, tokens: Tokens) -> Batch:
        """Return the logits (b, t, K) of tokens (b, t).

        Raise `InputRefused` where a token is none of the vocabulary, or where there are more tokens
        than the network was built for.
        """
        return self.read(tokens)[0]

    def read(
        self, tokens: Tensor, past: Sequence[Past | None] | None = None
    ) -> tuple[Tensor, list[Past]]:
        """Return the logits of tokens (b, t) that follow the `past`, and the past for the next.

        Without it they are the first ones. Each block has a past of its own.
        """
        start = 0 if not past or past[0] is None else past[0].keys.shape[2]
        x = self._written(tokens, start)
        known: list[Past] = []
        for block, before in zip(self.blocks, past or [None] * len(self.blocks), strict=True):
            x, now = block(x, before)
            known.append(now)
        return self.read_out(self.norm(x)).float(), known

    def attention(self, tokens: Tensor) -> Tensor:
        """Return how much each place takes from each other: (layers, b, heads, t, t)."""
        x = self._written(tokens, 0)
        found: list[Tensor] = []
        for block in self.blocks:
            found.append(block.weights(x))  # type: ignore[operator]
            x, _ = block(x)
        return torch.stack(found)

    def _written(self, tokens: Tensor, start: int) -> Tensor:
        must_name_tokens(tokens, self.vocabulary)
        must_look_back(tokens, self.context, start)
        x = self.embedding(tokens)
        if self.places is not None:
            x = x + self.places.weight[start : start + tokens.shape[1]]
        return self.drop(x)

    @property
    def size(self) -> Size:
        """Layers, heads and width."""
        return PRESETS.get(self.preset) or Size(self.layers, self.heads, self.width)

    @property
    def context(self) -> int:
        """How many tokens it looks back on; it must be built."""
        assert self.built is not None
        return self.built["tokens"][0]

    def as_layers(self) -> Drawing:
        return drawn(self, SPREAD)

    def sign(self) -> Part:
        layers, heads, width = self.size
        return say("{layers} × {width}, {n} heads", layers=layers, width=width, n=heads)


def must_name_tokens(tokens: Tensor, vocabulary: int) -> None:
    """Raise `InputRefused` where one of the tokens (b, t) is none of 0, ..., vocabulary - 1.

    Looked at where this takes no time: on a GPU the numbers are far away, a check has none.
    """
    if tokens.device.type != "cpu" or not tokens.numel() or is_fake(tokens):
        return
    low, high = (int(end) for end in tokens.aminmax())
    if low < 0 or high >= vocabulary:
        raise InputRefused(
            "{tokens} go from {low} to {high}, but {vocabulary} is {found}: it must be {must}.",
            low=low,
            high=high,
            found=vocabulary,
            must=high + 1,
        )


def must_be_windows(tokens: Shape) -> None:
    """Raise `InputRefused` where an item is not one row of tokens, (t,)."""
    if len(tokens) != 1:
        raise InputRefused(
            "{tokens} must be rows of tokens; one item has the shape {found}.", found=tokens
        )


def must_divide(width: int, heads: int) -> None:
    """Raise `ParamRefused` where a head would not have an even number of features."""
    if width % (2 * heads):
        raise ParamRefused(
            "{param} must be a multiple of {step}, twice the number of heads; it is {value}.",
            place="width",
            param=Word("Width"),
            step=2 * heads,
            value=width,
        )

"""The decoder of a text VAE: a transformer with a latent vector as condition."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.language.attention import Activation, Block
from nodes.language.base import LineModel, must_look_back
from nodes.language.transformer import must_be_windows, must_divide, must_name_tokens
from nodes.language.words import PADDING, vocabulary_param
from nodes.language.writing import Choose
from nodes.sentences import Part, say
from nodes.types import Batch, Points, Shape, Tokens

SPREAD = 0.1
"""Standard deviation of embeddings at the beginning."""


class TextDecoder(Node):
    """Say of each place of a line how likely each token is, from a latent vector and what precedes.

    Generating Sentences from a Continuous Space (Bowman et al., 2016), arXiv:1511.06349.

    `logits` (b, t, K) at a place predict the token of `tokens` (b, t) in that same place, from `z`
    (b, latent) and the tokens before it; token 0 stands for the end. Each place has a linear map of
    z of its own. In training a share of the tokens before is hidden: a decoder that can predict the
    next character from the last ones may ignore z; this is posterior collapse.
    """

    synonyms = (
        "text vae, transformer, word dropout, sentence decoder, posterior collapse, decoder-only, "
        "décodeur de texte"
    )
    title = "Text decoder"
    formula = r"p_\theta(x|z) = \prod_t p_\theta(x_t \mid x_{<t}, z)"
    icon = "letter-text"
    returns = "logits"
    handle = LineModel

    vocabulary: int = vocabulary_param(67)
    width: int = param(
        default=128, low=4, high=16_384, unit="units", help="Numbers a token is written in."
    )
    layers: int = param(default=2, low=1, high=96, unit="layers", help="Blocks in a row.")
    heads: int = param(default=4, low=1, high=128, unit="heads", help="How often each block looks.")
    hidden: float = param(
        default=0.3,
        low=0.0,
        high=1.0,
        title="Tokens hidden",
        help="Share of the tokens before that are hidden in training; 1: z alone must tell.",
    )
    activation: Activation = param(
        default="ReLU²", help="What follows the first layer of each perceptron."
    )

    def build(self, z: Shape, tokens: Shape) -> None:
        must_be_windows(tokens)
        must_divide(self.width, self.heads)
        self.embedding = nn.Embedding(self.vocabulary, self.width)
        self.places = nn.Embedding(tokens[0], self.width)
        self.told = nn.Linear(z.numel, tokens[0] * self.width)
        self.blocks = nn.ModuleList(
            Block(
                self.width,
                self.heads,
                rotary=None,
                normed=True,
                activation=self.activation,
                dropout=0.0,
            )
            for _ in range(self.layers)
        )
        self.norm = nn.RMSNorm(self.width)
        self.read_out = nn.Linear(self.width, self.vocabulary)
        self.start()

    def start(self) -> None:
        """Begin with small embeddings."""
        nn.init.normal_(self.embedding.weight, std=SPREAD)
        nn.init.normal_(self.places.weight, std=SPREAD)

    def forward(self, z: Points, tokens: Tokens) -> Batch:
        """Return logits (b, t, K), float32, of the tokens (b, t) of lines with codes z (b, latent).

        Raise `InputRefused` where a token is none of the vocabulary, where lines are longer than
        those the decoder was built for, or where there is not one code for each line.
        """
        must_name_tokens(tokens, self.vocabulary)
        must_look_back(tokens, self.context)
        must_be_as_many(z, tokens)
        before = F.pad(tokens[:, :-1], (1, 0), value=PADDING)
        if self.training and self.hidden:
            before = before.masked_fill(torch.rand(before.shape, device=z.device) < self.hidden, 0)
        x = self.embedding(before) + self.places.weight[: tokens.shape[1]]
        x = x + self.told(z).view(z.shape[0], -1, self.width)[:, : tokens.shape[1]]
        for block in self.blocks:
            x = block(x)[0]
        return self.read_out(self.norm(x)).float()

    def write(self, z: Tensor, choose: Choose) -> Tensor:
        """Return a line for each z (b, d), (b, t), token by token, with 0 behind its end."""
        tokens = torch.full((z.shape[0], self.context), PADDING, device=z.device)
        going = torch.ones(z.shape[0], dtype=torch.bool, device=z.device)
        for place in range(self.context):
            logits = self(z, tokens[:, : place + 1])[:, -1]
            tokens[:, place] = choose(logits).masked_fill(~going, PADDING)
            going &= tokens[:, place] != PADDING
        return tokens

    @property
    def context(self) -> int:
        """How many tokens a line has room for; it must be built."""
        assert self.built is not None
        return self.built["tokens"][0]

    def sign(self) -> Part:
        return say(
            "{layers} × {width}, {n} heads", layers=self.layers, width=self.width, n=self.heads
        )


def must_be_as_many(z: Tensor, tokens: Tensor) -> None:
    """Raise `InputRefused` where there is not one latent vector z (b, ...) for each line (b, t)."""
    if z.shape[0] != tokens.shape[0]:
        raise InputRefused(
            "There must be a line for each {z}, {must}; there are {found}.",
            "Wire what was drawn for these lines.",
            must=z.shape[0],
            found=tokens.shape[0],
        )

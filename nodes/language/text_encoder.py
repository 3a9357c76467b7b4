"""The text encoder: a text as vectors, the condition of an image model."""

from __future__ import annotations

from torch import Tensor, nn

from nodes.base import Node, param
from nodes.language.attention import Activation, Block
from nodes.language.transformer import must_be_windows, must_divide, must_name_tokens
from nodes.language.words import PADDING, vocabulary_param
from nodes.sentences import Part, say
from nodes.types import Shape, TextVectors, Tokens

SPREAD = 0.5
"""Standard deviation of embeddings at the beginning."""
MOST_TOKENS = 64
"""Places that there are vectors for, at least, so that prompts may be longer than captions."""


class TextEncoder(Node):
    """Turn texts into vectors: one for each token, which has seen all others, and one in all.

    Photorealistic Text-to-Image Diffusion Models with Deep Language Understanding (Saharia et al.,
    2022), arXiv:2205.11487.

    `tokens` (b, t), where token 0 fills shorter texts up and is masked. `vectors` hold (b, t,
    width), which of them are tokens, and (b, width), the mean of these; of a text without any token
    all are zero, as without a condition. Without a causal mask, each token attends to both sides.
    """

    synonyms = (
        "clip, transformer, embedding, prompt, conditioning, text to image, encodeur de texte, "
        "plongement"
    )
    title = "Text encoder"
    formula = r"c = \tau_\theta(x_1, \dots, x_t)"
    icon = "letter-text"
    returns = "vectors"

    vocabulary: int = vocabulary_param(64)
    width: int = param(
        default=64, low=4, high=16_384, unit="units", help="Numbers a token is written in."
    )
    layers: int = param(default=2, low=1, high=96, unit="layers", help="Blocks in a row.")
    heads: int = param(default=4, low=1, high=128, unit="heads", help="How often each block looks.")
    activation: Activation = param(
        default="GELU", help="What follows the first layer of each perceptron."
    )
    dropout: float = param(default=0.0, low=0.0, high=0.9, help="Share of activations dropped.")

    def build(self, tokens: Shape) -> None:
        must_be_windows(tokens)
        must_divide(self.width, self.heads)
        self.embedding = nn.Embedding(self.vocabulary, self.width)
        self.places = nn.Embedding(max(tokens[0], MOST_TOKENS), self.width)
        self.blocks = nn.ModuleList(
            Block(
                self.width,
                self.heads,
                rotary=None,
                normed=True,
                activation=self.activation,
                dropout=self.dropout,
                causal=False,
            )
            for _ in range(self.layers)
        )
        self.norm = nn.RMSNorm(self.width)
        self.start()

    def start(self) -> None:
        """Begin with embeddings that differ, those of places less."""
        nn.init.normal_(self.embedding.weight, std=SPREAD)
        nn.init.normal_(self.places.weight, std=SPREAD / 2)

    def forward(self, tokens: Tokens) -> TextVectors:
        """Return the vectors of texts (b, t); tokens beyond the last known place are cut off.

        Raise `InputRefused` where a token is none of the vocabulary.
        """
        must_name_tokens(tokens, self.vocabulary)
        tokens = tokens[:, : self.places.num_embeddings]
        mask = tokens != PADDING
        x = self.embedding(tokens) + self.places.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, seen=mask)[0]
        x = self.norm(x).float() * mask[:, :, None]
        return TextVectors(x, mask, mean_of(x, mask))

    def sign(self) -> Part:
        return say(
            "{layers} × {width}, {n} heads", layers=self.layers, width=self.width, n=self.heads
        )


def mean_of(x: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of x (b, n, d) over the tokens of mask (b, n), (b, d).

    x must be zero where there is no token; a text without any gives zeros.
    """
    return x.sum(1) / mask.sum(1, keepdim=True).clamp(min=1)

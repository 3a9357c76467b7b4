"""Heads: what a drawn network ends in, so that a loss or a sampler can use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from nodes.autoencoders.decoder import RANGES, Output, apply_output
from nodes.base import Node, must_be_built, param
from nodes.errors import InputRefused
from nodes.language.words import vocabulary_param
from nodes.layers.base import (
    bias_param,
    first_param,
    must_be_as_built,
    must_be_real,
    must_be_rows,
    must_be_vectors,
    must_have_axes,
    started,
)
from nodes.networks.blocks import arrows
from nodes.sentences import Part, Word
from nodes.types import Batch, Gaussian, Images, Network, Points, Range, Rows, Shape, Values


class GaussianHead(Node):
    """Read rows of numbers as Gaussians: the first half is the mean, the second the log-variance.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `x` (b, 2 d) gives `q` with mean and log-variance (b, d): the end of an encoder.
    """

    synonyms = "vae, encoder, posterior, mean and variance, gaussienne, encodeur, moyenne, variance"
    title = "Gaussian head"
    formula = r"q = \mathcal{N}(x_{1 \dots d},\ \mathrm{diag}\, e^{x_{d + 1 \dots 2d}})"
    icon = "chart-area"
    returns = "q"

    def forward(self, x: Points) -> Gaussian:
        """Return the Gaussians (b, d) of x (b, 2 d). Refuse an odd number."""
        must_be_real(x)
        must_be_vectors(x)
        self._must_be_even(x.shape[-1])
        mean, log_var = x.float().chunk(2, dim=1)
        return Gaussian(mean, log_var)

    def _must_be_even(self, found: int) -> None:
        if found % 2:
            raise InputRefused(
                "{x} must have an even number of features, for means and log-variances; it has "
                "{found}.",
                "Put a Linear with {must} outputs before it.",
                place="x",
                found=found,
                must=found + 1,
            )


class ImageHead(Node):
    """Bring pictures into the range of pixels: the end of a decoder or a generator.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `x` (b, c, h, w) gives `x_hat` in its shape: probabilities by a sigmoid, in [0, 1], from whose
    logits the likelihood of an ELBO is computed; signed by tanh, in [-1, 1]; or as they are.
    """

    synonyms = "decoder output, generator, sigmoid, tanh, pixels, sortie, décodeur, probabilités"
    title = "Image head"
    formula = r"\hat{x} = \sigma(x)"
    icon = "image"
    returns = "x_hat"

    output: Output = param(
        default="probabilities",
        help="Probabilities in [0, 1] by a sigmoid, signed in [-1, 1] by tanh, or linear.",
    )

    def forward(self, x: Images) -> Images:
        """Return x (b, c, h, w), float32, in the range of `output`."""
        must_be_real(x)
        return apply_output(self.output, x, list(x.shape[1:]))

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"x_hat": RANGES[self.output]}

    def sign(self) -> Part:
        return Word(self.output)


class ScoreHead(Node):
    """Read rows of one number as scores: the end of a critic or an energy.

    Generative Adversarial Networks (Goodfellow et al., 2014), arXiv:1406.2661.

    `x` (b, 1) gives `score` (b,), float32.
    """

    synonyms = "critic, discriminator, energy, logit, squeeze, critique, discriminateur, énergie"
    title = "Score head"
    formula = r"s = x_1"
    icon = "gauge"
    returns = "score"

    def forward(self, x: Points) -> Values:
        """Return the scores (b,) of x (b, 1). Refuse more numbers."""
        must_be_real(x)
        must_be_vectors(x)
        self._must_be_one(x.shape[-1])
        return x.float().squeeze(1)

    def _must_be_one(self, found: int) -> None:
        if found != 1:
            raise InputRefused(
                "{x} must have one number an item, its score; it has {found}.",
                "Put a Linear with 1 output before it.",
                place="x",
                found=found,
            )


class TokenHead(Node):
    """Say of each place how likely each token is: the end of a language model.

    A Neural Probabilistic Language Model (Bengio et al., 2003),
    https://jmlr.org/papers/v3/bengio03a.html.

    `x` (b, t, d) gives `logits` (b, t, vocabulary), float32: a linear layer.
    """

    synonyms = "language model head, lm head, unembedding, logits, tête de langue, probabilités"
    title = "Token head"
    formula = r"p = \mathrm{softmax}(W x)"
    icon = "type"
    returns = "logits"

    vocabulary: int = vocabulary_param(256)
    bias: bool = bias_param()
    first: float = first_param()

    def build(self, x: Shape) -> None:
        must_be_rows(x)
        self.net = nn.Linear(x[-1], self.vocabulary, bias=self.bias)
        self.start()

    def start(self) -> None:
        """Scale the first weights."""
        started(self.net, first=self.first)

    def forward(self, x: Rows) -> Batch:
        """Return the logits (b, t, vocabulary) of x (b, t, d)."""
        must_be_real(x)
        must_have_axes(x, self.built)
        must_be_as_built(x.shape[-1], self.net.in_features)
        return self.net(x).float()

    def sign(self) -> str:
        return arrows(self.built["x"][-1], self.vocabulary) if self.built else ""


class TiedHead(Node):
    """Say of each place how likely each token is, by the vectors that an Embedding writes them in.

    Using the Output Embedding to Improve Language Models (Press & Wolf, 2017), arXiv:1608.05859.

    `x` (b, t, d) is multiplied with the vectors (K, d) of an `embedding`, whose weights these
    remain: `logits` (b, t, K), float32.
    """

    synonyms = (
        "weight tying, tied embeddings, unembedding, lm head, logits, shared weights, "
        "poids partagés, tête de langue, plongements liés"
    )
    title = "Tied token head"
    formula = r"p = \mathrm{softmax}(E x)"
    icon = "link"
    returns = "logits"

    def forward(self, x: Rows, embedding: Network) -> Batch:
        """Return the logits (b, t, K) of x (b, t, d).

        Raise `InputRefused` where the network is no embedding of tokens, or its vectors have
        another size than those of x.
        """
        must_be_real(x)
        must_be_rows(Shape(x.shape[1:]))
        vectors = _vectors(embedding)
        self._must_be_as_long(x.shape[-1], vectors.shape[1])
        return F.linear(x, vectors).float()

    def _must_be_as_long(self, found: int, must: int) -> None:
        if found != must:
            raise InputRefused(
                "The vectors of the embedding have {must} numbers, those of {x} {found}.",
                "Put a Linear with {must} outputs before it.",
                place="x",
                must=must,
                found=found,
            )


def _vectors(embedding: Any) -> Tensor:
    """Return the vectors (K, d) of an embedding; raise `InputRefused` where it is none."""
    must_be_built(embedding)
    found = getattr(embedding, "embedding", None)
    if not isinstance(found, nn.Embedding):
        raise InputRefused(
            "{embedding} must be the model of an Embedding: its vectors read what it wrote.",
            place="embedding",
        )
    return found.weight

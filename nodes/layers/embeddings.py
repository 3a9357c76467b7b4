"""Layers that write tokens, classes, places and times as vectors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.diffusion.contexts import as_texts
from nodes.errors import InputRefused
from nodes.labels import must_name_classes
from nodes.language.transformer import must_name_tokens
from nodes.language.words import vocabulary_param
from nodes.layers.base import (
    first_param,
    must_be_as_built,
    must_be_real,
    must_be_rows,
    must_have_axes,
    started,
)
from nodes.sentences import Part, PortName, Word
from nodes.types import (
    SIGNED,
    UNIT,
    Batch,
    Labels,
    Points,
    Range,
    Rows,
    Shape,
    TextVectors,
    Tokens,
    Values,
)

BASE = 10_000.0
"""Of the slowest wave of places: how many it takes to go round, over 2 pi."""


class Embedding(Node):
    """Give each token a vector of its own, which is learned.

    A Neural Probabilistic Language Model (Bengio et al., 2003),
    https://jmlr.org/papers/v3/bengio03a.html.

    `tokens` (b, t), whole numbers below `vocabulary`, give `y` (b, t, size).
    """

    synonyms = "lookup, table, word vectors, tokens, plongement, vecteurs de mots, jetons"
    formula = r"y_i = E_{x_i}"
    icon = "table-2"
    returns = "y"

    vocabulary: int = vocabulary_param(256)
    size: int = param(
        default=64,
        low=1,
        high=65_536,
        unit="dims",
        help="Numbers a token is written in.",
        larger="more can be told of a token, slower steps",
        smaller="fewer weights",
    )
    first: float = first_param()

    def build(self, tokens: Shape) -> None:
        self.net = nn.Embedding(self.vocabulary, self.size)
        self.start()

    def start(self) -> None:
        """Scale the first vectors: torch draws them with unit spread."""
        started(self.net, first=self.first)

    def forward(self, tokens: Tokens) -> Rows:
        """Return the vectors (b, t, size) of tokens (b, t).

        Raise `InputRefused` where a token is none of the vocabulary, or no whole number.
        """
        must_be_names(tokens, "tokens")
        must_name_tokens(tokens, self.vocabulary)
        return self.net(tokens)

    @property
    def embedding(self) -> nn.Embedding:
        """The vectors of the tokens, (vocabulary, size)."""
        return self.net

    def sign(self) -> str:
        return f"{self.vocabulary} × {self.size}"


class ClassEmbedding(Node):
    """Give each class a vector of its own, and one to no class.

    Classifier-Free Diffusion Guidance (Ho & Salimans, 2022), arXiv:2207.12598.

    `labels` (b,) from 0 to classes - 1 give `y` (b, size); the label `classes` itself stands for no
    class. Without a wire every item of `like` is of none.
    """

    synonyms = "label, condition, conditional, one-hot, class token, étiquette, classe, plongement"
    title = "Class embedding"
    formula = r"y = E_k, \qquad k \in \{0, \dots, K\}"
    icon = "tags"
    returns = "y"

    classes: int = param(
        default=10, low=1, high=100_000, unit="classes", help="Classes that labels name."
    )
    size: int = param(
        default=64,
        low=1,
        high=65_536,
        unit="dims",
        help="Numbers a class is written in.",
        larger="more can be told of a class",
        smaller="fewer weights",
    )
    first: float = first_param()

    def build(self) -> None:
        self.net = nn.Embedding(self.classes + 1, self.size)
        self.start()

    def start(self) -> None:
        """Scale the first vectors: torch draws them with unit spread."""
        started(self.net, first=self.first)

    def forward(self, like: Batch, labels: Labels | None = None) -> Points:
        """Return the vectors (b, size) of labels (b,), of no class where none are given.

        Raise `InputRefused` where a label is none of the classes, or there are not as many as items
        of `like` (b, …).
        """
        if labels is None:
            labels = torch.full((like.shape[0],), self.classes, device=like.device)
        must_be_names(labels, "labels")
        must_name_classes(labels, self.classes + 1)
        must_be_as_many(labels, like)
        return self.net(labels)

    def reached(self, output: str) -> frozenset[str]:
        return frozenset()

    def sign(self) -> str:
        return f"{self.classes} + 1 × {self.size}"


class TextVector(Node):
    """Give the vector of each text as a whole; of plain rows, their mean.

    StackGAN (Zhang et al., 2017), arXiv:1612.03242, tells a network of a text by one vector.

    A `context` of texts, or of rows (b, n, d), gives `y` (b, d). A Concat, an Add or a Modulate
    behind it tells a network of it.
    """

    synonyms = (
        "pooled, sentence embedding, text condition, caption, pooling, vecteur du texte, légende, "
        "condition"
    )
    title = "Text vector"
    formula = r"y = \bar{c}"
    icon = "letter-text"
    returns = "y"

    def forward(self, context: TextVectors | Batch) -> Points:
        """Return the vectors (b, d) of texts, or the means of rows (b, n, d)."""
        if isinstance(context, TextVectors):
            return context.pooled
        must_be_rows(Shape(context.shape[1:]), "context")
        return as_texts(context).pooled


class OneHot(Node):
    """Write each class as a row of zeros with a one in its place.

    Conditional Generative Adversarial Nets (Mirza & Osindero, 2014), arXiv:1411.1784.

    `labels` (b,) from 0 to classes - 1 give `y` (b, classes). A Concat behind it writes them beside
    noise, or as further channels of pictures.
    """

    synonyms = (
        "class, label, condition, indicator, dummy, conditional gan, classe, étiquette, "
        "indicatrice, encodage one-hot"
    )
    title = "One-hot classes"
    formula = r"y_k = [k = c]"
    icon = "tags"
    returns = "y"

    classes: int = param(
        default=10,
        settles="sizes",
        low=1,
        high=100_000,
        unit="classes",
        help="Classes that labels name.",
    )

    def forward(self, labels: Labels) -> Points:
        """Return a row (b, classes) for each of labels (b,).

        Raise `InputRefused` where a label is none of the classes.
        """
        must_be_names(labels, "labels")
        must_name_classes(labels, self.classes)
        return F.one_hot(labels, self.classes).to(torch.get_default_dtype())

    def ranges(self, labels: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": UNIT}

    def sign(self) -> str:
        return str(self.classes)


class TimeEmbedding(Node):
    """Write a time as waves of many frequencies.

    Attention Is All You Need (Vaswani et al., 2017), arXiv:1706.03762.

    `t` (b,) in [0, 1] gives `y` (b, 2 frequencies): sines and cosines, whose angular frequencies
    run evenly on a logarithmic scale from 1 to `highest`. A network tells near times apart by the
    fast ones, and far times by the slow ones.
    """

    synonyms = (
        "fourier features, sinusoidal, timestep, time, noise level, plongement du temps, sinusoïdes"
    )
    title = "Time embedding"
    formula = r"y = (\sin \omega_i t,\ \cos \omega_i t)_i"
    icon = "audio-waveform"
    returns = "y"

    frequencies: int = param(
        default=16,
        settles="sizes",
        low=1,
        high=1024,
        help="How many waves there are, each as a sine and a cosine.",
        larger="finer, with more numbers",
        smaller="coarser",
    )
    highest: float = param(
        default=1000.0,
        low=1.0,
        high=1e6,
        help="Angular frequency of the fastest wave.",
        larger="nearer times can be told apart",
        smaller="what is learned at one time holds further around it",
    )

    def forward(self, t: Values) -> Points:
        """Return sin(ω t) and then cos(ω t) of t (b,), (b, 2 frequencies)."""
        must_be_real(t, "t")
        must_be_numbers(t)
        frequencies = torch.logspace(0, math.log10(self.highest), self.frequencies, device=t.device)
        angles = t[:, None] * frequencies
        return torch.cat([angles.sin(), angles.cos()], 1)

    def ranges(self, t: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": SIGNED}

    def sign(self) -> str:
        return f"2 × {self.frequencies}"


class Positions(Node):
    """Tell each row where it stands, by a vector that is added.

    Attention Is All You Need (Vaswani et al., 2017), arXiv:1706.03762.

    `x` (b, n, d) keeps its shape. Learned: a vector for each of `longest` places. Sine: waves of
    the place, without weights, for rows of any length.
    """

    synonyms = "positional encoding, position embedding, order, places, encodage de position, ordre"
    formula = r"y_i = x_i + p_i"
    icon = "hash"
    returns = "y"

    kind: Literal["learned", "sine"] = param(
        default="learned", help="Whether vectors of places are learned, or waves."
    )
    longest: int | None = param(
        default=None,
        low=1,
        high=1_000_000,
        unit="places",
        help="Learned: how many places there are; empty: as many as the first rows have.",
        larger="longer rows are possible, with more weights",
        smaller="fewer weights",
    )
    first: float = first_param()

    def build(self, x: Shape) -> None:
        must_be_rows(x)
        self.width = x[-1]
        self.net = None
        if self.kind == "learned":
            self.net = nn.Embedding(self.longest or x[0], x[-1])
        self.start()

    def start(self) -> None:
        """Scale the first vectors: torch draws them with unit spread."""
        if self.net is not None:
            started(self.net, first=self.first)

    def forward(self, x: Rows) -> Rows:
        """Return x (b, n, d) with a vector added for each place.

        Raise `InputRefused` where there are more rows than places.
        """
        must_be_real(x)
        must_have_axes(x, self.built)
        must_be_as_built(x.shape[-1], self.width)
        if self.net is None:
            return x + waves(x)
        must_have_places(x, self.net.num_embeddings)
        return x + self.net.weight[: x.shape[1]]

    def sign(self) -> Part:
        return Word(self.kind)


def waves(x: Tensor) -> Tensor:
    """Return sines and cosines of the places of x (b, n, d), as (n, d)."""
    n, d = x.shape[1:]
    rates = BASE ** -(torch.arange(0, d, 2, device=x.device, dtype=x.dtype) / d)
    angles = torch.arange(n, device=x.device, dtype=x.dtype)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)[:, :d]


def must_have_places(x: Tensor, most: int) -> None:
    """Raise `InputRefused` where x (b, n, d) has more rows than there are places."""
    if x.shape[1] > most:
        raise InputRefused(
            "{x} must have at most {must} rows, one a place; it has {found}.",
            "Set {longest} to {found}.",
            place="x",
            must=most,
            found=x.shape[1],
        )


def must_be_numbers(t: Tensor) -> None:
    """Raise `InputRefused` where t is not one number an item."""
    if t.dim() != 1:
        raise InputRefused(
            "{t} must be one number an item; it has {found} axes.",
            "Wire the times of a process here.",
            place="t",
            found=t.dim(),
        )


def must_be_names(tokens: Tensor, port: str) -> None:
    """Raise `InputRefused` where numbers that are to name rows are no whole ones."""
    if tokens.is_floating_point():
        raise InputRefused(
            "{x} must be whole numbers; it is real numbers.",
            "A Linear takes real numbers, an Embedding names.",
            place=port,
            x=PortName(port),
        )


def must_be_as_many(labels: Tensor, like: Tensor) -> None:
    """Raise `InputRefused` where there are not as many labels as items."""
    if labels.shape[0] != like.shape[0]:
        raise InputRefused(
            "There must be a label for each item: {must}; there are {found}.",
            "Wire the labels of the same batch.",
            place="labels",
            must=like.shape[0],
            found=labels.shape[0],
        )

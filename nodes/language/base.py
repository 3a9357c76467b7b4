"""Vocabularies, port types and checks that the nodes of language share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from nodes.errors import InputRefused
from nodes.types import PortType

Numbers = np.ndarray[Any, np.dtype[np.int64]]


class Coder(Protocol):
    """Cuts a text into pieces of a vocabulary."""

    def cut(self, text: str) -> Numbers:
        """Return the numbers of the pieces, (n,)."""


@dataclass(frozen=True)
class Vocabulary:
    """The pieces that a text is cut into, as bytes of UTF-8, numbered from 0 on."""

    port: ClassVar[PortType] = PortType(
        "Vocabulary",
        family="labels",
        glyph="ring",
        help="The pieces of text that tokens stand for.",
        words="a vocabulary",
        still=True,
    )
    pieces: Sequence[bytes] = ()
    coder: Coder | None = field(default=None, compare=False)

    @cached_property
    def lengths(self) -> Tensor:
        """Return how many characters begin in each piece, (K,)."""
        counts = [sum(byte & 0xC0 != 0x80 for byte in piece) for piece in self.pieces]
        return torch.tensor(counts, dtype=torch.int64)

    def encode(self, text: str) -> Tensor:
        """Return the tokens of a text, (t,) int64.

        Raise `InputRefused` where the vocabulary lacks a sign of the text.
        """
        assert self.coder is not None
        return torch.from_numpy(self.coder.cut(text))

    def decode(self, tokens: Tensor) -> str:
        """Return the text of tokens (t,); bytes that are no character come as U+FFFD."""
        found = b"".join(self.pieces[int(token)] for token in tokens.tolist())
        return found.decode("utf-8", "replace")

    def after_lines(self, tokens: Tensor) -> Tensor:
        """Return the places in tokens (t,) at which a line begins."""
        ends = torch.tensor([piece.endswith(b"\n") for piece in self.pieces])
        behind = ends[tokens[:-1]].nonzero().flatten() + 1
        return torch.cat([behind.new_zeros(1), behind])

    def shown(self, token: int) -> str:
        """Return a single token as text."""
        return self.pieces[token].decode("utf-8", "replace")


LanguageModel = Annotated[
    nn.Module,
    PortType(
        "LanguageModel",
        ("Model",),
        "model",
        "diamond",
        None,
        "Says of each token how likely any other follows.",
        "a language model",
    ),
]

LineModel = Annotated[
    nn.Module,
    PortType(
        "LineModel",
        ("Model",),
        "model",
        "diamond",
        None,
        "Writes a line that a latent vector tells of.",
        "a decoder of lines",
    ),
]


def must_be_tokens_of(tokens: Tensor, vocabulary: Vocabulary) -> None:
    """Raise `InputRefused` where a vocabulary has no piece for some of the tokens (b, t).

    Checked on the CPU alone, where this takes no time.
    """
    if tokens.device.type != "cpu" or not tokens.numel() or not vocabulary.pieces:
        return
    highest = int(tokens.max())
    if highest >= len(vocabulary.pieces):
        raise InputRefused(
            "{vocabulary} has {count} pieces, and {tokens} go to {high}.",
            "Wire the vocabulary that these tokens were cut by.",
            count=len(vocabulary.pieces),
            high=highest,
        )


def must_look_back(tokens: Tensor, context: int, read: int = 0) -> None:
    """Raise `InputRefused` where tokens (b, t) behind those `read` are more than a model takes."""
    if read + tokens.shape[1] > context:
        raise InputRefused(
            "{tokens} may be {must} long, as the network was built; they are {found}.",
            "Shorten them, or train on longer windows.",
            must=context,
            found=read + tokens.shape[1],
        )


def must_follow(logits: Tensor, tokens: Tensor) -> None:
    """Raise `InputRefused` where logits (b, t, K) do not stand for the places of tokens (b, t)."""
    if logits.dim() != 3 or logits.shape[:2] != tokens.shape:
        raise InputRefused(
            "{logits} must have a row for each of the {tokens}, {must}; they have {found}.",
            "Wire what a language model says of these tokens.",
            must=" ".join(map(str, tokens.shape)),
            found=" ".join(map(str, logits.shape)),
        )


def must_be_of(surprise: Tensor, tokens: Tensor) -> None:
    """Raise `InputRefused` where `surprise` is not (b, t - 1) for tokens (b, t)."""
    must = (tokens.shape[0], tokens.shape[1] - 1)
    if tuple(surprise.shape) != must:
        raise InputRefused(
            "There must be a number for each of the {tokens} but the first, {must}; {surprise} has "
            "{found}.",
            "Wire the surprise of these tokens.",
            must=" ".join(map(str, must)),
            found=" ".join(map(str, surprise.shape)),
        )

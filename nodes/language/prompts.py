"""Prompts that a user writes, and interpolation between them."""

from __future__ import annotations

import math
import re
from itertools import product

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused
from nodes.language.base import Vocabulary
from nodes.language.captions import padded
from nodes.sentences import Part, say, shortened
from nodes.types import TextVectors, Tokens

SLOT = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
"""Choices in brackets, with bars between."""
MOST = 10_000
"""Prompts that one line may stand for."""
SHOWN = 20
"""Characters of a single prompt that the node shows: it does not grow over its neighbours."""


class Prompts(Node):
    """Give texts of your own as tokens, one a line.

    Learning Transferable Visual Models From Natural Language Supervision (Radford et al., 2021),
    arXiv:2103.00020.

    `tokens` (prompts x each, t): each prompt comes `each` times, one after another, cut as the
    `vocabulary` cuts texts; shorter ones are filled up with its first piece, where that is empty,
    else all must be as long. A word that the vocabulary lacks is refused. A slot, as in `a
    [large|small] [three|five]`, is filled in every way: a line with two such is four prompts.
    """

    synonyms = "prompt, text, caption, ask, negative prompt, invite, texte, demande"
    title = "Prompts"
    formula = r"c_1, \dots, c_n"
    icon = "message-square"
    returns = "tokens"
    unreached = EVERY

    text: str = param(
        default="a large three at the centre",
        multiline=True,
        help="One prompt a line; [large|small] stands for both; a hyphen alone asks for nothing.",
    )
    each: int = param(
        default=1, low=1, high=10_000, unit="times", help="How often each line comes."
    )

    def forward(self, vocabulary: Vocabulary) -> Tokens:
        """Return the prompts as tokens (prompts x each, t).

        Raise `InputRefused` where there is none, where the vocabulary lacks a word, or where it has
        no empty piece to fill shorter prompts up with.
        """
        lines = self.lines()
        if vocabulary.coder is None:
            return torch.zeros(len(lines) * self.each, 1, dtype=torch.int64, device=self.device)
        rows = [vocabulary.encode("" if line == "-" else line) for line in lines]
        if vocabulary.pieces[0] and len(set(map(len, rows))) > 1:
            raise InputRefused(
                "{vocabulary} has no empty piece to fill shorter prompts up with.",
                "Make all prompts as long, or wire the vocabulary of captions.",
            )
        return padded(rows).repeat_interleave(self.each, 0).to(self.device)

    def lines(self) -> list[str]:
        """Return the prompts, or raise `InputRefused` where there is none."""
        written = [line.strip() for line in self.text.splitlines() if line.strip()]
        lines = [prompt for line in written for prompt in filled(line)]
        if not lines:
            raise InputRefused("No prompt is written.", "Write one a line.", place="text")
        return lines

    def sign(self) -> Part:
        lines = self.lines()
        return say("{n} prompts", n=len(lines)) if len(lines) > 1 else shortened(lines[0], SHOWN)


def filled(line: str) -> list[str]:
    """Return the prompts that a line stands for, the last slot changing quickest.

    Raise `InputRefused` where there are more than 10,000.
    """
    parts = SLOT.split(line)
    ways = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    count = math.prod(map(len, ways))
    if count > MOST:
        raise InputRefused(
            "A line stands for {found} prompts; it may be {most}.",
            "Write fewer choices.",
            place="text",
            found=count,
            most=MOST,
        )
    return ["".join(way) for way in product(*ways)]


class BetweenPrompts(Node):
    """Walk from one text to the next in equal steps, through their vectors.

    Hierarchical Text-Conditional Image Generation with CLIP Latents (Ramesh et al., 2022),
    arXiv:2204.06125.

    `vectors` of b texts become those of (b - 1) x steps: from the first to the second, and on,
    both ends included. A token that one of two texts lacks fades.
    """

    synonyms = "interpolate text, morph, prompt interpolation, latent walk, interpolation, entre"
    title = "Between prompts"
    formula = r"c_t = (1 - t)\,c_a + t\,c_b"
    icon = "move-3d"
    returns = "between"

    steps: int = param(
        default=8, low=2, high=1024, unit="texts", help="Of a walk, both ends included."
    )

    def forward(self, vectors: TextVectors) -> TextVectors:
        """Return the interpolated texts between neighbours: b texts → (b - 1) x steps.

        Raise `InputRefused` where there are fewer than two texts.
        """
        if vectors.shape[0] < 2:
            raise InputRefused(
                "There must be two texts to walk between; {vectors} hold {count}.",
                "Write a second prompt.",
                count=vectors.shape[0],
            )
        t = torch.linspace(0, 1, self.steps, device=vectors.tokens.device)
        tokens, pooled = (_walk(part, t) for part in (vectors.tokens, vectors.pooled))
        either = vectors.mask[:-1] | vectors.mask[1:]
        return TextVectors(tokens, either.repeat_interleave(self.steps, 0), pooled)

    def sign(self) -> Part:
        return say("{n} texts", n=self.steps)


def _walk(x: Tensor, t: Tensor) -> Tensor:
    """Return all walks between neighbours of x (b, ...), ((b - 1) steps, ...)."""
    t = t.view(1, -1, *[1] * (x.dim() - 1))
    return torch.lerp(x[:-1, None], x[1:, None], t).flatten(0, 1)

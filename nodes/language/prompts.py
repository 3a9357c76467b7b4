"""Prompts that a user writes, and what lies between two of them."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused
from nodes.language.base import Vocabulary
from nodes.language.captions import padded
from nodes.sentences import Part, say
from nodes.types import TextVectors, Tokens


class Prompts(Node):
    """Give texts of your own as tokens, one a line.

    Learning Transferable Visual Models From Natural Language Supervision (Radford et al., 2021),
    arXiv:2103.00020.

    `tokens` (lines x each, t): each line comes `each` times, one after another, cut as the
    `vocabulary` cuts texts; shorter ones are filled up with its first piece, which is empty. A
    word that the vocabulary lacks is refused.
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
        help="One prompt a line; a line of a hyphen alone asks for nothing.",
    )
    each: int = param(
        default=1, low=1, high=10_000, unit="times", help="How often each line comes."
    )

    def forward(self, vocabulary: Vocabulary) -> Tokens:
        lines = self.lines()
        if vocabulary.coder is None:
            return torch.zeros(len(lines) * self.each, 1, dtype=torch.int64, device=self.device)
        if vocabulary.pieces[0]:
            raise InputRefused(
                "{vocabulary} has no empty piece to fill shorter prompts up with.",
                "Wire the vocabulary of captions.",
            )
        rows = [vocabulary.encode("" if line == "-" else line) for line in lines]
        return padded(rows).repeat_interleave(self.each, 0).to(self.device)

    def lines(self) -> list[str]:
        """Return the prompts, or raise `InputRefused` where there is none."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        if not lines:
            raise InputRefused("No prompt is written.", "Write one a line.", place="text")
        return lines

    def sign(self) -> Part:
        count = sum(bool(line.strip()) for line in self.text.splitlines())
        return say("{n} prompts", n=count)


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

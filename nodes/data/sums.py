"""Sums as lines of text, a task with right and wrong answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch

from nodes.base import param
from nodes.data.base import generator
from nodes.data.text_file import Reading, Text, TextSource
from nodes.types import Frame

PIECE = 10_000


class Sums(TextSource):
    """Give sums of two numbers, a line each: `123+456=975` where digits are reversed.

    Teaching Arithmetic to Small Transformers (Lee et al., 2023), arXiv:2307.03381: written from the
    last digit on, each digit of an answer needs one carry and no look ahead.

    The pairs of the test part are drawn once for all and are not among those that are learned.
    """

    icon = "calculator"
    synonyms = "addition, arithmetic, numbers, exact answers, additions, arithmétique, nombres"

    digits: int = param(default=3, low=1, high=9, unit="digits", help="Of each of the numbers.")
    lines: int = param(
        default=100_000, low=10, high=2_000_000, unit="lines", help="Sums to learn from."
    )
    tests: int = param(
        default=1000, low=1, high=100_000, unit="lines", help="Sums kept for measures."
    )
    reverse: bool = param(
        default=True, title="Reversed", help="Write the answer from its last digit on."
    )
    seed: int = param(default=0, low=0, high=2**32 - 1, help="Which sums are learned.")

    def reading(self) -> Reading:
        """Draw the sums: the test part first, then lines that are not in it."""
        most = 10**self.digits
        wanted = min(self.tests, most * most // 2)
        tests = _pairs(wanted, most, generator(1))
        held = set(tests)
        train: list[str] = []
        stream = generator(2, self.seed)
        while len(train) < self.lines:
            drawn = _pairs(PIECE, most, stream)
            train += self._written(pair for pair in drawn if pair not in held)
            yield Frame(min(len(train), self.lines), self.lines)
        return Text("".join(train[: self.lines]), "".join(self._written(tests)))

    def _written(self, pairs: Iterable[tuple[int, int]]) -> Iterator[str]:
        size = self.digits
        for a, b in pairs:
            answer = f"{a + b:0{size + 1}d}"
            yield f"{a:0{size}d}+{b:0{size}d}={answer[::-1] if self.reverse else answer}\n"


def _pairs(count: int, most: int, stream: torch.Generator) -> list[tuple[int, int]]:
    drawn = torch.randint(most, (count, 2), generator=stream).tolist()
    return [(a, b) for a, b in drawn]

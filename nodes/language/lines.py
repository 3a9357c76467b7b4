"""Lines of a text, one an item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from nodes.base import param
from nodes.data.base import Dataset, Split
from nodes.data.text_file import Text
from nodes.errors import InputRefused
from nodes.language.base import Vocabulary
from nodes.language.vocabularies import of_lines
from nodes.language.words import PADDING
from nodes.sentences import Part, say
from nodes.types import Frame, Range, Tokens


class Lines(NamedTuple):
    """Lines as tokens (b, t), and what the tokens stand for."""

    tokens: Tokens
    vocabulary: Vocabulary


class TextLines(Dataset):
    """Draw lines of a text, each by itself, as tokens of one length.

    Generating Sentences from a Continuous Space (Bowman et al., 2016), arXiv:1511.06349.

    `tokens` (b, longest + 1) are characters; behind the last one token 0, an empty piece, ends the
    line and fills it up. Longer lines are cut behind a word, shorter ones than `shortest` left out.
    Each line comes once, and those to learn from are not among those kept for tests.
    """

    synonyms = "sentences, verses, short texts, corpus, lignes, vers, phrases courtes"
    title = "Lines"
    formula = r"x = (x_1, \dots, x_n, 0, \dots, 0)"
    icon = "list"

    shortest: int = param(
        default=12, low=1, high=1024, unit="characters", help="Shorter lines are left out."
    )
    longest: int = param(
        default=24, low=1, high=1024, unit="characters", help="Longer lines are cut behind a word."
    )

    def __init__(self, **given: Any) -> None:
        self._text: Text | None = None
        self._vocabulary = Vocabulary()
        super().__init__(**given)

    def forward(self, text: Text) -> Lines:
        """Return the next batch of lines; the text is cut again where it has changed.

        Raise `InputRefused` where the text has no line of such a length.
        """
        if not self.loaded or self._text is not text:
            self._take(text)
        return self.next_batch()

    def sketch(self, text: Text) -> Lines:  # type: ignore[override]  # what is cut comes by wire
        shape = (self.batch, *self.item_shape())
        return Lines(torch.zeros(shape, dtype=torch.int64, device=self.device), self._vocabulary)

    def item_shape(self) -> tuple[int, ...]:
        """Return the shape of a line, (longest + 1,), with a place for its end."""
        return (self.longest + 1,)

    def pack(self, items: Tensor, labels: Tensor) -> Lines:
        """Return lines (b, t) with their vocabulary; a line has no label."""
        return Lines(items, self._vocabulary)

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"tokens": Range(0, len(self._vocabulary.pieces) - 1)} if self.loaded else {}

    @property
    def length(self) -> int | None:
        """Return the number of batches in one epoch, None before the text is read."""
        return super().length if self.loaded else None

    def fetch(self) -> Iterator[Frame[None]]:
        """Leave all to `forward`: the text comes by wire."""
        return iter(())

    def _take(self, text: Text) -> None:
        train, test = self._lines(text.train), self._lines(text.test)
        held = set(test) if len(test) > 1 else set()
        learned = [line for line in train if line not in held]
        if not learned:
            raise InputRefused(
                "{text} has no line of {shortest} to {longest} characters to learn from.",
                "Choose a text with such lines, or other lengths.",
                shortest=self.shortest,
                longest=self.longest,
            )
        self._batches = None
        self._vocabulary = of_lines(text.train + text.test, self.longest)
        items, tests = self._written(learned), self._written(test)
        none = torch.zeros(len(items) + len(tests), dtype=torch.int64)
        split = Split(items, none[: len(items)], tests, none[len(items) :])
        for name, value in split._asdict().items():
            setattr(self, name, value.to(self.device))
        self._text = text

    def _lines(self, text: str) -> list[str]:
        """Return the different lines that are neither too short nor too long, in their order."""
        lines = dict.fromkeys(cut(line.strip(), self.longest) for line in text.splitlines())
        return [line for line in lines if len(line) >= self.shortest]

    def _written(self, lines: list[str]) -> Tensor:
        """Return lines as tokens (n, t), the end behind each."""
        full = torch.full((self.longest + 1,), PADDING)
        rows = [full, *map(self._vocabulary.encode, lines)]
        return pad_sequence(rows, batch_first=True, padding_value=PADDING)[1:]

    def changed(self, name: str) -> None:
        super().changed(name)
        if name not in self.order_only:
            self._text = None

    def sign(self) -> Part:
        return super().sign() or say("{n} characters", n=self.longest)


def cut(line: str, longest: int) -> str:
    """Return as many whole words of a line as `longest` characters have room for."""
    return line if len(line) <= longest else line[: longest + 1].rpartition(" ")[0].rstrip()

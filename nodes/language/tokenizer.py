"""The tokenizer: a text as whole numbers, in windows of one length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, Source, param
from nodes.data.base import Position, generator
from nodes.data.text_file import Text
from nodes.errors import Exhausted, InputRefused
from nodes.language.base import Vocabulary
from nodes.language.vocabularies import MAKERS
from nodes.sentences import Part, Word, say
from nodes.types import Range, Tokens


class Tokenized(NamedTuple):
    """Windows of the text as tokens (b, t), and what the tokens stand for."""

    tokens: Tokens
    vocabulary: Vocabulary


class Read(NamedTuple):
    """A text as tokens, (n,) to learn from and (m,) for tests, and what they stand for."""

    train: Tensor
    test: Tensor
    vocabulary: Vocabulary


class Tokenizer(Source):
    """Cut a text into tokens, and draw windows of them.

    Neural Machine Translation of Rare Words with Subword Units (Sennrich, Haddow & Birch, 2016),
    arXiv:1508.07909, for byte pairs.

    `tokens` (b, t) are whole numbers from 0 on, `window` of them an item. In an epoch of training
    each token comes once, in windows that begin at another place each time, shuffled; tests go
    through the rest of the text in order, neighbouring windows sharing the token that one ends at
    and the other begins from. Pieces are characters, bytes, or byte pairs that the text itself
    makes usual; or those of the vocabulary that is `given`, as of a model that you have.
    """

    synonyms = (
        "tokens, bpe, byte pair encoding, characters, "
        "vocabulary, windows, jetons, caractères, vocabulaire"
    )
    formula = r"x_t \in \{0, \dots, K - 1\}"
    icon = "whole-word"
    settles = "data"
    unreached = EVERY

    pieces: Literal["characters", "bytes", "byte pairs"] = param(
        default="characters", help="What a token stands for."
    )
    vocabulary: int = param(
        default=512,
        low=257,
        high=100_000,
        unit="pieces",
        help="Byte pairs: how many pieces there are, with the 256 bytes.",
    )
    window: int = param(
        default=65,
        low=2,
        high=65_536,
        unit="tokens",
        help="Tokens in a window: one more than the network may look back on.",
    )
    begin: Literal["anywhere", "at lines"] = param(
        default="anywhere",
        help="Where windows begin. At lines: so that a line of fixed form always lies alike.",
    )
    batch: int = param(default=64, low=1, high=65_536, unit="items", help="Windows in a batch.")
    seed: int | None = param(
        default=None,
        low=0,
        high=2**32 - 1,
        help="Seed of the order of items; none: the run's seed.",
    )

    def __init__(self, **given: Any) -> None:
        self._read: Read | None = None
        self._text: Text | None = None
        self._given: Vocabulary | None = None
        self._windows: Iterator[Tensor] | None = None
        self._windows_seed = 0
        self._tests: Tensor | None = None
        self._count = 0
        self.at = Position()
        super().__init__(**given)

    def forward(self, text: Text, given: Vocabulary | None = None) -> Tokenized:
        """Return the next batch of windows, (batch, window); in a test the last may hold fewer.

        Raise `InputRefused` where the text is empty or shorter than a window, `Exhausted` at the
        end of a test.
        """
        if not text.train:
            raise InputRefused("{text} holds nothing.", "Choose a text.")
        self._take(text, given)
        assert self._read is not None
        self._must_fill_a_window(self._read)
        tokens = self._trained() if self.training else self._tested(self._read)
        return Tokenized(tokens.to(self.device, non_blocking=True), self._read.vocabulary)

    def sketch(self, text: Text, given: Vocabulary | None = None) -> Tokenized:
        tokens = torch.zeros(self.batch, self.window, dtype=torch.int64, device=self.device)
        self._given = given
        return Tokenized(tokens, given or (self._read.vocabulary if self._read else Vocabulary()))

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        known = self._read is not None
        return {"tokens": Range(0, len(self._read.vocabulary.pieces) - 1)} if known else {}  # type: ignore[union-attr]

    def _take(self, text: Text, given: Vocabulary | None) -> None:
        """Read the text, unless it is the one that was read last."""
        if self._read is not None and self._text is text and self._given is given:
            return
        if self._read is None or (self._text, self._given) != (text, given):
            self._read = self._cut(text, given)
            self._windows = self._tests = None
        self._text, self._given = text, given

    def _cut(self, text: Text, given: Vocabulary | None) -> Read:
        make = MAKERS[self.pieces]
        vocabulary = given or make(text.train + text.test, text.train, self.vocabulary)
        train, test = vocabulary.encode(text.train), vocabulary.encode(text.test)
        return Read(train, test, vocabulary)

    def _must_fill_a_window(self, read: Read) -> None:
        if len(read.train) < self.window:
            raise InputRefused(
                "{text} has {count} tokens to learn from; a window has {length}.",
                "Choose a longer text, or shorten the window.",
                count=len(read.train),
                length=self.window,
            )

    def _trained(self) -> Tensor:
        if self._windows is None or self._windows_seed != self.order_seed:
            assert self._read is not None
            self._windows_seed = self.order_seed
            self._windows = self._epochs(self._read.train)
        return next(self._windows)

    def _epochs(self, tokens: Tensor) -> Iterator[Tensor]:
        """Yield batches from the position on, without end."""
        at, seed, steps = self.at, self.order_seed, torch.arange(self.window)
        while True:
            stream = generator(seed, at.epoch)
            first = min(self.window - 1, len(tokens) - self.window + 1)
            starts = self._starts(tokens, int(torch.randint(first, (), generator=stream)))
            starts = starts[torch.randperm(len(starts), generator=stream)]
            size = min(self.batch, len(starts))
            for chosen in starts[at.place :].split(size)[: (len(starts) - at.place) // size]:
                at.place += size
                yield tokens[chosen[:, None] + steps]
            at.epoch, at.place = at.epoch + 1, 0

    def _starts(self, tokens: Tensor, first: int) -> Tensor:
        """Return the starts of windows from `first` on; no two windows predict the same token."""
        step, last = self.window - 1, len(tokens) - self.window
        if self.begin == "anywhere":
            return torch.arange(first, last + 1, step)
        assert self._read is not None
        begins = [at for at in self._read.vocabulary.after_lines(tokens).tolist() if at <= last]
        near = sum(at < step for at in begins)
        chosen: list[int] = []
        for at in begins[first * near // step :]:  # each of the near ones is as likely the first
            if not chosen or at >= chosen[-1] + step:
                chosen.append(at)
        return torch.tensor(chosen)

    def _tested(self, read: Read) -> Tensor:
        tokens = read.test if len(read.test) >= self.window else read.train
        if self._tests is None:
            self._tests = self._starts(tokens, 0)
        starts = self._tests
        part = starts[self.at.tested : self.at.tested + self.batch]
        if not len(part):
            raise Exhausted
        self.at.tested += self.batch
        return tokens[part[:, None] + torch.arange(self.window)]

    @property
    def length(self) -> int | None:
        """Training batches in which each token comes once; None before the text was ever read."""
        count = len(self._read.train) if self._read else self._count
        return max(1, (count - 1) // (self.window - 1) // self.batch) if count else None

    @property
    def order_seed(self) -> int:
        """Return the seed of the order of windows: the node's own, or that of the run."""
        return self.run_seed if self.seed is None else self.seed

    def changed(self, name: str) -> None:
        self._windows = self._tests = None
        if name in ("pieces", "vocabulary"):
            self._read = None

    def restart(self) -> None:
        self.at, self._windows = Position(), None

    def rewind(self) -> None:
        self.at.tested = 0

    def sign(self) -> Part:
        known = self._read.vocabulary if self._read is not None else self._given
        return Word(self.pieces) if known is None else say("{n} pieces", n=len(known.pieces))

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return epoch, place and number of tokens, for the checkpoint."""
        count = len(self._read.train) if self._read else self._count
        said = {"epoch": self.at.epoch, "place": self.at.place, "count": count}
        return {name: torch.tensor(number) for name, number in said.items()}

    def set_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self.at, self._windows = Position(int(state["epoch"]), int(state["place"])), None
        self._count = int(state["count"])

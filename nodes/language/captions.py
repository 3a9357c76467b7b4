"""Captions: a description of a drawing in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import is_fake
from torch.nn.utils.rnn import pad_sequence

from nodes.base import EVERY, Source, param
from nodes.data.drawing import Drawing, Sorts, things_of
from nodes.errors import InputRefused, ParamRefused
from nodes.language.base import Vocabulary
from nodes.language.words import LANGUAGES, PADDING, Words, of_words, words_of
from nodes.sentences import Part, Word, shortened
from nodes.types import Labels, Tokens

SLOTS = Sorts._fields
"""What a template may leave open, in the order of a drawing's columns."""


SLOT = re.compile(r"\[(.*?)\]")


class Captioned(NamedTuple):
    """A caption for each item as tokens (b, t), and what they stand for."""

    tokens: Tokens
    vocabulary: Vocabulary


class Captions(Source):
    """Say in words what is drawn.

    Zero-Shot Text-to-Image Generation (Ramesh et al., 2021), arXiv:2102.12092.

    `drawing` (b, k) holds whole numbers: thing, size, place and colour; labels (b,) alone are
    things, the digits first. `tokens` (b, t) are words, shorter captions filled up with token 0,
    which stands for nothing. Where there are several templates, or both languages, one is drawn
    for each item. The vocabulary takes the words that captions can have: those of things that the
    data hold, and of what a template asks for.
    """

    synonyms = (
        "text, prompt, template, text to image, description, légendes, texte vers image, modèle "
        "de phrase"
    )
    formula = r"c = \mathrm{words}(y_1, \dots, y_k)"
    icon = "quote"
    unreached = EVERY

    language: Literal["English", "French", "both"] = param(
        default="English", help="The language of the captions."
    )
    colours: bool = param(default=False, help="Say the colour too, where no templates are given.")
    templates: str = param(
        default="",
        multiline=True,
        help="One caption a line, with [size], [colour], [thing] and [place] where these words "
        "belong; empty: the language's own.",
    )

    def forward(self, drawing: Drawing | Labels) -> Captioned:
        """Return a caption for each row of a drawing (b, k), or for each label (b,).

        Raise `InputRefused` where the drawing has no column that a template asks for, or a number
        without a word; `ParamRefused` where a template is none.
        """
        vocabulary = self._vocabulary(things_of(drawing))
        rows = drawing[:, None] if drawing.dim() == 1 else drawing
        self._must_tell_enough(rows.shape[1])
        if is_fake(drawing):
            return Captioned(rows.new_zeros(rows.shape[0], self._longest()), vocabulary)
        said = [vocabulary.encode(self._said(row)) for row in rows.tolist()]
        return Captioned(padded(said, self._longest()).to(drawing.device), vocabulary)

    def _said(self, row: list[int]) -> str:
        """Return the caption of one drawing, by a template drawn among all."""
        choices = [(words, line) for words in self._languages() for line in self._lines(words)]
        words, line = choices[int(torch.randint(len(choices), ()))] if choices[1:] else choices[0]
        parts = dict(zip(SLOTS, row, strict=False))
        return SLOT.sub(lambda found: _word(words, found[1], parts[found[1]]), line)

    def _must_tell_enough(self, columns: int) -> None:
        """Refuse a drawing that leaves open what a template asks for."""
        lines = [line for words in self._languages() for line in self._lines(words)]
        told = SLOTS[:columns]
        missing = next((s for line in lines for s in slots_of(line) if s not in told), None)
        if missing is not None:
            raise InputRefused(
                "A template asks for {slot}, which {drawing} does not tell.",
                "Wire what is drawn, or take it out of the templates.",
                slot=f"[{missing}]",
            )

    def _languages(self) -> list[Words]:
        return list(LANGUAGES.values()) if self.language == "both" else [LANGUAGES[self.language]]

    def _lines(self, words: Words) -> list[str]:
        own = words.coloured if self.colours else words.plain
        return [line for line in self.templates.splitlines() if line.strip()] or [own]

    def _vocabulary(self, things: range | None) -> Vocabulary:
        """Return the words of the templates, then of the languages; it takes what may be said.

        Their numbers are the same whatever the data hold.
        """
        texts, said = list[str](), list[str]()
        for words in self._languages():
            lines = [_without_slots(line) for line in self._lines(words)]
            texts += [*lines, *(word for slot in SLOTS for word in getattr(words, slot))]
            said += [*lines, *self._filling(words, things)]
        return of_words(texts, said)

    def _filling(self, words: Words, things: range | None) -> Iterator[str]:
        """Yield what may stand in the slots of a language's templates."""
        for slot in {slot for line in self._lines(words) for slot in slots_of(line)}:
            known = getattr(words, slot)
            yield from known if slot != "thing" or things is None else (known[n] for n in things)

    def _longest(self) -> int:
        """Return how many words the longest caption has."""
        return max(
            len(words_of(_without_slots(line)))
            + sum(max(len(words_of(w)) for w in getattr(words, slot)) for slot in slots_of(line))
            for words in self._languages()
            for line in self._lines(words)
        )

    def sign(self) -> Part:
        return Word(self.language)


def padded(rows: list[Tensor], length: int | None = None) -> Tensor:
    """Return rows of tokens (t_i,) as one batch (b, t), filled up to the longest or to a length."""
    batch = pad_sequence(rows, batch_first=True, padding_value=PADDING)
    lacking = max(0, (length or 1) - batch.shape[1])
    return torch.nn.functional.pad(batch, (0, lacking), value=PADDING)


def slots_of(line: str) -> list[str]:
    """Return what a template leaves open, or raise `ParamRefused` where it is none."""
    found = SLOT.findall(line)
    strange = next((name for name in found if name not in SLOTS), None)
    if strange is not None:
        raise ParamRefused(
            "“{line}” is no template: what stands in brackets must be one of {known}.",
            place="templates",
            line=shortened(line),
            known=", ".join(f"[{slot}]" for slot in SLOTS),
        )
    return found


def _without_slots(line: str) -> str:
    slots_of(line)
    return SLOT.sub(" ", line)


def _word(words: Words, slot: str, number: int) -> str:
    known = getattr(words, slot)
    if not 0 <= number < len(known):
        raise InputRefused(
            "There are words for {count} different things, and one is number {found}.",
            "Wire what is drawn, or labels of digits.",
            count=len(known),
            found=number,
        )
    return str(known[number])

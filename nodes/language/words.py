"""Words for drawings in two languages, and vocabularies of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nodes.base import param
from nodes.errors import InputRefused
from nodes.language.base import Numbers, Vocabulary
from nodes.sentences import shortened

PADDING = 0
"""The token that fills shorter texts up; it stands for nothing."""


def vocabulary_param(default: int) -> Any:
    """Declare the number of different tokens that a network takes."""
    return param(
        default=default,
        low=2,
        high=1_000_000,
        unit="pieces",
        help="How many different tokens there may be.",
    )


class Words(NamedTuple):
    """The words for things, sizes, places and colours, by their numbers, and caption templates."""

    thing: tuple[str, ...]
    size: tuple[str, ...]
    place: tuple[str, ...]
    colour: tuple[str, ...]
    plain: str
    coloured: str


LANGUAGES: Mapping[str, Words] = {
    "English": Words(
        thing=(
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("circle", "square", "triangle", "cross"),
        ),
        size=("small", "large"),
        place=(
            *("top left", "top", "top right"),
            *("left", "centre", "right"),
            *("bottom left", "bottom", "bottom right"),
        ),
        colour=("white", "red", "yellow", "green", "blue", "purple"),
        plain="a [size] [thing] at the [place]",
        coloured="a [size] [colour] [thing] at the [place]",
    ),
    "French": Words(
        thing=(
            *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
            *("rond", "carré", "triangle", "plus"),
        ),
        size=("petit", "grand"),
        place=(
            *("en haut à gauche", "en haut", "en haut à droite"),
            *("à gauche", "au centre", "à droite"),
            *("en bas à gauche", "en bas", "en bas à droite"),
        ),
        colour=("blanc", "rouge", "jaune", "vert", "bleu", "violet"),
        plain="un [size] [thing] [place]",
        coloured="un [size] [thing] [colour] [place]",
    ),
}
"""French shapes are such as have no feminine adjective: un plus for a cross."""


@dataclass(frozen=True)
class ByWord:
    """Tokenise a text by words, without regard to case and punctuation."""

    numbers: Mapping[str, int]

    def cut(self, text: str) -> Numbers:
        """Return the number of each word of a text, (n,).

        Raise `InputRefused` where a word is not in the vocabulary.
        """
        words = words_of(text)
        strange = next((word for word in words if word not in self.numbers), None)
        if strange is not None:
            raise InputRefused(
                "“{word}” is not in the vocabulary.",
                "It has the words {known}.",
                word=shortened(strange),
                known=", ".join(self.numbers),
            )
        return np.array([self.numbers[word] for word in words], dtype=np.int64)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without the signs between them."""
    return re.findall(r"\w+", text.lower())


def of_words(texts: Iterable[str], known: Iterable[str] | None = None) -> Vocabulary:
    """Return a vocabulary of all words of some texts, in their order, after the padding.

    Of these it takes only the words of the texts that are `known`, where they are given: what no
    caption says, a network cannot have learned.
    """
    words = dict.fromkeys(word for text in texts for word in words_of(text))
    pieces = [b"", *(f"{word} ".encode() for word in words)]
    taken = words.keys() if known is None else {word for text in known for word in words_of(text)}
    numbers = {word: n for n, word in enumerate(words, PADDING + 1) if word in taken}
    return Vocabulary(pieces, ByWord(numbers))

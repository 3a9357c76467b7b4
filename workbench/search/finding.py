"""Search nodes, examples and actions by words, in any language.

An entry has a title and other texts, lists of terms separated by commas, each with a weight. Every
word of the pattern must match a word, its beginning or its inside; in the title, letters in order
are enough. If nothing matches, `nearest` returns similar spellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from workbench.search.fuzzy import fold, match

T = TypeVar("T")

WHOLE, BEGUN, BENT, WITHIN = 1.0, 0.8, 0.75, 0.4  # quality of a match
LATER = 0.03  # less for each earlier term
SCALE, EXACT = 60.0, 20.0
SCATTERED = 5.0  # least score per letter for a title's letters in order
GOOD = 0.7
ALIKE, MOST_NEAR = 0.7, 5


class Entry(NamedTuple, Generic[T]):
    """A searchable item; the first text is its title."""

    item: T
    texts: tuple[tuple[float, str], ...]


class Found(NamedTuple, Generic[T]):
    """A match, its score, and the positions of the matching letters in its title.

    `titled`: whether the pattern is the whole title.
    """

    item: T
    score: float
    places: tuple[int, ...] = ()
    titled: bool = False


def find(pattern: str, entries: Iterable[Entry[T]]) -> list[Found[T]]:
    """Return the matches, best first; for an empty pattern, everything in order."""
    if not pattern.strip():
        return [Found(entry.item, 0.0) for entry in entries]
    found = [fit for entry in entries if (fit := _fit(pattern, entry)) is not None]
    return sorted(found, key=lambda fit: -fit.score)


def best_matches(found: list[Found[T]]) -> list[Found[T]]:
    """Return the matches about as good as the best, for lists that show no order."""
    best = found[0].score if found else 0.0
    return [fit for fit in found if fit.score >= GOOD * best]


def nearest(pattern: str, entries: Iterable[Entry[T]]) -> list[Found[T]]:
    """Return the few entries with the most similar word or term, titles first."""
    wanted = _joined(pattern)
    found = [(Found(e.item, _likeness(wanted, e.texts)), e) for e in entries if wanted]
    alike = [(fit, e) for fit, e in found if fit.score >= ALIKE]
    alike.sort(key=lambda pair: (-pair[0].score, -_likeness(wanted, pair[1].texts[:1])))
    return [fit for fit, _ in alike[:MOST_NEAR]]


def _fit(pattern: str, entry: Entry[T]) -> Found[T] | None:
    title = entry.texts[0][1]
    letters = match(pattern, title)
    if letters is not None and letters.score < SCATTERED * len(_joined(pattern)):
        letters = None
    words = _worded(pattern, entry.texts)
    if letters is None and words is None:
        return None
    score = max(letters.score if letters else 0.0, words or 0.0)
    places = letters.places if letters else _places(pattern, title)
    return Found(entry.item, score, places, _joined(pattern) == _joined(title))


def _worded(pattern: str, texts: Sequence[tuple[float, str]]) -> float | None:
    """Return how well the words of a pattern match, None if one does not."""
    words = _meant(pattern)
    best = [max(weight * _held(word, text) for weight, text in texts) for word in words]
    named = max(weight * _named(pattern, text) for weight, text in texts)
    if not named and not all(best):
        return None
    mean = sum(best) / len(best) if best and all(best) else 0.0
    return SCALE * max(mean, named) + EXACT * named


def _meant(pattern: str) -> list[str]:
    words = _tokens(pattern)
    return [word for word in words if word not in SMALL] or list(words)


def _held(word: str, text: str) -> float:
    """Return how well a word matches a text: the best of its words."""
    return max((_quality(word, own) for own in _tokens(text)), default=0.0)


@lru_cache(maxsize=65536)
def _quality(word: str, own: str) -> float:
    if own == word:
        return WHOLE
    if own.startswith(word):
        return BEGUN
    if len(own) > 2 and word.startswith(own) and len(word) - len(own) <= 2:
        return BENT  # a plural
    return WITHIN if len(word) > 2 and word in own else 0.0


def _named(pattern: str, text: str) -> float:
    """Return how well a pattern matches a whole term, the first best; `unet` matches `U-Net`."""
    place = _terms(text).get(_joined(pattern))
    return 0.0 if place is None else max(WHOLE - LATER * place, WITHIN)


@lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\w+", fold(text))))


SMALL = frozenset(_tokens("a an and d de des du en et l la le les of the to un une"))


@lru_cache(maxsize=8192)
def _terms(text: str) -> dict[str, int]:
    """Return the terms of a text, each with its position."""
    terms = dict.fromkeys(_joined(term) for term in text.split(",") if term.strip())
    return {term: place for place, term in enumerate(terms)}


def _joined(text: str) -> str:
    return "".join(re.findall(r"\w+", fold(text)))


def _places(pattern: str, title: str) -> tuple[int, ...]:
    """Return the positions of a pattern's words in a title."""
    where = fold(title)
    spots = [(where.find(word), len(word)) for word in _meant(pattern)]
    return tuple(sorted({at + i for at, length in spots if at >= 0 for i in range(length)}))


def _likeness(wanted: str, texts: Sequence[tuple[float, str]]) -> float:
    """Return the similarity of the nearest name; descriptions do not count."""
    names = {n for w, text in texts if w > BEGUN for n in (*_terms(text), *_tokens(text))}
    alike = SequenceMatcher(b=wanted)
    best = 0.0
    for name in names:
        alike.set_seq1(name)
        if len(name) > 2 and alike.real_quick_ratio() > best and alike.quick_ratio() > best:
            best = max(best, alike.ratio())
    return best

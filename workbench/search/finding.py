"""Find what a person means by a few words: nodes, examples, actions, in either language.

An entry has a title and other texts, each of a weight: terms with commas between. All words that
are typed must be found, whole, begun or within another. In the title letters in their order are
enough. Where nothing fits, `nearest` offers what is spelt alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from workbench.search.fuzzy import fold, match

T = TypeVar("T")

WHOLE, BEGUN, BENT, WITHIN = 1.0, 0.8, 0.75, 0.4  # how well a word is found
LATER = 0.03  # less for each term before it
SCALE, EXACT = 60.0, 20.0
SCATTERED = 5.0  # of a title's letters in order: the least a letter must count
GOOD = 0.7
ALIKE, MOST_NEAR = 0.7, 5


class Entry(NamedTuple, Generic[T]):
    """Something to be found; the first text is its title."""

    item: T
    texts: tuple[tuple[float, str], ...]


class Found(NamedTuple, Generic[T]):
    """An entry that fits, how well, and the places of the letters in its title that do."""

    item: T
    score: float
    places: tuple[int, ...] = ()


def find(pattern: str, entries: Iterable[Entry[T]]) -> list[Found[T]]:
    """Return what fits, best first; where nothing is typed, everything as it came."""
    if not pattern.strip():
        return [Found(entry.item, 0.0) for entry in entries]
    found = [fit for entry in entries if (fit := _fit(pattern, entry)) is not None]
    return sorted(found, key=lambda fit: -fit.score)


def good(found: list[Found[T]]) -> list[Found[T]]:
    """Return what fits about as well as the best, where a list cannot show an order."""
    best = found[0].score if found else 0.0
    return [fit for fit in found if fit.score >= GOOD * best]


def nearest(pattern: str, entries: Iterable[Entry[T]]) -> list[Found[T]]:
    """Return the few entries with a word or a term that is spelt most alike, titles first."""
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
    return Found(entry.item, score, letters.places if letters else _places(pattern, title))


def _worded(pattern: str, texts: Sequence[tuple[float, str]]) -> float | None:
    """Return how well the words of a pattern are found, None where one is missing."""
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
    """Return how well a text holds a word: the best of its own words."""
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
    """Tell how well a pattern is one of the terms: the first says most. `unet` is `U-Net`."""
    place = _terms(text).get(_joined(pattern))
    return 0.0 if place is None else max(WHOLE - LATER * place, WITHIN)


@lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\w+", fold(text))))


SMALL = frozenset(_tokens("a an and d de des du en et l la le les of the to un une"))


@lru_cache(maxsize=8192)
def _terms(text: str) -> dict[str, int]:
    """Return the terms of a text, each with its place."""
    terms = dict.fromkeys(_joined(term) for term in text.split(",") if term.strip())
    return {term: place for place, term in enumerate(terms)}


def _joined(text: str) -> str:
    return "".join(re.findall(r"\w+", fold(text)))


def _places(pattern: str, title: str) -> tuple[int, ...]:
    """Return the places of the words of a pattern that stand in a title."""
    where = fold(title)
    spots = [(where.find(word), len(word)) for word in _meant(pattern)]
    return tuple(sorted({at + i for at, length in spots if at >= 0 for i in range(length)}))


def _likeness(wanted: str, texts: Sequence[tuple[float, str]]) -> float:
    """Return how alike the nearest name is; only what it is called counts, not what is said."""
    names = {n for w, text in texts if w > BEGUN for n in (*_terms(text), *_tokens(text))}
    alike = SequenceMatcher(b=wanted)
    best = 0.0
    for name in names:
        alike.set_seq1(name)
        if len(name) > 2 and alike.real_quick_ratio() > best and alike.quick_ratio() > best:
            best = max(best, alike.ratio())
    return best

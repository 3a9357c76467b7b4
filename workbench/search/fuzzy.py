"""Match letters with a title; `workbench.search.finding` ranks by the score.

The letters must come in order; those at the start of words and in a row score more. Case and
accents are ignored, so `beta vae`, `bva` and `réf` work on any keyboard.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

START, ROW, GAP, WHOLE = 8.0, 5.0, 0.3, 20.0
_GREEK = dict(zip("αβγδεθκλμνπρστφχψω", "abgdeqklmnprstfcyw", strict=True))


class Match(NamedTuple):
    """A score, and the positions of the matching letters, to be highlighted."""

    score: float
    places: tuple[int, ...]


def match(pattern: str, text: str) -> Match | None:
    """Match `pattern` with `text`, or return None. An empty pattern matches all equally."""
    wanted, where = fold(pattern).replace(" ", ""), fold(text)
    if not wanted:
        return Match(0.0, ())
    start = where.find(wanted)
    if start >= 0:
        return _whole(where, start, len(wanted))
    if not _in_order(wanted, where):
        return None
    return _best(wanted, where)


def fold(text: str) -> str:
    """Return the text in lower case without accents, letter by letter."""
    return text.lower() if text.isascii() else _folded(text)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return "".join(_plain(c) for c in text)


def _plain(letter: str) -> str:
    bare = unicodedata.normalize("NFD", letter)[:1].lower()[:1]
    return _GREEK.get(bare, bare) or " "


def _in_order(wanted: str, where: str) -> bool:
    letters = iter(where)
    return all(letter in letters for letter in wanted)


def _starts(where: str, at: int) -> bool:
    return at == 0 or not where[at - 1].isalnum()


def _whole(where: str, start: int, length: int) -> Match:
    """Score a contiguous match: best at the start of the text, then of a word."""
    again = start
    while again >= 0 and not _starts(where, again):
        again = where.find(where[start : start + length], again + 1)
    start = again if again >= 0 else start
    bonus = START * (2 if start == 0 else 1 if _starts(where, start) else 0)
    score = WHOLE + length * ROW + bonus - GAP * (len(where) - length) / 4
    return Match(score, tuple(range(start, start + length)))


def _best(wanted: str, where: str) -> Match:
    """Choose the positions with the highest score, by dynamic programming."""
    rows: list[dict[int, tuple[float, int]]] = []
    for number, letter in enumerate(wanted):
        row: dict[int, tuple[float, int]] = {}
        for at in (i for i, c in enumerate(where) if c == letter and i >= number):
            before = [
                (score + (ROW if at == last + 1 else -GAP * (at - last)), last)
                for last, (score, _) in (rows[-1].items() if rows else ())
                if last < at
            ]
            if before or not rows:
                score, last = max(before, default=(-GAP * at, -1))
                row[at] = (score + (START if _starts(where, at) else 0.0) + 1, last)
        rows.append(row)
    at, (score, _) = max(rows[-1].items(), key=lambda item: item[1][0])
    places = []
    for row in reversed(rows):
        places.append(at)
        at = row[at][1]
    return Match(score, tuple(reversed(places)))

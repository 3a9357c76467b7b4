"""Shorten a text that does not fit, by whole words: never inside a word or a number.

A number keeps what it counts: `27 s` is left whole or left away. Long names are cut where their
parts meet, `my_data-of_may.csv` as `my_data…`. Where not even the first word fits, only `…` stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

ELLIPSIS = "…"
_BETWEEN = re.compile(
    r"(?<![\d\s])\s+|\s{2,}|\s+(?=[·–—(])"  # a number and what it counts stay together
    r"|(?<=[^\W\d_][_/\\.-])(?=[^\W\d_])|(?<=→)(?=\S)"
)
_MOST = 24  # places at which a text is tried to be cut
_LOOSE = " ,;:·-–—/\\_.(["


class Metrics(Protocol):
    """What measures a text: of a font, in whole pixels or not."""

    def horizontalAdvance(self, text: str, /) -> float: ...


def cut(text: str, metrics: Metrics, width: float, *, middle: bool = False) -> str:
    """Return a text that is at most so wide; with `middle` the end stays where it can."""
    return shortened(text, lambda part: metrics.horizontalAdvance(part) <= width, middle=middle)


def shortened(text: str, fits: Callable[[str], bool], *, middle: bool = False) -> str:
    """Return the text where it fits, else as much of it as does, in whole words.

    With `middle` its end alone is left where the first word has no room.
    """
    if fits(text):
        return text
    places = [(m.start(), m.end()) for m in _BETWEEN.finditer(text)]
    found = _with_end(text, places, fits) if middle else ""
    heads = (_head(text, start) for start, _ in reversed(places[:_MOST]))
    tries = [head + ELLIPSIS for head in heads if head]
    tries += [ELLIPSIS + text[end:] for _, end in places[-_MOST:] if middle and text[end:]]
    return found or next((t for t in (*tries, ELLIPSIS) if fits(t)), "")


def _head(text: str, end: int) -> str:
    return text[:end].rstrip(_LOOSE)


def _with_end(text: str, places: list[tuple[int, int]], fits: Callable[[str], bool]) -> str:
    """Return the longest of the texts that lack some words in the middle, "" where none fits."""
    few = places if len(places) <= _MOST else places[: _MOST // 2] + places[-_MOST // 2 :]
    pairs = [(_head(text, a), text[end:]) for i, (a, _) in enumerate(few) for _, end in few[i:]]
    joined = [f"{head}{ELLIPSIS}{tail}" for head, tail in pairs if head and tail]
    return next((t for t in sorted(joined, key=len, reverse=True) if fits(t)), "")

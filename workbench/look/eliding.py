"""Elide a text at word boundaries, never inside a word or a number.

A number stays with its unit: `27 s` is kept or dropped whole. Long names are cut between their
parts, `my_data-of_may.csv` as `my_data…`. If not even the first word fits, only `…` remains.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

ELLIPSIS = "…"
_BETWEEN = re.compile(
    r"(?<![\d\s])\s+|\s{2,}|\s+(?=[·–—(])"  # a number stays with its unit
    r"|(?<=[^\W\d_][_/\\.-])(?=[^\W\d_])|(?<=→)(?=\S)"
)
_MOST = 24  # positions tried
_LOOSE = " ,;:·-–—/\\_.(["


class Metrics(Protocol):
    """Measures the width of a text, in integers or not."""

    def horizontalAdvance(self, text: str, /) -> float: ...


def elide(text: str, metrics: Metrics, width: float, *, middle: bool = False) -> str:
    """Return a text elided to `width`; with `middle` the end is kept if possible."""
    return elide_to_fit(text, lambda part: metrics.horizontalAdvance(part) <= width, middle=middle)


def elide_to_fit(text: str, fits: Callable[[str], bool], *, middle: bool = False) -> str:
    """Return the text if it fits, else as many whole words as do.

    With `middle`, return only the end if the first word does not fit.
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
    """Return the longest text that fits with words left out in the middle, or ""."""
    few = places if len(places) <= _MOST else places[: _MOST // 2] + places[-_MOST // 2 :]
    pairs = [(_head(text, a), text[end:]) for i, (a, _) in enumerate(few) for _, end in few[i:]]
    joined = [f"{head}{ELLIPSIS}{tail}" for head, tail in pairs if head and tail]
    return next((t for t in sorted(joined, key=len, reverse=True) if fits(t)), "")

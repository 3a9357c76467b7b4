"""What a search compares: `beta > 1, seed 0, a word of a note`. Free of Qt.

Parts are separated by commas: a comparison, a name and its value, or words.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "≤": operator.le,
    ">=": operator.ge,
    "≥": operator.ge,
    "!=": operator.ne,
    "≠": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_COMPARED = re.compile(r"^(.+?)\s*(<=|≤|>=|≥|!=|≠|<|>|=)\s*(\S+)\s*(.*)$")
_NAMED = re.compile(r"^(.+?)\s+([-−+.\d]\S*)$")


class Part(NamedTuple):
    """A comparison of a search: a name in lower case, an operator, and a value as typed."""

    name: str
    sign: str
    value: str


def parts_of(text: str) -> Iterator[Part | str]:
    """Yield the parts of a search: comparisons, and words in lower case."""
    for piece in filter(None, (piece.strip().casefold() for piece in re.split(r",\s|,$|;", text))):
        if found := _COMPARED.match(piece):
            yield Part(*found.groups()[:3])
            yield from parts_of(found[4])
        elif found := _NAMED.match(piece):
            yield Part(found[1], "", found[2])
        else:
            yield piece

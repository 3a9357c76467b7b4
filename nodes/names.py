"""The names in a formula as a person types it, also in one that cannot be read yet.

Light: without torch, so that the window knows the inputs of a node whose text names them.
"""

from __future__ import annotations

import re
from functools import lru_cache

KNOWN = frozenset({"pi"})
"""Names that stand for a number everywhere."""

_NAME = re.compile(r"(?<![\w.])[a-zA-Z_]\w*(?!\w|\s*\()", re.ASCII)
_ASSIGNED = re.compile(r"([a-zA-Z_]\w*)\s*=", re.ASCII)
_MOST = 300  # characters that are looked at: no formula is longer


@lru_cache(256)
def names_in(text: str, given: str = "") -> tuple[str, ...]:
    """Return the names in a formula, each once, without functions and without the numbers `given`.

    `given` is a text such as `lambda = 0.1, beta = 4`.
    """
    numbers = KNOWN.union(_ASSIGNED.findall(given[:_MOST]))
    return tuple(dict.fromkeys(n for n in _NAME.findall(text[:_MOST]) if n not in numbers))

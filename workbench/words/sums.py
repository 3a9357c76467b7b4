"""Work out a sum typed into a number field: `28*28`, `(3 + 1)/2`, `2^10`, `50 %`. Free of Qt.

Numbers, `+ - * / ^ %`, their signs in print, and brackets; nothing is called or looked up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

LONGEST = 200  # characters
_SIGNS = str.maketrans({"×": "*", "·": "*", "x": "*", "÷": "/", ":": "/", "−": "-"})
_TOKEN = re.compile(r"\s*([-+*/^()%]|[\d.,][\d.,'’_\s]*(?:e[-+]?\d+)?\s*[km]?)", re.IGNORECASE)
Read = Callable[[str], float | None]


class _Unreadable(Exception):
    pass


def work_out(text: str, read: Read) -> float | None:
    """Return what a sum comes to, None for anything else; `read` parses a single number."""
    text = text.strip().replace("**", "^").replace("²", "^2").translate(_SIGNS)
    if len(text) > LONGEST:
        return None
    try:
        value = _Sum(_tokens(text), read).whole()
    except (_Unreadable, ArithmeticError, RecursionError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _Unreadable
        found.append(token[1].strip())
        at = token.end()
    return found


class _Sum:
    """A sum read from left to right; powers bind from the right, and before a sign."""

    def __init__(self, tokens: list[str], read: Read) -> None:
        self.tokens = tokens
        self.read = read
        self.at = 0

    def whole(self) -> float:
        value = self._terms()
        if self.at < len(self.tokens):
            raise _Unreadable
        return value

    def _took(self, signs: str) -> str:
        """Return the next token if it is one of the signs, and go on; else ""."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if not token or token not in signs:
            return ""
        self.at += 1
        return token

    def _terms(self) -> float:
        value = self._factors()
        while sign := self._took("+-"):
            value += self._factors() if sign == "+" else -self._factors()
        return value

    def _factors(self) -> float:
        value = self._signed()
        while sign := self._took("*/"):
            value = value * self._signed() if sign == "*" else value / self._signed()
        return value

    def _signed(self) -> float:
        if sign := self._took("+-"):
            return self._signed() if sign == "+" else -self._signed()
        return self._power()

    def _power(self) -> float:
        value = self._atom()
        while self._took("%"):
            value /= 100
        return value ** self._signed() if self._took("^") else value

    def _atom(self) -> float:
        if self._took("("):
            value = self._terms()
            if not self._took(")"):
                raise _Unreadable
            return value
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        number = self.read(token) if token[:1] in "0123456789.," and token else None
        if number is None:
            raise _Unreadable
        return number

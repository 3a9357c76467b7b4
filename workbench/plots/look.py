"""How a picture is to be drawn: theme, size, what is marked, which part of the data shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtGui import QColor, QFont

from workbench.look import theme as tokens
from workbench.look.theme import Theme

Span = tuple[float, float]
Limits = dict[str, Span]

# role: (size, weight, mono)
_FONTS: dict[str, tuple[int, int, bool]] = {
    "tick": (tokens.FOOT, tokens.REGULAR, False),
    "name": (tokens.HINT, tokens.SEMIBOLD, False),
    "caption": (tokens.HINT, tokens.REGULAR, False),
    "body": (tokens.BODY, tokens.REGULAR, False),
    "strong": (tokens.BODY, tokens.SEMIBOLD, False),
    "code": (tokens.HINT, tokens.REGULAR, True),
}


@dataclass(frozen=True, slots=True)
class Look:
    """`small` is a thumbnail: no axes, no words. `vector` asks for shapes in place of pixels.

    `pixels` is device pixels for one logical pixel. `limits` names the ranges that the caller
    holds fixed: "x", "y", and "value" for colours; what is absent is taken from the data. What
    lies in space is seen from `turn`, so many times as large as `near` says. `note` is what was
    found of it before.
    """

    theme: Theme
    small: bool = False
    vector: bool = False
    pixels: float = 1.0
    marked: frozenset[int] = frozenset()
    limits: Limits = field(default_factory=dict)
    scroll: float = 0.0
    turn: tuple[float, float] = (0.0, 0.0)
    near: float = 1.0
    safe: bool = False
    note: str = ""

    @property
    def dark(self) -> bool:
        return self.theme.dark

    def colour(self, token: str, share: float = 1.0) -> QColor:
        """Return a token's colour, covering `share` of what is behind it."""
        colour = self.theme.colour(token)
        return colour if share == 1.0 else tokens.faded(colour, share)

    def em(self, length: float) -> float:
        """Return a length that grows with the user's text."""
        return length * tokens.theme().text_scale

    def font(self, role: str) -> QFont:
        return tokens.font(*_FONTS[role])

"""How a picture is drawn: theme, size, marks, and the visible part of the data."""

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
    """`small` is a thumbnail, without axes and text. `vector` asks for shapes instead of pixels.

    `pixels` is device px per logical px. `limits` are the ranges that the caller keeps fixed, "x",
    "y" and "value" for colours; missing ones come from the data. Three-dimensional pictures are
    rotated by `rotation` and scaled by `scale`. `note` is the user's previous result.
    """

    theme: Theme
    small: bool = False
    vector: bool = False
    pixels: float = 1.0
    marked: frozenset[int] = frozenset()
    limits: Limits = field(default_factory=dict)
    scroll: float = 0.0
    rotation: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    safe: bool = False
    note: str = ""

    @property
    def dark(self) -> bool:
        return self.theme.dark

    def colour(self, token: str, share: float = 1.0) -> QColor:
        """Return a token's colour with opacity `share`."""
        colour = self.theme.colour(token)
        return colour if share == 1.0 else tokens.faded(colour, share)

    def em(self, length: float) -> float:
        """Return a length scaled with the user's text."""
        return length * tokens.theme().text_scale

    def font(self, role: str) -> QFont:
        return tokens.font(*_FONTS[role])

"""How a picture is drawn: theme, size, marks, and the visible part of the data."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtGui import QColor, QFont

from workbench.look import theme as tokens
from workbench.look.theme import Theme

Span = tuple[float, float]
Limits = dict[str, Span]

PROSE = 15  # px of texts that have room

# role: (size, weight, mono)
_FONTS: dict[str, tuple[int, int, bool]] = {
    "tick": (tokens.FOOT, tokens.REGULAR, False),
    "name": (tokens.HINT, tokens.SEMIBOLD, False),
    "caption": (tokens.HINT, tokens.REGULAR, False),
    "body": (tokens.BODY, tokens.REGULAR, False),
    "strong": (tokens.BODY, tokens.SEMIBOLD, False),
    "code": (tokens.HINT, tokens.REGULAR, True),
    "prose": (PROSE, tokens.REGULAR, True),
}


@dataclass(frozen=True, slots=True)
class Ink:
    """What a picture on paper is drawn with.

    All type has one size and all lines of data one width, in logical px. `axes` and `names` (of
    classes and of curves' ends) may be left out. Dots are one image of `fine` px per logical px, or
    shapes if that is 0.
    """

    type: float
    line: float
    axes: bool = True
    names: bool = True
    fine: float = 0.0
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """`small` is a thumbnail, without axes and text. `vector` asks for shapes instead of pixels.

    `pixels` is device px per logical px. `limits` are the ranges that the caller keeps fixed, "x",
    "y" and "value" for colours; missing ones come from the data. `tight`: no more of the plane is
    shown than those. Three-dimensional pictures are rotated by `rotation` and scaled by `scale`.
    `note` is the user's previous result.
    `ink` is None on screen. `bare` hides the data behind what is generated.
    """

    theme: Theme
    small: bool = False
    vector: bool = False
    pixels: float = 1.0
    marked: frozenset[int] = frozenset()
    limits: Limits = field(default_factory=dict)
    tight: bool = False
    scroll: float = 0.0
    rotation: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    safe: bool = False
    note: str = ""
    ink: Ink | None = None
    bare: bool = False

    @property
    def dark(self) -> bool:
        return self.theme.dark

    def colour(self, token: str, share: float = 1.0) -> QColor:
        """Return a token's colour with opacity `share`."""
        colour = self.theme.colour(token)
        return colour if share == 1.0 else tokens.faded(colour, share)

    def em(self, length: float) -> float:
        """Return a length scaled with the user's text."""
        return length * self.theme.text_scale

    def font(self, role: str) -> QFont:
        size, weight, mono = _FONTS[role]
        if self.ink is not None:
            size = round(self.ink.type)
        return tokens.font(size, weight, mono, self.theme.text_scale)

    def line(self, width: float) -> float:
        """Return the width of a line of data, `width` on screen."""
        return width if self.ink is None else self.ink.line

    def crisp(self, place: float) -> float:
        """Return a line's place: on screen in the middle of a px, where it is sharp."""
        return round(place) + 0.5 if self.ink is None else place

    @property
    def shows_axes(self) -> bool:
        return not self.small and (self.ink is None or self.ink.axes)

    @property
    def shows_names(self) -> bool:
        return not self.small and (self.ink is None or self.ink.names)

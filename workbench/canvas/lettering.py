"""The type on nodes, frames and notes: its sizes, with floors on the screen.

A size is in units of the scene. When the canvas is zoomed out, type grows against its node, so that
on the screen it is never smaller than its floor. Nodes are as wide as their type at `SMALLEST`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QFont, QFontMetricsF

from workbench.look import theme as tokens
from workbench.look.eliding import elide

SMALLEST = 0.7  # the zoom for whose type nodes are wide enough


class Type(NamedTuple):
    """A kind of text: its size at 100 %, its least size on the screen, and its style."""

    size: float
    floor: float
    weight: int = tokens.REGULAR
    mono: bool = False


TITLE = Type(13, 12, tokens.SEMIBOLD)
LABEL = Type(12, 10.5)
VALUE = Type(12, 10.5, tokens.MEDIUM)  # in a field
FOOT = Type(tokens.FOOT, 10, mono=True)
FIGURE = Type(26, 15, tokens.SEMIBOLD)
UNIT = Type(12, 10.5)
TURN = Type(11, 10, tokens.SEMIBOLD)
NOTE = Type(tokens.HINT, 11.5)
SUBTITLE = Type(tokens.HINT, 10.5)
CAPTION = Type(tokens.HINT, 10)  # under a node: notes on its data, its problem
SHAPE = Type(tokens.SHAPE, 9.5, mono=True)


def size_at(kind: Type, zoom: float) -> float:
    """Return the size of a kind of text at a zoom; whole, as fonts are."""
    return max(kind.size, math.ceil(kind.floor / zoom - 1e-6))


def canvas_font(size: float, weight: int = tokens.REGULAR, mono: bool = False) -> QFont:
    """Return a font in canvas units; the zoom already includes the user's text scale."""
    return tokens.font(size / tokens.theme().text_scale, weight, mono)


def font_at(kind: Type, zoom: float) -> QFont:
    return canvas_font(size_at(kind, zoom), kind.weight, kind.mono)


@lru_cache(maxsize=8192)
def text_width(text: str, size: float, weight: int = tokens.REGULAR, mono: bool = False) -> float:
    return QFontMetricsF(canvas_font(size, weight, mono)).horizontalAdvance(text)


def width_at(text: str, kind: Type, zoom: float = SMALLEST) -> float:
    """Return the width of a text in units of the scene."""
    return text_width(text, size_at(kind, zoom), kind.weight, kind.mono)


@lru_cache(maxsize=4096)
def elided(
    text: str, width: float, size: float, weight: int = tokens.REGULAR, mono: bool = False
) -> str:
    """Return the text, elided to `width`."""
    return elide(text, QFontMetricsF(canvas_font(size, weight, mono)), width)


def elided_at(text: str, width: float, kind: Type, zoom: float) -> str:
    return elided(text, width, size_at(kind, zoom), kind.weight, kind.mono)


def baseline(kind: Type, zoom: float) -> float:
    """Return how far below the middle of a line its baseline is."""
    return 0.36 * size_at(kind, zoom)

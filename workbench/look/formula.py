"""Formulas: LaTeX to SVG by ziamath, set once and painted in any size and colour.

ziamath is imported at the first formula, to keep the start fast.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

KEPT = 512
SIZE = 16.0  # px in which ziamath sets each formula, once
INK = b"#%06x" % 0x010203  # stands for the colour, which is put in its place
_APART = re.compile(r"(?:\\quad|\\qquad)(?![a-zA-Z])")
_WORDS = re.compile(r"\\text\{( ?)([^{}]+)\}")


class Drawing(NamedTuple):
    """A formula as SVG in logical px. The baseline is `ascent` below the top."""

    svg: bytes
    width: float
    height: float
    ascent: float

    @property
    def descent(self) -> float:
        return self.height - self.ascent


def drawing(latex: str, size: float, colour: str) -> Drawing | None:
    """Return the formula as SVG, or None if ziamath cannot parse it.

    `size` is that of its letters in px, `colour` is `#rrggbb`.
    """
    typeset = _typeset(latex)
    if typeset is None:
        return None
    svg, *lengths = typeset
    width, height, ascent = (length * size / SIZE for length in lengths)
    return Drawing(svg.replace(INK, colour.encode()), width, height, ascent)


@lru_cache(maxsize=KEPT)
def _typeset(latex: str) -> Drawing | None:
    """Return the formula in ink, at the size from which all others are drawn."""
    try:
        math = _ziamath().Latex(latex, size=SIZE, color=INK.decode())
        root = math.svgxml()
    except Exception:  # ziamath's parser may raise anything
        return None
    _, top, width, height = (float(v) for v in root.attrib["viewBox"].split())
    return Drawing(math.svg().encode(), width, height, -top)


def image(latex: str, *, size: float, colour: QColor | str, scale: float = 1.0) -> QImage | None:
    """Return the formula on a transparent image for a screen of this scale, or None."""
    return _image(latex, float(size), QColor(colour).name(), float(scale))


@lru_cache(maxsize=KEPT)
def _image(latex: str, size: float, colour: str, scale: float) -> QImage | None:
    formula = drawing(latex, size, colour)
    if formula is None:
        return None
    return paint(formula, scale)


def translate_words(latex: str) -> str:
    """Return a formula with its words, such as `\\text{with}`, in the user's language."""
    return _WORDS.sub(
        lambda found: rf"\text{{{found[1]}{QCoreApplication.translate('kinds', found[2])}}}", latex
    )


def statements(latex: str) -> list[str]:
    """Return the statements of a formula such as `a = b, \\quad b = c`."""
    return [part.strip() for part in _APART.split(latex)]


def terms(latex: str) -> list[str]:
    """Return the terms of a sum outside all brackets, each with its sign."""
    found, depth, begin = [], 0, 0
    for at, letter in enumerate(latex):
        depth += (letter in "{([") - (letter in "})]")
        if depth == 0 and latex[at : at + 3] in (" + ", " - "):
            found.append(latex[begin:at].strip())
            begin = at
    found.append(latex[begin:].strip())
    return found if depth == 0 else [latex]


def paint(formula: Drawing, scale: float, *, above: float = 0, below: float = 0) -> QImage:
    """Paint a formula with `above` and `below` logical px of empty space."""
    height = above + formula.height + below
    picture = QImage(
        max(1, round(formula.width * scale)),
        max(1, round(height * scale)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    where = QRectF(0, above, formula.width, formula.height)
    QSvgRenderer(QByteArray(formula.svg)).render(painter, where)
    painter.end()
    return picture


@lru_cache(maxsize=1)
def _ziamath() -> Any:
    import ziamath

    ziamath.config.svg2 = False  # QtSvg draws SVG 2 blank
    return ziamath

"""Typeset a formula: LaTeX to SVG by ziamath, painted once for each size and colour, then kept.

ziamath is imported at the first formula, since the window must open before it is needed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

KEPT = 512
_APART = re.compile(r"(?:\\quad|\\qquad)(?![a-zA-Z])")
_WORDS = re.compile(r"\\text\{( ?)([^{}]+)\}")


class Drawing(NamedTuple):
    """A formula as SVG in logical pixels. The baseline is `ascent` below the top."""

    svg: bytes
    width: float
    height: float
    ascent: float

    @property
    def descent(self) -> float:
        return self.height - self.ascent


@lru_cache(maxsize=KEPT)
def drawing(latex: str, size: float, colour: str) -> Drawing | None:
    """Return the formula as SVG, or None where ziamath cannot read it."""
    try:
        math = _ziamath().Latex(latex, size=size, color=colour)
        root = math.svgxml()
    except Exception:  # whatever a parser of TeX raises for text that is not TeX
        return None
    _, top, width, height = (float(v) for v in root.attrib["viewBox"].split())
    svg = math.svg().encode()
    return Drawing(svg, width, height, -top)


def image(latex: str, *, size: float, colour: QColor | str, scale: float = 1.0) -> QImage | None:
    """Return the formula painted on nothing, for a screen of this scale; None if it is not TeX."""
    return _image(latex, float(size), QColor(colour).name(), float(scale))


@lru_cache(maxsize=KEPT)
def _image(latex: str, size: float, colour: str, scale: float) -> QImage | None:
    formula = drawing(latex, size, colour)
    if formula is None:
        return None
    return paint(formula, scale)


def said(latex: str) -> str:
    """Return a formula with the words in it, as `\\text{with}`, in the user's language."""
    return _WORDS.sub(
        lambda found: rf"\text{{{found[1]}{QCoreApplication.translate('kinds', found[2])}}}", latex
    )


def statements(latex: str) -> list[str]:
    """Return what stands apart in a formula, as `a = b, \\quad b = c`."""
    return [part.strip() for part in _APART.split(latex)]


def paint(formula: Drawing, scale: float, *, above: float = 0, below: float = 0) -> QImage:
    """Paint a formula with `above` and `below` of empty space, in logical pixels."""
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

"""Colour maps, and the colour bar beside a plot.

Viridis for densities, magma for plans and attention (reversed on a light background, so that zero
is white), CET maps for signed and cyclic values. Never jet.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter

from workbench.look.theme import BAR_WIDTH
from workbench.plots.axes import number, text_width
from workbench.plots.look import Look, Span

GAP = 10.0
TICK = 4.0
MOST_SHAPES = 20_000  # dots or cells of a vector file; more are one image
SEAM = 0.2  # px

# use: maps on a dark and on a light background; "~" reverses a map
GROUNDS: dict[str, tuple[str, str]] = {
    "sequential": ("viridis", "viridis"),
    "mass": ("magma", "~magma"),
    "diverging": ("CET-D4", "CET-D1A"),
    "cyclic": ("CET-CBC1", "CET-CBC1"),
}
# The same for users who ask for maps that all kinds of colour vision read alike.
SAFE = {"sequential": "CET-CBL1", "mass": "CET-CBL1", "diverging": "CET-CBD1"}

RAMP = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)  # signs and angles, in greys


@cache
def table(name: str) -> np.ndarray:
    """Return a colour map as (256 3) bytes.

    The files are pyqtgraph's, read without importing pyqtgraph, which would take 0.2 s.
    """
    spec = find_spec("pyqtgraph")
    assert spec is not None and spec.origin is not None
    file = Path(spec.origin).parent / "colors" / "maps" / f"{name.strip('~')}.csv"
    stops = np.loadtxt(file, delimiter=",", comments=("#", ";"), ndmin=2)
    at = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, i]) for i in range(3)]
    colours = np.rint(np.stack(channels, axis=1) * 255).astype(np.uint8)
    return colours[::-1].copy() if name.startswith("~") else colours


def colours(use: str, look: Look) -> np.ndarray:
    """Return the (256 3) table for a use; an unknown use is sequential."""
    use = use if use in GROUNDS else "sequential"
    if look.ink is not None and look.ink.grey:
        return greys(table(GROUNDS[use][1])) if use in ("sequential", "mass") else RAMP
    if look.safe and use in SAFE:
        return table(SAFE[use])
    return table(GROUNDS[use][0 if look.dark else 1])


def greys(pixels: np.ndarray) -> np.ndarray:
    """Return (... 3) bytes as greys of the same lightness."""
    level = np.rint(pixels[..., :3] @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=-1)


def span_of(values: np.ndarray, use: str) -> Span:
    """Return the range of the finite values, symmetric about zero for a diverging map."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if use == "diverging":
        reach = max(abs(low), abs(high)) or 1.0
        return (-reach, reach)
    if use == "mass":
        low = min(low, 0.0)
    return (low, high) if high > low else (low, low + 1.0)


def tint(values: np.ndarray, span: Span, use: str, look: Look) -> QImage:
    """Return (h w) values as an image of their colours; non-finite ones are transparent."""
    low, high = span
    scaled = (np.asarray(values, np.float32) - low) * (255.0 / ((high - low) or 1.0))
    known = np.isfinite(scaled)
    index = np.clip(np.where(known, scaled, 0), 0, 255).astype(np.uint8)
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[..., :3] = colours(use, look)[index]
    pixels[..., 3] = known * 255
    height, width = values.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.copy()


def paint_tint(
    painter: QPainter,
    place: QRectF,
    values: np.ndarray,
    span: Span,
    use: str,
    look: Look,
    *,
    smooth: bool = False,
) -> None:
    """Draw (h w) values as their colours. In a vector file cells that are not smooth are shapes.

    A smooth image is scaled there before it is put in: programs that show one differ in how they
    scale it.
    """
    image = tint(values, span, use, look)
    painter.save()
    if look.vector and smooth:
        size = (place.size() * look.pixels).toSize().expandedTo(image.size())
        mode = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
    if look.vector and not smooth and values.size <= MOST_SHAPES:
        _paint_cells(painter, place, image)
    else:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(place, image)
    painter.restore()


def _paint_cells(painter: QPainter, place: QRectF, image: QImage) -> None:
    """Draw each pixel as a rectangle, a little too large: else seams show between them."""
    wide, high = place.width() / image.width(), place.height() / image.height()
    for y, x in np.ndindex(image.height(), image.width()):
        colour = image.pixelColor(x, y)
        if colour.alpha():
            corner = QPointF(place.left() + x * wide, place.top() + y * high)
            size = QSizeF(min(wide + SEAM, place.right() - corner.x()),
                          min(high + SEAM, place.bottom() - corner.y()))  # fmt: skip
            painter.fillRect(QRectF(corner, size), colour)


def bar_width(look: Look, span: Span) -> float:
    """Return the width of the bar and its numbers at the right of a plot."""
    if look.small:
        return 0.0
    return GAP + BAR_WIDTH + TICK + max(text_width(look, text) for _, text in _stops(span))


def paint_bar(painter: QPainter, look: Look, area: QRectF, span: Span, use: str) -> None:
    """Draw the bar at the left edge of `area`, with ticks at its ends and middle."""
    rows = np.linspace(span[1], span[0], 256)[:, None]
    bar = QRectF(area.left(), area.top(), BAR_WIDTH, area.height())
    painter.save()
    paint_tint(painter, bar, rows, span, use, look, smooth=not look.vector)
    painter.setPen(look.colour("text2"))
    painter.setFont(look.font("tick"))
    for value, text in _stops(span):
        y = bar.bottom() - (value - span[0]) / ((span[1] - span[0]) or 1.0) * bar.height()
        y = min(max(y, bar.top() + look.em(6)), bar.bottom() - look.em(6))
        place = QRectF(bar.right() + TICK, y - look.em(8), 200, look.em(16))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
    painter.restore()


def _stops(span: Span) -> list[tuple[float, str]]:
    low, high = span
    pitch = 10.0 ** np.floor(np.log10((high - low) or 1.0) - 1)
    return [(v, number(float(round(v / pitch) * pitch), 0)) for v in (low, (low + high) / 2, high)]

"""The shadow of a node: four faint outlines, drawn once and stretched to each node's size.

Drawing them for every size takes eight times as long, which slows zooming.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from workbench.look.theme import RADIUS_NODE, Theme, faded

DEPTH = {True: 0.075, False: 0.022}  # opacity of each outline in the dark and the light theme
AROUND = 10.0  # its largest extent
CORNER, SIDE = 24.0, 64.0
SHARP = 2  # image pixels per unit


def paint_shadow(painter: QPainter, rect: QRectF, t: Theme) -> None:
    """Paint the shadow around a node, but not below it."""
    image = _image(t.shadow.rgba(), DEPTH[t.dark])
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    for place, part in _parts(rect.x(), rect.y(), rect.width(), rect.height()):
        painter.drawImage(place, image, part)


@lru_cache(maxsize=8)
def _image(rgba: int, depth: float) -> QImage:
    """Return the shadow of a small node."""
    side = SIDE
    pixels = round(SHARP * side)
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SHARP, SHARP)
    painter.setPen(Qt.PenStyle.NoPen)
    rect = QRectF(AROUND, AROUND, side - 2 * AROUND, side - 2 * AROUND).translated(0, 2)
    for ring in range(4):
        painter.setBrush(faded(QColor.fromRgba(rgba), depth * (1.0 if ring else 1.4)))
        grown = rect.adjusted(-ring * 1.5, -ring * 1.0, ring * 1.5, ring * 2.0)
        painter.drawRoundedRect(grown, RADIUS_NODE + ring, RADIUS_NODE + ring)
    painter.end()
    return image


@lru_cache(maxsize=1024)
def _parts(x: float, y: float, width: float, height: float) -> list[tuple[QRectF, QRectF]]:
    """Return source and target rectangles: edges are stretched, the middle is left out."""
    corner, side = CORNER, SIDE
    whole = QRectF(x, y, width, height).adjusted(-AROUND, -AROUND, AROUND, AROUND)
    across = (whole.left(), whole.left() + corner, whole.right() - corner, whole.right())
    down = (whole.top(), whole.top() + corner, whole.bottom() - corner, whole.bottom())
    cuts = (0.0, corner, side - corner, side)
    return [
        (
            QRectF(QPointF(across[i], down[j]), QPointF(across[i + 1], down[j + 1])),
            QRectF(QPointF(cuts[i], cuts[j]) * SHARP, QPointF(cuts[i + 1], cuts[j + 1]) * SHARP),
        )
        for i in range(3)
        for j in range(3)
        if (i, j) != (1, 1)
    ]

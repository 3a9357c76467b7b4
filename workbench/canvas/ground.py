"""The canvas background with its grid, and the regions of a repaint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QPainter, QPen, QRegion, QTransform

from workbench.canvas.wire_path import Box, corners
from workbench.look.theme import CANVAS_GRID, theme

LEAST_PITCH = 16.0  # px between dots, below which every second is skipped
COARSE = 16  # px: regions to repaint are rounded to this, for fewer rectangles
AIR = 8  # px added around a region, because strokes are wider than their lines


def paint_ground(painter: QPainter, area: QRectF, scale: float) -> None:
    """Fill the background and draw the grid's dots, fewer when zoomed out."""
    t = theme()
    painter.fillRect(area, t.canvas)
    pitch = float(CANVAS_GRID)
    while pitch * scale < LEAST_PITCH:
        pitch *= 2
    across = np.arange(np.ceil(area.left() / pitch), area.right() / pitch + 1e-6) * pitch
    down = np.arange(np.ceil(area.top() / pitch), area.bottom() / pitch + 1e-6) * pitch
    if not across.size or not down.size:
        return
    dots = QPen(t.grid, max(1.5, min(2.0, 2 * scale)))
    dots.setCosmetic(True)
    painter.setPen(dots)
    x, y = np.meshgrid(across, down)
    painter.drawPointsNp(x.ravel(), y.ravel())  # type: ignore[arg-type]  # it takes arrays only


def _rects(region: QRegion) -> Iterable[QRect]:
    return cast(Iterable[QRect], region)  # Qt's stubs declare no iterator


def covered(region: QRegion) -> int:
    """Return the number of pixels in a region."""
    return sum(rect.width() * rect.height() for rect in _rects(region))


def repaint_boxes(region: QRegion, to_scene: QTransform) -> list[Box]:
    """Return the regions of a repaint in scene coordinates, slightly enlarged and merged."""
    coarse = QRegion()
    for rect in _rects(region):
        corner = QPoint(rect.left() // COARSE * COARSE, rect.top() // COARSE * COARSE)
        end = QPoint((rect.right() // COARSE + 1) * COARSE, (rect.bottom() // COARSE + 1) * COARSE)
        coarse += QRect(corner, end)
    grown = (QRectF(rect.adjusted(-AIR, -AIR, AIR, AIR)) for rect in _rects(coarse))
    return [corners(to_scene.mapRect(rect)) for rect in grown]

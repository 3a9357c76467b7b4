"""Lucide icons, drawn in a colour at a size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources

ICON_STROKE = 1.75


@lru_cache(maxsize=2048)
def drawn(name: str, rgba: int, size: int, stroke: float, ratio: float) -> QPixmap:
    """Return an icon of `size` logical px, with `ratio` device px each."""
    side = max(1, round(size * ratio))
    image = QPixmap(side, side)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setOpacity(QColor.fromRgba(rgba).alphaF())
    file = svg(name, QColor.fromRgba(rgba).name(), stroke)
    QSvgRenderer(file).render(painter, QRectF(0, 0, side, side))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def svg(name: str, colour: str, stroke: float) -> bytes:
    """Return an icon's file; an unknown name gives a box."""
    text = _source(name).replace("currentColor", colour)
    return text.replace('stroke-width="2"', f'stroke-width="{stroke}"').encode()


@lru_cache(maxsize=512)
def _source(name: str) -> str:
    file = resources.path("icons", f"{name}.svg")
    return (file if file.exists() else resources.path("icons", "box.svg")).read_text("utf-8")


class Drawn(QIconEngine):
    """Draws an icon when first shown, sharp at any scale, so that creating icons is free.

    In a wide rectangle it stands at the left.
    """

    def __init__(self, name: str, rgba: int, disabled: int) -> None:
        super().__init__()
        self.name, self.rgba, self.disabled = name, rgba, disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect, self.scaledPixmap(rect.size(), mode, state, ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        rgba = self.disabled if mode == QIcon.Mode.Disabled else self.rgba
        image = drawn(self.name, rgba, min(size.width(), size.height()), ICON_STROKE, scale)
        return image if size.width() <= size.height() else _at_left(image, size, scale)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    def clone(self) -> QIconEngine:
        return Drawn(self.name, self.rgba, self.disabled)


def _at_left(icon: QPixmap, size: QSize, scale: float) -> QPixmap:
    """Return a wider picture, with room at the right of an icon."""
    image = QPixmap(round(size.width() * scale), icon.height())
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    painter.drawPixmap(0, 0, icon)
    painter.end()
    return image

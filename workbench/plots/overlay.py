"""Painted over a plot's picture: the scroll bar, the label of an item, the focus ring."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from workbench.look.theme import RADIUS_CONTROL, RADIUS_THUMBNAIL, theme
from workbench.plots.look import Look


def paint_scroll_bar(painter: QPainter, area: QRectF, x: float, length: float, look: Look) -> None:
    """Paint the thumb of a picture of height `length` scrolled in `area`; none if all is visible.

    `x` is the left edge of the thumb.
    """
    if length <= area.height() + 1:
        return
    height = max(20.0, area.height() * area.height() / length)
    top = area.top() + look.scroll / (length - area.height()) * (area.height() - height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.colour("control"))
    painter.drawRoundedRect(QRectF(x, top, 4, height), 2, 2)


def paint_label(painter: QPainter, text: str, pointer: QPointF, width: float, look: Look) -> None:
    """Write the label of the item under the pointer at the top of a plot of this width."""
    font = look.font("tick")
    wide = min(QFontMetricsF(font).horizontalAdvance(text) + 16, width - 8.0)
    x = min(max(pointer.x() - wide / 2, 4.0), width - wide - 4)
    y = 4.0 if pointer.y() > 44 else pointer.y() + 20
    box = QRectF(x, y, wide, look.em(20))
    painter.setPen(QPen(look.colour("edge"), 1))
    painter.setBrush(look.colour("header"))
    painter.drawRoundedRect(box, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
    painter.setFont(font)
    painter.setPen(look.colour("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_focus(painter: QPainter, area: QRectF) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme().accent, 2))
    painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), RADIUS_CONTROL, RADIUS_CONTROL)

"""Dragging a kind from the palette to the canvas: MIME data and drag picture."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QRect, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPixmap

from workbench.look import theme as look
from workbench.look.theme import theme

MIME = "application/x-genworkbench-kind"


def mime_of(kind: str) -> QMimeData:
    """Return the MIME data of a dragged kind."""
    data = QMimeData()
    data.setData(MIME, kind.encode())
    data.setText(kind)
    return data


def drag_picture(title: str) -> QPixmap:
    """Draw the drag picture: the node's header."""
    font = look.font(look.BODY, look.SEMIBOLD)
    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    width = QFontMetrics(font).horizontalAdvance(title) + 28
    picture = QPixmap(round(width * ratio), round(32 * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(theme().header)
    painter.setPen(theme().accent)
    painter.drawRoundedRect(QRect(0, 0, width - 1, 31), look.RADIUS_NODE, look.RADIUS_NODE)
    painter.setFont(font)
    painter.setPen(theme().text)
    painter.drawText(QRect(0, 0, width, 32), Qt.AlignmentFlag.AlignCenter, title)
    painter.end()
    return picture

"""Labels over data, outlined in the background's colour to stay legible."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from workbench.look.theme import OUTLINE
from workbench.plots.look import Look


def outlined(
    painter: QPainter, look: Look, middle: QPointF, text: str, colour: QColor | None = None
) -> None:
    """Draw a label centred at a point, in the colour of texts or another."""
    font = look.font("name")
    metrics = QFontMetricsF(font)
    path = QPainterPath()
    left = middle.x() - metrics.horizontalAdvance(text) / 2
    path.addText(QPointF(left, middle.y() + metrics.capHeight() / 2), font, text)
    pen = QPen(look.colour("panel"), OUTLINE)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, colour or look.colour("text"))

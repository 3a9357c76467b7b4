"""The line under a node whose field is set: whether it takes effect at once, its bounds."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.guard import guarded
from workbench.canvas.layout import rounded
from workbench.canvas.lettering import CAPTION, baseline, font_at
from workbench.canvas.node_item import NodeItem
from workbench.look.theme import RADIUS_CONTROL, faded, pixmap, theme

ABOVE_NODES, BELOW, ICON, PAD, HIGH = 6.0, 5.0, 14, 7.0, 24.0


class FieldHint(QGraphicsItem):
    """An icon and a sentence; it lies over what is under the node while it is shown."""

    def __init__(self, node: NodeItem, icon: str, words: str) -> None:
        super().__init__()
        self.owner = node
        self.icon, self.words = icon, words
        self._wide = 0.0
        self.setZValue(ABOVE_NODES)
        self.refresh()

    def say(self, icon: str, words: str) -> None:
        self.icon, self.words = icon, words
        self.refresh()

    def refresh(self) -> None:
        """Measure the text at the present zoom."""
        self.prepareGeometryChange()
        metrics = QFontMetricsF(font_at(CAPTION, self.owner.stage.zoom))
        self._wide = 3 * PAD + ICON + metrics.horizontalAdvance(self.words)
        self.follow()
        self.update()

    def follow(self) -> None:
        """Go where the node went."""
        self.setPos(self.owner.pos() + QPointF(0, self.owner.face.height + BELOW))

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._wide, HIGH)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t, zoom = theme(), self.owner.stage.zoom
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(rounded(self.boundingRect(), RADIUS_CONTROL), faded(t.canvas, 0.9))
        icon = pixmap(self.icon, "accent", ICON, ratio=self.owner.stage.ratio)
        painter.drawPixmap(QPointF(PAD, (HIGH - ICON) / 2), icon)
        painter.setFont(font_at(CAPTION, zoom))
        painter.setPen(t.text2)
        at = QPointF(2 * PAD + ICON, HIGH / 2 + baseline(CAPTION, zoom))
        painter.drawText(at, self.words)

"""Cut wires with a drawn stroke."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.document.graph import Wire
from workbench.canvas.gestures.base import Gesture
from workbench.canvas.guard import guarded
from workbench.look.strokes import pen
from workbench.look.theme import theme


class StrokeItem(QGraphicsItem):
    """The stroke."""

    def __init__(self) -> None:
        super().__init__()
        self.points: list[QPointF] = []
        self.setZValue(30)

    def go(self, place: QPointF) -> None:
        self.prepareGeometryChange()
        self.points.append(place)

    def boundingRect(self) -> QRectF:
        return QPolygonF(self.points).boundingRect().adjusted(-4, -4, 4, 4)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = pen(theme().error, 1.5, pattern=(4, 3))
        edge.setCosmetic(True)
        painter.setPen(edge)
        painter.drawPolyline(QPolygonF(self.points))


class CutWires(Gesture):
    """Remove all wires that a stroke crosses; they are shown while it is drawn."""

    cursor = Qt.CursorShape.CrossCursor

    def start(self) -> None:
        self.crossed: dict[Wire, None] = {}
        self.stroke = StrokeItem()
        self.stroke.go(self.origin)
        self.scene.addItem(self.stroke)

    def move(self, place: QPointF) -> None:
        last = self.stroke.points[-1]
        self.stroke.go(place)
        for item in self.scene.wires_near(QRectF(last, place).normalized()):
            if item.wire not in self.crossed and item.line.crosses(last.toTuple(), place.toTuple()):
                self.crossed[item.wire] = None
                item.display(cut=True)

    def end(self, place: QPointF) -> None:
        if not self.dragging:
            return
        self._clear()
        if self.crossed:
            self.tools.commands.disconnect(list(self.crossed))

    def cancel(self) -> None:
        if self.dragging:
            self._clear()

    def _clear(self) -> None:
        self.scene.removeItem(self.stroke)
        for wire in self.crossed:
            if wire in self.scene.wires:
                self.scene.wires[wire].display(cut=False)

"""Gestures that change only the view or the selection: pan, rubber band."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.frame_item import FrameItem
from workbench.canvas.gestures.base import Gesture
from workbench.canvas.guard import guarded
from workbench.canvas.selection import Bend, Thing
from workbench.look.theme import faded, theme


class Pan(Gesture):
    """Pan the view with the pointer."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def moved(self, place: QPointF, keys: Qt.KeyboardModifier) -> None:
        off = (place - self.origin) * self.scene.scale
        self.tools.camera.pan(off.x(), off.y())


class RubberBandItem(QGraphicsItem):
    """The rubber band."""

    def __init__(self) -> None:
        super().__init__()
        self.rect = QRectF()
        self.setZValue(30)

    def stretch(self, rect: QRectF) -> None:
        self.prepareGeometryChange()
        self.rect = rect

    def boundingRect(self) -> QRectF:
        return self.rect.adjusted(-4, -4, 4, 4)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t = theme()
        edge = QPen(t.accent, 1)
        edge.setCosmetic(True)
        painter.setPen(edge)
        painter.setBrush(faded(t.accent, 0.12))
        painter.drawRect(self.rect)


class RubberBand(Gesture):
    """Select what a rectangle touches. Shift adds, Ctrl removes; a press without drag clears."""

    scrolls = True

    def start(self) -> None:
        self.before = list(self.scene.selection.things)
        self.band = RubberBandItem()
        self.scene.addItem(self.band)

    def move(self, place: QPointF) -> None:
        rect = QRectF(self.origin, place).normalized()
        self.band.stretch(rect)
        caught = self._caught(rect)
        if self.control:
            self.scene.selection.set([t for t in self.before if t not in caught])
        else:
            self.scene.selection.set([*(self.before if self.shift else ()), *caught])

    def _caught(self, rect: QRectF) -> list[Thing]:
        """Return nodes and notes the rectangle touches, frames and reroutes within it."""
        scene = self.scene
        caught: list[Thing] = [n for n, i in scene.nodes.items() if rect.intersects(i.area)]
        for box, item in scene.boxes.items():
            whole = isinstance(item, FrameItem)
            if rect.contains(item.area) if whole else rect.intersects(item.area):
                caught.append(box)
        for wire, line in scene.wires.items():
            bends = enumerate(line.points[1:-1])
            caught += [Bend(wire, i) for i, bend in bends if rect.contains(bend)]
        return caught

    def end(self, place: QPointF) -> None:
        if self.dragging:
            self.scene.removeItem(self.band)
        elif not self.shift and not self.control:
            self.scene.selection.clear()

    def cancel(self) -> None:
        if self.dragging:
            self.scene.removeItem(self.band)
            self.scene.selection.set(self.before)

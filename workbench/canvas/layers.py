"""The layers of the canvas: one of Qt's items paints all wires, so Qt calls Python once a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.camera import WORLD
from workbench.canvas.guard import guarded
from workbench.canvas.wire_path import corners

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene

WIRES = -1.0  # z values


class Layer(QGraphicsItem):
    """Paint many things of a scene. They say themselves what to repaint: `scene.update(area)`."""

    def __init__(self, scene: Scene, height: float) -> None:
        super().__init__()
        self.stage = scene
        self.setZValue(height)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # exposed part

    def boundingRect(self) -> QRectF:
        return WORLD


class WireLayer(Layer):
    """Paint the wires, those to notice above the others."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, WIRES)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        seen = self.stage.wire_places.near(corners(option.exposedRect))  # type: ignore[attr-defined]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for wire in sorted(seen, key=lambda wire: wire.raised):
            if not wire.hidden:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                wire.paint(painter)

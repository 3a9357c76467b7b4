"""The wire being drawn, from a port to the pointer or to the port it has snapped to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.guard import guarded
from workbench.canvas.lettering import canvas_font, text_width
from workbench.canvas.wire_item import BETWEEN, DOUBLE, HALO, LABEL_ABOVE, PATTERNS
from workbench.canvas.wire_path import bounds_of, path_of
from workbench.look.strokes import Cap, pen
from workbench.look.theme import SHAPE, WIRE_WIDTH, Theme, faded, theme
from workbench.widgets.ports import Side

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene

CROSS = 8.0
SHORT = 30.0  # px by which a refused wire stops before the port
ABOVE_NODES = 8.0


class GhostItem(QGraphicsItem):
    """The preview of a wire from `fixed`, a port on the side `side` of its node."""

    def __init__(self, scene: Scene, fixed: QPointF, side: Side, family: str, text: str) -> None:
        super().__init__()
        self.stage = scene
        self.fixed = fixed
        self.side = side
        self.family = family
        self.text = text
        self.end = fixed
        self.snapped = self.refused = False
        self.setZValue(ABOVE_NODES)

    def aim(self, end: QPointF, *, snapped: bool, refused: bool) -> None:
        self.prepareGeometryChange()
        self.snapped, self.refused = snapped, refused
        self.end = end
        if refused:
            self.end = end + QPointF(-SHORT if self.side == "output" else SHORT, 0)
        self.update()

    @property
    def _points(self) -> list[QPointF]:
        return [self.fixed, self.end] if self.side == "output" else [self.end, self.fixed]

    def boundingRect(self) -> QRectF:
        return bounds_of(self._points).adjusted(-40, -28, 40, 28)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path, wire = path_of(self._points), t.wire(self.family)
        if self.snapped:
            painter.setPen(pen(faded(wire.colour, 0.3), HALO))
            painter.drawPath(path)
        if wire.stroke == "double":
            painter.setPen(pen(wire.colour, DOUBLE))
            painter.drawPath(path)
            painter.setPen(pen(t.canvas, BETWEEN))
        else:
            dotted = wire.stroke == "dotted"
            cap = Cap.RoundCap if dotted else Cap.FlatCap
            pattern = PATTERNS.get(wire.stroke, ())
            painter.setPen(pen(wire.colour, WIRE_WIDTH, cap=cap, pattern=pattern))
        painter.drawPath(path)
        if self.refused:
            self._cross(painter, t)
        elif self.snapped and self.text:
            self._label(painter, t)

    def _cross(self, painter: QPainter, t: Theme) -> None:
        painter.setPen(pen(t.canvas, 3))
        painter.setBrush(t.error)
        painter.drawEllipse(self.end, CROSS, CROSS)
        painter.setPen(pen(t.canvas, 2, cap=Cap.RoundCap))
        for dx in (-3.2, 3.2):
            painter.drawLine(self.end + QPointF(-dx, -3.2), self.end + QPointF(dx, 3.2))

    def _label(self, painter: QPainter, t: Theme) -> None:
        middle = (self.fixed + self.end) / 2
        width = text_width(self.text, SHAPE, mono=True) + 8
        rect = QRectF(middle.x() - width / 2, middle.y() - LABEL_ABOVE - 7, width, 13)
        painter.setFont(canvas_font(SHAPE, mono=True))
        painter.setPen(t.text)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.text)

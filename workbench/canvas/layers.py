"""The layers of the canvas: all wires and all nodes are painted by one item of Qt's each.

So a frame enters Python twice, however many nodes it shows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.camera import WORLD
from workbench.canvas.guard import guarded
from workbench.canvas.node_far import BADGE, paint_badge
from workbench.canvas.node_item import MARGIN, Look, NodeItem
from workbench.canvas.wire_path import Box, corners
from workbench.look.painting import painting
from workbench.look.theme import theme

if TYPE_CHECKING:
    from workbench.canvas.stage import Stage
    from workbench.canvas.wire_item import WireItem

WIRES, NODES = -1.0, 0.0  # z values
NODE_PICTURES = 160 * 2**20  # bytes: the visible nodes of a 4K screen; with less they are redrawn
LARGE = 2**22  # pixels from which a node is painted without a picture


class Layer(QGraphicsItem):
    """Paint many things of a scene. They say themselves what to repaint: `scene.update(area)`."""

    def __init__(self, stage: Stage, height: float) -> None:
        super().__init__()
        self.stage = stage
        self.setZValue(height)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # exposed part

    def boundingRect(self) -> QRectF:
        return WORLD

    def exposed(self, option: QStyleOptionGraphicsItem, out: float = 0.0) -> Box:
        """Return the rectangle to paint, enlarged by `out`."""
        area: QRectF = option.exposedRect  # type: ignore[attr-defined]
        return corners(area.adjusted(-out, -out, out, out))


class WireLayer(Layer):
    """Paint the wires, those to notice above the others."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, WIRES)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        seen: list[WireItem] = self.stage.wire_places.near(self.exposed(option))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for wire in sorted(seen, key=lambda wire: wire.raised):
            if not wire.hidden:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                wire.paint(painter)
        for wire in seen:
            if not wire.hidden:
                wire.paint_text(painter)


class NodeLayer(Layer):
    """Paint the nodes from their pictures, at whole pixels, each with its badge."""

    def __init__(self, stage: Stage, pictures: Pictures) -> None:
        super().__init__(stage, NODES)
        self.pictures = pictures

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        stage, scale = self.stage, self.stage.scale
        around = self.exposed(option, max(MARGIN, BADGE / scale))
        seen: list[NodeItem] = stage.node_places.near(around)
        to_view, ratio = painter.worldTransform(), stage.screen_ratio
        m, dx, dy = to_view.m11(), to_view.dx(), to_view.dy()
        corner = self.pictures.corner
        painter.setWorldTransform(QTransform())
        for node in seen:
            left, top, right, _ = node.box
            at = QPointF(round((left * m + dx) * ratio), round((top * m + dy) * ratio)) / ratio
            opacity = node.opacity
            if opacity != 1.0:
                painter.setOpacity(opacity)
            picture = self.pictures.of(node)
            if picture is not None:
                painter.drawPixmap(at - corner, picture)
            else:
                _paint_at(painter, node, at)
            if node.badged:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.translate(right * m + dx, top * m + dy)
                paint_badge(painter, node.signs.state, theme())
                painter.setWorldTransform(QTransform())
            if opacity != 1.0:
                painter.setOpacity(1.0)


class Pictures:
    """The pictures of nodes at the present scale, one for each look.

    A picture is stale when the scale or the theme changes: then all are cleared. All else that it
    shows is part of the look.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._made: dict[Look, QPixmap] = {}
        self._bytes = 0

    def clear(self) -> None:
        self._made.clear()
        self._bytes = 0

    @property
    def margin(self) -> int:
        """Return the device pixels around a body."""
        return math.ceil(MARGIN * self.stage.scale * self.stage.screen_ratio) + 1

    @property
    def corner(self) -> QPointF:
        """Return where a body lies in its picture."""
        return QPointF(self.margin, self.margin) / self.stage.screen_ratio

    def of(self, node: NodeItem) -> QPixmap | None:
        """Return a node's picture; None for one so large that it is painted at once."""
        found = self._made.get(node.look)
        if found is None:
            one = self.stage.scale * self.stage.screen_ratio
            sides = (node.face.width, node.face.height)
            across, down = (math.ceil(side * one) + 2 * self.margin for side in sides)
            if across * down >= LARGE:
                return None
            found = QPixmap(across, down)
            self._paint(node, found)
            self._keep(node.look, found)
        return found

    def _paint(self, node: NodeItem, picture: QPixmap) -> None:
        picture.setDevicePixelRatio(self.stage.screen_ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with painting(picture) as painter:
            _paint_at(painter, node, self.corner)

    def _keep(self, look: Look, picture: QPixmap) -> None:
        """Keep a picture, and the oldest no longer if there are too many."""
        self._made[look] = picture
        self._bytes += _bytes(picture)
        while self._bytes > NODE_PICTURES:
            self._bytes -= _bytes(self._made.pop(next(iter(self._made))))

    def forget(self, node: NodeItem) -> None:
        """Drop the picture of a node that no other shares."""
        picture = self._made.pop(node.look, None)
        if picture is not None:
            self._bytes -= _bytes(picture)


def _bytes(picture: QPixmap) -> int:
    return 4 * picture.width() * picture.height()


@guarded
def _paint_at(painter: QPainter, node: NodeItem, at: QPointF) -> None:
    painter.save()
    painter.translate(at)
    painter.scale(node.stage.scale, node.stage.scale)
    node.paint(painter)
    painter.restore()

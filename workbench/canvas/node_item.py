"""The graphics item of a node. It only shows the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas import node_far, node_near
from workbench.canvas.guard import guarded
from workbench.canvas.layout import FAR, NEAR, Face
from workbench.canvas.signs import Signs
from workbench.widgets.ports import HIT, Port, Side

if TYPE_CHECKING:
    from workbench.canvas.stage import Stage

MARGIN = 20.0  # around the body: shadow, halo, highlight of a port
MUTED, FADED = 0.62, 0.38
HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform


class NodeItem(QGraphicsItem):
    """A node. `turns` are a trainer's letters, `fits` the ports highlighted during a drag."""

    def __init__(self, stage: Stage, node: str, face: Face) -> None:
        super().__init__()
        self.stage = stage
        self.node = node
        self.face = face
        self.signs = Signs()
        self.twin = False
        self.wired: set[tuple[Side, str]] = set()
        self.turns: list[tuple[str, int]] = []
        self.fits: frozenset[tuple[Side, str]] = frozenset()
        self.fit_colour: QColor | None = None
        self.spare_plus: tuple[Side, str] | None = None
        self.picture: QImage | None = None
        self.selected = self.hovered = self.focused = self.partner = False
        self.faded = self.refused = False  # while a wire is drawn
        self.focused_port: Port | None = None
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._bounds = face.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def show_face(self, face: Face) -> None:
        if face is self.face:
            return
        self.prepareGeometryChange()
        self.face = face
        self._bounds = face.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        self.picture = None
        self.update()

    def display(self, **what: Any) -> bool:
        """Set attributes by name; repaint and return True if any changed."""
        changed = False
        for name, value in what.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                changed = True
        if changed:
            muted = self.signs.state == "muted"
            self.setOpacity(FADED if self.faded else MUTED if muted else 1.0)
            self.update()
        return changed

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        return self.face.outline

    @property
    def area(self) -> QRectF:
        return self.face.rect.translated(self.pos())

    def spot(self, side: Side, name: str) -> QPointF:
        """Return the position of a port in the scene."""
        return self.pos() + self.face.spot(side, name)

    def port_at(self, place: QPointF, reach: float = HIT) -> Port | None:
        """Return the port near a point of the scene."""
        at = place - self.pos()
        best, found = reach * reach, None
        for port in self.face.ports:
            spot = self.face.spots[port.side, port.name]
            dx, dy = at.x() - spot.x(), at.y() - spot.y()
            if dx * dx + dy * dy <= best:
                best, found = dx * dx + dy * dy, port
        return found

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom = self.stage.zoom
        painter.setRenderHints(HINTS)
        if zoom >= NEAR:
            node_near.paint(painter, self)
        elif zoom >= FAR:
            node_far.paint_middle(painter, self, self.stage.scale)
        else:
            node_far.paint_block(painter, self, self.stage.scale)

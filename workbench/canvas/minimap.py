"""The minimap: all nodes, and the visible rectangle, which can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from workbench.canvas.camera import Camera
from workbench.canvas.frame_item import FrameItem
from workbench.canvas.scene import Scene
from workbench.look.theme import RADIUS_OVERLAY, Theme, appearance, faded, theme
from workbench.words.kinds import tr

SIZE = QSize(184, 108)
INSIDE = 8.0
SOON = 60  # ms
LEAST_BLOCK = 2.0
STATES = {"error": "error", "running": "accent"}
DRAWN = ("control", "accent", "error")  # the last on top


class Minimap(QWidget):
    """A click or a drag moves the view. The nodes are redrawn only when they change."""

    def __init__(self, parent: QWidget, scene: Scene, camera: Camera) -> None:
        super().__init__(parent)
        self.scene = scene
        self.camera = camera
        self.setFixedSize(SIZE)
        self.setAccessibleName(tr("Map of the graph"))
        self.setToolTip(tr("Map: click to go there"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._held = False
        self._drawn: QPixmap | None = None
        self._world = QRectF(0, 0, 1, 1)
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._draw_anew)
        scene.moved.connect(self.refresh)
        scene.selection.changed.connect(self.refresh)
        camera.changed.connect(self._look)
        appearance.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Redraw the nodes, once for several changes."""
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()
        elif not self.isVisible():
            self._drawn = None

    def _draw_anew(self) -> None:
        self._drawn = None
        self.update()

    def _look(self) -> None:
        """Update the visible rectangle; the map's extent changes only if it leaves that."""
        dragging = self._held  # the extent must not change during a drag
        if not dragging and not self._world.contains(self.camera.visible_area):
            self.refresh()
        self.update()

    @property
    def _frame(self) -> QRectF:
        return QRectF(self.rect()).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)

    def _scale(self) -> float:
        frame = self._frame
        return min(frame.width() / self._world.width(), frame.height() / self._world.height())

    def _to_map(self) -> QTransform:
        scale, at, middle = self._scale(), self._frame.center(), self._world.center()
        return (
            QTransform.fromTranslate(at.x(), at.y())
            .scale(scale, scale)
            .translate(-middle.x(), -middle.y())
        )

    def _to_scene(self, at: QPointF) -> QPointF:
        return (at - self._frame.center()) / self._scale() + self._world.center()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawn is None or self._drawn.devicePixelRatio() != self.devicePixelRatio():
            self._drawn = self._drawing()
        t = theme()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.text2, 1))
        painter.setBrush(faded(t.text2, 0.06))
        seen = self._to_map().mapRect(self.camera.visible_area)
        seen &= self._frame.adjusted(-3, -3, 3, 3)
        painter.drawRoundedRect(seen, 3, 3)

    def _drawing(self) -> QPixmap:
        """Draw the background and the nodes."""
        content = self.scene.content()
        self._world = content.united(self.camera.visible_area).adjusted(-40, -40, 40, 40)
        ratio = self.devicePixelRatio()
        image = QPixmap(self.size() * ratio)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter, t = QPainter(image), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.edge, 1))
        painter.setBrush(t.panel)
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ground, RADIUS_OVERLAY, RADIUS_OVERLAY)
        painter.setClipRect(ground)
        self._draw_items(painter, t)
        painter.end()
        return image

    def _draw_items(self, painter: QPainter, t: Theme) -> None:
        scene, to_map = self.scene, self._to_map()
        painter.setPen(Qt.PenStyle.NoPen)
        for box in scene.boxes.values():
            painter.setBrush(t.hover if isinstance(box, FrameItem) else t.note_line)
            painter.drawRoundedRect(to_map.mapRect(box.area), 2, 2)
        blocks: dict[str, list[QRectF]] = {}
        one, dx, dy = to_map.m11(), to_map.dx(), to_map.dy()
        for item in scene.nodes.values():
            token = STATES.get(item.signs.state, "accent" if item.selected else "control")
            left, top, right, bottom = item.box
            wide, high = ((end - start) * one for start, end in ((left, right), (top, bottom)))
            block = QRectF(
                left * one + dx, top * one + dy, max(wide, LEAST_BLOCK), max(high, LEAST_BLOCK)
            )
            blocks.setdefault(token, []).append(block)
        for token in sorted(blocks, key=DRAWN.index):
            painter.setBrush(t.colour(token))
            painter.drawRects(blocks[token])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = True
        self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = False
        self._look()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, at: QPointF) -> None:
        self.camera.centre_on(self._to_scene(at), self.camera.zoom, animate=False)

"""Dragging a kind or data over the canvas: its preview, the wire it would go into, the drop."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.document.graph import Wire
from workbench.bench.datafiles import data_kind
from workbench.canvas.camera import Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.guard import guarded
from workbench.canvas.hit import wires_at
from workbench.canvas.layout import HEADER, NARROWEST, rounded
from workbench.canvas.scene import Scene
from workbench.look.strokes import pen
from workbench.look.theme import faded, theme
from workbench.widgets.dragging import MIME

REACH = 18.0  # px on screen from the pointer to a wire


class DropPreview(QGraphicsItem):
    """A preview of the new node."""

    AREA = QRectF(0, 0, NARROWEST, 3 * HEADER)

    def boundingRect(self) -> QRectF:
        return self.AREA.adjusted(-2, -2, 2, 2)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(faded(t.accent, 0.10))
        painter.setPen(pen(t.accent, 1.5, pattern=(4, 3)))
        painter.drawPath(rounded(self.AREA))


def data_in(data: QMimeData) -> list[Path]:
    """Return the local files and folders of a drag if nodes can read them all, else none."""
    urls = data.urls() if data.hasUrls() else []
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    known = len(paths) == len(urls) and all(p.exists() and data_kind(p) for p in paths)
    return paths if known else []


class Dropping(QObject):
    """One drag over the canvas."""

    data_dropped = Signal(list, QPointF)  # files and folders, and where they fall

    def __init__(self, scene: Scene, camera: Camera, commands: CanvasCommands) -> None:
        super().__init__(scene)
        self.scene = scene
        self.camera = camera
        self.commands = commands
        self.preview: DropPreview | None = None
        self.onto: Wire | None = None
        self.data: list[Path] = []

    def enter(self, event: QDragEnterEvent) -> None:
        self.data = data_in(event.mimeData())
        if not self.data and not event.mimeData().hasFormat(MIME):
            event.ignore()  # the window opens graphs
            return
        self.preview = DropPreview()
        self.scene.addItem(self.preview)
        self.move(event)

    def move(self, event: QDragMoveEvent) -> None:
        if self.preview is None:
            event.ignore()
            return
        place = self.camera.to_scene(event.position())
        self.preview.setPos(place - QPointF(NARROWEST / 2, HEADER / 2))
        near = [] if self.data else wires_at(self.scene, place, REACH / self.scene.scale)
        self._highlight(near[0].wire if near else None)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def leave(self) -> None:
        self._highlight(None)
        if self.preview is not None:
            self.scene.removeItem(self.preview)
            self.preview = None

    def drop(self, event: QDropEvent) -> None:
        if self.preview is None:
            event.ignore()
            return
        place, onto, data = self.camera.to_scene(event.position()), self.onto, self.data
        kind = bytes(event.mimeData().data(MIME).data()).decode(errors="replace")
        self.leave()
        if data:
            self.data_dropped.emit(data, place)
        elif onto is None or not self.commands.add_on_wire(kind, place, onto, quiet=True):
            self.commands.add(kind, place)
        event.acceptProposedAction()
        self.camera.view.setFocus()

    def _highlight(self, wire: Wire | None) -> None:
        for changed in {self.onto, wire} - {None}:
            if changed in self.scene.wires:
                self.scene.wires[changed].display(target=changed == wire)
        self.onto = wire

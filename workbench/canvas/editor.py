"""Edit titles and notes on the canvas, in text fields shown over them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from engine.document.graph import Wire
from workbench import edits
from workbench.canvas.camera import Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.frame_item import NoteItem
from workbench.canvas.layout import HEADER
from workbench.canvas.named_wire import pill_at
from workbench.canvas.scene import Scene
from workbench.edits.base import BORDER
from workbench.look import theme as look
from workbench.widgets.ports import Port
from workbench.words.kinds import tr

LEAST_WIDE, LEAST_HIGH = 140, 80


class TitleField(QLineEdit):
    """A field that edits a title. Enter or losing the focus commits, Esc cancels."""

    def __init__(
        self, parent: QWidget, area: QRect, text: str, take: Callable[[str], None]
    ) -> None:
        super().__init__(text, parent)
        self.host = parent
        self._take: Callable[[str], None] | None = take
        self.setAccessibleName(tr("Title"))
        self.setFont(look.font(look.BODY, look.SEMIBOLD))
        area.setWidth(max(area.width(), LEAST_WIDE))
        area.setHeight(max(area.height(), look.CONTROL_HEIGHT))
        self.setGeometry(area)
        self.selectAll()
        self.show()
        self.setFocus()
        self.editingFinished.connect(self._finish)

    def _finish(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take(self.text())
            self._leave()

    def _leave(self) -> None:
        self.host.setFocus()
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Enter and Esc here; the canvas would open the node's first field."""
        if event.key() == Qt.Key.Key_Escape:
            self._take = None
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        else:
            super().keyPressEvent(event)


class NoteField(QPlainTextEdit):
    """A field that edits a note. Ctrl+Enter or losing the focus commits, Esc cancels."""

    def __init__(
        self, parent: QWidget, area: QRect, text: str, take: Callable[[str], None]
    ) -> None:
        super().__init__(parent)
        self.host = parent
        self._take: Callable[[str], None] | None = take
        self.setPlainText(text)
        self.setAccessibleName(tr("Text of the note"))
        self.setTabChangesFocus(True)
        area.setWidth(max(area.width(), LEAST_WIDE))
        area.setHeight(max(area.height(), LEAST_HIGH))
        self.setGeometry(area)
        self.show()
        self.setFocus()
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._finish()
        return super().eventFilter(watched, event)

    def _finish(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take(self.toPlainText())
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entered = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if entered and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._finish()
            self.host.setFocus()
        elif event.key() == Qt.Key.Key_Escape:
            self._take = None
            self._finish()
            self.host.setFocus()
        else:
            super().keyPressEvent(event)


class InPlaceEditor(QObject):
    """Edit titles and notes where they are shown."""

    fields_requested = Signal(str)  # open the first field of a node
    group_requested = Signal(str)  # open the inside of an instance

    def __init__(self, scene: Scene, camera: Camera, commands: CanvasCommands) -> None:
        super().__init__(scene)
        self.scene = scene
        self.camera = camera
        self.commands = commands

    def open(self, thing: str, place: QPointF) -> None:
        """Edit the title or the note at `place`; a node's body requests its fields."""
        box = self.scene.boxes.get(thing)
        if thing in BORDER:
            self._rename_on_border(thing, place)
        elif thing in self.scene.graph.nodes and self.scene.graph.nodes[thing].group:
            self.group_requested.emit(thing)
        elif isinstance(box, NoteItem) and place.y() > box.y() + HEADER:
            self.write_note(thing)
        elif (
            box is not None
            or place.y() < self.scene.nodes[thing].pos().y() + self.scene.nodes[thing].face.head
        ):
            self.rename(thing)
        else:
            self.fields_requested.emit(thing)

    def _below_head(self, node: str) -> float:
        item = self.scene.nodes[node]
        return item.pos().y() + item.face.head

    def rename(self, thing: str) -> None:
        """Edit the title of a node, a frame or a note, on a border the name of a port."""
        if thing in BORDER:
            self._rename_on_border(thing, self.camera.pointer)
            return
        node, box = self.scene.nodes.get(thing), self.scene.boxes.get(thing)
        if node is not None:
            title, item_area = self.scene.faces.title(thing), node.area
        elif box is not None:
            title, item_area = box.title, box.area
        else:
            return
        self.camera.ensure_visible(item_area)
        area = self.camera.area_to_view(item_area)
        area.setHeight(round(32 * self.camera.scale))
        TitleField(self.camera.view, area, title, lambda text: self.commands.rename(thing, text))

    def open_pill(self, wire: Wire, place: QPointF) -> None:
        """Go to the source of a named wire; at the source, edit the name."""
        if pill_at(self.scene.wires[wire], place) == "source":
            self.name_wires(wire.source, wire.output)
        else:
            self.go_to_source(wire)

    def go_to_source(self, wire: Wire) -> None:
        self.scene.selection.set([wire.source])
        self.camera.centre_on(self.scene.nodes[wire.source].area.center(), self.camera.zoom)

    def name_wires(self, node: str, port: str) -> None:
        """Edit the name of an output's wires, beside it."""
        item = self.scene.nodes[node]
        spot = item.spot("output", port)
        self.camera.ensure_visible(item.area)
        area = self.camera.area_to_view(QRectF(spot.x() + 12, spot.y() - 12, 120, 24))
        name = edits.name_of_wires(self.scene.graph, node, port)
        found = item.face.port("output", port)
        take = lambda text: self.commands.name_wires(node, port, text)  # noqa: E731
        TitleField(self.camera.view, area, name or (found.label if found else port), take)

    def rename_port(self, node: str, port: Port) -> None:
        """Edit the name of a port of the open group, on its border."""
        item = self.scene.nodes[node]
        spot, output = item.spot(port.side, port.name), port.side == "input"
        self.camera.ensure_visible(item.area)
        left = spot.x() + 12 if output else spot.x() - 132
        area = self.camera.area_to_view(QRectF(left, spot.y() - 12, 120, 24))
        take = lambda text: self.commands.rename_port(port.name, text, output=output)  # noqa: E731
        TitleField(self.camera.view, area, port.name, take)

    def _rename_on_border(self, node: str, place: QPointF) -> None:
        """Edit the name of the port that has the keys, of that at a place, or of the first."""
        item = self.scene.nodes[node]
        first = next(iter(item.face.ports), None)
        port = item.focused_port or item.port_at(place) or item.row_at(place) or first
        if port is not None:
            self.rename_port(node, port)

    def write_note(self, note: str) -> None:
        item = self.scene.boxes[note]
        area = self.camera.area_to_view(item.area)
        take = lambda text: self.commands.write_note(note, text)  # noqa: E731
        NoteField(self.camera.view, area, item.text if isinstance(item, NoteItem) else "", take)

"""The mouse: starts a gesture at each press and forwards moves and the release to it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QMouseEvent

from engine.document.graph import Wire
from workbench.canvas import gestures
from workbench.canvas.frame_item import NoteItem
from workbench.canvas.gestures import Gesture
from workbench.canvas.hit import Target
from workbench.canvas.layout import HEADER
from workbench.canvas.surface import Surface

EDGE, EDGE_STEP, EDGE_BEAT = 28, 14, 16  # px, px, ms: scrolling during a drag near the edge


class Hand:
    """The current gesture, if any."""

    def __init__(self, canvas: Surface) -> None:
        self.canvas = canvas
        self.gesture: Gesture | None = None
        self._at_edge = QTimer(canvas, interval=EDGE_BEAT)
        self._at_edge.timeout.connect(self._move_on)

    def drop(self) -> None:
        """Cancel the gesture."""
        gesture, self.gesture = self.gesture, None
        self._at_edge.stop()
        if gesture is not None:
            gesture.cancel()
        self.show_cursor()

    def press(self, event: QMouseEvent) -> None:
        canvas = self.canvas
        canvas.hide_refusal()
        if self.gesture is not None and self.gesture.holds:
            self.drop()  # the press is still handled
        elif self.gesture is not None:
            if event.button() == Qt.MouseButton.RightButton:
                self.drop()
            return
        place, target = canvas.camera.to_scene(event.position()), canvas.target(event.position())
        if target.kind == "fix" and event.button() == Qt.MouseButton.LeftButton:
            canvas.commands.fix(target.node)
            return
        self.gesture = gestures.choose(canvas, event.button(), place, event.modifiers(), target)
        self.show_cursor()

    def move(self, event: QMouseEvent) -> None:
        if self.gesture is None:
            self.canvas.look_at(event.position())
        elif event.buttons():
            place = self.canvas.camera.to_scene(event.position())
            self.gesture.moved(place, event.modifiers())
            self._watch_edges(event.position())

    def release(self, event: QMouseEvent) -> None:
        gesture = self.gesture
        if gesture is None or event.buttons() or gesture.holds:
            return
        self._at_edge.stop()
        self.gesture = None
        gesture.end(self.canvas.camera.to_scene(event.position()))
        if gesture.holds:
            self.gesture = gesture
        self.show_cursor()
        self.canvas.look_at(event.position())

    def double_click(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.drop()
        canvas = self.canvas
        target, place = canvas.target(event.position()), canvas.camera.to_scene(event.position())
        if target.kind == "void":
            canvas.open_search(place)
        elif target.kind == "wire" and isinstance(target.thing, Wire):
            canvas.commands.bend(target.thing, place)
        elif target.kind in ("node", "box"):
            self._open(target, place)

    def _open(self, target: Target, place: QPointF) -> None:
        """Edit a double-clicked title or note; a node's body opens its fields."""
        canvas, box = self.canvas, self.canvas.stage.boxes.get(target.node)
        if isinstance(box, NoteItem) and place.y() > box.y() + HEADER:
            canvas.write_note(target.node)
        elif box is not None or place.y() < canvas.stage.nodes[target.node].y() + HEADER:
            canvas.rename(target.node)
        else:
            canvas.edit_requested.emit(target.node)

    def show_cursor(self) -> None:
        cursor = self.gesture.cursor if self.gesture is not None else None
        if cursor is None and self.canvas.space_held:
            cursor = Qt.CursorShape.OpenHandCursor
        self.canvas.viewport().setCursor(cursor or Qt.CursorShape.ArrowCursor)

    def _watch_edges(self, at: QPointF) -> None:
        """Scroll the canvas while a drag is held near its edge."""
        inside = self.canvas.viewport().rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        wanted = bool(self.gesture and self.gesture.scrolls) and not inside.contains(at.toPoint())
        if wanted and not self._at_edge.isActive():
            self._at_edge.start()
        elif not wanted:
            self._at_edge.stop()

    def _move_on(self) -> None:
        view = self.canvas.viewport()
        at = view.mapFromGlobal(QCursor.pos())
        inside = view.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        dx = (at.x() < inside.left()) - (at.x() > inside.right())
        dy = (at.y() < inside.top()) - (at.y() > inside.bottom())
        if self.gesture is None or not (dx or dy):
            self._at_edge.stop()
            return
        camera = self.canvas.camera
        camera.pan(dx * EDGE_STEP, dy * EDGE_STEP)
        self.gesture.moved(camera.to_scene(QPointF(at)), self.gesture.keys)

"""The mouse: starts a gesture at each press and forwards moves and the release to it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent

from engine.document.graph import Wire
from workbench.canvas.editor import InPlaceEditor
from workbench.canvas.gestures import Gesture, Pan, Tools, choose
from workbench.canvas.hit import Target, target_at
from workbench.canvas.hover import Hover

EDGE, EDGE_STEP, EDGE_BEAT = 28, 14, 16  # px, px, ms: scrolling during a drag near the edge
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
KEEPING = (*ENTER, Qt.Key.Key_Shift, Qt.Key.Key_Control)  # keys that leave a waiting wire


class Mouse:
    """The current gesture, if any."""

    def __init__(self, tools: Tools, hover: Hover, editor: InPlaceEditor) -> None:
        self.tools = tools
        self.camera = tools.camera
        self.hover = hover
        self.editor = editor
        self.viewport = tools.camera.view.viewport()
        self.gesture: Gesture | None = None
        self.space_held = False
        self._at_edge = QTimer(self.viewport, interval=EDGE_BEAT)
        self._at_edge.timeout.connect(self._move_on)

    def cancel_gesture(self) -> None:
        """Cancel the gesture."""
        gesture, self.gesture = self.gesture, None
        self._at_edge.stop()
        if gesture is not None:
            gesture.cancel()
        self.show_cursor()

    def interrupt(self) -> None:
        """Cancel the gesture, because the document changes by other means than it."""
        if self.gesture is not None and not self.gesture.pushing:
            self.gesture.interrupt()
            self.cancel_gesture()

    def take_fix(self) -> None:
        """Apply the fix that the gesture's refusal offers; without one, cancel the gesture."""
        gesture = self.gesture
        if gesture is not None:
            self.cancel_gesture()
            gesture.apply_fix()

    def target(self, at: QPointF) -> Target:
        """Return the target under a point of the viewport."""
        return target_at(self.tools.scene, self.camera.to_scene(at))

    def press(self, event: QMouseEvent) -> None:
        self.tools.refusals.hide()
        if self.gesture is not None and self.gesture.awaits_key:
            self.cancel_gesture()  # the press is still handled
        elif self.gesture is not None:
            if event.button() == Qt.MouseButton.RightButton:
                self.cancel_gesture()
            return
        place, target = self.camera.to_scene(event.position()), self.target(event.position())
        self.tools.fields.leave()
        if target.kind == "fix" and event.button() == Qt.MouseButton.LeftButton:
            self.tools.commands.fix(target.node)
            return
        if self.space_held:
            self.gesture = Pan(self.tools, place, event.modifiers())
        else:
            self.gesture = choose(self.tools, event.button(), place, event.modifiers(), target)
        self.show_cursor()

    def move(self, event: QMouseEvent) -> None:
        if self.gesture is None:
            self._hover(event.position())
        elif event.buttons():
            place = self.camera.to_scene(event.position())
            self.gesture.moved(place, event.modifiers())
            self._watch_edges(event.position())

    def release(self, event: QMouseEvent) -> None:
        gesture = self.gesture
        if gesture is None or event.buttons() or gesture.awaits_key:
            return
        self._at_edge.stop()
        self.gesture = None
        gesture.end(self.camera.to_scene(event.position()))
        if gesture.awaits_key:
            self.gesture = gesture
        self.show_cursor()
        self._hover(event.position())

    def double_click(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.cancel_gesture()
        target, place = self.target(event.position()), self.camera.to_scene(event.position())
        if target.kind == "void":
            self.tools.adding.open(place)
        elif self._names_wire(target) and isinstance(target.thing, Wire):
            self.editor.open_pill(target.thing, place)
        elif target.kind == "wire" and isinstance(target.thing, Wire):
            self.tools.commands.bend(target.thing, place)
        elif target.kind == "field":
            self.tools.fields.reset(target.node, target.field)
        elif target.kind in ("node", "box"):
            self.editor.open(target.node, place)

    def _names_wire(self, target: Target) -> bool:
        """Return whether a target is a pill of a named wire."""
        wires = self.tools.scene.wires
        return isinstance(target.thing, Wire) and bool(wires[target.thing].name)

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key of the current gesture; return whether it was used."""
        key = event.key()
        if key == Qt.Key.Key_Escape and (self.gesture or self.tools.refusals.box.isVisible()):
            self.cancel_gesture()
            self.tools.refusals.hide()
            return True
        if self.gesture is not None and self.gesture.awaits_key and key not in KEEPING:
            self.cancel_gesture()
        if self.gesture is not None and self.gesture.answer is not None and key in ENTER:
            self.take_fix()
            return True
        return False

    def space(self, event: QKeyEvent, *, held: bool) -> bool:
        """Handle Space, which pans while it is held; return whether the key was that."""
        if event.key() != Qt.Key.Key_Space:
            return False
        self.space_held = held
        self.show_cursor()
        return True

    def lose_focus(self) -> None:
        self.space_held = False
        if self.gesture is not None and self.gesture.waits:
            self.cancel_gesture()

    def _hover(self, at: QPointF) -> None:
        self.hover.show(self.target(at))
        if not self.space_held:
            self.viewport.setCursor(self.hover.cursor)

    def show_cursor(self) -> None:
        cursor = self.gesture.cursor if self.gesture is not None else None
        if cursor is None and self.space_held:
            cursor = Qt.CursorShape.OpenHandCursor
        self.viewport.setCursor(cursor or Qt.CursorShape.ArrowCursor)

    def _watch_edges(self, at: QPointF) -> None:
        """Scroll the canvas while a drag is held near its edge."""
        inside = self.viewport.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        wanted = bool(self.gesture and self.gesture.scrolls) and not inside.contains(at.toPoint())
        if wanted and not self._at_edge.isActive():
            self._at_edge.start()
        elif not wanted:
            self._at_edge.stop()

    def _move_on(self) -> None:
        at = self.viewport.mapFromGlobal(QCursor.pos())
        inside = self.viewport.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        dx = (at.x() < inside.left()) - (at.x() > inside.right())
        dy = (at.y() < inside.top()) - (at.y() > inside.bottom())
        if self.gesture is None or not (dx or dy):
            self._at_edge.stop()
            return
        self.camera.pan(dx * EDGE_STEP, dy * EDGE_STEP)
        self.gesture.moved(self.camera.to_scene(QPointF(at)), self.gesture.keys)

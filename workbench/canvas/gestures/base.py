"""The base class of gestures."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt

from workbench.canvas.adding import Adding
from workbench.canvas.camera import Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.field_hand import FieldHand
from workbench.canvas.fitting import WireRefusal
from workbench.canvas.refusals import Refusals
from workbench.canvas.scene import Scene

DRAG = 4.0  # px on screen before a press becomes a drag


@dataclass(frozen=True)
class Tools:
    """The parts of the canvas that gestures use."""

    scene: Scene
    camera: Camera
    commands: CanvasCommands
    refusals: Refusals
    adding: Adding
    fields: FieldHand


class Gesture:
    """A gesture from press to release. Points are in scene coordinates.

    It previews its effect; only `end` may push a change. `awaits_key` is true while the gesture
    continues after the release until a key is pressed.
    """

    cursor: Qt.CursorShape | None = None
    awaits_key = False
    by_keys = False
    answer: WireRefusal | None = None  # why it is refused now
    pushing = False  # whether the change that the document makes is its own
    scrolls = False  # whether the view scrolls when the pointer nears its edge

    def __init__(self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier) -> None:
        self.tools = tools
        self.scene = tools.scene
        self.origin = place
        self.keys = keys
        self.dragging = False

    @property
    def waits(self) -> bool:
        """Whether it continues without a pressed mouse button."""
        return self.awaits_key or self.by_keys

    def moved(self, place: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Handle a mouse move; a press becomes a drag after DRAG pixels."""
        self.keys = keys
        off = (place - self.origin) * self.scene.scale
        if not self.dragging and abs(off.x()) + abs(off.y()) < DRAG:
            return
        if not self.dragging:
            self.dragging = True
            self.start()
        self.move(place)

    def start(self) -> None:
        """Called when the press becomes a drag."""

    def move(self, place: QPointF) -> None:
        """Called when the pointer moves."""

    def end(self, place: QPointF) -> None:
        """Called when the button is released."""

    def cancel(self) -> None:
        """Restore the previous state."""

    def interrupt(self) -> None:
        """Called before `cancel` where another change of the document ends it."""

    def apply_fix(self) -> None:
        """Apply the fix that `answer` offers, if it offers one."""

    @property
    def shift(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ShiftModifier)

    @property
    def control(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.AltModifier)

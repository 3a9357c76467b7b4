"""The shape of a gesture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from workbench.canvas.surface import Surface

DRAG = 4.0  # px on screen before a press becomes a drag


class Gesture:
    """One gesture from press to release. Places are in the scene.

    It shows what would be; only `end` may push a change. `holds` is true where the gesture goes on
    after the release, waiting for a key.
    """

    cursor: Qt.CursorShape | None = None
    holds = False
    by_keys = False
    scrolls = False  # the canvas moves on when the pointer is near its edge

    def __init__(self, canvas: Surface, place: QPointF, keys: Qt.KeyboardModifier) -> None:
        self.canvas = canvas
        self.scene = canvas.stage
        self.began = place
        self.keys = keys
        self.dragging = False

    @property
    def waits(self) -> bool:
        """Whether it continues without a mouse button held: by keys, or waiting for one."""
        return self.holds or self.by_keys

    def moved(self, place: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Take a movement; a small one is still a press."""
        self.keys = keys
        off = (place - self.began) * self.scene.scale
        if not self.dragging and abs(off.x()) + abs(off.y()) < DRAG:
            return
        if not self.dragging:
            self.dragging = True
            self.start()
        self.move(place)

    def start(self) -> None:
        """The press became a drag."""

    def move(self, place: QPointF) -> None:
        """The pointer moved."""

    def end(self, place: QPointF) -> None:
        """The button was let go."""

    def cancel(self) -> None:
        """Put all back as it was."""

    def key(self, event: QKeyEvent) -> bool:
        """Take a key; return whether it meant something."""
        return False

    @property
    def shift(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ShiftModifier)

    @property
    def control(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.AltModifier)

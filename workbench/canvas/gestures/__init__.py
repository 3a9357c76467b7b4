"""What the hand does: one small class for each gesture, with start, move, end and cancel."""

from workbench.canvas.gestures.base import Gesture
from workbench.canvas.gestures.choose import choose

__all__ = ["Gesture", "choose"]

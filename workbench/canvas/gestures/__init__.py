"""Mouse gestures: one small class each, with start, move, end and cancel."""

from workbench.canvas.gestures.base import Gesture
from workbench.canvas.gestures.choose import choose

__all__ = ["Gesture", "choose"]

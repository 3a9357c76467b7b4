"""Mouse gestures: one small class each, with start, move, end and cancel."""

from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.gestures.choose import choose
from workbench.canvas.gestures.look import Pan

__all__ = ["Gesture", "Pan", "Tools", "choose"]

"""Choose the gesture that a press begins, from the item under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine.document.graph import Wire
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.gestures.look import Pan, RubberBand
from workbench.canvas.gestures.move import BendWire, Move, Resize
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.hit import Target
from workbench.canvas.selection import Bend
from workbench.widgets.ports import Port

Keys = Qt.KeyboardModifier


def choose(
    tools: Tools, button: Qt.MouseButton, place: QPointF, keys: Keys, target: Target
) -> Gesture | None:
    """Return the gesture that a press begins: the middle button pans, the left acts."""
    if button == Qt.MouseButton.MiddleButton:
        return Pan(tools, place, keys)
    if button != Qt.MouseButton.LeftButton:
        return None
    match target:
        case Target("void"):
            return RubberBand(tools, place, keys)
        case Target("port", str(node), Port() as port):
            return DrawWire(tools, place, keys, node, port)
        case Target("edge"):
            return Resize(tools, place, keys, target)
        case Target("wire", Wire() as wire):
            return BendWire(tools, place, keys, wire)
        case Target("node" | "box" | "bend", str() | Bend() as thing):
            return Move(tools, place, keys, thing)
    return None

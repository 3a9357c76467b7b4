"""Choose the gesture that a press begins, from the item under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine.document.graph import Wire
from workbench.canvas.gestures.base import Gesture
from workbench.canvas.gestures.look import Band, Pan
from workbench.canvas.gestures.move import Bow, Move, Resize
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.hit import Target
from workbench.canvas.selection import Bend
from workbench.canvas.surface import Surface
from workbench.widgets.ports import Port

Keys = Qt.KeyboardModifier


def choose(
    canvas: Surface, button: Qt.MouseButton, place: QPointF, keys: Keys, target: Target
) -> Gesture | None:
    """Return the gesture that a press begins: the middle button and Space pan, the left acts."""
    if button == Qt.MouseButton.MiddleButton or canvas.space_held:
        return Pan(canvas, place, keys)
    if button != Qt.MouseButton.LeftButton:
        return None
    match target:
        case Target("void"):
            return Band(canvas, place, keys)
        case Target("port", str(node), Port() as port):
            return DrawWire(canvas, place, keys, node, port)
        case Target("edge"):
            return Resize(canvas, place, keys, target)
        case Target("wire", Wire() as wire):
            return Bow(canvas, place, keys, wire)
        case Target("node" | "box" | "bend", str() | Bend() as thing):
            return Move(canvas, place, keys, thing)
    return None

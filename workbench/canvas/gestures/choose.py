"""Which gesture a press begins: a table from what lies under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from workbench.canvas.gestures.base import Gesture
from workbench.canvas.gestures.look import Band, Pan
from workbench.canvas.gestures.move import Bow, Move, Resize
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.hit import Target

if TYPE_CHECKING:
    from workbench.canvas.view import Canvas

Keys = Qt.KeyboardModifier
Begin = Callable[["Canvas", QPointF, Keys, Target], Gesture]

_BEGIN: dict[str, Begin] = {
    "void": lambda canvas, place, keys, _: Band(canvas, place, keys),
    "port": lambda canvas, place, keys, t: DrawWire(canvas, place, keys, t.node, t.port),
    "node": lambda canvas, place, keys, t: Move(canvas, place, keys, t.thing),
    "box": lambda canvas, place, keys, t: Move(canvas, place, keys, t.thing),
    "bend": lambda canvas, place, keys, t: Move(canvas, place, keys, t.thing),
    "wire": lambda canvas, place, keys, t: Bow(canvas, place, keys, t.thing),
    "edge": lambda canvas, place, keys, t: Resize(canvas, place, keys, t),
}


def choose(
    canvas: Canvas, button: Qt.MouseButton, place: QPointF, keys: Keys, target: Target
) -> Gesture | None:
    """Return the gesture that a press begins: the middle button and Space pan, the left acts."""
    if button == Qt.MouseButton.MiddleButton or canvas.space_held:
        return Pan(canvas, place, keys)
    if button != Qt.MouseButton.LeftButton or target.kind not in _BEGIN:
        return None
    return _BEGIN[target.kind](canvas, place, keys, target)

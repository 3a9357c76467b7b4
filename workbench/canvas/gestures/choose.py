"""Choose the gesture that a press begins, from the item under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine.document.graph import Wire
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.gestures.border import MovePort
from workbench.canvas.gestures.cut import CutWires
from workbench.canvas.gestures.field import DragNumber, PickField
from workbench.canvas.gestures.look import Pan, RubberBand
from workbench.canvas.gestures.move import BendWire, Move, PickWire, Resize
from workbench.canvas.gestures.pull import PullOut
from workbench.canvas.gestures.rewire import MoveWires, far_ends
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.hit import Target
from workbench.canvas.selection import Bend
from workbench.edits.base import BORDER
from workbench.widgets.ports import Port

Keys = Qt.KeyboardModifier
PULL = Keys.ShiftModifier | Keys.AltModifier


def choose(
    tools: Tools, button: Qt.MouseButton, place: QPointF, keys: Keys, target: Target
) -> Gesture | None:
    """Return the gesture that a press begins: the middle button pans, Ctrl and the right cuts."""
    if button == Qt.MouseButton.MiddleButton:
        return Pan(tools, place, keys)
    if button == Qt.MouseButton.RightButton and keys & Keys.ControlModifier:
        return CutWires(tools, place, keys)
    if button != Qt.MouseButton.LeftButton:
        return None
    match target:
        case Target("void"):
            return RubberBand(tools, place, keys)
        case Target("port", str(node), Port() as port):
            return _at_port(tools, place, keys, node, port)
        case Target("edge"):
            return Resize(tools, place, keys, target)
        case Target("wire", Wire() as wire):
            pick = PickWire if tools.scene.wires[wire].name else BendWire
            return pick(tools, place, keys, wire)
        case Target("node", str(node)) if node in BORDER and (
            row := tools.scene.nodes[node].row_at(place)
        ):
            return MovePort(tools, place, keys, node, row)
        case Target("node" | "field", str(node)) if keys & PULL == PULL:
            return PullOut(tools, place, keys, node)
        case Target("field", str(node)):
            param = tools.fields.param(node, target.field)
            dragged = param is not None and param.type in ("int", "float")
            return (DragNumber if dragged else PickField)(tools, place, keys, node, target.field)
        case Target("node" | "box" | "bend", str() | Bend() as thing):
            return Move(tools, place, keys, thing)
    return None


def _at_port(tools: Tools, place: QPointF, keys: Keys, node: str, port: Port) -> Gesture:
    """Return the gesture of a press on a port: it draws a wire, with Shift it moves all there."""
    wires = [item.wire for item in tools.scene.wires_at(node, port.side, port.name)]
    if keys & Keys.ShiftModifier and (ends := far_ends(tools.scene, port, wires)):
        return MoveWires(tools, place, keys, node, port, wires, ends)
    return DrawWire(tools, place, keys, node, port)

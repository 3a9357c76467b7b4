"""Gestures on the fields of nodes: drag a number; open a list or turn a tick."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine.document.graph import ABSENT
from workbench.bench.journal import Edit
from workbench.canvas.field_hand import pace, start_of
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.gestures.move import Move
from workbench.words import numbers

PITCH = 4.0  # px on the screen for a step


class DragNumber(Gesture):
    """Drag a number left or right; a click types into it.

    The document follows at once, so that what is live is seen, and all of it is one undo. Letting
    go where it began leaves nothing in the history.
    """

    cursor = Qt.CursorShape.SizeHorCursor

    def __init__(
        self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, node: str, name: str
    ) -> None:
        super().__init__(tools, place, keys)
        self.fields = tools.fields
        self.node, self.name = node, name
        self.last = place
        self.steps = 0.0
        self.made: Edit | None = None
        self.pushing = False
        if node not in self.scene.selection:
            self.scene.selection.set([node])

    def start(self) -> None:
        graph = self.scene.graph
        self.param = self.fields.param(self.node, self.name)
        self.before = graph.nodes[graph.owner(self.node)].params.get(self.name, ABSENT)
        self.begun = self.fields.value(self.node, self.name)
        self.fields.focus(self.node, self.name)

    def move(self, place: QPointF) -> None:
        if self.param is None:
            return
        across = (place.x() - self.last.x()) * self.scene.scale
        self.steps += across / PITCH * pace(self.keys)
        self.last = place
        value = numbers.dragged(self.param, start_of(self.param, self.begun), self.steps)
        if value != self.fields.value(self.node, self.name):
            self._push(value)

    def _push(self, value: float) -> None:
        history = self.scene.document.history
        self.pushing = True
        self.fields.set(self.node, self.name, value, merge=self.made is not None)
        self.pushing = False
        if self.made is None and history.position:
            self.made = history.edits[history.position - 1]

    def end(self, place: QPointF) -> None:
        self.scene.unders.hide_hint()
        if not self.dragging:
            self.fields.act(self.node, self.name)
        elif self.fields.value(self.node, self.name) == self.begun:
            self._take_back()

    def cancel(self) -> None:
        if self.dragging:
            self._take_back()

    def _take_back(self) -> None:
        """Set the value of before, and leave nothing in the history."""
        made, self.made = self.made, None
        if made is None:
            return
        history = self.scene.document.history
        if history.position and history.edits[history.position - 1] is made:
            history.take_back()
        else:  # something else was done since, such as saving
            self.fields.set(self.node, self.name, self.before)

    def interrupt(self) -> None:
        """Stop where it is: the document was changed by something else."""
        self.made = None


class PickField(Move):
    """Open a list or turn a tick by a click; a drag moves the node."""

    cursor = Qt.CursorShape.PointingHandCursor

    def __init__(
        self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, node: str, name: str
    ) -> None:
        super().__init__(tools, place, keys, node)
        self.name = name

    def end(self, place: QPointF) -> None:
        super().end(place)
        if not self.dragging and not (self.shift or self.control):
            assert isinstance(self.thing, str)
            self.tools.fields.act(self.thing, self.name)

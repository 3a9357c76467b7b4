"""A gesture on the border of the open group: drag a port to another place among its own."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine.document.naming import OUT
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.widgets.ports import Port


class MovePort(Gesture):
    """Drag a port up or down on the border; a line shows where it goes. A click selects."""

    cursor = Qt.CursorShape.SizeVerCursor

    def __init__(
        self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, node: str, port: Port
    ) -> None:
        super().__init__(tools, place, keys)
        self.node, self.port = node, port
        self.item = self.scene.nodes[node]
        self.at = self.to = self.item.face.ports.index(port)
        self.scene.selection.set([node])

    def move(self, place: QPointF) -> None:
        last = len(self.item.face.ports) - 1
        self.to = max(0, min(self.item.face.row_at(place.y() - self.item.pos().y()), last))
        below = self.to > self.at
        self.item.display(line=-1 if self.to == self.at else self.to + below)

    def end(self, place: QPointF) -> None:
        self.cancel()
        if self.to != self.at:
            by, output = self.to - self.at, self.node == OUT
            self.tools.commands.move_port(self.port.name, by, output=output)

    def cancel(self) -> None:
        self.item.display(line=-1)

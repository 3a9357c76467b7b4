"""Gestures that move and resize items."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF, Qt

from engine.document.graph import Change, Graph, Wire
from nodes.errors import Refusal
from nodes.sentences import Text, say
from workbench import edits
from workbench.canvas.fitting import combined
from workbench.canvas.frame_item import LEAST, FrameItem
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.hit import Target, wires_at
from workbench.canvas.selection import Bend, Thing
from workbench.look.theme import SNAP

INTO_WIRE = 14.0  # distance from a node's middle to a wire that inserts it


class Move(Gesture):
    """Move the selection, with the content of its frames and the reroutes of wires inside it.

    A press selects the item under it. A node without wires that is dropped on one it fits goes into
    it, and what lies in its way makes room.
    """

    cursor = Qt.CursorShape.SizeAllCursor
    scrolls = True

    def __init__(
        self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, thing: Thing
    ) -> None:
        super().__init__(tools, place, keys)
        self.thing = thing
        self.onto: Wire | None = None
        self.was_selected = thing in self.scene.selection
        if self.shift or self.control:
            self.scene.selection.toggle(thing)
        elif not self.was_selected:
            self.scene.selection.set([thing])

    def start(self) -> None:
        if self.thing not in self.scene.selection:
            self.scene.selection.add([self.thing])
        self.ids = self._ids()
        self.at = {i: self._place(i) for i in self.ids}
        self.bends = self._bends()
        self.anchor = self._anchor()

    def _ids(self) -> list[str]:
        chosen = dict.fromkeys(self.scene.selection.ids)
        for box in list(chosen):
            if isinstance(self.scene.boxes.get(box), FrameItem):
                chosen |= dict.fromkeys(self.scene.inside(box))
        return list(chosen)

    def _place(self, item: str) -> QPointF:
        return QPointF((self.scene.nodes.get(item) or self.scene.boxes[item]).pos())

    def _bends(self) -> dict[Bend, QPointF]:
        """Return the reroutes to move: selected ones, and those of wires with both ends moving."""
        moving = set(self.ids)
        chosen = set(self.scene.selection.bends)
        return {
            Bend(wire, i): QPointF(point)
            for wire, item in self.scene.wires.items()
            for i, point in enumerate(item.points[1:-1])
            if Bend(wire, i) in chosen or {wire.source, wire.target} <= moving
        }

    def _anchor(self) -> QPointF:
        if isinstance(self.thing, Bend):
            return self.bends[self.thing]
        return self.at.get(self.thing, self.origin) if isinstance(self.thing, str) else self.origin

    def move(self, place: QPointF) -> None:
        off = self._snapped(place - self.origin)
        self._show(off)
        if len(self.ids) == 1:
            self._highlight_wire()

    def _snapped(self, off: QPointF) -> QPointF:
        if self.scene.snap == self.control:  # Ctrl inverts snapping for this drag
            return off
        end = self.anchor + off
        return QPointF(round(end.x() / SNAP) * SNAP, round(end.y() / SNAP) * SNAP) - self.anchor

    def _show(self, off: QPointF) -> None:
        scene = self.scene
        scene.preview_bends = {}
        for bend, at in self.bends.items():
            points = scene.preview_bends.setdefault(
                bend.wire, list(scene.wires[bend.wire].points[1:-1])
            )
            points[bend.place] = at + off
        scene.shift({node: at + off for node, at in self.at.items() if node in scene.nodes})
        for box, at in self.at.items():
            if box in scene.boxes:
                x, y = (at + off).toTuple()
                scene.boxes[box].place([x, y, *scene.boxes[box].size])
        scene.routes.route(scene.preview_bends)

    def _highlight_wire(self) -> None:
        """Highlight the wire that the node would be inserted into."""
        item = self.scene.nodes.get(self.ids[0])
        free = item is not None and self._unwired(self.ids[0])
        near = wires_at(self.scene, item.area.center(), INTO_WIRE) if item and free else []
        onto = next((found.wire for found in near if self._fits_on(found.wire)), None)
        for wire in {self.onto, onto}:
            if wire is not None:
                self.scene.wires[wire].display(target=wire == onto)
        self.onto = onto

    def _unwired(self, node: str) -> bool:
        """Return whether the node can be put into a wire: it has none of its own."""
        return not self.scene.at_node.get(node)

    def _graph(self) -> Graph:
        """Return the graph into whose wires the node is dropped."""
        return self.scene.graph

    def _fits_on(self, wire: Wire) -> bool:
        try:
            edits.insert_on_wire(self._graph(), self.ids[0], wire, self.scene.catalogue)
        except Refusal:
            return False
        return True

    def end(self, place: QPointF) -> None:
        if not self.dragging:
            if self.was_selected and not self.shift and not self.control:
                self.scene.selection.set([self.thing])
            return
        self.scene.preview_bends = {}
        self.tools.commands.push(self._change)
        self.scene.place(self.ids)  # the push may have been refused, or clamped to the bounds
        self.scene.routes.route({b.wire for b in self.bends} & self.scene.wires.keys())

    def _change(self) -> Change:
        scene = self.scene
        to = {i: self._place(i).toTuple() for i in self.ids}
        makers: list[Callable[[Graph], Change]] = [lambda g: edits.move(g, to)] if to else []
        makers += self._first()
        for wire in dict.fromkeys(b.wire for b in self.bends):
            points = [p.toTuple() for p in scene.wires[wire].points[1:-1]]
            makers.append(partial(edits.reroute, wire=wire, points=points))
        label = self._label(to)
        if self.onto is not None:
            onto, node, sizes = self.onto, self.ids[0], scene.sizes()
            scene.wires[onto].display(target=False)
            makers.append(lambda g: edits.insert_on_wire(g, node, onto, scene.catalogue))
            makers.append(lambda g: edits.make_room(g, node, onto, sizes))
            label = edits.insert_on_wire(self._graph(), node, onto, scene.catalogue).label
        return makers[0](scene.graph) if len(makers) == 1 else combined(scene.graph, label, makers)

    def _first(self) -> list[Callable[[Graph], Change]]:
        """Return the edits that come with the move, before a node is put into a wire."""
        return []

    def _label(self, to: dict[str, tuple[float, float]]) -> Text:
        return edits.move(self.scene.graph, to).label if to else say("Move a reroute")

    def cancel(self) -> None:
        if not self.dragging:
            return
        self._show(QPointF())
        self.scene.preview_bends = {}
        if self.onto is not None:
            self.scene.wires[self.onto].display(target=False)


class Resize(Gesture):
    """Drag an edge or a corner of a frame or a note."""

    def __init__(
        self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, target: Target
    ) -> None:
        super().__init__(tools, place, keys)
        self.box = target.node
        self.edge = target.edge
        self.cursor = EDGE_CURSORS[target.edge]
        self.scene.selection.set([self.box])

    def start(self) -> None:
        area = self.scene.boxes[self.box].area
        self.before = [area.x(), area.y(), area.width(), area.height()]
        self.rect = list(self.before)

    def move(self, place: QPointF) -> None:
        off = place - self.origin
        for axis, (start, end, by) in enumerate(
            (("left", "right", off.x()), ("top", "bottom", off.y()))
        ):
            low, size = self.before[axis], self.before[axis + 2]
            if start in self.edge:
                moved = min(self._snapped(low + by), low + size - LEAST[axis])
                self.rect[axis], self.rect[axis + 2] = moved, low + size - moved
            elif end in self.edge:
                self.rect[axis + 2] = max(self._snapped(low + size + by) - low, LEAST[axis])
        self.scene.boxes[self.box].place(self.rect)

    def _snapped(self, value: float) -> float:
        return round(value / SNAP) * SNAP if self.scene.snap != self.control else value

    def end(self, place: QPointF) -> None:
        if not self.dragging:
            return
        graph = self.scene.graph
        edit = edits.edit_frame if self.box in graph.layout.frames else edits.edit_note
        self.tools.commands.push(lambda: edit(graph, self.box, rect=list(self.rect)))
        self.scene.place([self.box])

    def cancel(self) -> None:
        if self.dragging:
            self.scene.boxes[self.box].place(self.before)


EDGE_CURSORS = {
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor,
    "bottom": Qt.CursorShape.SizeVerCursor,
    "top left": Qt.CursorShape.SizeFDiagCursor,
    "bottom right": Qt.CursorShape.SizeFDiagCursor,
    "top right": Qt.CursorShape.SizeBDiagCursor,
    "bottom left": Qt.CursorShape.SizeBDiagCursor,
}


class PickWire(Gesture):
    """Select a wire by a press."""

    def __init__(self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, wire: Wire) -> None:
        super().__init__(tools, place, keys)
        self.wire = wire
        if self.shift or self.control:
            self.scene.selection.toggle(wire)
        else:
            self.scene.selection.set([wire])


class BendWire(PickWire):
    """Select a wire by a press; a drag adds a reroute point where it was pressed."""

    cursor = Qt.CursorShape.SizeAllCursor

    def start(self) -> None:
        item = self.scene.wires[self.wire]
        _, self.piece, _ = item.line.nearest(self.origin.x(), self.origin.y())
        self.before = list(item.points[1:-1])

    def _bends(self, place: QPointF) -> list[QPointF]:
        snap = self.scene.snap
        x, y = (round(v / SNAP) * SNAP if snap else v for v in place.toTuple())
        return [*self.before[: self.piece], QPointF(x, y), *self.before[self.piece :]]

    def move(self, place: QPointF) -> None:
        self.scene.preview_bends = {self.wire: self._bends(place)}
        self.scene.routes.route([self.wire])

    def end(self, place: QPointF) -> None:
        if not self.dragging:
            return
        self.scene.preview_bends = {}
        points = [p.toTuple() for p in self._bends(place)]
        self.tools.commands.push(lambda: edits.reroute(self.scene.graph, self.wire, points))
        self.scene.routes.route([self.wire])

    def cancel(self) -> None:
        self.scene.preview_bends = {}
        self.scene.routes.route([self.wire])

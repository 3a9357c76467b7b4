"""Hovering: highlight the item under the pointer, show its tooltip and cursor."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.document.graph import Wire
from workbench.canvas.fields import text_of
from workbench.canvas.gestures.move import EDGE_CURSORS
from workbench.canvas.hit import VOID, Target
from workbench.canvas.layout import NEAR
from workbench.canvas.node_item import NodeItem
from workbench.canvas.scene import Scene
from workbench.canvas.selection import Bend
from workbench.words.kinds import from_catalogue, headed, shown_classes, shown_shape, tr, type_names

Shape = Qt.CursorShape
CURSORS = {
    "port": Shape.CrossCursor,
    "fix": Shape.PointingHandCursor,
    "field": Shape.PointingHandCursor,
}


class Hover:
    """Follow the pointer while no gesture is active."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.target = VOID

    @property
    def cursor(self) -> Qt.CursorShape:
        shape = EDGE_CURSORS.get(self.target.edge) or CURSORS.get(self.target.kind)
        if self.target.kind == "field":
            item = self.scene.nodes.get(self.target.node)
            shape = Shape.SizeHorCursor if item and item.face.drags(self.target.field) else shape
        return shape or Shape.ArrowCursor

    def show(self, target: Target) -> None:
        if target == self.target:
            return
        self._mark(self.target, False)
        self.target = target
        self._mark(target, True)

    def _mark(self, target: Target, on: bool) -> None:
        """Highlight an item if it still exists; a port highlights its wires too."""
        scene, thing = self.scene, target.thing
        if isinstance(thing, (Wire, Bend)):
            wire = thing.wire if isinstance(thing, Bend) else thing
            for line in scene.names.together(wire):
                line.display(hovered=on)
        elif isinstance(thing, str):
            item = scene.nodes.get(thing) or scene.boxes.get(thing)
            if item is not None:
                item.display(hovered=on)
            if isinstance(item, NodeItem):
                item.display(hovered_field=target.field if on else "")
            if target.port is not None:
                for wire_item in scene.wires_at(thing, target.port.side, target.port.name):
                    wire_item.display(hovered=on)
            if thing in scene.unders.messages:
                scene.unders.messages[thing].display(hovered=on and target.kind == "fix")

    def tip(self, target: Target) -> str:
        """Return the tooltip of an item, without what the item already shows."""
        if target.kind == "port":
            return self._port_tip(target)
        if target.kind == "node":
            return self._node_tip(target.node)
        if target.kind == "field":
            return self._field_tip(target)
        return self._wire_tip(target.thing) if isinstance(target.thing, Wire) else ""

    def _port_tip(self, target: Target) -> str:
        port = target.port
        if port is None or port.info is None:
            return port.name if port else ""
        shape = ""
        for wire in self.scene.wires_at(target.node, port.side, port.name)[:1]:
            shape = wire.shape_text
        info = self.scene.live.wire_infos.get((target.node, port.name))
        shape = shown_shape(info.shape) if info and port.side == "output" else shape
        head = headed(port.label, type_names(port.info))
        marks = [shape or port.info.axes or "", info.range if info else "", shown_classes(info)]
        if port.side == "input":
            marks += [tr("optional") if port.info.optional else ""]
            marks += [tr("takes many wires") if port.info.many else ""]
        second = " · ".join(m for m in marks if m)
        return "\n".join(t for t in (head, second, from_catalogue(port.info.help)) if t)

    def _field_tip(self, target: Target) -> str:
        """Return the name of a field's parameter in full, what it is, and its default."""
        item = self.scene.nodes[target.node]
        params = (shown.param for shown in item.face.content.fields)
        param = next((p for p in params if p.name == target.field), None)
        if param is None:
            return tr("Show them in the inspector")
        unit = f" ({from_catalogue(param.unit)})" if param.unit else ""
        default = tr("Default {0}").format(text_of(param, param.default))
        lines = (from_catalogue(param.title or param.name) + unit, from_catalogue(param.help))
        return "\n".join(line for line in (*lines, default) if line)

    def _node_tip(self, node: str) -> str:
        """Return the full title if it is elided, and the problem if it is not shown."""
        item = self.scene.nodes[node]
        lines = []
        if " ".join(item.face.lines) != item.face.content.title or self.scene.zoom < NEAR:
            lines.append(item.face.content.title)
        if item.signs.problem_text and node not in self.scene.unders.messages:
            lines.append(item.signs.problem_text)
        return "\n".join(lines)

    def _wire_tip(self, wire: Wire) -> str:
        titles = [self.scene.faces.title(n) for n in (wire.source, wire.target)]
        head = f"{titles[0]} {wire.output} → {titles[1]} {wire.input}"
        info = self.scene.live.wire_infos.get((wire.source, wire.output))
        marks = (
            [shown_shape(info.shape), info.dtype, info.range, shown_classes(info)] if info else []
        )
        stop = self._stop_words(wire)
        return "\n".join(t for t in (head, " · ".join(m for m in marks if m), stop) if t)

    def _stop_words(self, wire: Wire) -> str:
        """Return why no gradient flows back along a wire, or ""."""
        faces = self.scene.faces
        stop = faces.stop(wire)
        if stop is None:
            return ""
        words = (
            tr("Frozen here: {0} does not move {1}.")
            if stop.frozen
            else tr("No gradient flows back here: {0} does not move {1}.")
        )
        parts = (stop.optimizers, stop.networks)
        return words.format(*(", ".join(map(faces.title, ids)) for ids in parts))

"""Draw a wire: ports that fit are highlighted, others faded, a wrong end is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt

from engine.document.closeness import best
from engine.document.fixes import between
from engine.document.graph import Change, Wire
from engine.document.naming import IN, OUT
from nodes.sentences import NodeName, say
from workbench import edits
from workbench.canvas.fitting import (
    End,
    Fits,
    WireRefusal,
    combined,
    insert_between,
    opposite,
    wire_between,
)
from workbench.canvas.gestures.base import Gesture, Tools
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.hit import node_at, reach_of
from workbench.canvas.node_item import NodeItem
from workbench.edits.base import BORDER
from workbench.look.theme import theme
from workbench.widgets.ports import Port

SNAP_REACH = 24.0  # px on screen
Fitting = Callable[[str, str, Port], bool]
UNLIT: dict[str, Any] = {
    "fits": frozenset(),
    "fit_colour": None,
    "spare_plus": None,
    "refused": False,
    "faded": False,
}


class DrawWire(Gesture):
    """Draw a wire from a port to the pointer, or from a wired input, move that wire's end.

    With Ctrl a wired input gets a further wire.

    If the refusal has a fix, wait: Enter applies it, anything else cancels. A drop in empty space
    opens the search.
    """

    cursor = Qt.CursorShape.CrossCursor
    scrolls = True

    def __init__(
        self, tools: Tools, place: QPointF, keys: Qt.KeyboardModifier, node: str, port: Port
    ) -> None:
        super().__init__(tools, place, keys)
        self.pressed = node
        self.taken = self._taken(node, port)
        self.fixed = End(node, port)
        if self.taken is not None:
            source = self.scene.nodes[self.taken.source].face.port("output", self.taken.output)
            self.fixed = End(self.taken.source, source or port)
        self.aimed: End | None = None

    def _taken(self, node: str, port: Port) -> Wire | None:
        """Return the wire whose end is moved: the selected one, else the last."""
        if port.side == "output" or self.control:
            return None
        wires = [item.wire for item in self.scene.wires_at(node, "input", port.name)]
        chosen = [w for w in wires if w in self.scene.selection]
        return next(reversed(chosen or wires), None)

    def start(self) -> None:
        self.dragging = True
        scene, (node, port) = self.scene, self.fixed
        self.fits = self._fits()
        at = scene.nodes[node].spot(port.side, port.name)
        info = scene.live.wire_infos.get((node, port.name)) if port.side == "output" else None
        text = info.shape if info else ""
        self.ghost = GhostItem(scene, at, port.side, port.family, text)
        scene.addItem(self.ghost)
        for wire in self._leaving():
            scene.wires[wire].display(hidden=True)
        self._highlight()

    def _fits(self) -> Fitting:
        return Fits(self.scene.catalogue, self.scene.graph, self.fixed)

    def _highlight(self) -> None:
        """Highlight the ports that fit, and their nodes, and fade the others."""
        scene = self.scene
        kinds = {name: scene.graph.nodes[name].kind for name in scene.nodes}
        self.unfolded = scene.faces.unfolded
        scene.unfold(
            self.unfolded.union(
                name
                for name, item in scene.nodes.items()
                if any(self.fits(name, kinds[name], p) for p in item.face.content.folded)
            )
        )
        for name, item in scene.nodes.items():
            kind = kinds[name]
            ports = [p for p in item.face.ports if self.fits(name, kind, p)]
            fits = frozenset((p.side, p.name) for p in ports)
            colour = theme().wire(ports[0].family).colour if ports else None
            faded = not fits and name != self.fixed.node
            item.display(fits=fits, fit_colour=colour, faded=faded)
        for wire in scene.wires.values():
            wire.display(faded=True)

    def _clear_highlight(self) -> None:
        for item in self.scene.nodes.values():
            item.display(**UNLIT)
        self.scene.unfold(self.unfolded)
        for wire in self.scene.wires.values():
            wire.display(faded=False)

    def move(self, place: QPointF) -> None:
        if self.awaits_key:
            return
        end = self._port_hit(place) or self._nearest_fit(place) or self._port_under(place)
        self.aim(end, place)

    def _nearest_fit(self, place: QPointF) -> End | None:
        """Return the nearest port that fits, within 24 px on the screen."""
        best, found = SNAP_REACH / self.scene.scale, None
        for item in reversed(self.scene.nodes_near(QRectF(place, place))):
            for port in item.face.ports:
                if (port.side, port.name) in item.fits:
                    off = item.spot(port.side, port.name) - place
                    distance = (off.x() ** 2 + off.y() ** 2) ** 0.5
                    if distance < best:
                        best, found = distance, End(item.node, port)
        return found

    def _port_hit(self, place: QPointF) -> End | None:
        """Return the port under the pointer, whether or not it fits."""
        side = opposite(self.fixed.port.side)
        for item in reversed(self.scene.nodes_near(QRectF(place, place))):
            port = item.port_at(place, reach_of(self.scene))
            if port is not None and port.side == side and item.node != self.fixed.node:
                return End(item.node, port)
        return None

    def _port_under(self, place: QPointF) -> End | None:
        """Return the port that a drop on a node's body connects to."""
        side = opposite(self.fixed.port.side)
        item = node_at(self.scene, place)
        if item is None or item.node in (self.fixed.node, *BORDER):
            return None
        ports = [p for p in item.face.ports if p.side == side]
        if not ports:
            return None
        meant = self._meant(item.node, [p for p in ports if (p.side, p.name) in item.fits])
        return End(item.node, meant or min(ports, key=lambda p: self._away(item, p, place)))

    def _meant(self, node: str, fitting: list[Port]) -> Port | None:
        """Return the best of the ports that fit, or None."""
        ports = {wire_between(self.fixed, End(node, port)): port for port in fitting}
        wire = best(self.scene.graph, self.scene.catalogue, ports, leaving=self.taken)
        return ports[wire] if wire else next(iter(fitting), None)

    def _away(self, item: NodeItem, port: Port, place: QPointF) -> float:
        return abs(item.spot(port.side, port.name).y() - place.y())

    def aim(self, end: End | None, place: QPointF) -> None:
        """Draw the wire to a port, or to a point if there is none."""
        if end != self.aimed:
            self._mark(end)
        if end is None:
            self.ghost.aim(place, snapped=False, refused=False)
            return
        spot = self.scene.nodes[end.node].spot(end.port.side, end.port.name)
        refused = self.answer is not None
        self.ghost.aim(spot, snapped=not refused, refused=refused)

    def _mark(self, end: End | None) -> None:
        if self.aimed is not None:
            item = self.scene.nodes[self.aimed.node]
            item.display(spare_plus=None, refused=False, faded=not item.fits)
        self.aimed, self.answer = end, self._refusal(end)
        if self.answer is not None and end is not None:
            self.scene.nodes[end.node].display(refused=True, faded=False)
            self.tools.refusals.show_wire(self.answer, end.node)
        else:
            self.tools.refusals.hide()
        if end is not None and self.answer is None and end.port.side == "input" and end.port.many:
            item = self.scene.nodes[end.node]
            wired = ("input", end.port.name) in item.wired
            item.display(spare_plus=("input", end.port.name) if wired else None)

    def _refusal(self, end: End | None) -> WireRefusal | None:
        if end is None:
            return None
        wire = wire_between(self.fixed, end)
        problem = self.scene.catalogue.refusal(self.scene.graph, wire)
        if problem is None:
            return None
        if problem.fix is not None:
            fix = problem.fix
            return WireRefusal(problem, fix.label, lambda g: edits.apply_fix(g, fix))
        return self._adapted(wire, end) or WireRefusal(problem)

    def _adapted(self, wire: Wire, end: End) -> WireRefusal | None:
        """Offer to insert a node, if a kind converts the one type to the other."""
        scene = self.scene
        ends = (self.fixed.port.info, end.port.info)
        output, input = ends if self.fixed.port.side == "output" else reversed(ends)
        problem = scene.catalogue.refusal(scene.graph, wire)
        if output is None or input is None or scene.catalogue.fits(output, input):
            return None
        way = between(scene.catalogue, output, input)
        if way is None or problem is None:
            return None
        start = scene.nodes[wire.source].spot("output", wire.output)
        stop = scene.nodes[wire.target].spot("input", wire.input)
        at = ((start + stop) / 2 - QPointF(56, 48)).toTuple()
        label = say("Insert {node}", node=NodeName(kind=way.kind.kind))
        return WireRefusal(
            problem, label, lambda g: insert_between(g, scene.catalogue, wire, way, at)
        )

    def end(self, place: QPointF) -> None:
        if not self.dragging:
            self.scene.selection.set([self.pressed])
            return
        self.finish(place)

    def finish(self, place: QPointF) -> None:
        """Connect the ends; in empty space, open the search or disconnect a moved wire.

        If refused with a fix, wait for Enter; without one, cancel and show why for a while.
        """
        if self.answer is not None:
            self._refused(self.answer)
            return
        aimed, leaving = self.aimed, self._leaving()
        if aimed is None and (output := self._at_border(place)) is not None:
            self._clear()
            self.tools.commands.lead_out(*self.fixed, output=output)
            return
        self._clear(keep_ghost=aimed is None and not leaving)
        if aimed is not None:
            self.tools.commands.push(lambda: self._joined(aimed))
        elif leaving:
            self.tools.commands.push(lambda: edits.disconnect(self.scene.graph, leaving))
        else:
            self.tools.adding.open(place, self.fixed)
            self.tools.adding.hold(self.ghost)

    def _at_border(self, place: QPointF) -> bool | None:
        """Return whether a drop adds an output to the open group, None where it adds no port."""
        item = node_at(self.scene, place)
        output = self.fixed.port.side == "output"
        wanted = OUT if output else IN
        ends = self.fixed.node not in BORDER and self.taken is None
        return output if ends and item is not None and item.node == wanted else None

    def _leaving(self) -> list[Wire]:
        """Return the wires whose ends are moved."""
        return [self.taken] if self.taken is not None else []

    def _refused(self, answer: WireRefusal) -> None:
        self.awaits_key = answer.fix is not None
        if not self.awaits_key:
            self._clear()
            if self.aimed is not None:
                self.tools.refusals.show_wire(answer, self.aimed.node, brief=True)

    def _joined(self, aimed: End) -> Change:
        """Return the change that connects the ends; a moved wire replaces its old end."""
        graph, catalogue = self.scene.graph, self.scene.catalogue
        wire = wire_between(self.fixed, aimed)
        if self.taken is None or wire == self.taken:
            return edits.connect(graph, wire, catalogue)
        taken = self.taken
        return combined(
            graph,
            edits.connect(graph, wire, catalogue).label,
            [
                lambda g: edits.disconnect(g, [taken]),
                lambda g: edits.connect(g, wire, catalogue),
            ],
        )

    def apply_fix(self) -> None:
        if self.answer is not None and self.answer.fix is not None:
            fix = self.answer.fix
            self.tools.commands.push(lambda: fix(self.scene.graph), choose=True)

    def cancel(self) -> None:
        if self.dragging:
            self._clear()

    def _clear(self, *, keep_ghost: bool = False) -> None:
        self.tools.refusals.hide()
        if not keep_ghost:
            self.scene.removeItem(self.ghost)
        for wire in self._leaving():
            if wire in self.scene.wires:
                self.scene.wires[wire].display(hidden=False)
        self._clear_highlight()
        self.dragging = False

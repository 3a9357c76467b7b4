"""The canvas by keyboard: arrows move between nodes, P and arrows between ports, Space wires.

A whole graph can be built this way; each step is announced to screen readers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from engine.document.graph import Wire
from workbench.canvas.announce import announce
from workbench.canvas.editor import InPlaceEditor
from workbench.canvas.fitting import End
from workbench.canvas.gestures import Tools
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.mouse import Mouse
from workbench.canvas.node_item import NodeItem
from workbench.canvas.scene import Scene
from workbench.widgets.ports import Port
from workbench.words.kinds import tr

Key = Qt.Key
Way = Literal["left", "right", "up", "down"]
ARROWS: dict[int, tuple[int, int]] = {
    Key.Key_Left: (-1, 0),
    Key.Key_Right: (1, 0),
    Key.Key_Up: (0, -1),
    Key.Key_Down: (0, 1),
}
ACROSS = 2.2  # weight of a sideways distance against one ahead


def nearest(start: QPointF, towards: tuple[int, int], places: Iterable[tuple[str, QPointF]]) -> str:
    """Return the name of the nearest point in a direction, or ""."""
    best, found = math.inf, ""
    for name, place in places:
        off = place - start
        ahead = off.x() * towards[0] + off.y() * towards[1]
        sideways = abs(off.x() * towards[1]) + abs(off.y() * towards[0])
        if ahead > 1 and sideways <= 2.5 * ahead and ahead + ACROSS * sideways < best:
            best, found = ahead + ACROSS * sideways, name
    return found


class Keyboard:
    """The keyboard position: a node, one of its ports, or the end of a wire."""

    def __init__(self, tools: Tools, mouse: Mouse, editor: InPlaceEditor) -> None:
        self.tools = tools
        self.mouse = mouse
        self.editor = editor
        self.scene = tools.scene
        self.camera = tools.camera
        self.node = ""
        self.port: Port | None = None

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key; return whether it was used."""
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if self.tools.fields.key(event):
            return True
        if self.wire is not None and self._wire_key(key):
            return True
        if key in ARROWS:
            return self._arrow(ARROWS[key], alt)
        rule = _KEYS.get(key)
        return bool(rule and not event.modifiers() and rule(self))

    def _arrow(self, towards: tuple[int, int], alt: bool) -> bool:
        if alt:
            self.tools.commands.nudge(*towards)
        elif self.wire is not None:
            self._aim(towards)
        elif self.port is not None:
            self._next_port(towards)
        else:
            self._next_node(towards)
        return True

    @property
    def item(self) -> NodeItem | None:
        return self.scene.nodes.get(self.node)

    def follow(self) -> None:
        """Move to the node selected by the mouse or a panel."""
        chosen = self.scene.selection.ids
        self.tools.fields.follow(chosen)
        if self.node not in chosen:
            self.leave()

    def leave(self) -> None:
        """Remove the marks."""
        item = self.item
        if item is not None:
            item.display(focused=False, focused_port=None)
        if self.port is not None:
            self.scene.unfold(())
        self.node, self.port = "", None

    def _next_node(self, towards: tuple[int, int]) -> None:
        chosen = [n for n in self.scene.selection.ids if n in self.scene.nodes]
        start = self.node or (chosen[-1] if chosen else "")
        nodes = self.scene.nodes
        if not start:
            middle = self.camera.centre
            self.go(min(nodes, key=lambda n: _off(nodes[n].area.center(), middle), default=""))
            return
        places = ((n, i.area.center()) for n, i in nodes.items() if n != start)
        self.go(nearest(nodes[start].area.center(), towards, places) or start)

    def go(self, node: str) -> None:
        """Select a node, scroll it into view and announce it."""
        if node not in self.scene.nodes:
            return
        self.leave()
        self.node = node
        self.scene.selection.set([node])
        item = self.scene.nodes[node]
        item.display(focused=True)
        self.camera.ensure_visible(item.area)
        self.say(describe(self.scene, node))

    def enter_ports(self) -> bool:
        """Move to the first port of the node."""
        if not self.node and self.scene.selection.ids:
            self.go(self.scene.selection.ids[-1])
        self.scene.unfold([self.node] if self.node else [])
        item = self.item
        if item is None or not item.face.ports:
            return False
        outputs = item.face.content.outputs
        self._to_port(outputs[0] if outputs else item.face.ports[0])
        return True

    def _to_port(self, port: Port) -> None:
        item = self.item
        if item is not None:
            self.port = port
            item.display(focused_port=port)
            self.say(describe_port(self.scene, self.node, port))

    def _next_port(self, towards: tuple[int, int]) -> None:
        item = self.item
        if item is None or self.port is None:
            return
        content = item.face.content
        if towards[0]:
            side = content.outputs if towards[0] > 0 else content.inputs
            row = [p.name for p in _row(item, self.port)].index(self.port.name)
            if side:
                self._to_port(side[min(row, len(side) - 1)])
            return
        row_ports = _row(item, self.port)
        at = [p.name for p in row_ports].index(self.port.name) + towards[1]
        self._to_port(row_ports[at % len(row_ports)])

    @property
    def wire(self) -> DrawWire | None:
        gesture = self.mouse.gesture
        return gesture if isinstance(gesture, DrawWire) and gesture.by_keys else None

    def space(self) -> bool:
        """Start a wire at the port, or end the one being drawn."""
        if self.wire is not None:
            self._finish(self.wire)
            return True
        if self.port is None or self.item is None:
            return False
        spot = self.item.spot(self.port.side, self.port.name)
        further = Qt.KeyboardModifier.ControlModifier
        gesture = DrawWire(self.tools, spot, further, self.node, self.port)
        gesture.by_keys = True
        self.mouse.gesture = gesture
        gesture.start()
        ends = self._ends()
        if ends:
            self._aim_at(min(ends, key=lambda e: _off(self._spot(e), spot)))
        else:
            self.say(tr("Nothing here takes this wire. Enter searches for a node that does."))
        return True

    def _wire_key(self, key: int) -> bool:
        gesture = self.wire
        if gesture is None or key not in (Key.Key_Return, Key.Key_Enter):
            return False
        self._finish(gesture)
        return True

    def _finish(self, gesture: DrawWire) -> None:
        """End the wire at its port; if there is none, search a node for it."""
        self.mouse.gesture = None
        gesture.finish(gesture.ghost.end + QPointF(72, 0))
        if gesture.awaits_key:
            self.mouse.gesture = gesture

    def _ends(self) -> list[End]:
        """Return the ports that the wire being drawn fits."""
        return [
            End(name, port)
            for name, item in self.scene.nodes.items()
            for port in item.face.ports
            if (port.side, port.name) in item.fits
        ]

    def _spot(self, end: End) -> QPointF:
        return self.scene.nodes[end.node].spot(end.port.side, end.port.name)

    def _aim(self, towards: tuple[int, int]) -> None:
        gesture = self.wire
        if gesture is None:
            return
        ends = {f"{e.node}.{e.port.name}": e for e in self._ends()}
        aimed = gesture.aimed
        start = self._spot(aimed) if aimed else gesture.ghost.fixed
        here = f"{aimed.node}.{aimed.port.name}" if aimed else ""
        found = nearest(start, towards, ((n, self._spot(e)) for n, e in ends.items() if n != here))
        if found:
            self._aim_at(ends[found])

    def _aim_at(self, end: End) -> None:
        if self.wire is not None:
            self.wire.aim(end, self._spot(end))
            self.camera.ensure_visible(self.scene.nodes[end.node].area)
            self.say(describe_port(self.scene, end.node, end.port))

    def escape(self) -> bool:
        """Leave the port, then the node."""
        item = self.item
        if self.port is not None and item is not None:
            self.port = None
            item.display(focused_port=None)
            self.scene.unfold(())
            return True
        if self.scene.selection:
            self.leave()
            self.scene.selection.clear()
            return True
        return False

    def edit(self) -> bool:
        """Go to the first field on the node, or open the first in the inspector."""
        node = self.node or next(iter(self.scene.selection.ids), "")
        if node not in self.scene.nodes:
            return False
        if not self.tools.fields.enter(node):
            self.editor.fields_requested.emit(node)
        return True

    def say(self, words: str) -> None:
        """Announce the keyboard position to screen readers."""
        announce(self.camera.view, words)


_KEYS: dict[int, Callable[[Keyboard], bool]] = {
    Key.Key_P: Keyboard.enter_ports,
    Key.Key_Space: Keyboard.space,
    Key.Key_Escape: Keyboard.escape,
    Key.Key_Return: Keyboard.edit,
    Key.Key_Enter: Keyboard.edit,
}


def _row(item: NodeItem, port: Port) -> tuple[Port, ...]:
    content = item.face.content
    return content.inputs if port.side == "input" else content.outputs


def _off(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def describe(scene: Scene, node: str) -> str:
    """Return a node's description: title, selection, targets of its wires, problem."""
    parts = [scene.faces.title(node)]
    if node in scene.selection:
        parts.append(tr("selected"))
    parts += [_going(scene, wire) for wire in scene.at_node.get(node, ()) if wire.source == node]
    parts.append(scene.nodes[node].signs.problem_text or tr("no problem"))
    return ", ".join(parts)


def _going(scene: Scene, wire: Wire) -> str:
    return tr("{0} goes to {1}").format(wire.output, scene.faces.title(wire.target))


def describe_port(scene: Scene, node: str, port: Port) -> str:
    """Return a port's description: name, type, node, targets of its wires."""
    wires = [item.wire for item in scene.wires_at(node, port.side, port.name)]
    ends = [w.target if port.side == "output" else w.source for w in wires]
    there = ", ".join(scene.faces.title(end) for end in ends) or tr("free")
    kind = port.info.type if port.info else ""
    return f"{port.label}, {kind}, {scene.faces.title(node)}, {there}"

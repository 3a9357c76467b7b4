"""The fields on nodes: pinned, dragged, typed, chosen, and walked by keys."""

from __future__ import annotations

from random import Random
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.document.graph import Wire
from tests.workbench.walk.on_canvas import KEYS, LEFT, NONE, hand
from tests.workbench.walk.table import canvas, doing, nodes
from tests.workbench.walk.world import World
from workbench import edits
from workbench.canvas.field_line import FieldLine


@doing(nodes)
def pin_a_field(world: World, chance: Random) -> None:
    """Show a parameter of a node on it, or on it no longer, as the inspector does."""
    stage = world.canvas.stage
    node = chance.choice(sorted(world.graph.nodes))
    kind = stage.catalogue.of(world.graph.nodes[node])
    names = [param.name for param in kind.params if edits.fits_node(param)] if kind else []
    if names:
        name, on = chance.choice(names), chance.random() < 0.8
        world.canvas.commands.push(
            lambda: edits.show_field(stage.graph, stage.catalogue, [node], name, on)
        )


@doing(nodes)
def turn_an_input(world: World, chance: Random) -> None:
    """Make a parameter an input, or set it by hand again, and wire a number into it, or not."""
    stage, push = world.canvas.stage, world.canvas.commands.push
    node = chance.choice(sorted(world.graph.nodes))
    kind = stage.catalogue.of(world.graph.nodes[node])
    names = [param.name for param in kind.params if param.drivable] if kind else []
    if not names:
        return
    name, owner = chance.choice(names), world.graph.owner(node)
    is_input = name in world.graph.nodes[owner].driven
    turn = edits.as_field if is_input and chance.random() < 0.5 else edits.as_input
    push(lambda: turn(stage.graph, node, name))
    givers = [n for n, p in world.graph.nodes.items() if p.kind in ("Value", "Schedule")]
    if not givers:
        at, known = (0.0, 0.0), stage.catalogue
        push(lambda: edits.add_node(stage.graph, "Schedule", at, catalogue=known))
    elif turn is edits.as_input:
        wire = Wire(chance.choice(givers), "number", owner, name)
        push(lambda: edits.connect(stage.graph, wire, stage.catalogue))


def _pinned(world: World) -> list[Any]:
    items = sorted(world.canvas.stage.nodes.items())
    return [item for _, item in items if item.face.field_rects]


def _fields(world: World) -> bool:
    return canvas(world) and bool(_pinned(world))


def _on_field(world: World, chance: Random) -> QPointF:
    item = chance.choice(_pinned(world))
    world.canvas.camera.centre_on(item.area.center(), 1.0, animate=False)
    place: QPointF = chance.choice(item.face.field_rects).center() + item.pos()
    return place


@doing(_fields)
def drag_a_field(world: World, chance: Random) -> None:
    start = _on_field(world, chance)
    way = QPointF(chance.uniform(-160, 160), chance.uniform(-20, 20))
    hand(world).drag(start, start + way, chance.choice(KEYS))


@doing(_fields)
def drag_a_field_and_escape(world: World, chance: Random) -> None:
    start = _on_field(world, chance)
    hand(world).press(start)
    hand(world).move(start + QPointF(chance.uniform(-160, 160), 0))
    QTest.keyClick(world.canvas, Qt.Key.Key_Escape)
    hand(world).release(start)


@doing(_fields)
def type_into_a_field(world: World, chance: Random) -> None:
    """Click a field; type into what opens, if it is a number, and end it in some way."""
    hand(world).click(_on_field(world, chance))
    _write(world, chance)


@doing(lambda world: canvas(world) and bool(_lines(world)))
def go_on_typing(world: World, chance: Random) -> None:
    _write(world, chance)


def _lines(world: World) -> list[Any]:
    return [line for line in world.canvas.findChildren(FieldLine) if line.isVisible()]


def _write(world: World, chance: Random) -> None:
    for line in _lines(world)[:1]:
        if chance.random() < 0.2:
            QTest.mouseDClick(line, LEFT, NONE, QPoint(8, 8))
            return
        QTest.keyClicks(line, chance.choice(("28*28", "1e-3", "3", "-1", "abc", "", "50%")))
        ends = (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Up)
        QTest.keyClick(line, chance.choice(ends))


@doing(_fields)
def walk_the_fields(world: World, chance: Random) -> None:
    """Go to the fields of a node by keys, and step, type and leave."""
    item = chance.choice(_pinned(world))
    world.canvas.camera.centre_on(item.area.center(), 1.0, animate=False)
    world.canvas.setFocus()
    world.canvas.fields.enter(item.node)
    keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Tab)
    others = (Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_5)
    for _ in range(chance.randrange(1, 6)):
        QTest.keyClick(world.canvas, chance.choice((*keys, *keys, *others)), chance.choice(KEYS))

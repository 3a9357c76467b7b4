"""Groups: what they act as, their ports dragged, fields shown outside, kinds of one's own."""

from __future__ import annotations

from random import Random
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.document import library
from engine.document.graph import save
from engine.document.library import YOURS
from engine.document.naming import IN, OUT
from nodes.errors import Refusal
from tests.workbench.walk.on_canvas import NONE, hand
from tests.workbench.walk.table import always, canvas, doing
from tests.workbench.walk.world import World
from workbench.shell.kinds import SaveKind


def _inside(world: World) -> bool:
    return canvas(world) and OUT in world.canvas.stage.nodes


def _instances(world: World) -> list[str]:
    return sorted(node for node, place in world.canvas.stage.graph.nodes.items() if place.group)


def _inspected(world: World, ids: list[str]) -> Any:
    """Return the page of the inspector of what is selected."""
    world.select(ids)
    inspector: Any = world.window.show_panel("inspector")
    inspector.show_selection(ids)
    inspector.redraw_now()
    return inspector.page


@doing(lambda world: canvas(world) and bool(_instances(world)))
def open_a_group(world: World, chance: Random) -> None:
    """Fly into a group: by a double click, or by the keys, and at times back before it ends."""
    node = chance.choice(_instances(world))
    world.canvas.navigation.reveal([node])
    if chance.random() < 0.5:
        hand(world).double_click(world.canvas.stage.nodes[node].area.center())
    else:
        world.select([node])
        world.window.menus.trigger("graph.enter")
    if chance.random() < 0.3:
        world.window.menus.trigger("graph.leave")


@doing(_inside)
def say_what_a_group_acts_as(world: World, chance: Random) -> None:
    """Choose a role in the inspector, and take a fix that it offers."""
    page = _inspected(world, [])
    acting = getattr(page, "acting", None)
    if acting is None:
        return
    at = chance.randrange(acting.field.count())
    acting.field.setCurrentIndex(at)
    acting.field.activated.emit(at)
    page = _inspected(world, [])
    cards = [page.acting.cards.itemAt(i).widget() for i in range(page.acting.cards.count())]
    fixes = [card for card in cards if card.problem.fix is not None]
    if fixes and chance.random() < 0.7:
        card = chance.choice(fixes)
        card.fix_chosen.emit(card.problem)


@doing(_inside)
def drag_a_port_of_the_border(world: World, chance: Random) -> None:
    """Drag a port among the others of the border, or give it up by Escape."""
    item = world.canvas.stage.nodes[chance.choice((IN, OUT))]
    world.canvas.camera.centre_on(item.area.center(), 1.0, animate=False)
    ports = item.face.ports
    if not ports:
        return
    x = item.area.center().x() + chance.uniform(-8, 8)
    start, end = (QPointF(x, item.spot(p.side, p.name).y()) for p in chance.choices(ports, k=2))
    hand(world).press(start)
    hand(world).move(end + QPointF(0, chance.uniform(-60, 60)))
    if chance.random() < 0.2:
        QTest.keyClick(world.canvas, Qt.Key.Key_Escape)
    hand(world).release(end)


@doing(_inside)
def rename_on_the_border(world: World, chance: Random) -> None:
    """Press F2 on the border; what opens is written by `write_a_title`."""
    world.select([chance.choice((IN, OUT))])
    world.canvas.setFocus()
    keys = (Qt.Key.Key_P, Qt.Key.Key_Down) if chance.random() < 0.5 else ()
    for key in (*keys, Qt.Key.Key_F2):
        QTest.keyClick(world.canvas, key, NONE)


@doing(lambda world: _inside(world) and len(world.canvas.stage.graph.nodes) > 2)
def show_a_field_outside(world: World, chance: Random) -> None:
    """Drop a field of a node in a group on what the group shows outside."""
    inner = sorted(set(world.canvas.stage.graph.nodes) - {IN, OUT})
    page = _inspected(world, [chance.choice(inner)])
    shown = getattr(page, "promoted", None)
    if shown is not None:
        name = chance.choice(sorted(page.form.rows))
        shown.taken.emit(name, chance.choice(shown.places).name)


@doing(always)
def work_on_own_kinds(world: World, chance: Random) -> None:
    """Take the groups of the graph as kinds, name one otherwise, or remove one and put it back."""
    kinds, bench = world.window.kinds, world.window.bench
    own = [k for k in sorted(bench.catalogue.kinds) if k.startswith(YOURS)] if bench else []
    if bench is not None and bench.document.graph.groups and chance.random() < 0.4:
        file = world.home / "groups.graph.json"
        try:
            save(bench.document.graph, file)
        except Refusal:
            return
        kinds.take([file])
    elif own and chance.random() < 0.6:
        kinds.edit(chance.choice(own))
        for dialog in world.window.findChildren(SaveKind):
            dialog.name.setText(chance.choice(("Mine", "a/b", "  ", library.YOURS, "x" * 60)))
            dialog.buttons.accepted.emit() if chance.random() < 0.7 else dialog.reject()
    elif own:
        kinds.remove(chance.choice(own))

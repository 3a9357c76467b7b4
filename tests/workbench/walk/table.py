"""The table of what a walk can do: a name, when it can be done, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.workbench.walk.world import World

Do = Callable[[World, Random], object]
Can = Callable[[World], bool]


@dataclass(frozen=True, slots=True)
class Doing:
    """One kind of action. What it chooses among, it chooses by the `Random` it is given."""

    do: Do
    can: Can


TABLE: dict[str, Doing] = {}


def always(world: World) -> bool:
    return True


def document(world: World) -> bool:
    return world.canvas is not None


def canvas(world: World) -> bool:
    """Return whether the graph is in sight."""
    return begun(world) and world.window.tabs.beside is None


def begun(world: World) -> bool:
    """Return whether a document is in front whose start page was left."""
    return document(world) and world.page.front is world.canvas


def starting(world: World) -> bool:
    return document(world) and not begun(world) and world.window.tabs.beside is None


def nodes(world: World) -> bool:
    return canvas(world) and bool(world.graph.nodes)


def wires(world: World) -> bool:
    return canvas(world) and bool(world.graph.wires)


def chosen(world: World) -> bool:
    return canvas(world) and bool(world.canvas.selection.ids)


def doing(can: Can = always) -> Callable[[Do], Do]:
    """Put a function into the table under its name."""

    def put(do: Do) -> Do:
        TABLE[do.__name__] = Doing(do, can)
        return do

    return put

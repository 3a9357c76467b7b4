"""The selection: nodes, frames and notes by id, wires, and reroutes of wires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.document.graph import Graph, Wire


class Bend(NamedTuple):
    """A reroute point of a wire."""

    wire: Wire
    place: int  # index among the reroutes of its wire


Thing = str | Wire | Bend


class Selection(QObject):
    """An ordered set of items. `changed` is emitted once for each action of the user."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.things: dict[Thing, None] = {}

    def __contains__(self, thing: Thing) -> bool:
        return thing in self.things

    def __bool__(self) -> bool:
        return bool(self.things)

    @property
    def ids(self) -> list[str]:
        """Return the ids of nodes, frames and notes, in the order they were selected."""
        return [t for t in self.things if isinstance(t, str)]

    @property
    def wires(self) -> list[Wire]:
        return [t for t in self.things if isinstance(t, Wire)]

    @property
    def wire(self) -> Wire | None:
        """Return the selected wire if nothing else is selected."""
        return self.wires[0] if len(self.things) == len(self.wires) == 1 else None

    @property
    def bends(self) -> list[Bend]:
        return [t for t in self.things if isinstance(t, Bend)]

    def set(self, things: Iterable[Thing]) -> None:
        now = dict.fromkeys(things)
        if list(now) != list(self.things):
            self.things = now
            self.changed.emit()

    def add(self, things: Iterable[Thing]) -> None:
        self.set([*self.things, *things])

    def toggle(self, thing: Thing) -> None:
        others = [t for t in self.things if t != thing]
        self.set(others if thing in self.things else [*others, thing])

    def clear(self) -> None:
        self.set(())

    def keep(self, there: Iterable[Thing]) -> None:
        """Remove items that no longer exist."""
        there = set(there)
        self.set(
            [t for t in self.things if t in there or (isinstance(t, Bend) and t.wire in there)]
        )


def partners(graph: Graph, things: Iterable[Thing]) -> set[str]:
    """Return the nodes that share weights with these things and are not among them."""
    chosen = set(things)
    twins = [n for n, place in graph.nodes.items() if place.twin]
    owner = {n: graph.owner(n) for n in twins}
    owners = {owner.get(n, n) for n in chosen if isinstance(n, str)}
    sharing = {n for n in twins if owner[n] in owners} | (owners & set(owner.values()))
    return {n for n in sharing if n not in chosen}

"""Graph algorithms on wires: upstream, downstream, topological order, cycles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush

from engine.document.graph import Wire

Wires = dict[str, list[Wire]]


def by_target(wires: Iterable[Wire]) -> Wires:
    """Return the wires into each node, in their order; nodes without wires are missing."""
    into: Wires = {}
    for wire in wires:
        into.setdefault(wire.target, []).append(wire)
    return into


def by_source(wires: Iterable[Wire]) -> Wires:
    """Return the wires out of each node, in their order; nodes without wires are missing."""
    out: Wires = {}
    for wire in wires:
        out.setdefault(wire.source, []).append(wire)
    return out


class Links:
    """The wires into and out of each node, for many walks of the same wires.

    It is made of a list of wires and knows no later ones: make it where they are taken.
    """

    def __init__(self, wires: Iterable[Wire]) -> None:
        self.wires = [*wires]
        self.into, self.out = by_target(self.wires), by_source(self.wires)

    def upstream(self, names: Iterable[str]) -> set[str]:
        """Return `names` and the ids of all nodes upstream of them."""
        return {*_walked(lambda name: (w.source for w in self.into.get(name, ())), names)}


def upstream_ids(wires: Iterable[Wire], names: Iterable[str]) -> set[str]:
    """Return `names` and the ids of all nodes upstream of them."""
    return {*_reached(((w.target, w.source) for w in wires), names)}


def downstream_ids(wires: Iterable[Wire], names: Iterable[str]) -> set[str]:
    """Return `names` and the ids of all nodes downstream of them."""
    return {*_reached(((w.source, w.target) for w in wires), names)}


def feeding(wires: Iterable[Wire], name: str) -> list[str]:
    """Return a node and all nodes upstream of it, nearest first."""
    return [*_reached(((w.target, w.source) for w in wires), [name])]


def _reached(steps: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, None]:
    """Return all that can be reached from `names` along edges, breadth first."""
    onward: dict[str, list[str]] = {}
    for start, end in steps:
        onward.setdefault(start, []).append(end)
    return _walked(lambda name: onward.get(name, ()), names)


def _walked(next_of: Callable[[str], Iterable[str]], names: Iterable[str]) -> dict[str, None]:
    """Return `names` and all that can be reached from them, breadth first."""
    found = dict.fromkeys(names)
    todo = list(found)
    for name in todo:
        for end in next_of(name):
            if end not in found:
                found[end] = None
                todo.append(end)
    return found


def topological(
    names: Sequence[str], wires: Iterable[Wire], sequence: Sequence[str] = ()
) -> list[str]:
    """Order nodes so that wires point forward; ties keep the order of `names`.

    With `sequence`, of all nodes that could be next the one comes that is first in it; those that
    it lacks come last. Nodes on a cycle, and all downstream of one, are left out.
    """
    before: dict[str, set[str]] = {name: set() for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for wire in wires:
        if wire.source not in before[wire.target]:
            before[wire.target].add(wire.source)
            after[wire.source].append(wire.target)
    missing = {name: len(before[name]) for name in names}
    if sequence:
        return _in_sequence(missing, after, sequence)
    ready = [name for name in reversed(names) if not missing[name]]
    order = []
    while ready:
        name = ready.pop()
        order.append(name)
        for target in reversed(after[name]):
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return order


def _in_sequence(
    missing: dict[str, int], after: dict[str, list[str]], sequence: Sequence[str]
) -> list[str]:
    rank = {name: place for place, name in enumerate([*sequence, *missing][::-1])}
    ready = [(-rank[name], name) for name, count in missing.items() if not count]
    heapify(ready)
    order = []
    while ready:
        _, name = heappop(ready)
        order.append(name)
        for target in after[name]:
            missing[target] -= 1
            if not missing[target]:
                heappush(ready, (-rank[target], target))
    return order


def circle_through(wires: Iterable[Wire], node: str) -> list[Wire]:
    """Return the wires of the shortest cycle through a node, none where there is none."""
    out = by_source(wires)
    came: dict[str, Wire] = {}
    todo = [node]
    for name in todo:
        for wire in out.get(name, ()):
            if wire.target == node:
                return _way_back(came, node, wire)
            if wire.target not in came:
                came[wire.target] = wire
                todo.append(wire.target)
    return []


def _way_back(came: dict[str, Wire], node: str, last: Wire) -> list[Wire]:
    way = [last]
    while way[-1].source != node:
        way.append(came[way[-1].source])
    return way[::-1]


def on_circles(names: Iterable[str], wires: Iterable[Wire]) -> set[str]:
    """Return those of the nodes that are on cycles of them, in one pass along the wires.

    Nodes that lead to each other lie on one (Kosaraju's two walks).
    """
    among = dict.fromkeys(names)
    links = Links(w for w in wires if w.source in among and w.target in among)
    found: set[str] = set()
    seen: set[str] = set()
    for last in reversed(_finished(among, links)):
        if last in seen:
            continue
        seen.add(last)
        round_, todo = [last], [last]
        while todo:
            for wire in links.into.get(todo.pop(), ()):
                if wire.source not in seen:
                    seen.add(wire.source)
                    round_.append(wire.source)
                    todo.append(wire.source)
        if len(round_) > 1 or any(w.target == last for w in links.out.get(last, ())):
            found.update(round_)
    return found


def _finished(names: Iterable[str], links: Links) -> list[str]:
    """Return the nodes in the order in which a walk depth first leaves them."""
    order: list[str] = []
    seen: set[str] = set()
    for start in names:
        if start in seen:
            continue
        seen.add(start)
        way = [(start, iter(links.out.get(start, ())))]
        while way:
            name, ahead = way[-1]
            wire = next((w for w in ahead if w.target not in seen), None)
            if wire is None:
                order.append(name)
                way.pop()
            else:
                seen.add(wire.target)
                way.append((wire.target, iter(links.out.get(wire.target, ()))))
    return order

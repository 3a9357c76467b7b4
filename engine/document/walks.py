"""Graph algorithms on wires: upstream, downstream, topological order, cycles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    found = dict.fromkeys(names)
    todo = list(found)
    for name in todo:
        for end in onward.get(name, ()):
            if end not in found:
                found[end] = None
                todo.append(end)
    return found


def topological(names: Sequence[str], wires: Iterable[Wire]) -> list[str]:
    """Order nodes so that wires point forward; ties keep the order of `names`.

    Nodes on a cycle, and all downstream of one, are left out.
    """
    before: dict[str, set[str]] = {name: set() for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for wire in wires:
        if wire.source not in before[wire.target]:
            before[wire.target].add(wire.source)
            after[wire.source].append(wire.target)
    missing = {name: len(before[name]) for name in names}
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


def circle_through(wires: Iterable[Wire], node: str) -> list[Wire]:
    """Return the wires of the shortest cycle through a node, none where there is none."""
    out = by_source(wires)
    todo: list[tuple[str, list[Wire]]] = [(node, [])]
    seen: set[str] = set()
    for name, way in todo:
        for wire in out.get(name, ()):
            if wire.target == node:
                return [*way, wire]
            if wire.target not in seen:
                seen.add(wire.target)
                todo.append((wire.target, [*way, wire]))
    return []

"""What a user does to a graph in one step, as changes: cut, remove, switch, move, unwire."""

from __future__ import annotations

from collections.abc import Iterator

from engine.document.catalogue import Catalogue
from engine.document.graph import Board, Change, Graph, Place, Put, Wire, apply, copy
from engine.document.groups import with_groups
from workbench import edits


def alterations(graph: Graph, catalogue: Catalogue) -> Iterator[Change]:
    """Yield every single step: each wire cut, each node removed, muted, bypassed, and so on.

    Steps inside groups come behind those of the document itself.
    """
    catalogue = with_groups(catalogue, graph)
    yield from _of_board(graph, catalogue)
    for name, group in graph.groups.items():
        for step in _of_board(group, catalogue):
            puts = tuple(Put(("groups", name, *put.path), put.value) for put in step.puts)
            yield Change(f"in {name}: {step.label}", puts)


def _of_board(graph: Board, catalogue: Catalogue) -> Iterator[Change]:
    for wire in graph.wires:
        yield _cut(graph, [wire])
        yield from _moves(graph, catalogue, wire)
    for node, place in graph.nodes.items():
        yield edits.remove(graph, [node])
        yield edits.set_mode(graph, [node], "muted")
        yield edits.set_mode(graph, [node], "bypassed")
        for param in place.driven:
            yield edits.as_field(graph, node, param)
        if place.twin:
            yield _cut(graph, [w for w in graph.wires if node in (w.source, w.target)])


def _cut(graph: Board, wires: list[Wire]) -> Change:
    words = f"cut {' '.join(map(str, wires))}"
    return Change(words, (Put(("wires",), [w for w in graph.wires if w not in wires]),))


def _moves(graph: Board, catalogue: Catalogue, wire: Wire) -> Iterator[Change]:
    """Yield the wire, where it is optional, at every other port that accepts it."""
    place = graph.nodes.get(wire.target)
    old = catalogue[place].input(wire.input) if place else None
    if old is None or not old.optional:
        return
    without = copy(graph)
    without.wires.remove(wire)
    for node, place in graph.nodes.items():
        for port in catalogue[place].inputs:
            new = Wire(wire.source, wire.output, node, port.name)
            if new not in graph.wires and catalogue.refusal(without, new) is None:
                taken = () if port.many else ((node, port.name),)
                kept = [w for w in without.wires if (w.target, w.input) not in taken]
                yield Change(f"move {wire} to {new}", (Put(("wires",), [*kept, new]),))


def altered(graph: Graph, change: Change) -> tuple[Graph, Change]:
    """Return a copy of the graph with the change made, and the change that takes it back."""
    made = copy(graph)
    return made, apply(made, change)


def pairs(catalogue: Catalogue) -> Iterator[Graph]:
    """Yield two kinds joined by one wire, every wire that fits; then by all wires that fit."""
    for first in catalogue.kinds:
        for second in catalogue.kinds:
            nodes = {"a": Place(kind=first), "b": Place(kind=second)}
            wires = list(_fitting(catalogue, first, second))
            for wire in wires:
                yield Graph(nodes=nodes, wires=[wire])
            if len(wires) > 1:
                yield Graph(nodes=nodes, wires=_one_each(wires))


def _fitting(catalogue: Catalogue, first: str, second: str) -> Iterator[Wire]:
    for output in catalogue.kinds[first].outputs:
        for port in catalogue.kinds[second].inputs:
            if catalogue.fits(output, port):
                yield Wire("a", output.name, "b", port.name)


def _one_each(wires: list[Wire]) -> list[Wire]:
    """Return the first wire into each port."""
    return list({wire.input: wire for wire in reversed(wires)}.values())

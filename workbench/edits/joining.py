"""Edits of what runs through nodes: remove joins it, pull out leaves it, and wires change ports."""

from __future__ import annotations

from collections.abc import Iterable, Set

from msgspec.structs import replace

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Place, Wire
from engine.document.wiring import acting_wires
from nodes.errors import Refusal
from nodes.sentences import PortName, say
from workbench.edits.base import known, must_be_node, names_of, put_wires
from workbench.edits.names import end_of, moved_names


def joined(
    graph: Graph, gone: Set[str], catalogue: Catalogue
) -> tuple[list[Wire], dict[Wire, Wire]]:
    """Return the wires without some nodes, joined through them as a bypass would.

    The second part names the wire that takes the place of each wire out of such a node.
    """
    acting = Graph(
        nodes={
            name: Place(kind=place.kind, mode="bypassed" if name in gone else "on")
            for name, place in graph.nodes.items()
        },
        wires=[w for w in graph.wires if {w.source, w.target} <= graph.nodes.keys()],
    )
    old = set(graph.wires)
    new = [
        w
        for w in dict.fromkeys(acting_wires(acting, catalogue))
        if w not in old and _laid(graph, w, gone, catalogue)
    ]
    places: dict[tuple[str, str], list[Wire]] = {}
    for wire in new:
        places.setdefault((wire.target, wire.input), []).append(wire)
    wires: list[Wire] = []
    heirs: dict[Wire, Wire] = {}
    for wire in graph.wires:
        if not {wire.source, wire.target} & gone:
            wires.append(wire)
        elif wire.source in gone and (left := places.get((wire.target, wire.input))):
            heirs[wire] = left.pop(0)
            wires.append(heirs[wire])
    return wires, heirs


def _laid(graph: Graph, wire: Wire, gone: Set[str], catalogue: Catalogue) -> bool:
    """Return whether a wire can be in the graph once the nodes are gone."""
    if {wire.source, wire.target} & gone or wire.source == wire.target:
        return False
    ends = catalogue.ends(graph, wire)
    return ends is None or catalogue.fits(*ends)


def pull_out(graph: Graph, ids: Iterable[str], catalogue: Catalogue) -> Change:
    """Take nodes out of their wires, which are joined where a bypass would pass them on.

    Wires between the nodes stay.
    """
    nodes = set(known(graph, ids))
    label = say("Pull out {nodes}", nodes=names_of(graph, known(graph, ids)))
    within = [w for w in graph.wires if {w.source, w.target} <= nodes]
    if not any({w.source, w.target} & nodes for w in graph.wires if w not in within):
        return Change(label, ())
    wires, heirs = joined(graph, nodes, catalogue)
    return Change(label, tuple(put_wires(graph, [*wires, *within], heirs)))


def move_wires(
    graph: Graph,
    wires: Iterable[Wire],
    node: str,
    port: str,
    catalogue: Catalogue,
    *,
    inputs: bool,
) -> Change:
    """Move one end of wires to another port: their inputs' end or their outputs'.

    A single input's old wire is replaced. Raise `Refusal` where one of them does not fit.
    """
    must_be_node(graph, node)
    chosen = set(wires)
    moved = {w: _ending(w, node, port, inputs=inputs) for w in graph.wires if w in chosen}
    count = len(moved)
    label = say("Move a wire" if count == 1 else "Move {count} wires", count=count)
    if all(old == new for old, new in moved.items()):
        return Change(label, ())
    single = inputs and not takes_many(graph, node, port, catalogue)
    if single and count > 1:
        raise Refusal(
            "{input} takes one wire; these are {count}.",
            place=f"{node}.{port}",
            input=PortName(port),
            count=count,
        )
    replaced = set(graph.wires_into(node, port)) if single else set()
    others = [w for w in graph.wires if w not in moved and w not in replaced]
    without = replace(graph, wires=others)
    for new in moved.values():
        problem = catalogue.refusal(without, new)
        if problem is not None:
            raise Refusal(problem.sentence, problem.hint, place=f"{new.target}.{new.input}")
    staying = [moved.get(w, w) for w in graph.wires if w in moved or w not in replaced]
    puts = put_wires(graph, list(dict.fromkeys(staying)), moved)
    if not inputs:
        ends = {end_of(w.source, w.output) for w in moved}
        left = {end_of(w.source, w.output) for w in graph.wires if w not in moved}
        puts += moved_names(graph, dict.fromkeys(ends - left, end_of(node, port)))
    return Change(label, tuple(puts))


def _ending(wire: Wire, node: str, port: str, *, inputs: bool) -> Wire:
    if inputs:
        return wire._replace(target=node, input=port)
    return wire._replace(source=node, output=port)


def takes_many(graph: Graph, node: str, port: str, catalogue: Catalogue) -> bool:
    """Return whether an input takes several wires."""
    kind = catalogue.of(graph.nodes[node])
    found = kind.input(port) if kind else None
    return bool(found and found.many)

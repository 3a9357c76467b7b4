"""Edits of wires: connect, disconnect, insert a node."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from msgspec.structs import replace

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.closeness import best
from engine.document.graph import Change, Graph, Wire
from nodes.errors import Refusal
from nodes.sentences import PortName, say
from workbench.edits.base import disconnecting, must_be_node, name_of, put_wires
from workbench.edits.joining import takes_many


def connect(graph: Graph, wire: Wire, catalogue: Catalogue) -> Change:
    """Connect two ports; a single input's old wire is replaced. Raise `Refusal` with the reason."""
    must_be_node(graph, wire.source)
    must_be_node(graph, wire.target)
    ends = {"source": name_of(graph, wire.source), "target": name_of(graph, wire.target)}
    label = say("Connect {source} to {target}", **ends)
    if wire in graph.wires:
        return Change(label, ())
    wires = _joined(graph, wire, catalogue)
    return Change(label, tuple(put_wires(graph, wires)))


def _joined(graph: Graph, wire: Wire, catalogue: Catalogue) -> list[Wire]:
    """Return the wires including `wire`, in place of the one it replaces."""
    if wire in graph.wires:
        return graph.wires
    old = (
        []
        if takes_many(graph, wire.target, wire.input, catalogue)
        else graph.wires_into(wire.target, wire.input)
    )
    others = [w for w in graph.wires if w not in old]
    problem = catalogue.refusal(replace(graph, wires=others), wire)
    if problem is not None:
        raise Refusal(problem.sentence, problem.hint, place=f"{wire.target}.{wire.input}")
    if not old:
        return [*graph.wires, wire]
    return [wire if w == old[0] else w for w in graph.wires if w not in old[1:]]


def disconnect(graph: Graph, wires: Iterable[Wire]) -> Change:
    """Remove wires."""
    gone = set(wires) & set(graph.wires)
    label = disconnecting(len(gone))
    if not gone:
        return Change(label, ())
    return Change(label, tuple(put_wires(graph, [w for w in graph.wires if w not in gone])))


def insert_on_wire(graph: Graph, node: str, wire: Wire, catalogue: Catalogue) -> Change:
    """Insert a node into a wire, by its best fitting free input and output."""
    must_be_node(graph, node)
    if wire not in graph.wires:
        raise Refusal("This wire is not in the graph any more.")
    info = catalogue.of(graph.nodes[node])
    label = say("Insert {node}", node=name_of(graph, node))
    pair = info and _way_through(graph, node, info, wire, catalogue)
    if not pair or node in (wire.source, wire.target):
        raise Refusal(
            "{node} does not fit between {output} and {input}.",
            node=name_of(graph, node),
            output=PortName(wire.output),
            input=PortName(wire.input),
        )
    into, out = pair
    at = graph.wires.index(wire)
    wires = [*graph.wires[:at], into, out, *graph.wires[at + 1 :]]
    return Change(label, tuple(put_wires(graph, wires, {wire: into})))


def _way_through(
    graph: Graph, node: str, info: KindInfo, wire: Wire, catalogue: Catalogue
) -> tuple[Wire, Wire] | None:
    without = replace(graph, wires=[w for w in graph.wires if w != wire])
    used = {w.input for w in graph.wires_into(node)}
    free = [p for p in info.inputs if p.many or p.name not in used]
    into = _best(without, catalogue, [_onto(wire, node, p.name) for p in free])
    out = _best(without, catalogue, [_from(node, p.name, wire) for p in info.outputs])
    return (into, out) if into and out else None


def _onto(wire: Wire, node: str, port: str) -> Wire:
    return Wire(wire.source, wire.output, node, port)


def _from(node: str, port: str, wire: Wire) -> Wire:
    return Wire(node, port, wire.target, wire.input)


def _best(graph: Graph, catalogue: Catalogue, wires: Iterable[Wire]) -> Wire | None:
    """Return the best of the wires that can be connected, or None."""
    laid = [w for w in wires if w not in graph.wires and catalogue.refusal(graph, w) is None]
    return best(graph, catalogue, laid)


def connect_nodes(graph: Graph, ids: Iterable[str], catalogue: Catalogue) -> Change:
    """Connect each node to the next by the best free input that takes one of its outputs."""
    nodes = [n for n in ids if n in graph.nodes]
    now = replace(graph, wires=list(graph.wires))
    for source, target in pairwise(nodes):
        wire = _between(now, source, target, catalogue)
        if wire is None:
            raise Refusal(
                "No output of {source} fits a free input of {target}.",
                source=name_of(graph, source),
                target=name_of(graph, target),
            )
        now.wires = _joined(now, wire, catalogue)
    if now.wires == graph.wires:
        return Change("Connect", ())
    return Change("Connect", tuple(put_wires(graph, now.wires)))


def _between(graph: Graph, source: str, target: str, catalogue: Catalogue) -> Wire | None:
    """Return the best new wire between two nodes; required inputs come first."""
    first = catalogue.of(graph.nodes[source])
    second = catalogue.of(graph.nodes[target])
    if first is None or second is None:
        return None
    used = {w.input for w in graph.wires_into(target)}
    free = [p for p in second.inputs if p.many or p.name not in used]
    for ports in ([p for p in free if not p.optional], [p for p in free if p.optional]):
        wires = [Wire(source, o.name, target, p.name) for p in ports for o in first.outputs]
        if wire := _best(graph, catalogue, wires):
            return wire
    return None

"""The wires as they act, and the inputs that get nothing by them.

Muted nodes take no part. A bypassed node hands on, for each output, the first of its wired inputs
of a type that fits. Light: the window and the engine see the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.document.graph import Graph, Wire

if TYPE_CHECKING:
    from engine.document.catalogue import Catalogue, KindInfo, PortInfo

MODEL = "model"
"""The output that is the node itself, for others to call or train."""


def acting_wires(graph: Graph, catalogue: Catalogue) -> list[Wire]:
    """Return the wires as they act: none at muted nodes, bypassed nodes replaced by their inputs.

    What depends on the weights of a bypassed node gets nothing from it.
    """
    wires = graph.wires
    for name, place in graph.nodes.items():
        if place.mode == "muted":
            wires = [w for w in wires if name not in (w.source, w.target)]
        elif place.mode == "bypassed":
            wires = list(_handed_on(graph, catalogue, wires, name))
    return wires


def _handed_on(graph: Graph, catalogue: Catalogue, wires: list[Wire], name: str) -> Iterator[Wire]:
    """Yield the wires with those of a bypassed node replaced."""
    into: dict[str, Wire] = {}
    for wire in wires:
        if wire.target == name:
            into.setdefault(wire.input, wire)
    for wire in wires:
        if wire.source == name:
            given = _stand_in(graph, catalogue, into, wire)
            if given is not None:
                yield Wire(given.source, given.output, wire.target, wire.input)
        elif wire.target != name:
            yield wire


def _stand_in(graph: Graph, catalogue: Catalogue, into: dict[str, Wire], wire: Wire) -> Wire | None:
    """Return the first wire into a bypassed node that can stand for one that leaves it."""
    kind = catalogue.kinds.get(graph.nodes[wire.source].kind)
    if kind is None:  # nothing is known of a kind that is not there: the only wire goes on
        return next(iter(into.values())) if len(into) == 1 and wire.output != MODEL else None
    output = kind.output(wire.output)
    if output is None or (kind.called and wire.output == MODEL):
        return None
    return next(
        (
            into[port.name]
            for port in kind.inputs
            if port.name in into
            and catalogue.fits(_given(graph, catalogue, port, into[port.name]), output)
        ),
        None,
    )


def _given(graph: Graph, catalogue: Catalogue, port: PortInfo, wire: Wire) -> PortInfo:
    """Return the port that says what an input is given: a port of several types leaves it open."""
    if not port.accepts:
        return port
    kind = catalogue.kinds.get(graph.nodes[wire.source].kind)
    return (kind.output(wire.output) if kind else None) or port


def gaps(
    graph: Graph, catalogue: Catalogue, wires: Iterable[Wire]
) -> Iterator[tuple[str, PortInfo]]:
    """Yield the inputs, as node and port, that need a value and get none.

    A network needs its inputs where its outputs are used: as a model it is only called.
    """
    filled, used = set(), set()
    for wire in wires:
        filled.add((wire.target, wire.input))
        if wire.output != MODEL:
            used.add(wire.source)
    for name, place in graph.nodes.items():
        kind = catalogue.kinds.get(place.kind)
        if kind is None or place.mode != "on" or (kind.called and name not in used):
            continue
        for port in kind.inputs:
            if not port.optional and (name, port.name) not in filled:
                yield name, port


def switched_off(graph: Graph, node: str, port: str) -> str:
    """Return the muted or bypassed node that a wire comes from into an input, or nothing."""
    sources = [w.source for w in graph.wires_into(node, port) if w.source in graph.nodes]
    return next((name for name in sources if graph.nodes[name].mode != "on"), "")


def crowded(kind: KindInfo, wires: Iterable[Wire]) -> Iterator[str]:
    """Yield the ports of a node that take one wire and have several."""
    seen: list[str] = []
    for wire in wires:
        port = kind.input(wire.input)
        if port is not None and not port.many and seen.count(port.name) == 1:
            yield port.name
        seen.append(wire.input)

"""The effective wires of a graph, and the inputs that get no value from them.

Muted nodes are ignored. A bypassed node passes, for each output, the first of its wired inputs with
a type that fits. Without torch: the window and the engine agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.document.graph import Graph, Wire

if TYPE_CHECKING:
    from engine.document.catalogue import Catalogue, KindInfo, PortInfo

MODEL = "model"
"""The output that is the node itself, for other nodes to call or train."""


def acting_wires(graph: Graph, catalogue: Catalogue) -> list[Wire]:
    """Return the effective wires: none at muted nodes, bypassed nodes replaced by their inputs.

    A wire from the output `model` of a bypassed network is removed.
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
    """Return the first wire into a bypassed node that can replace a wire out of it, or None."""
    kind = catalogue.kinds.get(graph.nodes[wire.source].kind)
    if kind is None:  # an unknown kind passes its only wire
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
    """Return the port that tells the type of an input; where that accepts several, the source."""
    if not port.accepts:
        return port
    kind = catalogue.kinds.get(graph.nodes[wire.source].kind)
    return (kind.output(wire.output) if kind else None) or port


def gaps(
    graph: Graph, catalogue: Catalogue, wires: Iterable[Wire]
) -> Iterator[tuple[str, PortInfo]]:
    """Yield the inputs, as (node, port), that need a value and get none.

    A network needs its inputs only where its outputs are used; as a model it is only called.
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
    """Return the muted or bypassed node that is wired into an input, or ""."""
    sources = [w.source for w in graph.wires_into(node, port) if w.source in graph.nodes]
    return next((name for name in sources if graph.nodes[name].mode != "on"), "")


def crowded(kind: KindInfo, wires: Iterable[Wire]) -> Iterator[str]:
    """Yield the ports of a node that take one wire but have several."""
    seen: list[str] = []
    for wire in wires:
        port = kind.input(wire.input)
        if port is not None and not port.many and seen.count(port.name) == 1:
            yield port.name
        seen.append(wire.input)

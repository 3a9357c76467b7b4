"""What a port can be wired to, best first: free and needed inputs, near types, alike names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.closeness import Closeness, closeness
from engine.document.graph import Graph, Wire
from engine.document.walks import downstream_ids, upstream_ids

Rank = tuple[bool, bool, Closeness]


class Partner(NamedTuple):
    """The other end of a wire that can be drawn; `taken` if it takes the place of another."""

    node: str
    port: str
    wire: Wire
    taken: bool


def partners(
    graph: Graph, catalogue: Catalogue, node: str, port: str, *, output: bool
) -> list[Partner]:
    """Return the ports that a port of a node can be wired to."""
    kind = _kind(graph, catalogue, node)
    own = (kind.output(port) if output else kind.input(port)) if kind else None
    if kind is None or own is None:
        return []
    walk = upstream_ids if output else downstream_ids
    circular = walk(graph.wires, [node])
    fed = {(w.target, w.input) for w in graph.wires}
    found: list[tuple[Rank, int, Partner]] = []
    for other in graph.nodes:
        if other in circular:
            continue
        for rank, there, wire, taken in _between(graph, catalogue, node, own, other, output, fed):
            if wire not in graph.wires:
                found.append((rank, len(found), Partner(other, there, wire, taken)))
    return [partner for _, _, partner in sorted(found)]


def partners_of(graph: Graph, catalogue: Catalogue, node: str) -> list[Partner]:
    """Return what the outputs and the free inputs of a node can be wired to."""
    kind = _kind(graph, catalogue, node)
    if kind is None:
        return []
    found = [p for o in kind.outputs for p in partners(graph, catalogue, node, o.name, output=True)]
    fed = {w.input for w in graph.wires_into(node)}
    for port in kind.inputs:
        if port.many or port.name not in fed:
            found += partners(graph, catalogue, node, port.name, output=False)
    return sorted(found, key=lambda partner: partner.taken)


def _between(
    graph: Graph,
    catalogue: Catalogue,
    node: str,
    own: PortInfo,
    other: str,
    output: bool,
    fed: set[tuple[str, str]],
) -> Iterator[tuple[Rank, str, Wire, bool]]:
    kind = _kind(graph, catalogue, other)
    for there in (kind.inputs if output else kind.outputs) if kind else ():
        source, target = (own, there) if output else (there, own)
        if not catalogue.fits(source, target):
            continue
        wire = Wire(node, own.name, other, there.name)
        if not output:
            wire = Wire(other, there.name, node, own.name)
        giver = _kind(graph, catalogue, wire.source)
        taken = (wire.target, wire.input) in fed and not target.many
        near = closeness(catalogue, source, target, giver=giver)
        yield (taken and output, target.optional, near), there.name, wire, taken


def _kind(graph: Graph, catalogue: Catalogue, node: str) -> KindInfo | None:
    place = graph.nodes.get(node)
    return catalogue.of(place) if place else None

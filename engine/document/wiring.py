"""The effective wires of a graph, and the inputs that get no value from them.

Muted nodes are ignored. A bypassed node passes, for each output, the first of its wired inputs with
a type that fits. Without torch: the window and the engine agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from engine.document.graph import Board, Graph, Wire
from engine.document.walks import topological

if TYPE_CHECKING:
    from engine.document.catalogue import Catalogue, KindInfo, PortInfo

MODEL = "model"
"""The output that is the node itself, for other nodes to call or train."""


def acting_wires(graph: Graph, catalogue: Catalogue) -> list[Wire]:
    """Return the effective wires: none at muted nodes, bypassed nodes replaced by their inputs.

    A wire from the output `model` of a bypassed network is removed.
    """
    off = [name for name, place in graph.nodes.items() if place.mode != "on"]
    if not off:
        return graph.wires
    acting = _Acting(graph.wires)
    for name in off:
        if graph.nodes[name].mode == "muted":
            acting.mute(name)
        else:
            acting.bypass(graph, catalogue, name)
    return [wire for wire in acting.wires if wire is not None]


def drives(graph: Board, wire: Wire) -> bool:
    """Return whether a wire sets a parameter, instead of giving an argument."""
    target = graph.nodes.get(wire.target)
    return target is not None and wire.input in target.driven


def running_order(graph: Graph, wires: Iterable[Wire], names: Iterable[str]) -> list[str]:
    """Return the order in which these nodes run, from the effective wires of the graph.

    It does not depend on the order in which nodes were added, nor on wires that set parameters.
    """
    on = [name for name in sorted(names) if graph.nodes[name].mode == "on"]
    there = set(on)
    among = [w for w in wires if w.source in there and w.target in there and not drives(graph, w)]
    return topological(on, among, graph.sequence)


class _Acting:
    """Wires in their places; None where there is none any more. `ends`: the places at a node."""

    def __init__(self, wires: list[Wire]) -> None:
        self.wires: list[Wire | None] = [*wires]
        self.ends: dict[str, list[int]] = {}
        for place, wire in enumerate(wires):
            self.ends.setdefault(wire.source, []).append(place)
            self.ends.setdefault(wire.target, []).append(place)

    def mute(self, name: str) -> None:
        """Remove the wires of a node."""
        for place, _ in self._at(name):
            self.wires[place] = None

    def bypass(self, graph: Graph, catalogue: Catalogue, name: str) -> None:
        """Replace the wires out of a node by those into it."""
        into: dict[str, Wire] = {}
        here = self._at(name)
        for _, wire in here:
            if wire.target == name:
                into.setdefault(wire.input, wire)
        for place, wire in here:
            self.wires[place] = None
            given = _stand_in(graph, catalogue, into, wire) if wire.source == name else None
            if given is not None:
                new = Wire(given.source, given.output, wire.target, wire.input)
                self.wires[place] = new
                self.ends.setdefault(new.source, []).append(place)

    def _at(self, name: str) -> list[tuple[int, Wire]]:
        """Return the wires of a node with their places, in order."""
        found = ((place, self.wires[place]) for place in sorted({*self.ends.get(name, ())}))
        return [(place, wire) for place, wire in found if wire and name in (wire[0], wire[2])]


def _stand_in(graph: Graph, catalogue: Catalogue, into: dict[str, Wire], wire: Wire) -> Wire | None:
    """Return the first wire into a bypassed node that can replace a wire out of it, or None."""
    kind = catalogue.of(graph.nodes[wire.source])
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
    kind = catalogue.of(graph.nodes[wire.source])
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
        kind = catalogue.of(place)
        if kind is None or place.mode != "on" or (kind.called and name not in used):
            continue
        for port in kind.inputs:
            if not port.optional and (name, port.name) not in filled:
                yield name, port


def only_called(kind: KindInfo, used: Collection[str]) -> bool:
    """Return whether a network is called by others and no pull runs it: its inputs need no wire.

    `used` names its outputs that have wires.
    """
    return kind.called and {*used} == {MODEL}


def switched_off(graph: Board, port: str, wires: Iterable[Wire]) -> str:
    """Return the muted or bypassed node that `wires` lead from into an input, or ""."""
    sources = [w.source for w in wires if w.input == port and w.source in graph.nodes]
    return next((name for name in sources if graph.nodes[name].mode != "on"), "")


def crowded(kind: KindInfo, wires: Iterable[Wire]) -> Iterator[str]:
    """Yield the ports of a node that take one wire but have several."""
    seen: Counter[str] = Counter()
    for wire in wires:
        if seen[wire.input] == 1:
            port = kind.input(wire.input)
            if port is not None and not port.many:
                yield port.name
        seen[wire.input] += 1

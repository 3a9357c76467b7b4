"""Find the wires that carry a network's output into a loss that does not train the network.

This needs only the graph and the catalogue. A forward pass collects, for each node, the optimisers
that update the networks upstream of it; a backward pass collects the optimisers that minimise what
is downstream. The gradient stops at a wire whose two sets are disjoint. Optimisers are bits of an
integer, so that large graphs are fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.graph import Graph, Wire
from engine.document.training import is_model, model_wires
from engine.document.walks import by_source, by_target

MODEL = "model"
BLIND = frozenset({"labels"})  # families without gradient: whole numbers


class Stop(Struct, frozen=True):
    """A wire where the gradient stops, the optimisers behind it and the networks they do not train.

    `frozen` if the wire carries a network: gradients flow through it, but its weights do not
    change.
    """

    wire: Wire
    frozen: bool
    optimizers: tuple[str, ...]
    networks: tuple[str, ...]


def updated_networks(graph: Graph, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return the networks each optimiser updates, by the ids of the nodes that hold the weights."""
    into = by_target(graph.wires)
    found = {}
    for node, place in graph.nodes.items():
        info = catalogue.of(place)
        if info is not None and info.role == "optimizer" and place.mode == "on":
            networks = _handed(graph, catalogue, into, node)
            found[node] = tuple(dict.fromkeys(networks))
    return found


def _handed(
    graph: Graph, catalogue: Catalogue, into: dict[str, list[Wire]], optimizer: str
) -> Iterator[str]:
    """Yield the networks wired to an optimiser; for a chain, such as a flow, all its links."""
    todo, seen = [optimizer], {optimizer}
    while todo:
        node = todo.pop(0)
        for wire in model_wires(graph, catalogue, node, into.get(node, [])):
            if wire.source in seen:
                continue
            seen.add(wire.source)
            info = catalogue.of(graph.nodes[wire.source])
            if info is not None and info.weights:
                yield graph.owner(wire.source)
            todo += [wire.source] if wire.output != MODEL else []


def stops(graph: Graph, catalogue: Catalogue) -> dict[Wire, Stop]:
    """Return the wires where a gradient stops; empty without optimisers or with a cycle."""
    moved = updated_networks(graph, catalogue)
    if not moved:
        return {}
    walk = _Walk(graph, catalogue, moved)
    return walk.stops() if walk.order else {}


class _Walk:
    """The forward and the backward pass over a graph."""

    def __init__(
        self, graph: Graph, catalogue: Catalogue, moved: dict[str, tuple[str, ...]]
    ) -> None:
        self.graph, self.catalogue = graph, catalogue
        self.optimizers = list(moved)
        self.bits = {node: 1 << place for place, node in enumerate(moved)}
        self.movers: dict[str, int] = {}
        for node, networks in moved.items():
            for network in networks:
                self.movers[network] = self.movers.get(network, 0) | self.bits[node]
        on = {n for n, p in graph.nodes.items() if p.mode != "muted"}
        self.wires = [w for w in graph.wires if w.source in on and w.target in on]
        self.into, self.out = by_target(self.wires), by_source(self.wires)
        self.before: dict[str, int] = {}  # bits of the optimisers that update networks up to a node
        self.after: dict[
            str, int
        ] = {}  # bits of the optimisers that minimise the losses downstream of a node
        self.order = self._ordered()

    def _ordered(self) -> list[str]:
        before = {node: {w.source for w in wires} for node, wires in self.into.items()}
        try:
            return list(TopologicalSorter(before).static_order())
        except CycleError:
            return []

    def stops(self) -> dict[Wire, Stop]:
        for node in self.order:
            self.before[node] = self.movers.get(self.graph.owner(node), 0)
            for wire in self.into.get(node, ()):
                self.before[node] |= self._carried(wire)
        for node in reversed(self.order):
            self.after[node] = 0
            for wire in self.out.get(node, ()):
                self.after[node] |= self._pulled(wire)
        return {wire: stop for wire in self.wires if (stop := self._stop(wire)) is not None}

    def _carried(self, wire: Wire) -> int:
        """Return the bits of the optimisers that update the networks upstream of a wire."""
        if self._family(wire) in BLIND:
            return 0
        if wire.output == MODEL:
            return self.movers.get(self.graph.owner(wire.source), 0)
        return self.before[wire.source]

    def _pulled(self, wire: Wire) -> int:
        """Return the bits of the optimisers that minimise a wire's value.

        An optimiser minimises its loss, not the models wired to it.
        """
        info = self._info(wire.target)
        if info is None or info.role != "optimizer":
            return self.after[wire.target]
        port = next((p for p in info.inputs if p.name == wire.input), None)
        given = port is None or is_model(self.catalogue, port.type)
        return 0 if given else self.bits.get(wire.target, 0)

    def _stop(self, wire: Wire) -> Stop | None:
        carried, pulled = self._carried(wire), self._pulled(wire)
        if not carried or not pulled or carried & pulled:
            return None
        if wire.target not in self.bits and not self.before[wire.target] & pulled:
            return None  # the gradient already stops nearer to the loss
        pullers = tuple(o for o in self.optimizers if self.bits[o] & pulled)
        return Stop(wire, wire.output == MODEL, pullers, self._networks(wire))

    def _networks(self, wire: Wire) -> tuple[str, ...]:
        """Return the networks upstream of a wire that are not trained through it, nearest first."""
        found: dict[str, None] = {}
        todo, seen = [wire], set()
        while todo:
            link = todo.pop(0)
            if link.source in seen or not self._carried(link):
                continue
            seen.add(link.source)
            owner = self.graph.owner(link.source)
            found |= {owner: None} if owner in self.movers else {}
            if link.output != MODEL:
                todo += self.into.get(link.source, ())
        return tuple(found)

    def _info(self, node: str) -> KindInfo | None:
        return self.catalogue.of(self.graph.nodes[node])

    def _family(self, wire: Wire) -> str:
        info = self._info(wire.source)
        ports: list[PortInfo] = info.outputs if info else []
        port = next((p for p in ports if p.name == wire.output), None)
        type_ = self.catalogue.types.get(port.type) if port else None
        return type_.family if type_ else ""

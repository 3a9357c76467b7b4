"""Rank the kinds that a dropped wire may go to by what the graph lacks and what people wire.

The weights are those of a logistic choice fitted to the wires of the examples: each is taken with
the node at its other end removed, and where the node is not drawn yet; the kind of that node is
the right one (`python -m tests.benchmarks.ranking`).
"""

from __future__ import annotations

from collections import Counter
from operator import mul
from typing import NamedTuple

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.closeness import OTHER, Closeness
from engine.document.graph import Graph
from engine.document.wiring import acting_wires, gaps
from workbench.search.habits import Habits, name_of
from workbench.widgets.ports import Port, Side


class Weights(NamedTuple):
    """What each thing that can be said of a kind counts."""

    near: float  # the type is near
    name: float  # the name is alike
    there: float  # the kind is in the graph
    family: float  # one of its category is
    again: float  # the kind is that of the node itself
    needs: float  # the share of what else it needs that is there
    ready: float  # it is all there
    sink: float  # a view or a measure
    fills: float  # the share of empty inputs that it fills
    takes: float  # the share of unused outputs it takes
    habit: float  # the share of the wires at this port
    named: float  # the share of the wires at all ports of this name that lead to the kind
    beside: float  # how many of the wires of the kind lead to kinds that are in the graph


BEGUN = Weights(1.4, 1.3, 1.0, 1.8, -2.0, -2.9, 3.9, -0.5, 0.8, 0.4, 3.8, 2.9, 3.0)
"""Where nothing is looked at or trained yet: layers are drawn, and what a group holds."""
WHOLE = Weights(1.3, 1.6, 2.3, 1.6, -1.9, 1.1, 1.2, 2.2, 11.0, 4.2, 2.6, 1.8, 0.4)
OWN = 8.0  # the share of the user's wires at this port
SINKS, LAST = ("view", "metric"), ("view", "metric", "trainer")


class Ranking:
    """What a graph lacks, seen from the end of a wire: a port of a node of the kind `own`."""

    def __init__(
        self, graph: Graph, catalogue: Catalogue, node: str, port: Port, habits: Habits
    ) -> None:
        self.catalogue = catalogue
        self.habits = habits
        self.own = graph.nodes[node].kind
        self.port = port
        names = {place.kind for place in graph.nodes.values()} & catalogue.kinds.keys()
        self.kinds = {name: catalogue.kinds[name] for name in names}
        self.weights = WHOLE if any(k.role in LAST for k in self.kinds.values()) else BEGUN
        self.categories = {kind.category for kind in self.kinds.values()}
        self.given = [out for kind in self.kinds.values() for out in kind.outputs]
        self.empty = self._empty(graph, node)
        self.unused = self._unused(graph, node)

    def _empty(self, graph: Graph, node: str) -> list[tuple[PortInfo, int]]:
        """Return the needed inputs without a value, each with how many there are of its kind."""
        found: Counter[tuple[str, str]] = Counter()
        ports: dict[tuple[str, str], PortInfo] = {}
        for name, port in gaps(graph, self.catalogue, acting_wires(graph, self.catalogue)):
            if name != node:
                key = (graph.nodes[name].kind, port.name)
                ports[key] = port
                found[key] += 1
        return [(ports[key], number) for key, number in found.items()]

    def _unused(self, graph: Graph, node: str) -> list[tuple[PortInfo, int]]:
        """Return the outputs of nodes that lead nowhere, each with how many there are."""
        used = {wire.source for wire in graph.wires} | {node}
        found = Counter(place.kind for name, place in graph.nodes.items() if name not in used)
        return [
            (output, number)
            for kind, number in found.items()
            if kind in self.kinds and self.kinds[kind].role not in LAST
            for output in self.kinds[kind].outputs
        ]

    def score(self, kind: KindInfo, there: PortInfo, near: Closeness) -> float:
        """Return how likely a node of `kind` is meant, by its port `there`; more is likelier."""
        needs = self._needs(kind, there)
        said = Weights(
            near=1 / (1 + near.far),
            name=(OTHER - near.name) / OTHER,
            there=kind.kind in self.kinds,
            family=kind.category in self.categories,
            again=kind.kind == self.own,
            needs=needs,
            ready=needs == 1,
            sink=kind.role in SINKS,
            fills=self._fills(kind),
            takes=self._takes(kind),
            habit=self.habits.share(*(here := self._wire(kind, there))),
            named=self.habits.share_named(self.port.side, self.port.name, kind.kind),
            beside=self.habits.beside(kind.kind, self.kinds),
        )
        own = OWN * self.habits.own_share(*here)
        return sum(map(mul, self.weights, said)) + own

    def _needs(self, kind: KindInfo, there: PortInfo) -> float:
        """Return the share of its other needed inputs that something in the graph fits closely."""
        needed = [port for port in kind.inputs if not port.optional and port is not there]
        fed = [any(self._close(out, port) for out in self.given) for port in needed]
        return sum(fed) / len(fed) if fed else 1.0

    def _close(self, output: PortInfo, input: PortInfo) -> bool:
        return not self.catalogue.open(output.type) and self.catalogue.fits(output, input)

    def _fills(self, kind: KindInfo) -> float:
        fits = self.catalogue.fits
        return _share([(any(fits(o, p) for o in kind.outputs), n) for p, n in self.empty])

    def _takes(self, kind: KindInfo) -> float:
        fits = self.catalogue.fits
        return _share([(any(fits(o, p) for p in kind.inputs), n) for o, n in self.unused])

    def _wire(self, kind: KindInfo, there: PortInfo) -> tuple[Side, str, str]:
        """Return this port and the wire from it, as habits call them."""
        ends = ((self.own, self.port.name), (kind.kind, there.name))
        (source, output), (target, input) = ends if self.port.side == "output" else ends[::-1]
        name = name_of(source, output, target, input)
        return self.port.side, f"{self.own}.{self.port.name}", name


def _share(found: list[tuple[bool, int]]) -> float:
    """Return the share of the true ones, 0 without any."""
    whole = sum(number for _, number in found)
    return sum(number for true, number in found if true) / whole if whole else 0.0

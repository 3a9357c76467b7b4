"""The ports of the graph and the kinds of the catalogue that fit a port."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from engine.document.catalogue import Catalogue, KindInfo, PortInfo, Problem
from engine.document.closeness import Closeness, closeness
from engine.document.fixes import Between
from engine.document.graph import Change, Graph, Put, Wire, apply, copy
from engine.document.walks import downstream_ids, upstream_ids
from nodes.sentences import NodeName, Text, say
from workbench import edits
from workbench.canvas.ranking import Ranking
from workbench.widgets.ports import Port, Side

NEARNESS = 12.0  # what the nearest type is worth beside the letters of a search


class End(NamedTuple):
    """A port of a node in the graph."""

    node: str
    port: Port


def opposite(side: Side) -> Side:
    return "input" if side == "output" else "output"


def wire_between(one: End, two: End) -> Wire:
    """Return the wire between two ends, given in either order."""
    source, target = (one, two) if one.port.side == "output" else (two, one)
    return Wire(source.node, source.port.name, target.node, target.port.name)


class Fits:
    """Decide which ports a wire from one end may go to; fast, as it is called for all."""

    def __init__(self, catalogue: Catalogue, graph: Graph, fixed: End) -> None:
        self.catalogue = catalogue
        self.fixed = fixed
        walk = downstream_ids if fixed.port.side == "input" else upstream_ids
        self._circular = walk(graph.wires, [fixed.node])  # a wire to these would close a cycle
        self._known: dict[tuple[str, str], bool] = {}

    def __call__(self, node: str, kind: str, port: Port) -> bool:
        if port.side == self.fixed.port.side or node in self._circular:
            return False
        key = (kind, port.name)
        if key not in self._known:
            self._known[key] = self._types_fit(port)
        return self._known[key]

    def _types_fit(self, port: Port) -> bool:
        fixed, there = self.fixed.port.info, port.info
        if fixed is None or there is None:
            return True  # a kind that is not installed may fit
        if self.fixed.port.side == "output":
            return self.catalogue.fits(fixed, there)
        return self.catalogue.fits(there, fixed)


class Candidate(NamedTuple):
    """A kind and its port that a wire would go to. `score` ranks nearer types first."""

    kind: KindInfo
    port: PortInfo | None
    score: float = 0.0


def candidates(
    catalogue: Catalogue,
    port: Port | None,
    own: KindInfo | None = None,
    ranking: Ranking | None = None,
) -> list[Candidate]:
    """Return the kinds that a wire from `port` can go to, best first; without a port, all kinds.

    `own` is the kind of the node that has the port. With a `ranking` the best is what its graph
    lacks, else what is nearest.
    """
    if port is None or port.info is None:
        return [Candidate(kind, None) for kind in catalogue.kinds.values()]
    found = [
        c
        for kind in catalogue.kinds.values()
        if (c := _candidate(catalogue, kind, port, own, ranking))
    ]
    return sorted(found, key=lambda candidate: -candidate.score)


def candidates_between(
    catalogue: Catalogue, output: Port | None, input: Port | None, giver: KindInfo | None = None
) -> list[Candidate]:
    """Return the kinds that can be inserted into a wire from `output` to `input`, best first."""
    back = {c.kind.kind for c in candidates(catalogue, input)}
    return [c for c in candidates(catalogue, output, giver) if c.kind.kind in back]


def _candidate(
    catalogue: Catalogue,
    kind: KindInfo,
    port: Port,
    own: KindInfo | None = None,
    ranking: Ranking | None = None,
) -> Candidate | None:
    """Return a kind's best port for a wire from `port`, or None."""
    assert port.info is not None
    forward = port.side == "output"
    ranked: list[tuple[Closeness, PortInfo]] = []
    for there in kind.inputs if forward else kind.outputs:
        output, input = (port.info, there) if forward else (there, port.info)
        if catalogue.fits(output, input):
            giver = own if forward else kind
            ranked.append((closeness(catalogue, output, input, giver=giver), there))
    if not ranked:
        return None
    near, best = min(ranked, key=lambda pair: pair[0])
    score = ranking.score(kind, best, near) if ranking else NEARNESS * near.score
    return Candidate(kind, best, score)


class WireRefusal(NamedTuple):
    """Why a wire is refused, and a fix if there is one."""

    problem: Problem
    fix_label: Text = ""
    fix: Callable[[Graph], Change] | None = None


def combined(graph: Graph, label: Text, makers: Iterable[Callable[[Graph], Change]]) -> Change:
    """Combine several edits into one change; each sees the result of the previous ones."""
    scratch = copy(graph)
    puts: list[Put] = []
    for make in makers:
        change = make(scratch)
        apply(scratch, change)
        puts += change.puts
    return Change(label, tuple(puts))


def added_nodes(change: Change) -> list[str]:
    """Return the ids of the nodes that a change adds."""
    return [p.path[1] for p in change.puts if len(p.path) == 2 and p.path[0] == "nodes"]


def insert_between(
    graph: Graph, catalogue: Catalogue, wire: Wire, way: Between, at: tuple[float, float]
) -> Change:
    """Add a node between two ports and wire it to both."""
    add = edits.add_node(graph, way.kind.kind, at, catalogue=catalogue)
    (node,) = added_nodes(add)
    first = Wire(wire.source, wire.output, node, way.input)
    second = Wire(node, way.output, wire.target, wire.input)
    return combined(
        graph,
        say("Insert {node}", node=NodeName(kind=way.kind.kind)),
        [
            lambda _: add,
            lambda g: edits.connect(g, first, catalogue),
            lambda g: edits.connect(g, second, catalogue),
        ],
    )

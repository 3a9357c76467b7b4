"""Fixes of problems that one click applies: wires, nodes or parameter values.

Each rule handles one sentence, identified by its template. Without torch: where no tensor is needed
the window offers the same fixes as the engine. Fixes that need a check are in
`engine.document.tries`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from msgspec.structs import replace

from engine.document.catalogue import (
    ABSENT_KIND,
    CIRCLE,
    NEEDS_WIRE,
    TAKES,
    Catalogue,
    Fix,
    KindInfo,
    PortInfo,
    Problem,
)
from engine.document.closeness import SAME, Closeness, ancestor_distance, closeness
from engine.document.graph import Graph, Place, Wire
from engine.document.parts import one_folder
from engine.document.walks import circle_through, downstream_ids
from nodes.pretrained.folders import NO_FOLDER
from nodes.sentences import NodeName, PortName, Sentence, Text, both, either, say

MOST = 60  # problems of a graph for which fixes are searched
STEP = 240.0  # distance between the corners of adjacent nodes
WIDE, HIGH = 130.0, 120.0  # approximate size of a node
FEW = 5  # maximum nodes named in a sentence
MOST_CUTS = 4  # maximum wires of a cycle that are offered for cutting
NEAR = 0.6  # minimum similarity of the names of two kinds
USUAL = 2  # maximum number of kinds among which the simplest is offered


def offered(problems: list[Problem], graph: Graph, catalogue: Catalogue) -> list[Problem]:
    """Return the problems with the fixes that the wires and kinds suggest."""
    return [_offered(p, graph, catalogue) for p in problems[:MOST]] + problems[MOST:]


def _offered(problem: Problem, graph: Graph, catalogue: Catalogue) -> Problem:
    rule = _RULES.get(template_of(problem.sentence))
    if rule is None or problem.fix is not None or problem.node not in graph.nodes:
        return problem
    if fixes := rule(problem, graph, catalogue):
        return problem.fixed_by(fixes)
    return replace(problem, hint=problem.hint or _givers(problem, graph, catalogue))


def template_of(text: Text) -> str:
    """Return the template of a sentence, or the text itself."""
    return text.template if isinstance(text, Sentence) else text


# inputs without a wire


def _wired(problem: Problem, graph: Graph, catalogue: Catalogue) -> Fix | None:
    """Wire the graph's outputs to a port, else insert the kind that usually feeds it."""
    ends = _ends(problem, graph, catalogue)
    port = catalogue[graph.nodes[problem.node]].input(problem.port)
    if port is None:
        return None
    chosen = _chosen_outputs(ends, port, catalogue)
    if len(chosen) > 1 and _is_ambiguous(graph, catalogue, problem.node, port):
        return None
    if chosen:
        return _wiring(graph, catalogue, problem.node, port, chosen)
    return None if ends else _inserting(graph, catalogue, problem.node, port)


class Rank(NamedTuple):
    """The rank of a fit; less is better."""

    close: Closeness
    used: bool


class End(NamedTuple):
    """An output that fits a port, with its rank; less is better."""

    node: str
    port: PortInfo
    rank: Rank


def _givers(problem: Problem, graph: Graph, catalogue: Catalogue) -> Text:
    """Return a sentence with the nodes that could feed a port, if they are few."""
    nodes = [catalogue.name(graph, end.node) for end in _ends(problem, graph, catalogue)]
    return say("It can come from {nodes}.", nodes=either(nodes)) if 0 < len(nodes) <= FEW else ""


def _ends(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[End]:
    """Return the outputs, one per node, that fit the port of a problem without a cycle."""
    kind = catalogue[graph.nodes[problem.node]]
    port = kind.input(problem.port)
    return list(_fitting(graph, catalogue, problem.node, kind, port)) if port else []


def _fitting(
    graph: Graph, catalogue: Catalogue, node: str, kind: KindInfo, port: PortInfo
) -> Iterator[End]:
    used = {(w.source, w.output) for w in graph.wires if _uses(graph, catalogue, w, kind, port)}
    behind = downstream_ids(graph.wires, [node])
    outputs = {k: list(_outputs(catalogue, k, kind, port)) for k in _kinds(graph, catalogue)}
    for name, place in graph.nodes.items():
        if place.mode != "on" or place.twin or name in behind:
            continue
        fitting = [
            End(name, out, Rank(near, (name, out.name) in used))
            for out, near in outputs.get(place.kind, ())
        ]
        if fitting:
            yield min(fitting, key=lambda end: end.rank)


def _kinds(graph: Graph, catalogue: Catalogue) -> set[str]:
    return {place.kind for place in graph.nodes.values()} & catalogue.kinds.keys()


def _outputs(
    catalogue: Catalogue, name: str, kind: KindInfo, port: PortInfo
) -> Iterator[tuple[PortInfo, Closeness]]:
    """Yield the outputs of a kind that fit a port; an optimiser takes only models."""
    giver = catalogue.kinds[name]
    if giver.weights or not (kind.role == "optimizer" and port.many):
        for out in giver.outputs:
            if catalogue.fits(out, port):
                yield out, closeness(catalogue, out, port, giver=giver)


def _uses(graph: Graph, catalogue: Catalogue, wire: Wire, kind: KindInfo, port: PortInfo) -> bool:
    """Return whether a wire already uses its output for such a port, or for training."""
    place = graph.nodes.get(wire.target)
    other = catalogue.of(place) if place else None
    if port.many:
        return other is kind and wire.input == port.name
    return other is not None and other.role not in ("view", "metric")


def _chosen_outputs(ends: list[End], port: PortInfo, catalogue: Catalogue) -> list[End]:
    """Return all unused outputs for a `many` port, else the single best one.

    For a port that takes any batch the type decides nothing, so the name must be equal.
    """
    if port.many:
        return [end for end in ends if not end.rank.used]
    if catalogue.open(port.type):
        ends = [end for end in ends if end.rank.close.name == SAME]
    least = min((end.rank for end in ends), default=None)
    best = [end for end in ends if end.rank == least]
    return best if len(best) == 1 else []


def _is_ambiguous(graph: Graph, catalogue: Catalogue, node: str, port: PortInfo) -> bool:
    """Return whether other nodes of the kind lack wires too, so that the outputs are ambiguous."""
    if not port.many:
        return False
    kind, wired = graph.nodes[node].kind, {w.target for w in graph.wires if w.input == port.name}
    return any(
        place.kind == kind and name != node and name not in wired
        for name, place in graph.nodes.items()
    )


def _always_fits(catalogue: Catalogue, output: PortInfo, input: PortInfo) -> bool:
    """Return whether an output's type always fits an input, not only when it is open."""
    return ancestor_distance(catalogue, output.type, input)[1] and catalogue.fits(output, input)


def _wiring(graph: Graph, catalogue: Catalogue, node: str, port: PortInfo, ends: list[End]) -> Fix:
    label = say(
        "Wire {output} of {nodes} to {input}",
        output=PortName(ends[0].port.name, graph.nodes[ends[0].node].kind),
        nodes=both(catalogue.name(graph, end.node) for end in ends),
        input=PortName(port.name, graph.nodes[node].kind),
    )
    return Fix(label=label, wires=[Wire(e.node, e.port.name, node, port.name) for e in ends])


def _inserting(graph: Graph, catalogue: Catalogue, node: str, port: PortInfo) -> Fix | None:
    kinds = _usual(catalogue, port)
    if not kinds:
        return None
    kind, output = kinds[0]
    new = graph.fresh_id(kind.title)
    x, y = graph.layout.positions.get(node, [0.0, 0.0])
    wire = Wire(new, output.name, node, port.name)
    return Fix(
        label=say("Insert {node}", node=NodeName(kind=kind.kind)),
        puts=_added(graph, new, kind, x - STEP, y),
        wires=[wire],
    )


def _usual(catalogue: Catalogue, port: PortInfo) -> list[tuple[KindInfo, PortInfo]]:
    """Return the kinds that usually feed a port, the simplest first; none where there are many."""
    feeding = [
        (kind, out)
        for kind in catalogue.kinds.values()
        for out in kind.outputs
        if catalogue.fits(out, port) and not kind.weights
    ]
    free = [(k, o) for k, o in feeding if all(p.optional for p in k.inputs)]
    named = [(k, o) for k, o in free if o.name == port.name]
    typed = [(k, o) for k, o in feeding if o.type == port.type]
    for found in (named, typed):
        if 0 < len(found) <= USUAL:
            return sorted(found, key=lambda pair: len(pair[0].params))
    return []


def _added(
    graph: Graph, node: str, kind: KindInfo, x: float, y: float
) -> list[tuple[list[str], Any]]:
    """Return the puts of a new node at a position, moved down until it overlaps no other."""
    places = graph.layout.positions.values()
    column = sorted([b for a, b in places if -WIDE < a - x < WIDE])
    while bisect_left(column, y + HIGH) > bisect_right(column, y - HIGH):
        y += HIGH
    return [
        (["nodes", node], Place(kind=kind.kind)),
        (["layout", "positions", node], [x, y]),
    ]


# nodes between two ports


class Between(NamedTuple):
    """A kind that converts an output to what an input takes, with the ports to use."""

    kind: KindInfo
    input: str
    output: str


def between(catalogue: Catalogue, output: PortInfo, input: PortInfo) -> Between | None:
    """Return the simplest kind that converts an output to what an input takes, or None.

    It requires only the one wire, and exactly one of its outputs has a type that surely fits. With
    an open type, or several outputs, the intended one would be a guess.
    """
    found: list[tuple[float, Between]] = []
    for kind in catalogue.kinds.values():
        needed = [p for p in kind.inputs if not p.optional]
        outs = [
            p for p in kind.outputs if p.type != output.type and _always_fits(catalogue, p, input)
        ]
        if kind.role != "node" or kind.weights or len(needed) != 1 or len(outs) != 1:
            continue
        into, out = needed[0], outs[0]
        if catalogue.fits(output, into):
            choices = len(kind.params) + max(0, len(into.accepts) - 1)
            score = closeness(catalogue, output, into).score - 0.1 * choices
            found.append((score, Between(kind, into.name, out.name)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _adapted(problem: Problem, graph: Graph, catalogue: Catalogue) -> Fix | None:
    """Insert a converting kind into the wire that does not fit."""
    for wire in graph.wires_into(problem.node, problem.port):
        ends = catalogue.ends(graph, wire)
        if ends and not catalogue.fits(*ends) and (way := between(catalogue, *ends)):
            return inserted(graph, wire, way)
    return None


def inserted(graph: Graph, wire: Wire, way: Between) -> Fix:
    """Return the fix that routes a wire through a new node."""
    new = graph.fresh_id(way.kind.title)
    start, end = (graph.layout.positions.get(n, [0.0, 0.0]) for n in (wire.source, wire.target))
    middle = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
    return Fix(
        label=say("Insert {node}", node=NodeName(kind=way.kind.kind)),
        puts=_added(graph, new, way.kind, *middle),
        cut=[wire],
        wires=[
            Wire(wire.source, wire.output, new, way.input),
            Wire(new, way.output, wire.target, wire.input),
        ],
    )


# cycles, missing kinds


def _opened(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[Fix]:
    """Return fixes that cut one wire of a cycle, the newest wire first."""
    circle = circle_through(graph.wires, problem.node)
    newest = sorted(circle, key=graph.wires.index, reverse=True)
    return [_cut(graph, catalogue, wire) for wire in newest[:MOST_CUTS]]


def _cut(graph: Graph, catalogue: Catalogue, wire: Wire) -> Fix:
    ends = {"node": catalogue.name(graph, wire.source), "other": catalogue.name(graph, wire.target)}
    return Fix(label=say("Cut the wire from {node} to {other}", **ends), cut=[wire])


def _replaced(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[Fix]:
    """Return fixes that use the kind with the most similar name, or bypass the node."""
    node, kind = problem.node, graph.nodes[problem.node].kind
    names = {name.rpartition(".")[2].lower(): name for name in catalogue.kinds}
    near = get_close_matches(kind.rpartition(".")[2].lower(), names, n=1, cutoff=NEAR)
    found = [
        Fix(
            label=say("Use {kind}", kind=NodeName(kind=names[n])),
            puts=[_put(node, "kind", names[n])],
        )
        for n in near
    ]
    if graph.nodes[node].mode == "on":
        found.append(Fix(label=say("Bypass it"), puts=[_put(node, "mode", "bypassed")]))
    return found


def _put(node: str, name: str, value: str) -> tuple[list[str], str]:
    return ["nodes", node, name], value


_RULES: dict[str, Callable[[Problem, Graph, Catalogue], list[Fix]]] = {
    NEEDS_WIRE: lambda *given: _one(_wired(*given)),
    TAKES: lambda *given: _one(_adapted(*given)),
    CIRCLE: _opened,
    ABSENT_KIND: _replaced,
    NO_FOLDER.template: one_folder,
}


def _one(fix: Fix | None) -> list[Fix]:
    return [fix] if fix else []

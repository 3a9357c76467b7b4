"""Mends of problems that one click makes: what to wire, to insert, to set.

Each rule answers one sentence, known by its template. Light: the window offers the same as the
engine where no tensor is needed. What only a check can judge is in `engine.document.tries`.
"""

from __future__ import annotations

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
from engine.document.closeness import SAME, Closeness, climb, closeness
from engine.document.graph import Graph, Place, Wire
from engine.document.parts import one_folder
from engine.document.walks import circle_through, downstream_ids
from nodes.pretrained.folders import NO_FOLDER
from nodes.sentences import NodeName, PortName, Sentence, Text, both, either, say

MOST = 60  # problems of a graph for which mends are looked for
STEP = 240.0  # between the corners of nodes that stand side by side
WIDE, HIGH = 130.0, 120.0  # of a node, as far as it can be said without drawing it
FEW = 5  # nodes that a sentence names
MOST_CUTS = 4  # wires of a circle of which one may be cut
NEAR = 0.6  # how much alike the names of two kinds are
USUAL = 2  # kinds at most among which the plainest is the one that is meant


def offered(problems: list[Problem], graph: Graph, catalogue: Catalogue) -> list[Problem]:
    """Return the problems with the mends that the wires and the kinds suggest."""
    return [_offered(p, graph, catalogue) for p in problems[:MOST]] + problems[MOST:]


def _offered(problem: Problem, graph: Graph, catalogue: Catalogue) -> Problem:
    rule = _RULES.get(template_of(problem.sentence))
    if rule is None or problem.fix is not None or problem.node not in graph.nodes:
        return problem
    if fixes := rule(problem, graph, catalogue):
        return problem.fixed_by(fixes)
    return replace(problem, hint=problem.hint or _givers(problem, graph, catalogue))


def template_of(text: Text) -> str:
    return text.template if isinstance(text, Sentence) else text


# what a port needs


def _wired(problem: Problem, graph: Graph, catalogue: Catalogue) -> Fix | None:
    """Wire what the graph has for a port, else insert the kind that usually feeds it."""
    ends = _ends(problem, graph, catalogue)
    port = catalogue.kinds[graph.nodes[problem.node].kind].input(problem.port)
    if port is None:
        return None
    chosen = _meant(ends, port, catalogue)
    if len(chosen) > 1 and _shared_out(graph, catalogue, problem.node, port):
        return None
    if chosen:
        return _wiring(graph, catalogue, problem.node, port, chosen)
    return None if ends else _inserting(graph, catalogue, problem.node, port)


class Rank(NamedTuple):
    """How good a fit is; the less, the better."""

    close: Closeness
    used: bool


class End(NamedTuple):
    """An output that fits a port; the less its rank, the better."""

    node: str
    port: PortInfo
    rank: Rank


def _givers(problem: Problem, graph: Graph, catalogue: Catalogue) -> Text:
    """Say which nodes could give a port what it needs, where they are few."""
    nodes = [catalogue.name(graph, end.node) for end in _ends(problem, graph, catalogue)]
    return say("It can come from {nodes}.", nodes=either(nodes)) if 0 < len(nodes) <= FEW else ""


def _ends(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[End]:
    """Return the outputs that fit the port of a problem and make no circle, one of each node."""
    kind = catalogue.kinds[graph.nodes[problem.node].kind]
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
    """Yield the outputs of a kind that fit a port; an optimiser takes models alone."""
    giver = catalogue.kinds[name]
    if giver.weights or not (kind.role == "optimizer" and port.many):
        for out in giver.outputs:
            if catalogue.fits(out, port):
                yield out, closeness(catalogue, out, port, giver=giver)


def _uses(graph: Graph, catalogue: Catalogue, wire: Wire, kind: KindInfo, port: PortInfo) -> bool:
    """Tell whether an output has its place already: in such a port, or in what trains."""
    place = graph.nodes.get(wire.target)
    other = catalogue.kinds.get(place.kind) if place else None
    if port.many:
        return other is kind and wire.input == port.name
    return other is not None and other.role not in ("view", "metric")


def _meant(ends: list[End], port: PortInfo, catalogue: Catalogue) -> list[End]:
    """Return the outputs that are meant: all free ones, or the only one that is nearest and free.

    To a port that takes any batch, the type says nothing: there the name must be the same.
    """
    if port.many:
        return [end for end in ends if not end.rank.used]
    if catalogue.open(port.type):
        ends = [end for end in ends if end.rank.close.name == SAME]
    best = [end for end in ends if end.rank == min(e.rank for e in ends)]
    return best if len(best) == 1 else []


def _shared_out(graph: Graph, catalogue: Catalogue, node: str, port: PortInfo) -> bool:
    """Tell whether others of its kind wait for wires too: who gets which is not ours to say."""
    kind = graph.nodes[node].kind
    return port.many and any(
        place.kind == kind and name != node and not graph.wires_into(name, port.name)
        for name, place in graph.nodes.items()
    )


def _surely(catalogue: Catalogue, output: PortInfo, input: PortInfo) -> bool:
    """Tell whether what an output gives is always what an input takes."""
    return climb(catalogue, output.type, input)[1] and catalogue.fits(output, input)


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
    """Return the kinds that usually feed a port, the plainest first; none where many could."""
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
    """Return the puts of a new node at a place, or as far below it as others lie there."""
    others = list(graph.layout.positions.values())
    while any(abs(a - x) < WIDE and abs(b - y) < HIGH for a, b in others):
        y += HIGH
    return [
        (["nodes", node], Place(kind=kind.kind)),
        (["layout", "positions", node], [x, y]),
    ]


# what goes between two ports


class Between(NamedTuple):
    """A kind that makes of an output what an input takes."""

    kind: KindInfo
    input: str
    output: str


def between(catalogue: Catalogue, output: PortInfo, input: PortInfo) -> Between | None:
    """Return the plainest kind that goes between two ports that do not fit.

    It needs the one wire and nothing else, and one output of it is by its type what is wanted: of
    one that may be anything, or of several, nobody knows whether it is what was meant.
    """
    found: list[tuple[float, Between]] = []
    for kind in catalogue.kinds.values():
        needed = [p for p in kind.inputs if not p.optional]
        outs = [p for p in kind.outputs if p.type != output.type and _surely(catalogue, p, input)]
        if kind.role != "node" or kind.weights or len(needed) != 1 or len(outs) != 1:
            continue
        into, out = needed[0], outs[0]
        if catalogue.fits(output, into):
            score = closeness(catalogue, output, into).score - 0.1 * len(kind.params)
            found.append((score, Between(kind, into.name, out.name)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _adapted(problem: Problem, graph: Graph, catalogue: Catalogue) -> Fix | None:
    """Put a kind on the wire that does not fit, which makes of the one what the other takes."""
    for wire in graph.wires_into(problem.node, problem.port):
        ends = catalogue.ends(graph, wire)
        if ends and not catalogue.fits(*ends) and (way := between(catalogue, *ends)):
            return inserted(graph, wire, way)
    return None


def inserted(graph: Graph, wire: Wire, way: Between) -> Fix:
    """Return the fix that leads a wire through a new node."""
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


# wires in a circle, kinds that are not there


def _opened(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[Fix]:
    """Cut one wire of a circle, the one that came last first."""
    circle = circle_through(graph.wires, problem.node)
    newest = sorted(circle, key=graph.wires.index, reverse=True)
    return [_cut(graph, catalogue, wire) for wire in newest[:MOST_CUTS]]


def _cut(graph: Graph, catalogue: Catalogue, wire: Wire) -> Fix:
    ends = {"node": catalogue.name(graph, wire.source), "other": catalogue.name(graph, wire.target)}
    return Fix(label=say("Cut the wire from {node} to {other}", **ends), cut=[wire])


def _replaced(problem: Problem, graph: Graph, catalogue: Catalogue) -> list[Fix]:
    """Take the kind that is called nearly so, or do without the node."""
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

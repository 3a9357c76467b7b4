"""The problems of a document that need no tensors, with those inside its groups.

A fault of a definition is told once, at its first instance, with the number of places. A problem
names a node by its id in the flat graph, an instance by its path; its fixes edit the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Literal

from msgspec.structs import replace

from engine.document.acting import acting_problems
from engine.document.catalogue import (
    Catalogue,
    Fix,
    KindInfo,
    PortInfo,
    Problem,
    circle_problems,
)
from engine.document.drawn import answers
from engine.document.expand import Expanded, expand, lacking
from engine.document.fixes import offered
from engine.document.graph import MOST_NODES, Graph, Group, Place, Wire, look
from engine.document.groups import DEEPEST, targets
from engine.document.leading import chained
from engine.document.naming import IN, OUT
from engine.document.scopes import Scope, Way
from engine.document.tries import joined
from engine.document.walks import by_target
from engine.document.wiring import MODEL, acting_wires, gaps
from nodes.sentences import PortName, say

IN_PLACES = "{what} It is so in {count} places."


def problems(graph: Graph, catalogue: Catalogue) -> list[Problem]:
    """Return the problems of a document that need no tensors."""
    return problems_of(expand(graph, catalogue))


def problems_of(expanded: Expanded) -> list[Problem]:
    """Return the problems of a document that need no tensors."""
    if not expanded.scopes:
        return expanded.catalogue.problems(expanded.graph)
    return _Faults(expanded).found()


def with_offers(found: list[Problem], expanded: Expanded) -> list[Problem]:
    """Return the problems of a check with the fixes that wires and kinds suggest.

    All fixes edit the document: those of the check as they come, if they do so already.
    """
    known = expanded.catalogue
    if not expanded.scopes:
        return offered(found, expanded.graph, known)
    document, flat = expanded.document, expanded.graph
    own = [
        p if p.node in flat.nodes else o
        for p, o in zip(found, offered(found, document, known), strict=True)
    ]
    both = zip(own, offered(own, flat, known), strict=True)
    return [p if p.fixes == o.fixes and p.hint == o.hint else located(o, expanded) for p, o in both]


def concerned(expanded: Expanded, found: Iterable[Problem]) -> set[str]:
    """Return the nodes of the flat graph that problems of definitions are about."""
    names: set[str] = set()
    ways: set[Way] = set()
    for problem in found:
        home = expanded.home(problem.node)
        if home is None:
            names.add(problem.node)
        else:
            ways.add(home.way)
    names |= {name for name, home in expanded.homes.items() if home.way in ways}
    for path, home in expanded.instances.items():
        if home.way in ways:
            names.update(expanded.leaves.get(path, ()))
    return names


class _Faults:
    """The problems of one expanded document."""

    def __init__(self, expanded: Expanded) -> None:
        self.expanded, self.known = expanded, expanded.catalogue
        self.scopes: dict[Way, list[Scope]] = {}
        for scope in expanded.scopes.values():
            self.scopes.setdefault(scope.way, []).append(scope)

    def found(self) -> list[Problem]:
        graph = self.expanded.graph
        if self.expanded.too_large:
            words = "The groups hold more than {most} nodes, or lie more than {levels} deep."
            return [Problem(sentence=say(words, most=MOST_NODES, levels=DEEPEST))]
        found: list[Problem] = []
        for scopes in self.scopes.values():
            first = scopes[0]
            for problem in _of_board(first, self.known, self.expanded):
                found.append(self._told(problem, first, len(scopes)))
        found += self._gaps()
        found += self._called()
        return found + [located(problem, self.expanded) for problem in circle_problems(graph)]

    def _told(self, problem: Problem, scope: Scope, count: int) -> Problem:
        """Return a problem of a board at its first place, with the number of places."""
        outer = f"{scope.parent.path}{scope.instance}" if scope.parent else ""
        path = scope.path + problem.node if problem.node else outer
        if count > 1:
            sentence = say(IN_PLACES, what=problem.sentence, count=count)
            problem = replace(problem, sentence=sentence)
        fixes = [fix for f in problem.fixes if (fix := _inside(f, scope, self.expanded.document))]
        plain = replace(problem, node=self.expanded.id_of(path), fix=None, others=())
        return plain.fixed_by(fixes)

    def _called(self) -> Iterator[Problem]:
        """Yield a problem for each node in a model that one call cannot compute."""
        graph = self.expanded.graph
        for name, model in self.expanded.models.items():
            for leaf in model.leaves:
                kind = self.known.of(graph.nodes[leaf])
                if kind is not None and not kind.plain:
                    yield Problem(
                        node=name,
                        port=MODEL,
                        sentence=say(
                            "{node} cannot be called as a model: {inner} draws data, loops or "
                            "trains.",
                            node=self.known.name(graph, name),
                            inner=self.known.name(graph, leaf),
                        ),
                        hint="Leave it outside, and wire what it gives to an input of the group.",
                    )

    def _gaps(self) -> Iterator[Problem]:
        """Yield the inputs without a value, and the outputs that an instance must give and cannot.

        Each is told where it is to be wired: at a node inside, or at the instance.
        """
        seen: dict[tuple[Way, str], list[Problem]] = {}
        for scope, node, port in chain(self._empty_inputs(), self._empty_answers()):
            for there, inner, empty in self._unfed(scope, node, port):
                told = self._told(_unfilled(self.known, there, inner, empty), there, 1)
                places = seen.setdefault((there.way_of(inner), empty.name), [])
                if all(other.node != told.node for other in places):
                    places.append(told)
        for places in seen.values():
            first, *others = places
            if others:
                sentence = say(IN_PLACES, what=first.sentence, count=len(places))
                first = replace(first, sentence=sentence)
            yield first

    def _empty_inputs(self) -> Iterator[tuple[Scope, str, PortInfo]]:
        """Yield the inputs of nodes that need a value and get none, in pulls and in models."""
        graph = self.expanded.graph
        pulled = gaps(graph, self.known, acting_wires(graph, self.known))
        found = {(name, port.name): port for name, port in chain(pulled, self._called_gaps())}
        for (name, _), port in found.items():
            outer, _, node = self.expanded.homes[name].path.rpartition("/")
            yield self.expanded.scopes[outer], node, port

    def _empty_answers(self) -> Iterator[tuple[Scope, str, PortInfo]]:
        """Yield the first output of each instance that is called and has no answer to give."""
        for name, model in self.expanded.models.items():
            outer, _, node = self.expanded.homes[name].path.rpartition("/")
            scope = self.expanded.scopes[outer]
            kind = self.known[scope.board.nodes[node]]
            for port in kind.outputs if not model.outputs else ():
                if port.name in answers(kind, None, self.known):
                    yield scope.children[node][-1], OUT, port

    def _called_gaps(self) -> Iterator[tuple[str, PortInfo]]:
        """Yield the inputs of nodes in models that need a value and that a call does not give."""
        for model in self.expanded.models.values():
            filled = {(w.target, w.input) for w in model.wires}
            used = {w.source for w in model.wires if w.output != MODEL}
            for leaf in model.leaves:
                kind = self.known.of(self.expanded.graph.nodes[leaf])
                if kind is None or (kind.called and leaf not in used):
                    continue
                for port in kind.inputs:
                    if not port.optional and (leaf, port.name) not in filled:
                        yield leaf, port

    def _unfed(
        self, scope: Scope, node: str, port: PortInfo
    ) -> Iterator[tuple[Scope, str, PortInfo]]:
        """Yield what would have to be wired for a port of a node to get a value.

        That is an input of a node or an instance, or the output of a group that gives nothing.
        """
        todo = [(scope, node, port)]
        seen = set()
        while todo:
            scope, node, port = todo.pop()
            if (scope, node, port.name) in seen:
                continue
            seen.add((scope, node, port.name))
            wires = scope.at.get((node, port.name), [])
            ways = [self._led_from(scope, wire) for wire in wires]
            if wires and None not in ways:
                todo += [way for way in ways if way]
            elif node not in scope.children or not _asleep(scope, node, self.known):
                yield scope, node, port

    def _led_from(
        self, scope: Scope, wire: Wire
    ) -> tuple[Scope, str, PortInfo] | Literal[False] | None:
        """Return the port on the other side of the border that a wire leads from.

        That is False where the border has no such port, and None where a wire leads from a node.
        """
        inner, name = scope.children.get(wire.source), wire.output
        if wire.source == IN and scope.parent is not None:
            output = chained(scope.board, name)
            if scope.before is None or not output:
                port = self._kind_of(scope).input(name)
                return (scope.parent, scope.instance, port) if port else False
            inner, name = [scope.before], output
        elif inner is None or scope.board.nodes[wire.source].mode != "on":
            return None
        port = self._kind_of(inner[-1]).output(name)
        return (inner[-1], OUT, port) if port else False

    def _kind_of(self, scope: Scope) -> KindInfo:
        """Return the kind of the instance that a scope is a copy of."""
        assert scope.parent is not None
        return self.known[scope.parent.board.nodes[scope.instance]]


def _unfilled(known: Catalogue, scope: Scope, node: str, port: PortInfo) -> Problem:
    """Return the problem of an input without a value, or of an output that gives none."""
    wires = scope.at.get((node, port.name), [])
    problem = known.empty(scope.board, node, port, wires)
    if node != OUT:
        return problem
    if problem.fix is not None:
        return replace(problem, node="", port="")
    return Problem(
        sentence=say("Nothing inside leads to the output {port}.", port=PortName(port.name)),
        hint="Open the group, and wire what it is to give to this output.",
    )


def _asleep(scope: Scope, node: str, known: Catalogue) -> bool:
    """Return whether an instance lacks an input and gives nothing but its model."""
    kind = known[scope.board.nodes[node]]
    used = any(w.source == node and w.output != MODEL for w in scope.board.wires)
    return kind.called and not used and bool(lacking(scope, node, known))


def _of_board(scope: Scope, known: Catalogue, expanded: Expanded) -> Iterator[Problem]:
    """Yield the problems of a document's own nodes and wires, or of those of a group."""
    board, into = scope.board, by_target(scope.board.wires)
    for name, place in board.nodes.items():
        yield from known.node_problems(board, name)
        yield from _row_problems(known, expanded, name, place)
        if expanded.sizes and place.group in expanded.sizes.endless:
            group = expanded.sizes.endless[place.group]
            yield Problem(
                node=name,
                sentence=say("The group {group} holds itself.", group=_title(expanded, group)),
                hint="Take the instance out of it.",
            )
        if len(into.get(name, ())) > 1:
            yield from known.crowded(board, name, into[name])
    for wire in board.wires:
        if isinstance(board, Group):
            yield from _border_problems(board, wire)
        yield from known.wire_problems(board, wire)
    if isinstance(board, Group):
        yield from _promotions(board, known)
        yield from acting_problems(board, known)


def _row_problems(
    known: Catalogue, expanded: Expanded, name: str, place: Place
) -> Iterator[Problem]:
    """Yield what one copy of an instance cannot take from the copy before it."""
    group = expanded.document.groups.get(place.group)
    if group is None or place.times < 2 or place.twin:
        return
    kind = known[place]
    for port in kind.inputs:
        given = kind.output(chained(group, port.name))
        if given is not None and not known.fits(given, port):
            yield Problem(
                node=name,
                sentence=say(
                    "Between copies in a row, {input} takes {must}; {output} gives {found}.",
                    input=PortName(port.name),
                    must=known.taken(port),
                    output=PortName(given.name),
                    found=known.type_words(given.type),
                ),
                fix=Fix(label="Keep one copy", puts=[(["nodes", name, "times"], 1)]),
            )


def _border_problems(group: Group, wire: Wire) -> Iterator[Problem]:
    """Yield the problem of a wire at the border of a group whose port is not there."""
    inputs = wire.source == IN and all(p.name != wire.output for p in group.inputs)
    outputs = wire.target == OUT and all(p.name != wire.input for p in group.outputs)
    if inputs or outputs:
        port = wire.output if inputs else wire.input
        yield Problem(
            node=wire.target if inputs and wire.target != OUT else "",
            sentence=say("The group has no port {port}.", port=PortName(port)),
            fix=Fix(label="Remove the wire", cut=[wire]),
        )


def _promotions(group: Group, known: Catalogue) -> Iterator[Problem]:
    """Yield a warning for each target of a promoted parameter that is not there."""
    for name, promoted in group.params.items():
        sound = {target for target, _, _ in targets(known, group, promoted)}
        for target in promoted.to:
            if target not in sound:
                words = "{param} sets {target}, which is not there or of another type."
                sentence = say(words, param=promoted.title or name, target=".".join(target))
                yield Problem(param=name, level="warning", sentence=sentence)


def _title(expanded: Expanded, group: str) -> str:
    return expanded.document.groups[group].title or group


def located(problem: Problem, expanded: Expanded) -> Problem:
    """Return a problem of the flat graph whose fixes edit the document.

    A fix that would have to edit several groups at once is left out.
    """
    if not expanded.scopes:
        return problem
    fixes = [fix for f in problem.fixes if (fix := _in_document(f, expanded))]
    return replace(problem, fix=None, others=()).fixed_by(fixes)


def _in_document(fix: Fix, expanded: Expanded) -> Fix | None:
    """Translate a fix of the flat graph, or return None where that is not possible."""
    ends = {end for w in (*fix.wires, *fix.cut) for end in (w.source, w.target)}
    paths = {node: home.path for node in ends if (home := expanded.home(node))}
    scopes = {path.rpartition("/")[0] for path in paths.values()} or {""}
    added = {path[1] for path, _ in fix.puts if len(path) == 2 and path[1] not in expanded.homes}
    if len(scopes) > 1 or (added and scopes != {""}):
        return None
    scope = expanded.scopes[scopes.pop()]
    names = {node: path.rpartition("/")[2] for node, path in paths.items()}
    puts = [(_put(tuple(path), expanded), value) for path, value in fix.puts]

    def inner(wires: list[Wire]) -> list[Wire]:
        return [
            w._replace(source=names.get(w.source, w.source), target=names.get(w.target, w.target))
            for w in wires
        ]

    plain = replace(fix, puts=[], wires=inner(fix.wires), cut=inner(fix.cut))
    if any(wire not in scope.board.wires for wire in plain.cut):
        return None  # the wire is led through a border
    within = _inside(plain, scope, expanded.document)
    return replace(within, puts=[*puts, *within.puts])


def _put(path: Way, expanded: Expanded) -> list[str]:
    """Return the path in the document of a put at a node of the flat graph."""
    home = expanded.home(path[1]) if path[0] == "nodes" and len(path) > 1 else None
    if home is None:
        return [*path]
    if path[2:3] == ("params",) and len(path) == 4 and path[3] in home.given:
        given = home.given[path[3]]
        return [*given.way, "params", given.param]
    if path[2:] == ("mode",) and home.off:
        return [*home.off, "mode"]
    return [*home.way, *path[2:]]


def _inside(fix: Fix, scope: Scope, document: Graph) -> Fix:
    """Return a fix of a board as one of the document."""
    if not scope.way:
        return fix
    puts: list[tuple[list[str], Any]] = [([*scope.way, *path], value) for path, value in fix.puts]
    if fix.wires or fix.cut:
        before = look(document, (*scope.way, "wires"))
        puts.append(([*scope.way, "wires"], joined(before, fix)))
    return replace(fix, puts=puts, wires=[], cut=[])

"""Fixes that need a check, such as a parameter that determines a shape: they are tried.

A fix is offered if the check passes with it. Each try is a check, so tries are made one at a time,
after the answer to the user and between more urgent requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from engine.document.catalogue import Catalogue, Fix, Problem, setting
from engine.document.fixes import between, inserted
from engine.document.graph import Graph, Wire, copy
from engine.document.walks import feeding
from nodes.params import ParamInfo
from nodes.sentences import Sentence, plain

PATIENCE = 0.6  # maximum seconds of checks for tries

Check = Callable[[Graph], list[Problem]]


def tried(
    problems: list[Problem], graph: Graph, catalogue: Catalogue, check: Check
) -> Iterator[Problem | None]:
    """Yield each problem that a fix solves, with the fix, and None after each try that fails.

    At most one check is made between two items.
    """
    trial = _Trial(graph, check, sum(p.level == "error" for p in problems))
    for problem in problems:
        yield from trial.solved(problem, _tries(problem, graph, catalogue))


def with_fixes(problems: list[Problem], solved: Iterable[Problem | None]) -> list[Problem]:
    """Return the problems, with the fixes that were found."""
    found = {_which(problem): problem for problem in solved if problem is not None}
    return [found.get(_which(problem), problem) for problem in problems]


def _which(problem: Problem) -> tuple[object, ...]:
    return problem.node, problem.port, problem.param, problem.sentence


class _Trial:
    """Check a graph with one fix after the other, each once, while time is left."""

    def __init__(self, graph: Graph, check: Check, errors: int) -> None:
        self.graph, self.check, self.errors = graph, check, errors
        self.left = PATIENCE
        self.known: dict[str, tuple[Fix, list[Problem]]] = {}

    def solved(self, problem: Problem, fixes: Iterator[Fix]) -> Iterator[Problem | None]:
        """Yield a problem with the first fix that leaves no error at its node."""
        if problem.fix is not None or problem.level != "error":
            return
        for fix, found in self._checked(fixes):
            if self._cleans(found, problem):
                yield replace(problem, fix=fix)
                return
            yield None

    def _cleans(self, found: list[Problem], problem: Problem) -> bool:
        """Return whether a check has fewer errors than before and none at the problem's node.

        An error at a twin of that node, which only the first one hid, does not count.
        """
        nodes = self.graph.nodes
        owner = self.graph.owner(problem.node) if problem.node in nodes else ""
        wrong = [p for p in found if p.level == "error"]
        others = [p for p in wrong if p.node not in nodes or self.graph.owner(p.node) != owner]
        return len(others) < self.errors and all(p.node != problem.node for p in wrong)

    def _checked(self, fixes: Iterator[Fix]) -> Iterator[tuple[Fix, list[Problem]]]:
        yield from list(self.known.values())
        for fix in fixes:
            key = repr((fix.puts, fix.wires))
            if key not in self.known and self.left > 0:
                start = time.perf_counter()
                self.known[key] = fix, self.check(with_fix(self.graph, fix))
                self.left -= time.perf_counter() - start
                yield self.known[key]


def with_fix(graph: Graph, fix: Fix) -> Graph:
    """Return a graph with a fix applied, as far as a check needs it."""
    changed = replace(graph, nodes=copy(graph.nodes), wires=joined(graph.wires, fix))
    for (part, node, *way), value in fix.puts:
        if part == "nodes" and not way:
            changed.nodes[node] = value
        elif part == "nodes":
            changed.nodes[node].params[way[-1]] = value
    return changed


def joined(wires: list[Wire], fix: Fix) -> list[Wire]:
    """Return the wires with a fix applied; new wires take the place of the first that is cut."""
    at = next((n for n, w in enumerate(wires) if w in fix.cut), len(wires))
    new = [w for w in fix.wires if w not in wires]
    return [w for w in [*wires[:at], *new, *wires[at:]] if w not in fix.cut]


def _tries(problem: Problem, graph: Graph, catalogue: Catalogue) -> Iterator[Fix]:
    """Yield fixes that may correct a mismatch: parameters upstream, nodes in between."""
    parts = problem.sentence.parts if isinstance(problem.sentence, Sentence) else {}
    if problem.fix is not None or problem.node not in graph.nodes or "found" not in parts:
        return
    must, found = (plain(parts[name]) if name in parts else "" for name in ("must", "found"))
    yield from _settings(problem, graph, catalogue, must, found)
    yield from _flattened(problem, graph, catalogue)
    yield from _settings(problem, graph, catalogue, found, must)  # adapt the other side


def _settings(
    problem: Problem, graph: Graph, catalogue: Catalogue, must: str, found: str
) -> Iterator[Fix]:
    """Yield fixes that set parameters upstream from the value found to the value required."""
    for node in _upstream(graph, problem):
        kind = catalogue.of(graph.nodes[node])
        for param in kind.params if kind else ():
            value = graph.nodes[node].params.get(param.name, param.default)
            wanted = _READ[param.type](param, value, must, found) if param.type in _READ else None
            if wanted is not None:
                yield _named(setting(node, param, wanted), graph, catalogue, node)


def _upstream(graph: Graph, problem: Problem) -> Iterator[str]:
    """Yield the owners of the nodes upstream of a problem, nearest first, its own node last."""
    wires = [wire for wire in graph.wires if wire.source in graph.nodes]
    near = feeding(wires, problem.node)
    owners = dict.fromkeys(graph.owner(node) for node in [*near[1:], problem.node])
    yield from owners


def _number(param: ParamInfo, value: Any, must: str, found: str) -> Any:
    return int(must.replace(",", "")) if plain(value) == found and _is_count(must) else None


def _numbers(param: ParamInfo, value: Any, must: str, found: str) -> Any:
    same = " ".join(map(str, value or ())) == found
    return [int(n) for n in must.split()] if same and _is_count(must.replace(" ", "")) else None


def _choice(param: ParamInfo, value: Any, must: str, found: str) -> Any:
    """Return the required choice, or the other one of two where a range is required."""
    if must in param.choices and value == found:
        return must
    others = [choice for choice in param.choices if choice != value]
    return others[0] if must[:1] == "[" and len(others) == 1 else None


def _is_count(text: str) -> bool:
    return text.replace(",", "").isdecimal()


_READ: dict[str, Callable[[ParamInfo, Any, str, str], Any]] = {
    "int": _number,
    "ints": _numbers,
    "choice": _choice,
}


def _named(fix: Fix, graph: Graph, catalogue: Catalogue, node: str) -> Fix:
    """Return a fix whose label names the node of its parameter."""
    assert isinstance(fix.label, Sentence)
    parts = {**fix.label.parts, "node": catalogue.name(graph, node)}
    return replace(fix, label=Sentence("Set {param} of {node} to {value}", parts))


def _flattened(problem: Problem, graph: Graph, catalogue: Catalogue) -> Iterator[Fix]:
    """Yield fixes that insert a converting kind into a wire with too many or too few axes."""
    for wire in graph.wires_into(problem.node, problem.port) if problem.port else ():
        ends = catalogue.ends(graph, wire)
        way = between(catalogue, *ends) if ends else None
        if way is not None:
            yield inserted(graph, wire, way)

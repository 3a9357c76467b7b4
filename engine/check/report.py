"""The result of a check, and the conversion of errors to problems."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.document.catalogue import Problem
from engine.document.errors import NodeFailed
from engine.document.expand import Expanded
from engine.document.faults import concerned
from engine.document.graph import Graph
from engine.document.messages import Checked, Fault, NodeInfo, WireInfo
from nodes.errors import Refusal
from nodes.sentences import NodeName, Text, say
from nodes.types import Shape


@dataclass
class Report:
    """The result of a check. `broken`: nodes with errors and all nodes that depend on them.

    `shapes`: the input shapes of each built node, by node id and input.
    """

    wires: list[WireInfo] = field(default_factory=list)
    infos: list[NodeInfo] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    shapes: dict[str, dict[str, Shape]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    """Nodes that may not read their files yet; nothing is known of them and those after them."""
    sketched: list[str] = field(default_factory=list)
    """Nodes that were run; the outcome of all others was known."""
    general: set[tuple[str, Text]] = field(default_factory=set)
    """The node and the sentence of each problem of a definition; all its places have it."""
    seconds: float = 0.0
    _counted: int = 0
    _by_owner: dict[str, list[Problem]] = field(default_factory=dict)

    def at(self, graph: Graph, owner: str) -> list[Problem]:
        """Return the problems so far of a node and its twins."""
        for problem in self.problems[self._counted :]:
            name = graph.owner(problem.node) if problem.node in graph.nodes else problem.node
            self._by_owner.setdefault(name, []).append(problem)
        self._counted = len(self.problems)
        return self._by_owner.get(owner, [])

    def concerned(self, expanded: Expanded, problems: Iterable[Problem]) -> set[str]:
        """Return the nodes that problems are about: of a definition, those of all its places."""
        found: set[str] = set()
        for problem in problems:
            if (problem.node, problem.sentence) in self.general:
                found |= concerned(expanded, [problem])
            else:
                found.add(problem.node)
        return found

    def needs_the_same(self, other: Report) -> bool:
        """Return whether nodes and programs made for another report serve for this one."""
        made = self.shapes, self.broken, self.held
        return made == (other.shapes, other.broken, other.held)

    def says_the_same(self, other: Report) -> bool:
        """Return whether a user is told nothing else than by another report."""
        told = self.problems, self.wires, self.infos
        return told == (other.problems, other.wires, other.infos)

    def checked(self, seq: int) -> Checked:
        """Return the report as a message."""
        return Checked(
            seq=seq,
            wires=self.wires,
            nodes=self.infos,
            problems=self.problems,
            seconds=self.seconds,
        )


def fault(
    graph: Graph, report: Report, name: str, error: Refusal, ports: Iterable[str] = ()
) -> None:
    """Add the refusal of a node to the report, at the port or parameter that it names."""
    report.broken.add(name)
    known = report.at(graph, graph.owner(name))
    if any(problem.sentence == error.sentence for problem in known):
        return  # already reported at its twin
    part = error.place if error.place != name else ""
    report.problems.append(
        Problem(
            sentence=error.sentence,
            node=name,
            port=part if part in ports else "",
            param=part if part not in ports else "",
            hint=error.fix,
            trace=getattr(error, "trace", ""),
        )
    )


def failed(words: str, error: Exception, **parts: Any) -> NodeFailed:
    """Return the refusal for any exception of a node: its first line, and the trace for the log."""
    said = str(error).split("\n")[0] or type(error).__name__
    trace = "".join(traceback.format_exception(error))
    return NodeFailed(words, error=said, trace=trace, **parts)


def unmade(name: str, error: Exception) -> NodeFailed:
    """Return the refusal for an exception raised while a node was made."""
    return failed("{node} cannot be made: {error}", error, node=NodeName(name))


def failure(name: str, error: Exception) -> Problem:
    """Return the problem of a node that could not be made."""
    refusal = error if isinstance(error, Refusal) else unmade(name, error)
    return Problem(
        node=name,
        sentence=refusal.sentence,
        hint=refusal.fix,
        trace=getattr(refusal, "trace", ""),
    )


def fault_of(error: Exception, node: str = "") -> Fault:
    """Return the event for any exception: its sentence and place, with the trace for the log."""
    trace = getattr(error, "trace", "")
    if not isinstance(error, Refusal):
        trace = trace or "".join(traceback.format_exception(error))
        words = say(
            "Something failed inside: {kind}: {error}", kind=type(error).__name__, error=error
        )
        return Fault(problem=Problem(sentence=words, node=node, trace=trace))
    name, _, param = (error.place or node).partition(".")
    return Fault(
        problem=Problem(
            sentence=error.sentence, node=name, param=param, hint=error.fix, trace=trace
        )
    )


def warning(text: Text) -> Fault:
    """Return a warning event; the run continues."""
    return Fault(problem=Problem(sentence=text, level="warning"))

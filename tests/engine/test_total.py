"""The check answers to every graph: a place and a sentence for each fault, nothing raised.

One step off each example, pairs of kinds, half-built graphs: what cannot run has a problem, what
has none compiles, and taking a step back gives the check of before.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from engine.check.check import check
from engine.check.memory import Memory
from engine.check.report import Report
from engine.document.expand import expand
from engine.document.graph import Graph, Place, Wire, load
from engine.document.walks import upstream_ids
from engine.document.wiring import MODEL, acting_wires
from engine.run.session import Session
from tests.engine.alterations import alterations, altered, pairs
from tests.shipped import catalogue, library

EXAMPLES = {
    p.name.removesuffix(".graph.json"): p for p in Path("resources/examples").glob("*.json")
}
DRAWN, LARGE = 8, 20  # steps off an example in `make test`; from so many nodes on, half of them
each_example = pytest.mark.parametrize("name", sorted(EXAMPLES))


def checked(graph: Graph, memory: Memory | None = None) -> Report:
    """Check a graph and hold the answer against the laws; `memory`: of the check before.

    Nodes in groups may be called only, by whoever holds the model: of those no more is asked than
    that each problem has a place and a sentence, and that each model stands where no error is told.
    """
    report = check(graph, library(), catalogue(), memory=memory)
    errors = {p.node for p in report.problems if p.level == "error"}
    expanded = expand(graph, catalogue())
    for problem in report.problems:
        known = expanded.home(problem.node) or problem.node in graph.nodes
        assert known or (expanded.too_large and not problem.node), problem
        assert problem.sentence and not problem.trace, problem
    if expanded.scopes:
        assert errors or not expanded.models.keys() & report.broken
        return report
    for problem in report.problems:
        kind = catalogue().of(graph.nodes[problem.node])
        assert not problem.port or kind is None or kind.input(problem.port), problem
    wires = acting_wires(graph, catalogue())
    for node in report.broken:
        assert concerned(graph, wires, node) & errors, f"{node} is broken and nobody says why"
    assert starved(graph) <= report.broken
    _all_is_known(graph, report)
    return report


def concerned(graph: Graph, wires: list[Wire], node: str) -> set[str]:
    """Return what may be why a node is broken: all before it, and what shows its models data."""
    before = upstream_ids(wires, [node])
    owners = {graph.owner(name) for name in before}
    users = {w.target for w in wires if w.output == MODEL and graph.owner(w.source) in owners}
    same = {name for name in graph.nodes if graph.owner(name) in owners}
    return owners | upstream_ids(wires, users | same)


def starved(graph: Graph) -> set[str]:
    """Return the nodes that are on and lack an input: no wire comes from a node that is on."""
    found = set()
    for name, place in graph.nodes.items():
        kind = catalogue()[place]
        if place.mode != "on" or kind.weights:
            continue
        for port in kind.inputs:
            given = (graph.nodes[w.source] for w in graph.wires_into(name, port.name))
            if not port.optional and not any(p.mode != "muted" for p in given):
                found.add(name)
    return found


def _all_is_known(graph: Graph, report: Report) -> None:
    """Require that a value on a wire between sound nodes was sketched."""
    known = {(w.node, w.port) for w in report.wires}
    for wire in acting_wires(graph, catalogue()):
        if wire.output != MODEL and not {wire.source, wire.target} & report.broken:
            assert (wire.source, wire.output) in known, wire


def answer(report: Report) -> object:
    """Return what a check found, in no order: nodes come back in another."""
    parts = (report.problems, report.wires, report.infos)
    return *(sorted(map(repr, part)) for part in parts), report.broken, report.shapes


def compiles(graph: Graph) -> None:
    """Require that a graph without faults compiles with all its nodes and runs."""
    session = Session(library=library())
    assert not [p for p in session.update(graph).problems if p.level == "error"]
    session.refuse_faults()
    on = {name for name, place in graph.nodes.items() if place.mode == "on"}
    assert set(session.program.order) == on


def hold(name: str, number: int | None) -> None:
    """Hold steps off an example against the laws: so many, drawn, each as an edit, or all.

    An edit is checked with what the check before has found, as in the window, which changes no
    answer (`test_memory`); all steps are checked as graphs that are opened.
    """
    graph = load(EXAMPLES[name])
    steps = list(alterations(graph, catalogue()))
    chosen = steps if number is None else random.Random(name).sample(steps, number)
    before = answer(checked(graph))
    memory = None if number is None else Memory()
    for step in chosen:
        other, back = altered(graph, step)
        try:
            checked(other, memory)
        except Exception as error:
            raise AssertionError(f"{name}: {step.label}: {error}") from error
        assert altered(other, back)[0] == graph, step.label
    assert answer(checked(altered(other, back)[0])) == before


@each_example
def test_a_step_off_an_example_is_answered(name):
    nodes = len(load(EXAMPLES[name]).nodes)
    hold(name, DRAWN if nodes < LARGE else DRAWN // 2)


@pytest.mark.long
@pytest.mark.timeout(900)
@each_example
def test_every_step_off_an_example_is_answered(name):
    hold(name, None)


SMALL = ["langevin-mixture", "sinkhorn-2d", "vae-digits", "score-moons", "realnvp-moons"]


@pytest.mark.parametrize("name", SMALL)
def test_what_has_no_problem_compiles(name):
    graph = load(EXAMPLES[name])
    steps = list(alterations(graph, catalogue()))
    clean = [
        other
        for step in random.Random(name).sample(steps, 12)
        if not checked(other := altered(graph, step)[0]).broken
    ]
    for other in [graph, *clean]:
        compiles(other)


def hold_pairs(graphs: Iterable[Graph]) -> None:
    for graph in graphs:
        try:
            checked(graph)
        except Exception as error:
            raise AssertionError(f"{graph.nodes} {graph.wires}: {error}") from error


def test_pairs_of_kinds_are_answered():
    hold_pairs(random.Random(0).sample(list(pairs(catalogue())), 300))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_all_pairs_of_kinds_are_answered():
    hold_pairs(pairs(catalogue()))


def test_a_session_gives_the_check_of_before_when_a_step_is_taken_back():
    session = Session(library=library())
    graph = load(EXAMPLES["vae-digits"])
    before = session.update(graph)
    for step in random.Random(1).sample(list(alterations(graph, catalogue())), 8):
        session.update(altered(graph, step)[0])
        after = session.update(graph)
        assert (after.problems, after.wires) == (before.problems, before.wires)
        signs = [[(n.node, n.sign, n.weights) for n in c.nodes] for c in (before, after)]
        assert signs[0] == signs[1]


def test_every_kind_alone_is_answered():
    hold_pairs(Graph(nodes={"a": Place(kind=kind)}) for kind in catalogue().kinds)

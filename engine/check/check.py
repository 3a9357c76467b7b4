"""Check a graph by running it once on fake tensors: no data is loaded, no weights are allocated.

The result holds the shape, dtype and range on every wire, the number of weights of every node, and
the problems. It also holds the input shapes of each node, so that a session can build the real
nodes without a pull.
"""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import torch

from engine.check.axes import drive_problems
from engine.check.gradients import gradient_problems
from engine.check.ground import Ground
from engine.check.memory import Fake, Memory, Said
from engine.check.report import Report, fault, unmade
from engine.check.sketch import Sketch
from engine.check.unlearned import Classes
from engine.document.catalogue import Catalogue, Fix, Problem
from engine.document.expand import Expanded, expand
from engine.document.faults import located, problems_of
from engine.document.graph import Graph
from engine.document.messages import NodeInfo
from engine.document.walks import by_target, downstream_ids
from engine.pull.models import Models, models_in
from engine.pull.program import compile_graph
from nodes.base import Node
from nodes.data.memory import whole
from nodes.errors import Doubt, InputRefused, Refusal
from nodes.library import Library

# torch logs a traceback for each error of a layer on fake tensors; the check reports these errors
logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)
# copies of fake weights are fake too, without data to point to
warnings.filterwarnings("ignore", "Accessing the data pointer of FakeTensor")

ANYWHERE = Ground()


def check(
    graph: Graph,
    library: Library,
    catalogue: Catalogue,
    ground: Ground = ANYWHERE,
    memory: Memory | None = None,
) -> Report:
    """Check the whole graph; nodes downstream of an error are skipped without a problem.

    `memory` holds the check before: only what hangs on an edit since runs again. It changes no
    answer.
    """
    return check_expanded(expand(graph, catalogue), library, ground, memory or Memory())


def check_expanded(expanded: Expanded, library: Library, ground: Ground, memory: Memory) -> Report:
    """Check a document that is expanded already."""
    try:
        return _checked(expanded, library, ground, memory)
    except BaseException:
        memory.forget()
        raise


def _checked(expanded: Expanded, library: Library, ground: Ground, memory: Memory) -> Report:
    start = time.perf_counter()
    graph, catalogue = expanded.graph, expanded.catalogue
    report = Report(problems=problems_of(expanded))
    known = len(report.problems)
    if expanded.scopes:
        report.general = {(p.node, p.sentence) for p in report.problems}
    wrong = [p for p in report.problems if p.level == "error"]
    report.broken = report.concerned(expanded, wrong) | _sleeping_sinks(expanded)
    # FakeTensorMode draws from the global generator when weights are initialised
    with _own_generator(), memory.mode:
        fakes = _make(graph, library, report, ground, memory)
        report.broken |= graph.nodes.keys() - fakes.keys() - expanded.models.keys()
        wires = expanded.acting_wires()
        report.held = {n for n, node in fakes.items() if ground.holds(graph.owner(n), node)}
        report.broken |= downstream_ids(wires, report.held)
        before = {key: fake.node for key, fake in memory.models.items()}
        models = Models(expanded.models, library.roles, before)
        program = compile_graph(graph, wires, fakes, without=report.broken, models=models)
        report.broken |= expanded.models.keys() - program.calls.keys()
        memory.hold(models_in(program.calls).values())
        sleeping = expanded.asleep & {n for m in expanded.models.values() for n in m.leaves}
        sketch = Sketch(graph, catalogue, program, by_target(wires), report, memory, sleeping)
        sketch.run()
        beyond = drive_problems(program, sketch.ranges)
        report.problems += beyond
        report.broken |= {problem.node for problem in beyond}
        said = {name: sketch.said(memory.fakes[graph.owner(name)]) for name in fakes}
        report.broken |= downstream_ids(wires, _too_heavy(graph, said, report))
    report.problems += _doubts(graph, said, report)
    report.problems += gradient_problems(graph, catalogue, program, report.broken)
    report.problems += Classes(graph, catalogue, program, sketch.ranges).problems(report.broken)
    report.problems[known:] = [located(p, expanded) for p in report.problems[known:]]
    report.infos = [
        NodeInfo(node=n, held=True) if n in report.held else _node_info(n, said[n])
        for n in graph.nodes
        if n in fakes
    ]
    report.seconds = time.perf_counter() - start
    return report


def _sleeping_sinks(expanded: Expanded) -> set[str]:
    """Return what would pull by itself in instances that are only called as models."""
    places = ((name, expanded.graph.nodes[name]) for name in expanded.asleep)
    return {n for n, p in places if expanded.catalogue.role(p) not in ("", "node")}


@contextlib.contextmanager
def _own_generator() -> Iterator[None]:
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)


def _make(
    graph: Graph, library: Library, report: Report, ground: Ground, memory: Memory
) -> dict[str, Node]:
    """Make all nodes, or keep those of the memory.

    A node that refuses its parameters is reported and left out.
    """
    before, memory.fakes = memory.fakes, {}
    made: dict[str, Node] = {}
    for name, place in graph.nodes.items():
        if name in report.broken or place.twin or place.kind not in library.kinds:
            continue
        kind, fake = library.kinds[place.kind], before.get(name)
        try:
            if fake is not None and fake.is_for(kind, place, ground.home):
                fake.begin()
            else:
                fake = Fake(kind, place, ground.home)
        except Refusal as error:
            fault(graph, report, name, error)
        except Exception as error:  # a plug-in's node may raise anything
            fault(graph, report, name, unmade(name, error))
        else:
            memory.fakes[name] = fake
            made[name] = fake.node
    for name, place in graph.nodes.items():
        if place.twin in made and name not in report.broken:
            made[name] = made[place.twin]
    return made


def new_node(library: Library, graph: Graph, name: str, home: Path | None = None) -> Node:
    """Make the node of a place; ignore unknown parameters. Raise `Refusal` for refused ones."""
    place = graph.nodes[name]
    kind = library.kinds[place.kind]
    given = {k: v for k, v in place.params.items() if k in kind._declared}
    node = kind(**given)
    node.home = home
    return node


def _too_heavy(graph: Graph, said: Mapping[str, Said], report: Report) -> list[str]:
    """Report nodes whose weights alone exceed half of the memory, and return their ids."""
    most = whole() // 2
    heavy = [name for name, words in said.items() if words.nbytes > most]
    for name in heavy:
        count = said[name].numbers
        refusal = InputRefused(
            "Its {count} weights would take more than half of this computer's memory.",
            "Make the network smaller.",
            count=count,
        )
        fault(graph, report, name, refusal)
    return heavy


def _doubts(graph: Graph, said: Mapping[str, Said], report: Report) -> Iterator[Problem]:
    """Yield a warning with a fix for each input that a node may have misread."""
    for name, words in said.items():
        if words.doubts and name not in report.broken and not graph.nodes[name].twin:
            yield from _warnings(name, words.doubts)


def doubted(name: str, node: Node) -> list[Problem]:
    """Return a warning with a fix for each setting with which a node may misread its data."""
    return _warnings(name, node.doubts())


def _warnings(name: str, doubts: Iterable[Doubt]) -> list[Problem]:
    return [
        Problem(
            node=name,
            param=doubt.param,
            sentence=doubt.sentence,
            fix=Fix(label=doubt.fix, puts=[(["nodes", name, "params", doubt.param], doubt.value)]),
            level="warning",
        )
        for doubt in doubts
    ]


def _node_info(name: str, said: Said) -> NodeInfo:
    return NodeInfo(node=name, sign=said.sign, weights=said.weights, notes=list(said.notes))

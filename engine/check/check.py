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
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from engine.check.cache import cache_outputs
from engine.check.gradients import gradient_problems
from engine.check.ground import Ground
from engine.check.report import Report, fault, unmade
from engine.check.sketch import Sketch
from engine.document.catalogue import Catalogue, Fix, Problem
from engine.document.graph import Graph
from engine.document.messages import NodeInfo
from engine.document.walks import downstream_ids
from engine.document.wiring import acting_wires
from engine.pull.program import compile_graph
from nodes.base import Node
from nodes.data.memory import whole
from nodes.errors import InputRefused, Refusal
from nodes.library import Library
from nodes.sentences import Text

# torch logs a traceback for each error of a layer on fake tensors; the check reports these errors
logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)
# copies of fake weights are fake too, without data to point to
warnings.filterwarnings("ignore", "Accessing the data pointer of FakeTensor")

ANYWHERE = Ground()


def check(
    graph: Graph, library: Library, catalogue: Catalogue, ground: Ground = ANYWHERE
) -> Report:
    """Check the whole graph; nodes downstream of an error are skipped without a problem."""
    start = time.perf_counter()
    report = Report(problems=catalogue.problems(graph))
    report.broken = {p.node for p in report.problems if p.level == "error"}
    # FakeTensorMode draws from the global generator when weights are initialised
    with _own_generator(), FakeTensorMode(allow_non_fake_inputs=True):
        fakes = _make(graph, library, report, ground)
        wires = acting_wires(graph, catalogue)
        report.held = {n for n, node in fakes.items() if ground.holds(graph.owner(n), node)}
        report.broken |= downstream_ids(wires, report.held)
        program = compile_graph(graph, wires, fakes, without=report.broken)
        Sketch(graph, catalogue, program, wires, report).run()
        for name in _too_heavy(graph, fakes, report):
            report.broken |= downstream_ids(wires, [name])
    report.problems += _doubts(graph, fakes, report)
    report.problems += gradient_problems(graph, catalogue, program, report.broken)
    report.infos = [
        NodeInfo(node=n, held=True) if n in report.held else _node_info(n, fakes[n])
        for n in graph.nodes
        if n in fakes
    ]
    report.seconds = time.perf_counter() - start
    return report


@contextlib.contextmanager
def _own_generator() -> Iterator[None]:
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)


def _make(graph: Graph, library: Library, report: Report, ground: Ground) -> dict[str, Node]:
    """Make all nodes; a node that refuses its parameters is reported and left out."""
    made: dict[str, Node] = {}
    for name, place in graph.nodes.items():
        if name in report.broken or place.twin or place.kind not in library.kinds:
            continue
        try:
            made[name] = new_node(library, graph, name, ground.home)
        except Refusal as error:
            fault(graph, report, name, error)
        except Exception as error:  # a plug-in's node may raise anything
            fault(graph, report, name, unmade(name, error))
        else:
            if made[name].has_weights():
                cache_outputs(made[name])
    for name, place in graph.nodes.items():
        if place.twin in made and name not in report.broken:
            made[name] = made[place.twin]
    report.broken |= graph.nodes.keys() - made.keys()
    return made


def new_node(library: Library, graph: Graph, name: str, home: Path | None = None) -> Node:
    """Make the node of a place; ignore unknown parameters. Raise `Refusal` for refused ones."""
    place = graph.nodes[name]
    kind = library.kinds[place.kind]
    given = {k: v for k, v in place.params.items() if k in kind._declared}
    node = kind(**given)
    node.home = home
    return node


def _too_heavy(graph: Graph, fakes: Mapping[str, Node], report: Report) -> list[str]:
    """Report nodes whose weights alone exceed half of the memory, and return their ids."""
    most = whole() // 2
    heavy = [
        name
        for name, node in fakes.items()
        if node.built is not None and sum(p.nbytes for p in node.parameters()) > most
    ]
    for name in heavy:
        count = fakes[name].weight_count()
        refusal = InputRefused(
            "Its {count} weights would take more than half of this computer's memory.",
            "Make the network smaller.",
            count=count,
        )
        fault(graph, report, name, refusal)
    return heavy


def _doubts(graph: Graph, fakes: Mapping[str, Node], report: Report) -> Iterator[Problem]:
    """Yield a warning with a fix for each input that a node may have misread."""
    for name, node in fakes.items():
        if name not in report.broken and not graph.nodes[name].twin:
            with contextlib.suppress(Exception):  # unreadable data are reported already
                yield from doubted(name, node)


def doubted(name: str, node: Node) -> list[Problem]:
    """Return a warning with a fix for each setting with which a node may misread its data."""
    return [
        Problem(
            node=name,
            param=doubt.param,
            sentence=doubt.sentence,
            fix=Fix(label=doubt.fix, puts=[(["nodes", name, "params", doubt.param], doubt.value)]),
            level="warning",
        )
        for doubt in node.doubts()
    ]


def _node_info(name: str, node: Node) -> NodeInfo:
    weights = node.weight_count() if node.has_weights() and node.built is not None else None
    try:
        sign = node.sign()
    except Exception:  # not built: the sign may depend on shapes
        sign = ""
    return NodeInfo(node=name, sign=sign, weights=weights, notes=_notes(node))


def _notes(node: Node) -> list[Text]:
    try:
        return node.notes()
    except Exception:  # unreadable data are reported already
        return []

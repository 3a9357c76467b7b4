"""Check a graph by running it once on fake tensors: no data is loaded, no weights are allocated.

Gives the shape, number type and range on every wire, the weights of every node, and problems as
(node, port, sentence, fix). The shapes that each node was built for come along, so that a session
can build the real ones without a pull.
"""

from __future__ import annotations

import contextlib
import logging
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from engine.catalogue import Catalogue, Fix, Problem
from engine.compile import Program, compile_graph
from engine.devices import memory
from engine.errors import NodeFailed
from engine.gradients import gradient_problems
from engine.graph import Graph, Wire
from engine.ground import Ground
from engine.messages import Checked, NodeInfo, WireInfo
from engine.plan import Call, values_of
from engine.remember import remember
from engine.wiring import MODEL, acting_wires, downstream_ids
from nodes.base import Node, Port, inputs, outputs
from nodes.errors import InputRefused, Refusal, Unbuilt
from nodes.library import Library
from nodes.sentences import NodeName, PortName, Text, Word, either, say
from nodes.types import PortType, Range, Shape, Stream

# torch writes the trace of whatever a layer refuses on fake tensors; here it becomes a sentence
logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)

ANYWHERE = Ground()


@dataclass
class Report:
    """What a check found. `broken`: nodes with errors and all that depend on them."""

    wires: list[WireInfo] = field(default_factory=list)
    infos: list[NodeInfo] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    shapes: dict[str, dict[str, Shape]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    """Nodes that may not read yet what they name: nothing is known of them and what follows."""
    seconds: float = 0.0

    def checked(self, seq: int) -> Checked:
        return Checked(
            seq=seq,
            wires=self.wires,
            nodes=self.infos,
            problems=self.problems,
            seconds=self.seconds,
        )


def check(
    graph: Graph, library: Library, catalogue: Catalogue, ground: Ground = ANYWHERE
) -> Report:
    """Check the whole graph; what hangs on a fault is passed over in silence."""
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
        _Sketch(graph, program, wires, report).run()
        for name in _too_heavy(graph, fakes, report):
            report.broken |= downstream_ids(wires, [name])
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
    """Make every node afresh; one that refuses its parameters is a problem and left out."""
    made: dict[str, Node] = {}
    for name, place in graph.nodes.items():
        if name in report.broken or place.twin:
            continue
        try:
            made[name] = new_node(library, graph, name, ground.home)
        except Refusal as error:
            _fault(graph, report, name, error)
        except Exception as error:  # a plug-in's node may raise anything: the border is here
            _fault(graph, report, name, _unmade(name, error))
        else:
            if made[name].has_weights():
                remember(made[name])
    for name, place in graph.nodes.items():
        if place.twin in made and name not in report.broken:
            made[name] = made[place.twin]
    report.broken |= graph.nodes.keys() - made.keys()
    return made


def new_node(library: Library, graph: Graph, name: str, home: Path | None = None) -> Node:
    """Make the node of a place, or raise `Refusal`. Unknown parameters are passed over."""
    place = graph.nodes[name]
    kind = library.kinds[place.kind]
    given = {k: v for k, v in place.params.items() if k in kind._declared}
    node = kind(**given)
    node.home = home
    return node


def _too_heavy(graph: Graph, fakes: Mapping[str, Node], report: Report) -> list[str]:
    """Refuse the nodes whose weights alone would fill more than half of the memory."""
    most = memory() // 2
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
        _fault(graph, report, name, refusal)
    return heavy


def failure(name: str, error: Exception) -> Problem:
    """Return the problem for whatever came in the way of making a node."""
    refusal = error if isinstance(error, Refusal) else _unmade(name, error)
    return Problem(
        node=name,
        sentence=refusal.sentence,
        hint=refusal.fix,
        trace=getattr(refusal, "trace", ""),
    )


def _node_info(name: str, node: Node) -> NodeInfo:
    weights = node.weight_count() if node.has_weights() and node.built is not None else None
    try:
        sign = node.sign()
    except Exception:  # not built, and a sign may tell of shapes
        sign = ""
    return NodeInfo(node=name, sign=sign, weights=weights, notes=_notes(node))


def _notes(node: Node) -> list[Text]:
    try:
        return node.notes()
    except Refusal:
        return []  # what it cannot read is a problem already


def _fault(
    graph: Graph, report: Report, name: str, error: Refusal, ports: Iterable[str] = ()
) -> None:
    """Note what a node refuses, at the port or the parameter that it names."""
    report.broken.add(name)
    owner = graph.owner(name)
    for problem in report.problems:
        if problem.sentence == error.sentence and graph.owner(problem.node) == owner:
            return  # a twin says what its other half has said
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


def _failed(words: str, error: Exception, **parts: Any) -> NodeFailed:
    """Return the refusal for whatever a node raised: its first line, the rest for the log."""
    said = str(error).split("\n")[0] or type(error).__name__
    trace = "".join(traceback.format_exception(error))
    return NodeFailed(words, error=said, trace=trace, **parts)


def _unmade(name: str, error: Exception) -> NodeFailed:
    return _failed("{node} cannot be made: {error}", error, node=NodeName(name))


class _OneBatch(Stream[Any]):
    """A stream that gives what the check has once, then ends."""

    def __init__(self, value: Any, modules: list[Node]) -> None:
        self.values = [value]
        self.modules = modules

    def __next__(self) -> Any:
        if not self.values:
            raise StopIteration
        return self.values.pop()


class _Sketch:
    """Run each node's `sketch` in order and note what comes out."""

    def __init__(self, graph: Graph, program: Program, wires: list[Wire], report: Report) -> None:
        self.graph, self.program, self.report = graph, program, report
        self.into: dict[str, list[Wire]] = {name: [] for name in graph.nodes}
        for wire in wires:
            self.into.setdefault(wire.target, []).append(wire)
        self.values: dict[int, Any] = {}
        self.ranges: dict[tuple[str, str], Range] = {}
        self.batches: set[int] = set()
        self.unbuilt: dict[str, Unbuilt] = {}

    def run(self) -> None:
        """Run all; what asks a model that nobody has shown anything yet comes again later."""
        waiting = [self.program.calls[name] for name in self.program.order]
        while waiting and len(later := self._round(waiting)) < len(waiting):
            waiting = later
        silent = {call.name for call in waiting if self._named_elsewhere(call)}
        for call in waiting:
            error = self.unbuilt.get(call.name)
            if error is not None and call.name not in silent:
                self._refuse(call, error)
            self.report.broken.add(call.name)
        for call in self.program.calls.values():
            if call.node.built is not None:
                self.report.shapes[self.graph.owner(call.name)] = call.node.built

    def _round(self, calls: list[Call]) -> list[Call]:
        """Run each of these, in order; return those that must wait."""
        later: list[Call] = []
        for call in calls:
            if not self._ready(call):
                self.report.broken.add(call.name)
            elif self._dormant(call):
                continue
            elif not self._filled(call) or not self._run(call):
                later.append(call)
        return later

    def _filled(self, call: Call) -> bool:
        """Tell whether all values that are given to this call are there."""
        return all(s.slot in self.values for s in call.sources(streams=True) if s.model is None)

    def _ready(self, call: Call) -> bool:
        """Tell whether nothing upstream is broken; a model is fine while its node is there."""
        broken = self.report.broken
        return call.name not in broken and all(w.source not in broken for w in self.into[call.name])

    def _dormant(self, call: Call) -> bool:
        """Tell whether a node only waits to be called as a model: an input of its own is free."""
        given = {n for n, _ in (*call.single, *call.many, *call.streams)}
        return any(not p.optional and p.name not in given for p in inputs(type(call.node)))

    def _named_elsewhere(self, call: Call) -> bool:
        """Tell whether what would show this call's model its data is at fault itself."""
        models = self._models(call.name)
        return any(
            self.graph.owner(name) in models or models & self._models(name)
            for name in self.report.broken
        )

    def _models(self, name: str) -> set[str]:
        """Return the owners of the models that lead into a node."""
        wires = self.into.get(name, ())
        return {self.graph.owner(w.source) for w in wires if w.output == MODEL}

    def _run(self, call: Call) -> bool:
        """Sketch one node; return False where it must wait for a model to be built."""
        arguments = call.arguments(self.values)
        streamed = {n: s.read(self.values) for n, s in call.streams}
        try:
            self._sketch(call, arguments, streamed)
        except Unbuilt as error:
            self.unbuilt[call.name] = error
            return False
        except Refusal as error:
            self._refuse(call, error)
        except Exception as error:  # a node may raise anything: the border is here
            self._refuse(call, _explained(call, error, arguments | streamed))
        return True

    def _sketch(self, call: Call, arguments: dict[str, Any], streamed: dict[str, Any]) -> None:
        misfit = _axes_problem(call, arguments | streamed)
        if misfit:
            self._mismatch(call, *misfit)
            return
        ranges = self._ranges(call)
        reach = self.program.reach
        opened = {n: _OneBatch(streamed[n], reach([s])) for n, s in call.streams}
        value = call.node.sketch(**arguments, **opened)
        self._note(call, value, ranges)
        self.values[call.slot] = value

    def _refuse(self, call: Call, error: Refusal) -> None:
        ports = [p.name for p in inputs(type(call.node))]
        _fault(self.graph, self.report, call.name, error, ports)

    def _mismatch(self, call: Call, port: str, sentence: Text, fix: Fix | None) -> None:
        self.report.problems.append(Problem(node=call.name, port=port, sentence=sentence, fix=fix))
        self.report.broken.add(call.name)

    def _ranges(self, call: Call) -> dict[str, Range]:
        given = {w.input: self.ranges.get((w.source, w.output)) for w in self.into[call.name]}
        for port in inputs(type(call.node)):
            _require_range(port, given.get(port.name))
        known = {p.name: given.get(p.name) for p in inputs(type(call.node))}
        found = {p.name: p.range for p in outputs(type(call.node)) if p.range}
        return found | dict(call.node.ranges(**known))

    def _note_batch(self, value: Any) -> None:
        first = value[0] if isinstance(value, tuple) else value
        if isinstance(first, Tensor) and first.dim():
            self.batches.add(first.shape[0])

    def _note(self, call: Call, value: Any, ranges: Mapping[str, Range]) -> None:
        if call.node.drawn:
            self._note_batch(value)
        ports = values_of(type(call.node))
        for number, port in enumerate(ports):
            part = value[number] if len(ports) > 1 and value is not None else value
            if (reach := ranges.get(port.name)) is not None:
                self.ranges[call.name, port.name] = reach
            self.report.wires.append(
                WireInfo(
                    node=call.name,
                    port=port.name,
                    shape=self._shape(part),
                    dtype=str(part.dtype).removeprefix("torch.")
                    if isinstance(part, Tensor)
                    else "",
                    range=str(reach) if reach else "",
                )
            )

    def _shape(self, value: Any) -> str:
        shape = getattr(value, "shape", None)
        if not isinstance(shape, (torch.Size, tuple)):
            return ""
        if not len(shape):
            return "scalar"
        first = "b" if shape[0] in self.batches else str(shape[0])
        return " ".join([first, *map(str, shape[1:])])


def _require_range(port: Port, given: Range | None) -> None:
    if port.range is not None and given is not None and not given.within(port.range):
        raise Refusal(
            "{port} must lie in {must}; it lies in {found}.",
            port=PortName(port.name),
            must=port.range,
            found=given,
            place=port.name,
        )


def _axes_problem(call: Call, values: Mapping[str, Any]) -> tuple[str, Text, Fix | None] | None:
    """Hold the shapes that come in against the named axes of the ports."""
    sizes: dict[str, tuple[int, _Given]] = {}
    for port in inputs(type(call.node)):
        shape = getattr(values.get(port.name), "shape", None)
        axes = next((t.axes for t in port.types if _fits(t.axes, shape)), port.types[0].axes)
        if axes is None or not isinstance(shape, (torch.Size, tuple)):
            continue
        given = _Given(port, axes.split(), tuple(shape))
        if not _fits(axes, shape):
            return port.name, _misshapen(given), None
        for name, size in zip(given.axes, shape, strict=False):
            other, first = sizes.setdefault(name, (size, given))
            if other != size and name not in ("...", "b"):
                return port.name, _clash(name, given, size, first, other), None
    return None


class _Given(NamedTuple):
    """What a port is given: the axes that it names, the sizes that came."""

    port: Port
    axes: list[str]
    shape: tuple[int, ...]

    @property
    def item(self) -> str:
        """Return the shape of an item, without the batch."""
        sizes = self.shape[1:] if self.axes[:1] == ["b"] else self.shape
        return " ".join(map(str, sizes))


def _misshapen(given: _Given) -> Text:
    name, must = PortName(given.port.name), either(_words(t) for t in given.port.types)
    if not given.item:
        return say("{port} takes {must}; it is given single numbers.", port=name, must=must)
    words = "{port} takes {must}; it is given the shape {found}."
    return say(words, port=name, must=must, found=given.item)


def _words(kind: PortType) -> Word:
    return Word(kind.words or kind.name)


def _clash(axis: str, given: _Given, size: int, first: _Given, other: int) -> Text:
    """Say which shape is not as that of the port before it, or which axis where they differ."""
    parts = {"port": PortName(given.port.name), "other": PortName(first.port.name)}
    if given.axes == first.axes:
        words = "{port} must have the shape of {other}, {must}; it has {found}."
        return say(words, must=first.item, found=given.item, **parts)
    words = "{axis} of {port} must be as of {other}, {must}; it is {found}."
    return say(words, axis=axis, must=other, found=size, **parts)


def _fits(axes: str | None, shape: Any) -> bool:
    if axes is None or shape is None:
        return True
    names = axes.split()
    return len(shape) >= len(names) - 1 if "..." in names else len(shape) == len(names)


def _explained(call: Call, error: Exception, arguments: Mapping[str, Any]) -> Refusal:
    """Return why a node raised: items of one number where it takes rows, else its own words."""
    shapes = {n: v.shape for n, v in arguments.items() if isinstance(v, Tensor)}
    for port in inputs(type(call.node)):
        if port.types[0].axes == "b ..." and len(shapes.get(port.name, (0, 0))) < 2:
            return InputRefused(
                "{port} takes rows of numbers; an item here is one number.",
                "Wire points or images here.",
                place=port.name,
                port=PortName(port.name),
            )
    given = ", ".join(f"{n} {' '.join(map(str, shape))}" for n, shape in shapes.items())
    words = "{node} cannot work on {given}: {error}" if given else "{node} cannot work: {error}"
    return _failed(words, error, node=NodeName(call.name), given=given)

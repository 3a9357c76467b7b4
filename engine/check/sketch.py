"""Run each node's `sketch` on fake tensors, in order, and record the results."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from engine.check.axes import axes_problem, require_range
from engine.check.report import Report, failed, fault
from engine.document.catalogue import Catalogue, Fix, Problem
from engine.document.graph import Graph, Wire
from engine.document.messages import WireInfo
from engine.document.walks import Wires, by_target
from engine.document.wiring import MODEL
from engine.pull.classes import ClassNames, class_problem
from engine.pull.plan import Call, values_of
from engine.pull.program import Program
from nodes.base import Node
from nodes.errors import InputRefused, Refusal, Unbuilt
from nodes.ports import inputs, outputs
from nodes.sentences import NodeName, PortName, Text
from nodes.types import Range, Stream


class _OneBatch(Stream[Any]):
    """A stream that yields the value of the check once."""

    def __init__(self, value: Any, modules: list[Node]) -> None:
        self.values = [value]
        self.modules = modules

    def __next__(self) -> Any:
        if not self.values:
            raise StopIteration
        return self.values.pop()


class Sketch:
    """Run each node's `sketch` on fake tensors, in order, and record shapes, dtypes and ranges."""

    def __init__(
        self,
        graph: Graph,
        catalogue: Catalogue,
        program: Program,
        wires: list[Wire],
        report: Report,
    ) -> None:
        self.graph, self.catalogue = graph, catalogue
        self.program, self.report = program, report
        self.into: Wires = {name: [] for name in graph.nodes} | by_target(wires)
        self.values: dict[int, Any] = {}
        self.ranges: dict[tuple[str, str], Range] = {}
        self.batches: set[int] = set()
        self.unbuilt: dict[str, Unbuilt] = {}

    def run(self) -> None:
        """Run all nodes; retry a node later where it calls a model that is not built yet."""
        waiting = [self.program.calls[name] for name in self.program.order]
        while waiting and len(later := self._round(waiting)) < len(waiting):
            waiting = later
        silent = {call.name for call in waiting if self._named_elsewhere(call)}
        for call in waiting:
            error = self.unbuilt.get(call.name)
            if error is not None and call.name not in silent:
                self._refuse(call, error)
            self.report.broken.add(call.name)
        self._name_classes()
        for call in self.program.calls.values():
            if call.node.built is not None:
                self.report.shapes[self.graph.owner(call.name)] = call.node.built

    def _round(self, calls: list[Call]) -> list[Call]:
        """Run these nodes in order; return those that must wait."""
        later: list[Call] = []
        for call in calls:
            if not self._ready(call):
                self.report.broken.add(call.name)
            elif self._dormant(call):
                self._build_alone(call)
            elif not self._filled(call) or not self._run(call):
                later.append(call)
        return later

    def _filled(self, call: Call) -> bool:
        """Return whether all values that this call needs are known."""
        return all(s.slot in self.values for s in call.sources(streams=True) if s.model is None)

    def _ready(self, call: Call) -> bool:
        """Return whether no node upstream is broken; for a model only the node itself counts."""
        broken = self.report.broken
        return call.name not in broken and all(w.source not in broken for w in self.into[call.name])

    def _dormant(self, call: Call) -> bool:
        """Return whether a node is only called as a model: a required input is not wired."""
        given = {n for n, _ in (*call.single, *call.many, *call.streams)}
        return any(not p.optional and p.name not in given for p in inputs(type(call.node)))

    def _build_alone(self, call: Call) -> None:
        """Build a node that is only called as a model, if its weights depend on no shapes."""
        if not call.node.has_weights() or inspect.signature(call.node.build).parameters:
            return
        try:
            call.node.build_for({})
        except Refusal as error:
            self._refuse(call, error)

    def _named_elsewhere(self, call: Call) -> bool:
        """Return whether the node that would build this call's model has an error of its own."""
        models = self._models(call.name)
        return any(
            self.graph.owner(name) in models or models & self._models(name)
            for name in self.report.broken
        )

    def _models(self, name: str) -> set[str]:
        """Return the owners of the models wired into a node."""
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
        except Exception as error:  # a node may raise anything
            self._refuse(call, _explained(call, error, arguments | streamed))
        return True

    def _sketch(self, call: Call, arguments: dict[str, Any], streamed: dict[str, Any]) -> None:
        misfit = axes_problem(call, arguments | streamed)
        if misfit:
            self._mismatch(call, *misfit)
            return
        ranges = self._ranges(call)
        given = self._given_ranges(call)
        problem = class_problem(self.graph, self.catalogue, self.program.calls, call, given)
        if problem is not None:
            self.report.problems.append(problem)
            self.report.broken.add(call.name)
            return
        reach = self.program.reach
        opened = {n: _OneBatch(streamed[n], reach([s])) for n, s in call.streams}
        value = call.node.sketch(**arguments, **opened)
        self._note(call, value, ranges)
        self.values[call.slot] = value

    def _refuse(self, call: Call, error: Refusal) -> None:
        ports = [p.name for p in inputs(type(call.node))]
        fault(self.graph, self.report, call.name, error, ports)

    def _mismatch(self, call: Call, port: str, sentence: Text, fix: Fix | None) -> None:
        self.report.problems.append(Problem(node=call.name, port=port, sentence=sentence, fix=fix))
        self.report.broken.add(call.name)

    def _ranges(self, call: Call) -> dict[str, Range]:
        given = self._given_ranges(call)
        for port in inputs(type(call.node)):
            require_range(port, given.get(port.name))
        known = {p.name: given.get(p.name) for p in inputs(type(call.node))}
        found = {p.name: p.range for p in outputs(type(call.node)) if p.range}
        return found | dict(call.node.ranges(**known))

    def _given_ranges(self, call: Call) -> dict[str, Range | None]:
        return {w.input: self.ranges.get((w.source, w.output)) for w in self.into[call.name]}

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

    def _name_classes(self) -> None:
        """Record the class names of labels on wires."""
        names = ClassNames(list(self.program.calls.values()))
        for info in self.report.wires:
            info.classes = list(names.of(self.program.calls[info.node], info.port))

    def _shape(self, value: Any) -> str:
        shape = getattr(value, "shape", None)
        if not isinstance(shape, (torch.Size, tuple)):
            return ""
        if not len(shape):
            return "scalar"
        first = "b" if shape[0] in self.batches else str(shape[0])
        return " ".join([first, *map(str, shape[1:])])


def _explained(call: Call, error: Exception, arguments: Mapping[str, Any]) -> Refusal:
    """Return the refusal for an exception of a node.

    It says where a port needs rows and gets single numbers; otherwise it quotes the exception.
    """
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
    return failed(words, error, node=NodeName(call.name), given=given)

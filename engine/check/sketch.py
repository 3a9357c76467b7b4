"""Run each node's `sketch` on fake tensors, in order, and record the results."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import unset_fake_temporarily

from engine.check.axes import axes_problem, require_range
from engine.check.cache import uncached
from engine.check.inside import Inside
from engine.check.memory import (
    Built,
    Fake,
    Held,
    Key,
    Memory,
    ModelFake,
    Outcome,
    Own,
    Said,
    Sent,
    built_for,
    marks_of,
    said_by,
)
from engine.check.report import Report, failed, fault
from engine.document.catalogue import Catalogue, Fix, Problem
from engine.document.graph import Graph
from engine.document.messages import WireInfo
from engine.document.walks import Wires
from engine.document.wiring import MODEL
from engine.pull.classes import ClassNames, class_problem
from engine.pull.generated import failed_inside
from engine.pull.plan import Call, Source, values_of
from engine.pull.program import Program
from nodes.base import Node
from nodes.errors import InputRefused, Refusal, Unbuilt
from nodes.ports import inputs_of, outputs
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
    """Run each node's `sketch` on fake tensors, in order, and record shapes, dtypes and ranges.

    A step that the memory knows is not run: its outcome is taken.
    """

    def __init__(
        self,
        graph: Graph,
        catalogue: Catalogue,
        program: Program,
        into: Wires,
        report: Report,
        memory: Memory,
        sleeping: set[str],
    ) -> None:
        self.graph, self.catalogue = graph, catalogue
        self.program, self.report = program, report
        self.into, self.memory = into, memory
        self.values: dict[int, Any] = {}
        self.marks: dict[int, tuple[Hashable, ...]] = {}
        self.carried: dict[int, tuple[Held, ...]] = {}
        self.ranges: dict[tuple[str, str], Range] = {}
        self.batches: set[int] = set()
        self.unbuilt: dict[str, Unbuilt] = {}
        self.steps: dict[str, list[Outcome]] = {}
        self.fakes = {id(fake.node): fake for fake in memory.fakes.values()}
        self.inside = Inside(self, sleeping)
        self.twins = Counter(id(call.node) for call in program.calls.values())
        self.reach: dict[Source, list[Node]] = {}
        self.infos: dict[tuple[int, int | None], WireInfo] = {}

    def run(self) -> None:
        """Run all nodes; retry a node later where it calls a model that is not built yet."""
        calls = [self.program.calls[name] for name in self.program.order]
        sleeping = self.inside.sleeping
        waiting = [c for c in calls if c.name not in sleeping and id(c.node) in self.fakes]
        while waiting and len(later := self._round(waiting)) < len(waiting):
            waiting = later
        silent = self._named_elsewhere(waiting)
        for call in waiting:
            error = self.unbuilt.get(call.name)
            if error is not None and call.name not in silent:
                self._refuse(call, error)
            self.report.broken.add(call.name)
        for call in calls:
            if call.name in sleeping and not call.is_fed():
                self._build_alone(call)
        self._name_classes()
        for call in calls:
            built = self.inside.held(call.node)[0].built
            if built is not None:
                self.report.shapes[self.graph.owner(call.name)] = dict(built)
        self.memory.steps = self.steps

    def said(self, fake: Fake) -> Said:
        """Return what a node says of itself after its steps."""
        if fake.said is None or fake.said[:2] != (fake.built, fake.steps):
            fake.bring(self._again)
            fake.said = fake.built, fake.steps, said_by(fake.node)
        return fake.said[2]

    def _round(self, calls: list[Call]) -> list[Call]:
        """Run these nodes in order; return those that must wait."""
        later: list[Call] = []
        self.inside.see_pulled()
        for call in calls:
            if not self._ready(call):
                self.report.broken.add(call.name)
            elif not call.is_fed():
                self._build_alone(call)
            elif not self.filled(call) or not self.run_call(call):
                later.append(call)
        return later

    def filled(self, call: Call) -> bool:
        """Return whether all values that this call needs are known."""
        return all(s.slot in self.values for s in call.sources(streams=True) if s.model is None)

    def _ready(self, call: Call) -> bool:
        """Return whether no node upstream is broken; for a model only the node itself counts."""
        broken = self.report.broken
        into = self.into.get(call.name, ())
        return call.name not in broken and all(w.source not in broken for w in into)

    def _build_alone(self, call: Call) -> None:
        """Build a node that is only called as a model, if its weights depend on no shapes."""
        fake = self._fake(call)
        if fake.built is not None or not _needs_no_shapes(type(call.node)):
            return
        key = fake.version, *fake.steps
        outcome = self._known(call.name, key)
        if outcome is None:
            outcome = Outcome(key)
            fake.bring(self._again)
            try:
                call.node.build_for({})
            except Refusal as error:
                outcome.error = error
            outcome.building = _building([fake])
        self._keep(call, outcome)
        if outcome.error is not None:
            self._refuse(call, outcome.error)

    def _named_elsewhere(self, calls: list[Call]) -> set[str]:
        """Return the calls whose model would be built by a node that has an error of its own."""
        if not calls:
            return set()
        broken = self.report.broken
        named = {self.graph.owner(name) for name in broken}
        named.update(*(self._models(name) for name in broken))
        return {call.name for call in calls if named & self._models(call.name)}

    def _models(self, name: str) -> set[str]:
        """Return the owners of the models wired into a node."""
        wires = self.into.get(name, ())
        return {self.graph.owner(w.source) for w in wires if w.output == MODEL}

    def run_call(self, call: Call) -> bool:
        """Sketch one node; return False where it must wait for a model to be built."""
        given = self._given_ranges(call)
        key = self._key(call, given)
        known = self._known(call.name, key)
        outcome = known or self._begun(call, key, given)
        if not outcome.early:
            problem = class_problem(self.graph, self.catalogue, self.program.calls, call, given)
            if problem is not None:
                self.report.problems.append(problem)
                self.report.broken.add(call.name)
                return True
            if known is None:
                self._sketch(call, outcome)
        self._keep(call, outcome)
        if known is not None:
            self._fake(call).skip(call)
        sound = [self.inside.look(model, given) for model, given in outcome.called]
        if not all(sound):
            self.report.broken.add(call.name)
            return True
        if outcome.misfit is not None:
            self._mismatch(call, *outcome.misfit)
        elif isinstance(outcome.error, Unbuilt):
            self.unbuilt[call.name] = outcome.error
            return False
        elif outcome.inside:
            self._refuse_inside(call, outcome)
        elif outcome.error is not None:
            self._refuse(call, outcome.error)
        else:
            self._note(call, outcome)
        return True

    def _fake(self, call: Call) -> Fake:
        return self.fakes[id(call.node)]

    def _key(self, call: Call, given: Mapping[str, Range | None]) -> Key:
        """Return all that a step depends on."""
        fake = self._fake(call)
        others = tuple(fake.steps) if self.twins[id(call.node)] > 1 else ()
        own: Hashable = Own() if fake.reads else others
        single = tuple((name, self._mark(s)) for name, s in call.single)
        many = tuple((name, *map(self._mark, sources)) for name, sources in call.many)
        streams = tuple(
            (name, self._mark(s), *((f.version, f.built) for f in self._behind(s)))
            for name, s in call.streams
        )
        return fake.version, fake.built, own, single, many, streams, tuple(given.items())

    def _mark(self, source: Source) -> Hashable:
        """Return the mark of an argument, with the state of the nodes that it may hold."""
        if source.model is not None:
            return tuple((f.version, f.built) for f in self.inside.held(source.model))
        marks = self.marks[source.slot]
        mark = marks[source.field or 0]
        if isinstance(mark, Own):
            return mark, *((f.version, f.built) for f in self.carried[source.slot])
        return mark

    def _reach(self, source: Source) -> list[Node]:
        if source not in self.reach:
            self.reach[source] = self.program.reach([source])
        return self.reach[source]

    def _behind(self, source: Source) -> list[Fake]:
        """Return all nodes that pulls of a stream may run."""
        return [self.fakes[id(node)] for node in self._reach(source)]

    def _callable(self, call: Call) -> tuple[Held, ...]:
        """Return the nodes, its own first, that the arguments of a call may hold."""
        found: list[Held] = [self._fake(call)]
        for source in call.sources(streams=False):
            if source.model is not None:
                found += self.inside.held(source.model)
            else:
                found += self.carried[source.slot]
        for _, source in call.streams:
            found += self._behind(source)
        return tuple(dict.fromkeys(found))

    def _known(self, name: str, key: Key) -> Outcome | None:
        return next((o for o in self.memory.steps.get(name, ()) if o.key == key), None)

    def _keep(self, call: Call, outcome: Outcome) -> None:
        """Take the outcome of a step, and keep it for the next check."""
        self.steps.setdefault(call.name, []).append(outcome)
        fake = self._fake(call)
        fake.steps.append(outcome.key)
        for other, built in outcome.building:
            other.built = built
        if fake.reads:
            fake.show(outcome)

    def _begun(self, call: Call, key: Key, given: Mapping[str, Range | None]) -> Outcome:
        """Compare a node's inputs with what its ports take; return the outcome so far."""
        outcome = Outcome(key)
        self._fake(call).bring(self._again)
        arguments = call.arguments(self.values)
        streamed = {n: s.read(self.values) for n, s in call.streams}
        try:
            outcome.misfit = axes_problem(call, arguments | streamed)
            if outcome.misfit is None:
                outcome.ranges = _ranges(call, given)
        except Refusal as error:
            outcome.error = error
        except Exception as error:  # a node may raise anything
            outcome.error = _explained(call, error, arguments | streamed)
        outcome.early = outcome.misfit is not None or outcome.error is not None
        return outcome

    def _sketch(self, call: Call, outcome: Outcome) -> None:
        """Run the sketch of a node and complete the outcome."""
        fake, held = self._fake(call), self._callable(call)
        models = [other for other in held if isinstance(other, ModelFake)]
        for other in held[1:]:
            other.bring_weights()
        for model in models:
            model.called = None
        self.report.sketched.append(call.name)
        try:
            outcome.value = self._first(call)
        except Exception as error:  # a node may raise anything
            streamed = {n: s.read(self.values) for n, s in call.streams}
            at = failed_inside(error) or (call, call.arguments(self.values) | streamed)
            outcome.error = error if isinstance(error, Refusal) else _explained(at[0], error, at[1])
            outcome.inside = at[0].name if at[0] is not call else ""
            if outcome.error.blamed:  # by the model of a group, whose answer is amiss
                outcome.inside = outcome.error.place
        else:
            fake.calls.append(call)
            self._describe(call, outcome, held)
        outcome.called = [(m, m.called) for m in models if m.called is not None]
        outcome.building = _building(held)

    def _first(self, call: Call) -> Any:
        """Run the sketch of a node; where it fails, once more after all that leads to it."""
        try:
            return self._again(call)
        except Refusal:
            raise
        except Exception:
            with uncached():
                for before in self.program.upstream(call.sources(streams=True)):
                    fake = self._fake(before)
                    if not fake.reads:  # such a one runs in each check
                        fake.bring(self._again)
                        with suppress(Exception):  # it did not fail before
                            self.values[before.slot] = self._again(before)
                return self._again(call)

    def _again(self, call: Call) -> Any:
        """Run the sketch of a node."""
        opened = {n: _OneBatch(s.read(self.values), self._reach(s)) for n, s in call.streams}
        return call.node.sketch(**call.arguments(self.values), **opened)

    def _describe(self, call: Call, outcome: Outcome, held: tuple[Held, ...]) -> None:
        """Complete the outcome of a step that gave a value."""
        value, ports = outcome.value, values_of(type(call.node))
        outcome.marks = marks_of(value, len(ports))
        if any(isinstance(mark, Own) for mark in outcome.marks):
            outcome.carried = held
        if call.node.drawn:
            first = value[0] if isinstance(value, tuple) else value
            outcome.batch = first.shape[0] if isinstance(first, Tensor) and first.dim() else None
        for number, port in enumerate(ports):
            part = value[number] if len(ports) > 1 and value is not None else value
            outcome.sent.append(_sent(port.name, part, outcome.ranges.get(port.name)))

    def _refuse_inside(self, call: Call, outcome: Outcome) -> None:
        """Tell the error of a node in the model of a group there; who called it is broken."""
        self.report.broken.add(call.name)
        assert outcome.error is not None
        at = self.program.calls[outcome.inside]
        self._refuse(at, outcome.error)

    def _refuse(self, call: Call, error: Refusal) -> None:
        ports = [p.name for p in inputs_of(call.node)]
        fault(self.graph, self.report, call.name, error, ports)

    def _mismatch(self, call: Call, port: str, sentence: Text, fix: Fix | None) -> None:
        self.report.problems.append(Problem(node=call.name, port=port, sentence=sentence, fix=fix))
        self.report.broken.add(call.name)

    def _given_ranges(self, call: Call) -> dict[str, Range | None]:
        wires = self.into.get(call.name, ())
        return {w.input: self.ranges.get((w.source, w.output)) for w in wires}

    def _note(self, call: Call, outcome: Outcome) -> None:
        """Record a value, and what it is on the wires."""
        self.values[call.slot] = outcome.value
        self.marks[call.slot] = outcome.marks
        self.carried[call.slot] = outcome.carried
        if outcome.batch is not None:
            self.batches.add(outcome.batch)
        for number, sent in enumerate(outcome.sent):
            if sent.range is not None:
                self.ranges[call.name, sent.port] = sent.range
            info = WireInfo(
                node=call.name,
                port=sent.port,
                shape=self._shape(sent.shape),
                dtype=sent.dtype,
                range=str(sent.range) if sent.range else "",
            )
            self.report.wires.append(info)
            self.infos[call.slot, number if len(outcome.sent) > 1 else None] = info

    def _name_classes(self) -> None:
        """Record the class names of labels on wires."""
        with unset_fake_temporarily():  # they are words: no tensor is on the way
            names = ClassNames(list(self.program.calls.values()))
        for place, known in names.known.items():
            if place in self.infos:
                self.infos[place].classes = list(known)

    def _shape(self, shape: tuple[int, ...] | None) -> str:
        if shape is None:
            return ""
        if not len(shape):
            return "scalar"
        first = "b" if shape[0] in self.batches else str(shape[0])
        return " ".join([first, *map(str, shape[1:])])


def _ranges(call: Call, given: Mapping[str, Range | None]) -> dict[str, Range]:
    """Return the ranges of a node's outputs; raise `Refusal` where an input is out of range."""
    for port in inputs_of(call.node):
        require_range(port, given.get(port.name))
    known = {p.name: given.get(p.name) for p in inputs_of(call.node)}
    found = {p.name: p.range for p in outputs(type(call.node)) if p.range}
    return found | dict(call.node.ranges(**known))


def _sent(port: str, value: Any, reach: Range | None) -> Sent:
    shape = getattr(value, "shape", None)
    dtype = str(value.dtype).removeprefix("torch.") if isinstance(value, Tensor) else ""
    sizes = tuple(shape) if isinstance(shape, (torch.Size, tuple)) else None
    return Sent(port, sizes, dtype, reach)


def _building(fakes: Iterable[Held]) -> list[tuple[Held, Built]]:
    """Return the nodes that were built in a step, with what for."""
    found = ((fake, built_for(fake.node)) for fake in fakes)
    return [(fake, built) for fake, built in found if built != fake.built]


def _needs_no_shapes(kind: Any) -> bool:
    """Return whether the weights of a class depend on no shapes."""
    return kind.has_weights() and len(_arguments(kind.build)) == 1


@cache
def _arguments(function: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def _explained(call: Call, error: Exception, arguments: Mapping[str, Any]) -> Refusal:
    """Return the refusal for an exception of a node.

    It says where a port needs rows and gets single numbers; otherwise it quotes the exception.
    """
    shapes = {n: v.shape for n, v in arguments.items() if isinstance(v, Tensor)}
    for port in inputs_of(call.node):
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

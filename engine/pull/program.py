"""Compile a graph to a program of calls, in an order fixed once.

A pull of a sink runs each node upstream of it once, in topological order. Values that depend only
on parameters are computed once and cached. A `Stream` input is an iterator; each `next` is a pull
of its own. Nothing here depends on a family of models.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from engine.document.graph import Graph, Wire
from engine.document.walks import by_target
from engine.document.wiring import running_order
from engine.pull.blame import blame, blamed
from engine.pull.classes import ClassNames
from engine.pull.driving import Drive, drives_in, parted
from engine.pull.evaluation import between_layers, eval_mode, mix, own_randomness
from engine.pull.generated import PlanFunction, plainly, values_in
from engine.pull.intermediate import IntermediateResults, Show
from engine.pull.models import NO_MODELS, Models
from engine.pull.plan import Call, Plan, Source, call_of, slots_of
from engine.pull.sharing import Sharing, Watch
from engine.pull.stages import Stages
from engine.pull.streams import streams
from nodes.base import Node
from nodes.types import Frame

OnFrame = Callable[[str, Frame[Any]], None]


@dataclass
class Program:
    """A compiled graph. `order` is topological: the id of each slot's node."""

    calls: dict[str, Call]
    order: list[str]
    constant: set[int]
    seed: int = 0
    on_frame: OnFrame = lambda name, frame: None
    on_layer: Callable[[], None] | None = None
    """Called between layers in pulls of views, unless a network is compiled by torch."""
    drives: tuple[Drive, ...] = ()
    """The parameters that wires set, in the order in which they are set."""
    scalars: dict[str, Tensor | float] = field(default_factory=dict)
    """The latest value of each loss and scalar of the training pulls."""
    check_finite: bool = True
    """Check each training loss before it is used: free on a CPU, a synchronisation on a GPU."""
    at: int | None = None
    """The step of the current evaluation pull; None in training."""
    forming: IntermediateResults | None = None
    """Shows intermediate results of samplers in the current pull; None where they are not shown."""
    _kept: dict[int, Any] = field(default_factory=dict)
    _stages: Stages | None = None
    _functions: dict[tuple[Plan, frozenset[int] | None], PlanFunction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sharing = Sharing(self)
        self._stepped = [call.node for call in self.calls.values() if call.node.stepped]

    def at_step(self, step: int, running: str = "") -> None:
        """Set what depends on the step, and the parameters that wires set, before the step.

        `step` counts over all stages, `running` is the trainer whose turn it is. What acts on
        stages has the step of one of them (see `Stages`).
        """
        if not (self._stepped or self.drives):
            return
        stages = self._stages = self._stages or self._found_stages()
        for call, param, source in self.drives:
            plan = self.upstream([source])
            now = stages.step_of(call.node, running, step)
            for giver in plan:
                if giver.node.stepped:
                    giver.node.step = now
            values = self.run(plan, wanted=(source.slot,))
            with blamed(call):
                value = call.node._declared[param].driven_to(float(source.read(values)))
                if getattr(call.node, param) != value:
                    call.node.set(param, value)
        for node in self._stepped:
            node.step = stages.step_of(node, running, step)

    def _found_stages(self) -> Stages:
        trainers = {name: self.calls[name] for name in self.of_role("trainer")}
        return Stages(trainers, self.drives, self.reach, self.upstream)

    def renewed_for(self, nodes: Iterable[Node]) -> Program:
        """Return the program to go on with after these nodes got other parameters.

        It is another one where a training has asked these nodes at its beginning, so that it
        begins again between two steps: those of its own pull, and what says how long data are.
        """
        self._kept.clear()
        trainers = [self.calls[name] for name in self.of_role("trainer")]
        asked = self.upstream(source for t in trainers for source in t.sources(streams=False))
        begun = {id(call.node) for call in (*asked, *trainers)}
        if not any(id(node) in begun or (trainers and node.drawn) for node in nodes):
            return self
        new = replace(self, scalars={}, _kept={}, _functions={})
        new.sharing.adopt(self.sharing)
        return new

    @property
    def nodes(self) -> dict[str, Node]:
        """Return the node objects by id, in topological order."""
        return {name: self.calls[name].node for name in self.order}

    def of_role(self, *roles: str) -> list[str]:
        """Return the ids of nodes with these roles ("trainer", "view"...) in topological order."""
        return [name for name in self.order if self.calls[name].node.role in roles]

    def upstream(self, sources: Iterable[Source]) -> Plan:
        """Return the calls that a pull of `sources` runs, in order.

        A node used only as a `model` is not run by the pull; the node that receives it calls it.
        """
        wanted: set[int] = set()
        todo = [s.slot for s in sources if s.model is None]
        while todo:
            slot = todo.pop()
            if slot not in wanted:
                wanted.add(slot)
                todo += [s.slot for s in self._at(slot).sources(streams=False) if s.model is None]
        return tuple(self._at(slot) for slot in sorted(wanted))

    def reach(self, sources: Iterable[Source], short_of: Container[int] = ()) -> list[Node]:
        """Return all nodes that pulls of `sources` may run, through streams and as models too.

        Of the model of a group these are the nodes in it. The walk ends at the slots `short_of`.
        """
        wanted: set[int] = set()
        models: set[int] = set()
        todo = list(sources)
        while todo:
            source = todo.pop()
            if source.model is not None:
                models.add(source.slot)
            elif source.slot not in wanted and source.slot not in short_of:
                wanted.add(source.slot)
                todo += self._at(source.slot).sources(streams=True)
        found = (part for slot in sorted(wanted | models) for part in self._at(slot).node.parts())
        return list({id(node): node for node in found}.values())

    def closure(self, name: str) -> list[Node]:
        """Return all nodes that a pull of `name` may run, itself last."""
        call = self.calls[name]
        return [*self.reach(call.sources(streams=True)), call.node]

    def fetching(self, names: Iterable[str]) -> Iterator[tuple[str, Frame[Any]]]:
        """Fetch the external data of all nodes that pulls of `names` may run; yield (id, frame)."""
        wanted = {id(node) for name in names for node in self.closure(name)}
        for name, call in self.calls.items():
            if id(call.node) in wanted:
                with blamed(call):
                    for frame in call.node.fetch():
                        yield name, frame

    def pull(self, name: str, *, step: int | None = None, show: Show | None = None) -> Any:
        """Run what `name` needs, then `name`, and return its value.

        Pulls with the same `step` share the samples of samplers. `show` is called with the results
        that views give for intermediate results of samplers.
        """
        call = self.calls[name]
        plan = self.upstream(call.sources(streams=False))
        with self._looking(step), self._intermediate(call, show) as watch:
            known = {} if step is None else self.sharing.values(plan, step, watch)
            values = self.run(plan, known, watch, wanted=slots_of(call))
            tell = partial(watch, values=values) if watch else None
            return self.finish(call, self.call(call, values), tell)

    @contextmanager
    def _looking(self, step: int | None) -> Iterator[None]:
        before, self.at = self.at, step
        try:
            yield
        finally:
            self.at = before

    @contextmanager
    def _intermediate(self, call: Call, show: Show | None) -> Iterator[IntermediateResults | None]:
        others = (self.calls[name] for name in self.of_role("view") if name != call.name)
        self.forming = IntermediateResults(self, [call, *others], show) if show else None
        try:
            yield self.forming
        finally:
            self.forming = None

    def frames(self, name: str) -> Iterator[Frame[Any]]:
        """Run what `name` needs, then yield its frames (a single one if it is no generator)."""
        call = self.calls[name]
        plan = self.upstream(call.sources(streams=False))
        values = self.run(plan, wanted=slots_of(call))
        result = self.call(call, values)
        if not isinstance(result, Generator):
            yield Frame(1, 1, result)
            return
        with blamed(call):
            yield from result

    def run(
        self,
        plan: Plan,
        known: Mapping[int, Any] | None = None,
        watch: Watch | None = None,
        *,
        wanted: Iterable[int] | None = None,
    ) -> dict[int, Any]:
        """Run the calls in order and return `known` and their values by slot.

        Slots in `known` are not run. With `wanted`, only the values of these slots are returned;
        the others are dropped after their last reader. A watched pull drops none.
        """
        slots = None if wanted is None or watch else frozenset(wanted)
        return self.run_function(self.function(plan, slots), known, watch)

    def function(self, plan: Plan, wanted: frozenset[int] | None) -> PlanFunction:
        """Return the function of a plan."""
        function = self._functions.get((plan, wanted))
        if function is None:
            kept = None if wanted is None else wanted | self.constant
            function = PlanFunction(plan, kept, partial(streams, self))
            self._functions[plan, wanted] = function
        return function

    def run_function(
        self,
        function: PlanFunction,
        known: Mapping[int, Any] | None = None,
        watch: Watch | None = None,
    ) -> dict[int, Any]:
        """Run the function of a plan (see `run`); errors are attributed to their nodes."""
        before = {**self._kept, **known} if known else self._kept
        try:
            made = function(before, partial(self._finish_in, watch) if watch else self._finish)
        except Exception as error:
            failed = function.failed(error)
            if failed is None:
                raise
            raise blame(failed[0], error, failed[1]) from error
        for slot in self.constant & made.keys():
            self._kept[slot] = made[slot]
        return before | made

    def _finish(self, call: Call, value: Any, names: Mapping[str, Any]) -> Any:
        return self.finish(call, value)

    def _finish_in(self, watch: Watch, call: Call, value: Any, names: Mapping[str, Any]) -> Any:
        return self.finish(call, value, partial(watch, values=values_in(names)))

    def call(self, call: Call, values: Mapping[int, Any]) -> Any:
        """Run one node with arguments from `values`; errors are attributed to the node."""
        arguments = call.arguments(values)
        if call.streams:
            arguments |= streams(self, call)
        try:
            return plainly(call.node)(**arguments)
        except Exception as error:
            raise blame(call, error, arguments) from error

    def finish(
        self, call: Call, value: Any, watch: Callable[[Call, Frame[Any]], None] | None = None
    ) -> Any:
        """Run a generator to its end, report each frame, and return its last value."""
        if not isinstance(value, Generator):
            return value
        frame: Frame[Any] = Frame(0, 0)
        with blamed(call):
            for frame in value:
                if watch:
                    watch(call, frame)
                self.on_frame(call.name, frame)
        return frame.value

    def _at(self, slot: int) -> Call:
        return self.calls[self.order[slot]]

    @contextmanager
    def evaluation(self, name: str, step: int) -> Iterator[None]:
        """Pull in eval mode without side effects: own random stream, test data, averaged weights.

        Training continues afterwards bit for bit as if nothing had been pulled.
        """
        closure = self.closure(name)
        self.calls[name].node.step = step
        self._name_classes()
        with ExitStack() as stack:
            stack.enter_context(own_randomness(mix(self.seed, name, step)))
            stack.enter_context(torch.no_grad())
            stack.enter_context(eval_mode(closure))
            for trainer in self.of_role("trainer"):
                stack.enter_context(self.calls[trainer].node.averaged())  # type: ignore[operator]
            for node in closure:
                if node.drawn:
                    node.rewind()
            if self.on_layer is not None and not self._compiled():
                stack.enter_context(between_layers(self.on_layer))
            yield

    def _name_classes(self) -> None:
        """Give views and metrics the class names of their labels."""
        names = ClassNames(list(self.calls.values()))
        for sink in self.of_role("view", "metric"):
            self.calls[sink].node.class_names = names.at(self.calls[sink])

    def _compiled(self) -> bool:
        """Return whether torch has compiled a network: a hook would trigger a recompilation."""
        return any(node._compiled_call_impl is not None for node in self.nodes.values())


def compile_graph(
    graph: Graph,
    wires: Iterable[Wire],
    nodes: Mapping[str, Node],
    *,
    seed: int = 0,
    without: Iterable[str] = (),
    models: Models = NO_MODELS,
) -> Program:
    """Compile the nodes of a graph that are on, except those in `without`.

    `wires` are the effective wires (see `Expanded.acting_wires`); `nodes` maps ids, twins included,
    to objects; `models` makes those of groups from them. The result does not depend on the order in
    which nodes were added. Raise `GraphRefused` where an output does not exist.
    """
    names = ((nodes.keys() | models.drawn.keys()) & graph.nodes.keys()) - set(without)
    wires, setting = parted(graph, wires)
    order = running_order(graph, wires, names)
    nodes = models.made(graph, nodes, order)
    order = [name for name in order if name in nodes]
    slots = {name: slot for slot, name in enumerate(order)}
    wires = [w for w in wires if w.source in slots and w.target in slots]
    into = by_target(wires)
    calls = {n: call_of(n, into.get(n, []), slots, nodes) for n in order}
    drives = drives_in(calls, order, wires, setting)
    constant = _constants(calls, order, {id(d.call.node) for d in drives})
    return Program(calls, order, constant, seed=seed, drives=drives)


def _constants(calls: Mapping[str, Call], order: Sequence[str], driven: set[int]) -> set[int]:
    """Return the slots of nodes whose values depend only on parameters that stay as they are."""
    found: set[int] = set()
    for name in order:
        call = calls[name]
        changes = call.node.stepped or id(call.node) in driven
        plain = not (call.node.drawn or call.node.has_weights() or call.streams or changes)
        fed = all(s.slot in found and s.model is None for s in call.sources(streams=True))
        if plain and fed and call.node.role == "node":
            found.add(call.slot)
    return found

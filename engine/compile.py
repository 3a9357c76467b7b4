"""Compile a graph to pulls: what runs, in what order, fixed once.

A sink pulls; a pull runs what is upstream once, in topological order. What depends on parameters
alone is computed once and kept. A `Stream` input is an iterator whose every `next` is a pull of its
own. Nothing here knows a family of models.
"""

from __future__ import annotations

import hashlib
import math
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import NodeFailed, NotFinite
from engine.graph import Graph, Wire
from nodes.base import Node, Port, inputs, outputs
from nodes.errors import Exhausted, Refusal
from nodes.types import Frame, Stream

OnFrame = Callable[[str, Frame[Any]], None]
MODEL = "model"


@dataclass(frozen=True)
class Source:
    """Where an argument comes from: a node's slot, and which of its outputs (None: all of it)."""

    slot: int
    field: int | None
    model: bool = False


@dataclass(frozen=True)
class Call:
    """One node in its place: which object runs, and where each argument comes from."""

    slot: int
    name: str
    node: Node
    single: tuple[tuple[str, Source], ...]
    many: tuple[tuple[str, tuple[Source, ...]], ...]
    streams: tuple[tuple[str, Source], ...]


@dataclass(frozen=True)
class Tap:
    """A loss or scalar output whose value is recorded at each training pull."""

    name: str
    slot: int
    field: int | None


Plan = tuple[Call, ...]


@dataclass
class Program:
    """A compiled graph. `order` is topological; `names` gives each slot's node id."""

    calls: dict[str, Call]
    order: list[str]
    constant: set[int]
    seed: int = 0
    on_frame: OnFrame = lambda name, frame: None
    scalars: dict[str, Tensor | float] = field(default_factory=dict)
    """The latest value of each loss and scalar, from the training pulls."""
    check_finite: bool = True
    """Read each training loss before it is used: free on a CPU, a synchronisation on a GPU."""
    _kept: dict[int, Any] = field(default_factory=dict)

    @property
    def nodes(self) -> dict[str, Node]:
        return {name: self.calls[name].node for name in self.order}

    def of_role(self, *roles: str) -> list[str]:
        """Return the ids of trainers, views, metrics... in topological order."""
        return [name for name in self.order if self.calls[name].node.role in roles]

    def upstream(self, sources: Iterable[Source]) -> Plan:
        """Return the calls that a pull of `sources` makes, in order.

        A node wanted only as a `model` is not called by the pull: whoever holds it calls it.
        """
        wanted: set[int] = set()
        todo = [s.slot for s in sources if not s.model]
        while todo:
            slot = todo.pop()
            if slot not in wanted:
                wanted.add(slot)
                todo += [s.slot for s in _sources(self._at(slot), False) if not s.model]
        return tuple(self._at(slot) for slot in sorted(wanted))

    def reach(self, sources: Iterable[Source]) -> list[Node]:
        """Return all nodes that pulls of `sources` may run: through streams and as models too."""
        wanted: set[int] = set()
        models: set[int] = set()
        todo = list(sources)
        while todo:
            source = todo.pop()
            if source.model:
                models.add(source.slot)
            elif source.slot not in wanted:
                wanted.add(source.slot)
                todo += _sources(self._at(source.slot), True)
        found = [self._at(slot).node for slot in sorted(wanted | models)]
        return list({id(node): node for node in found}.values())

    def closure(self, name: str) -> list[Node]:
        """Return all nodes a pull of `name` may run, itself last."""
        call = self.calls[name]
        return [*self.reach(_sources(call, True)), call.node]

    def pull(self, name: str) -> Any:
        """Run what `name` needs and then `name`; return what it returns."""
        call = self.calls[name]
        values = self.run(self.upstream(_sources(call, False)))
        return self.finish(call, self.call(call, values))

    def frames(self, name: str) -> Iterator[Frame[Any]]:
        """Run what `name` needs, then yield its frames as they come (one where it is no loop)."""
        call = self.calls[name]
        values = self.run(self.upstream(_sources(call, False)))
        result = self.call(call, values)
        if not isinstance(result, Generator):
            yield Frame(1, 1, result)
            return
        with _blamed(call):
            yield from result

    def run(self, plan: Plan, known: Mapping[int, Any] | None = None) -> dict[int, Any]:
        """Run the calls in order and return their values by slot, the `known` ones as they are."""
        values: dict[int, Any] = {}
        if known:
            values |= known
            plan = tuple(call for call in plan if call.slot not in known)
        for call in plan:
            if call.slot in self._kept:
                values[call.slot] = self._kept[call.slot]
                continue
            value = self.call(call, values)
            if isinstance(value, GeneratorType):  # a class of C: quicker than the abstract one
                value = self.finish(call, value)
            values[call.slot] = value
            if call.slot in self.constant:
                self._kept[call.slot] = value
        return values

    def call(self, call: Call, values: dict[int, Any]) -> Any:
        """Run one node on the values of a pull."""
        arguments = {name: self.read(source, values) for name, source in call.single}
        for name, sources in call.many:
            arguments[name] = [self.read(source, values) for source in sources]
        if call.streams:
            arguments |= streams(self, call)
        try:
            return _plainly(call.node)(**arguments)
        except Exception as error:
            raise blame(call, error, arguments) from error

    def finish(self, call: Call, value: Any) -> Any:
        """Run a generator to its end, telling `on_frame` of each frame; return its last value."""
        if not isinstance(value, Generator):
            return value
        frame: Frame[Any] = Frame(0, 0)
        with _blamed(call):
            for frame in value:
                self.on_frame(call.name, frame)
        return frame.value

    def read(self, source: Source, values: Mapping[int, Any]) -> Any:
        """Return the value an argument takes."""
        if source.model:
            return self._at(source.slot).node
        value = values[source.slot]
        return value if source.field is None else value[source.field]

    def _at(self, slot: int) -> Call:
        return self.calls[self.order[slot]]

    # --- evaluation -------------------------------------------------------------------------------

    @contextmanager
    def evaluation(self, name: str, step: int) -> Iterator[None]:
        """Pull in eval mode without a trace: own random stream, test data, averaged weights.

        Training goes on afterwards bit for bit as if nothing had been pulled.
        """
        closure = self.closure(name)
        self.calls[name].node.step = step
        with ExitStack() as stack:
            stack.enter_context(own_randomness(mix(self.seed, name, step)))
            stack.enter_context(torch.no_grad())
            stack.enter_context(eval_mode(closure))
            for trainer in self.of_role("trainer"):
                stack.enter_context(self.calls[trainer].node.averaged())  # type: ignore[operator]
            for node in closure:
                if node.drawn:
                    node.rewind()  # type: ignore[operator]
            yield


def _plainly(node: Node) -> Callable[..., Any]:
    """Return what calls a node: `forward` itself where torch has no hook to run before or after."""
    hooked = node._forward_pre_hooks or node._forward_hooks or node._compiled_call_impl
    return node if hooked else node.forward


def _sources(call: Call, with_streams: bool) -> list[Source]:
    found = [s for _, s in call.single] + [s for _, many in call.many for s in many]
    return found + ([s for _, s in call.streams] if with_streams else [])


# --- streams --------------------------------------------------------------------------------------


class Pulls:
    """The pulls that the streams of one node share: who asks again starts a new one.

    A pull runs what is upstream of who asks, and more of it when another joins: a stream that is
    asked alone neither waits for the data of another nor ends with them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: dict[int, Any] = {}
        self.taken: set[str] = set()
        self.autocast: torch.dtype | None = None

    def next(self, stream: PortStream) -> Any:
        if stream.port in self.taken:
            self.values, self.taken = {}, set()
        self.taken.add(stream.port)
        self.values = self._grown(stream)
        return self.program.read(stream.source, self.values)

    def _grown(self, stream: PortStream) -> dict[int, Any]:
        if self.autocast is None:
            values = self.program.run(stream.plan, self.values)
        else:
            device = next((n.device.type for n in self.program.nodes.values()), "cpu")
            with torch.autocast(device, dtype=self.autocast):
                values = self.program.run(stream.plan, self.values)
        if torch.is_grad_enabled():
            self._record(stream, values)
        return values

    def _record(self, stream: PortStream, values: dict[int, Any]) -> None:
        scalars = self.program.scalars
        for tap in stream.taps:
            value = values[tap.slot] if tap.field is None else values[tap.slot][tap.field]
            if not self.program.check_finite:
                scalars[tap.name] = value.detach()
                continue
            scalars[tap.name] = number = value.item()
            if not math.isfinite(number):
                raise not_finite(stream.plan, values)


class PortStream(Stream[Any]):
    """One stream input of one node. `modules`: what its own pulls may run."""

    def __init__(self, pulls: Pulls, port: str, source: Source) -> None:
        self.pulls, self.port, self.source = pulls, port, source
        self.plan = pulls.program.upstream([source])
        self.taps = _taps(self.plan)
        self.modules = pulls.program.reach([source])

    @property
    def length(self) -> int | None:
        lengths = [getattr(n, "length", None) for n in self.modules if n.drawn]
        return max((n for n in lengths if n is not None), default=None)

    def __next__(self) -> Any:
        try:
            return self.pulls.next(self)
        except Exhausted:
            raise StopIteration from None

    def accelerated(self, *, autocast: torch.dtype | None) -> None:
        self.pulls.autocast = autocast


def streams(program: Program, call: Call) -> dict[str, PortStream]:
    """Return the stream arguments of a call, sharing their pulls."""
    pulls = Pulls(program)
    return {name: PortStream(pulls, name, source) for name, source in call.streams}


def _taps(plan: Plan) -> list[Tap]:
    found = []
    for call in plan:
        ports = [p for p in outputs(type(call.node)) if p.name != MODEL]
        for number, port in enumerate(ports):
            if {"Loss", "Scalar"} & {t.name for t in port.types}:
                which = number if len(ports) > 1 else None
                found.append(Tap(f"{call.name}.{port.name}", call.slot, which))
    return found


# --- errors ---------------------------------------------------------------------------------------


def blame(call: Call, error: Exception, arguments: Mapping[str, Any]) -> Exception:
    """Return the error to raise for a node that raised: its own sentence, with its place."""
    if isinstance(error, Exhausted):
        return error
    if isinstance(error, Refusal):
        if not error.blamed:  # its place is a parameter's name at the most
            error.place = f"{call.name}.{error.place}".rstrip(".")
            error.blamed = True
        return error
    bad = [name for name, value in arguments.items() if not _all_finite(value)]
    if bad:
        return NotFinite(
            f"{call.name} was given NaN or infinite numbers in {bad[0]}.",
            "Lower the learning rate or clip the gradient, then run again.",
            place=call.name,
        )
    return NodeFailed(f"{call.name} failed: {error}", place=call.name, trace=traceback.format_exc())


@contextmanager
def _blamed(call: Call) -> Iterator[None]:
    try:
        yield
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except Exception as error:
        raise blame(call, error, {}) from error


def not_finite(plan: Plan, values: Mapping[int, Any]) -> NotFinite:
    """Name the first node of a pull whose output or weights are not finite."""
    for call in plan:
        if not _all_finite(values.get(call.slot)):
            weights = all(bool(torch.isfinite(p).all()) for p in call.node.parameters())
            why = "" if weights else " because its weights are not finite any more"
            return NotFinite(
                f"{call.name} made a NaN or an infinite number{why}.",
                "Lower the learning rate or clip the gradient, then run again.",
                place=call.name,
            )
    return NotFinite("The loss is not finite.", "Lower the learning rate.", place=plan[-1].name)


def _finite(value: Tensor) -> bool:
    return bool(torch.isfinite(value).all())


def _all_finite(value: Any) -> bool:
    if isinstance(value, Tensor):
        return not value.is_floating_point() or _finite(value)
    if isinstance(value, tuple):
        return all(_all_finite(v) for v in value)
    return True


# --- randomness and modes -------------------------------------------------------------------------


def mix(*parts: object) -> int:
    """Return a seed of 63 bits from any parts, the same on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Use a random stream of its own; afterwards the global ones go on where they were."""
    cpu = torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)


@contextmanager
def eval_mode(nodes: Iterable[nn.Module]) -> Iterator[None]:
    """Switch to eval mode, and back to what each was."""
    were_training = [n for n in nodes if n.training]
    for node in were_training:
        node.eval()
    try:
        yield
    finally:
        for node in were_training:
            node.train()


# --- from a graph ---------------------------------------------------------------------------------


def compile_graph(
    graph: Graph, nodes: Mapping[str, Node], *, seed: int = 0, without: Iterable[str] = ()
) -> Program:
    """Compile the nodes of a graph but those in `without`. `nodes` maps ids (twins too) to objects.

    Muted nodes are left out with their wires; bypassed ones hand their first input on.
    """
    names = [n for n in graph.nodes if n in nodes and n not in set(without)]
    wires = [w for w in effective_wires(graph) if w.source in names and w.target in names]
    order = topological(names, wires)
    slots = {name: slot for slot, name in enumerate(order)}
    into: dict[str, list[Wire]] = {}
    for wire in wires:
        into.setdefault(wire.target, []).append(wire)
    calls = {n: _call(n, slots, nodes, into.get(n, [])) for n in order}
    return Program(calls, order, _constants(calls, order), seed=seed)


def effective_wires(graph: Graph) -> list[Wire]:
    """Return the wires as they act: none at muted nodes, bypassed nodes replaced by their input."""
    active = graph.wires
    for name, place in graph.nodes.items():
        if place.mode == "muted":
            active = [w for w in active if name not in (w.source, w.target)]
        if place.mode == "bypassed":
            active = list(_bypass(active, name))
    return active


def _bypass(wires: Sequence[Wire], name: str) -> Iterator[Wire]:
    first = next((w for w in wires if w.target == name), None)
    for wire in wires:
        if wire.source == name and first is not None:
            yield Wire(first.source, first.output, wire.target, wire.input)
        elif name not in (wire.source, wire.target):
            yield wire


def topological(names: Sequence[str], wires: Iterable[Wire]) -> list[str]:
    """Order the nodes so that wires go forward; ties keep the order of `names`."""
    before: dict[str, set[str]] = {name: set() for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for wire in wires:
        if wire.source not in before[wire.target]:
            before[wire.target].add(wire.source)
            after[wire.source].append(wire.target)
    missing = {name: len(before[name]) for name in names}
    ready = [name for name in reversed(names) if not missing[name]]
    order = []
    while ready:
        name = ready.pop()
        order.append(name)
        for target in reversed(after[name]):
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return order


def _call(name: str, slots: dict[str, int], nodes: Mapping[str, Node], wires: list[Wire]) -> Call:
    single: list[tuple[str, Source]] = []
    many: list[tuple[str, tuple[Source, ...]]] = []
    streamed: list[tuple[str, Source]] = []
    for port in inputs(type(nodes[name])):
        sources = tuple(_source(w, slots, nodes) for w in wires if w.input == port.name)
        if port.many and (sources or not port.optional):
            many.append((port.name, sources))
        elif sources:
            (streamed if port.stream else single).append((port.name, sources[0]))
    return Call(slots[name], name, nodes[name], tuple(single), tuple(many), tuple(streamed))


def _source(wire: Wire, slots: dict[str, int], nodes: Mapping[str, Node]) -> Source:
    ports: list[Port] = [p for p in outputs(type(nodes[wire.source])) if p.name != MODEL]
    model = wire.output == MODEL and all(p.name != MODEL for p in ports)
    number = next((i for i, p in enumerate(ports) if p.name == wire.output), 0)
    return Source(slots[wire.source], number if len(ports) > 1 else None, model)


def _constants(calls: Mapping[str, Call], order: Sequence[str]) -> set[int]:
    """Return the slots of nodes whose value depends on parameters alone."""
    found: set[int] = set()
    for name in order:
        call = calls[name]
        plain = not (call.node.drawn or call.node.has_weights() or call.streams)
        fed = all(s.slot in found and not s.model for s in _sources(call, True))
        if plain and fed and call.node.role == "node":
            found.add(call.slot)
    return found

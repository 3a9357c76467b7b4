"""The plan of a pull: which nodes run, in which order, and the sources of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.document.errors import GraphRefused
from engine.document.graph import Wire
from engine.document.naming import IN
from engine.document.wiring import MODEL
from nodes.base import Node
from nodes.ports import Port, inputs_of, outputs


def _values_of(kind: Any) -> tuple[Port, ...]:
    """Return the outputs that `forward` returns: all except the node itself as a model."""
    return tuple(p for p in outputs(kind) if p.name != MODEL or not kind.is_model())


values_of: Callable[[Any], tuple[Port, ...]] = cache(_values_of)


@dataclass(frozen=True)
class Source:
    """The source of an argument: a slot and the index of one of its outputs (None: all of it).

    `model` is the node itself where the argument is the node: the pull does not run it, the node
    that receives it calls it.
    """

    slot: int
    field: int | None = None
    model: Node | None = None

    def read(self, values: Mapping[int, Any]) -> Any:
        """Return the argument from `values`, the values of a pull by slot."""
        if self.model is not None:
            return self.model
        value = values[self.slot]
        return value if self.field is None else value[self.field]


@dataclass(frozen=True, eq=False)
class Call:
    """A node in a plan: the object to run and the source of each argument."""

    slot: int
    name: str
    node: Node
    single: tuple[tuple[str, Source], ...]
    many: tuple[tuple[str, tuple[Source, ...]], ...]
    streams: tuple[tuple[str, Source], ...]

    def arguments(self, values: Mapping[int, Any]) -> dict[str, Any]:
        """Return the arguments, without streams, from `values`, the values of a pull by slot."""
        found = {name: source.read(values) for name, source in self.single}
        for name, sources in self.many:
            found[name] = [source.read(values) for source in sources]
        return found

    def is_fed(self) -> bool:
        """Return whether each input that the node needs has a source."""
        given = {name for name, _ in (*self.single, *self.streams)}
        given.update(name for name, sources in self.many if sources)
        return all(port.optional or port.name in given for port in inputs_of(self.node))

    def sources(self, *, streams: bool) -> list[Source]:
        """Return the sources of all arguments, with or without those of streams."""
        found = [s for _, s in self.single] + [s for _, many in self.many for s in many]
        return found + [s for _, s in self.streams] if streams else found


Plan = tuple[Call, ...]


def slots_of(call: Call) -> set[int]:
    """Return the slots whose values a call reads, without those of streams."""
    return {s.slot for s in call.sources(streams=False) if s.model is None}


def call_of(
    name: str,
    wires: Sequence[Wire],
    slots: Mapping[str, int],
    nodes: Mapping[str, Node],
    given: Mapping[str, int] | None = None,
) -> Call:
    """Return the call of a node with these wires into it; `given`: the slots of a group's inputs.

    Raise `GraphRefused` where an output does not exist.
    """
    single: list[tuple[str, Source]] = []
    many: list[tuple[str, tuple[Source, ...]]] = []
    streamed: list[tuple[str, Source]] = []
    for port in inputs_of(nodes[name]):
        found = (w for w in wires if w.input == port.name)
        sources = tuple(source_of(w, slots, nodes, given or {}) for w in found)
        if port.many and (sources or not port.optional):
            many.append((port.name, sources))
        elif sources:
            (streamed if port.stream else single).append((port.name, sources[0]))
    return Call(slots[name], name, nodes[name], tuple(single), tuple(many), tuple(streamed))


def source_of(
    wire: Wire, slots: Mapping[str, int], nodes: Mapping[str, Node], given: Mapping[str, int]
) -> Source:
    """Return what a wire leads from; raise `GraphRefused` where there is no such output."""
    if wire.source == IN:
        return Source(given[wire.output])
    node = nodes[wire.source]
    ports = [p.name for p in values_of(type(node))]
    if wire.output == MODEL and node.is_model():
        return Source(slots[wire.source], model=node)
    if wire.output not in ports:
        raise GraphRefused("There is no output named {name}.", place=wire.source, name=wire.output)
    return Source(slots[wire.source], ports.index(wire.output) if len(ports) > 1 else None)


@dataclass(frozen=True)
class Tap:
    """A loss or scalar output that is recorded at each training pull."""

    name: str
    source: Source


def taps(plan: Plan) -> list[Tap]:
    """Return the loss and scalar outputs of a plan."""
    found = []
    for call in plan:
        ports = values_of(type(call.node))
        for number, port in enumerate(ports):
            if {"Loss", "Scalar"} & {t.name for t in port.types}:
                which = number if len(ports) > 1 else None
                found.append(Tap(f"{call.name}.{port.name}", Source(call.slot, which)))
    return found

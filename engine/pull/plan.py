"""The plan of a pull: which nodes run, in which order, and the sources of their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.document.wiring import MODEL
from nodes.base import Node
from nodes.ports import Port, outputs


def values_of(kind: type[Node]) -> list[Port]:
    """Return the outputs that `forward` returns: all except the node itself as a model."""
    return [p for p in outputs(kind) if p.name != MODEL or not kind.is_model()]


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

    def sources(self, *, streams: bool) -> list[Source]:
        """Return the sources of all arguments, with or without those of streams."""
        found = [s for _, s in self.single] + [s for _, many in self.many for s in many]
        return found + [s for _, s in self.streams] if streams else found


Plan = tuple[Call, ...]


def slots_of(call: Call) -> set[int]:
    """Return the slots whose values a call reads, without those of streams."""
    return {s.slot for s in call.sources(streams=False) if s.model is None}


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

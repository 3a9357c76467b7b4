"""Long work in a pull: done once for all who look at it.

A sampler feeds several views and takes seconds. What it made, and what it was made of, is kept for
all pulls at one step of training: views show the same samples, and wait for them once.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from inspect import isgeneratorfunction
from typing import TYPE_CHECKING, Any, Protocol

from engine.evaluation import mix, own_randomness
from engine.plan import Call, Plan, Source
from nodes.types import Frame

if TYPE_CHECKING:
    from engine.compile import Program


class Watch(Protocol):
    """Is told of each frame of a call, and of the values of the pull so far."""

    def __call__(self, call: Call, frame: Frame[Any], values: Mapping[int, Any]) -> None: ...


def is_long(call: Call) -> bool:
    """Tell whether a node works in frames."""
    return isgeneratorfunction(type(call.node).forward)


class Sharing:
    """Keeps what long work made at a step, and what it was made of.

    Each of these nodes draws from a random stream of its own, so that it does not matter which view
    comes first.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        calls = program.calls.values()
        long = [c.slot for c in calls if is_long(c) and c.node.role == "node"]
        self.slots = {c.slot for c in program.upstream(map(Source, long))}
        self._kept: dict[int, tuple[Hashable, Any]] = {}

    def values(self, plan: Plan, step: int, watch: Watch | None) -> dict[int, Any]:
        """Return the values of a plan's long work, by slot; what is not known is made."""
        known: dict[int, Any] = {}
        for call in plan:
            if call.slot in self.slots:
                known[call.slot] = self._value(call, known, step, watch)
        return known

    def _value(self, call: Call, known: Mapping[int, Any], step: int, watch: Watch | None) -> Any:
        key = step, self.program.seed, _settings(self.program, call)
        kept = self._kept.get(call.slot)
        if kept is None or kept[0] != key:
            with own_randomness(mix(self.program.seed, call.name, step)):
                kept = key, self.program.run((call,), known, watch)[call.slot]
            self._kept[call.slot] = kept
        return kept[1]

    def adopt(self, other: Sharing) -> None:
        """Take over what another program's nodes made, where the same nodes would make it here.

        So an edit of a view, as moving its slider, makes no sampler work again.
        """
        for slot, kept in other._kept.items():
            name = other.program.order[slot]
            call = self.program.calls.get(name)
            if call is not None and _origin(self.program, name) == _origin(other.program, name):
                self._kept[call.slot] = kept

    def forget(self) -> None:
        """Drop all: the weights are others."""
        self._kept = {}


def _origin(program: Program, name: str) -> dict[str, object]:
    """Return the nodes that a value comes from, models too, with the wires between them."""
    found: dict[str, object] = {}
    todo = [name]
    while todo:
        call = program.calls[todo.pop()]
        sources = [(program.order[s.slot], s.field) for s in call.sources(streams=True)]
        if call.name not in found:
            ports = [p for p, _ in (*call.single, *call.many, *call.streams)]
            found[call.name] = id(call.node), ports, sources
            todo += [source for source, _ in sources]
    return found


def _settings(program: Program, call: Call) -> str:
    """Return what the value of a call depends on but the weights."""
    return repr([node.param_values() for node in program.reach([Source(call.slot)])])

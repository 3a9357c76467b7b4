"""Long work in a pull: done once for all who look at it.

A sampler feeds several views and takes seconds. What it made, and what it was made of, is kept for
all pulls at one step of training: views show the same samples, and wait for them once. So do
measures, which pull it again and again: the n-th pull of each gives the same samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from inspect import isgeneratorfunction
from typing import TYPE_CHECKING, Any, Protocol

from torch import Tensor

from engine.pull.evaluation import mix, own_randomness
from engine.pull.plan import Call, Plan, Source
from nodes.base import Node
from nodes.types import Frame

if TYPE_CHECKING:
    from engine.pull.program import Program

MOST = 2**29
"""Bytes of samples that are kept for other measures."""


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
        long = [c for c in calls if is_long(c) and c.node.role == "node"]
        self.slots = self._upstream(long)
        self.repeated = self._upstream([c for c in long if not self._plays(c)])
        """Slots whose second and further values in a pull are shared too."""
        self._kept: dict[int, tuple[Hashable, Any]] = {}
        self._more = _More()

    def _upstream(self, calls: list[Call]) -> set[int]:
        return {c.slot for c in self.program.upstream(Source(call.slot) for call in calls)}

    def _plays(self, call: Call) -> bool:
        """Tell whether data that plays on from pull to pull is behind a call."""
        plan = self.program.upstream([Source(call.slot)])
        return any(type(c.node).rewind is not Node.rewind for c in plan)

    def values(self, plan: Plan, step: int, watch: Watch | None) -> dict[int, Any]:
        """Return the values of a plan's long work, by slot; what is not known is made."""
        known: dict[int, Any] = {}
        for call in plan:
            if call.slot in self.slots:
                known[call.slot] = self._value(call, known, step, watch)
        return known

    def grown(
        self, known: Mapping[int, Any], plan: Plan, step: int, turns: Counter[int]
    ) -> dict[int, Any]:
        """Return `known` and the values of the long work of a plan that a stream pulls once more.

        `turns` counts how often the stream has pulled each slot.
        """
        found = dict(known)
        for call in plan:
            if call.slot in self.repeated and call.slot not in found:
                turns[call.slot] += 1
                found[call.slot] = self._again(call, found, step, turns[call.slot])
        return found

    def _value(self, call: Call, known: Mapping[int, Any], step: int, watch: Watch | None) -> Any:
        if not self._is_kept(call, step):
            with own_randomness(mix(self.program.seed, call.name, step)):
                made = self.program.run((call,), known, watch)[call.slot]
            self._kept[call.slot] = self._key(call, step), made
        return self._kept[call.slot][1]

    def _again(self, call: Call, known: Mapping[int, Any], step: int, turn: int) -> Any:
        if turn == 1:
            return self._value(call, known, step, None)
        key = call.slot, turn, self.program.seed, _settings(self.program, call)
        self._more.go_to(step)
        if key not in self._more.values:
            with own_randomness(mix(self.program.seed, call.name, step, turn)):
                made = self.program.run((call,), known)[call.slot]
            return self._more.keep(key, self._wanted(call, made))
        return self._more.values[key]

    def _wanted(self, call: Call, made: Any) -> Any:
        """Return a value without the outputs that nobody reads: paths are long."""
        readers = self.program.calls.values()
        sources = [s for reader in readers for s in reader.sources(streams=True)]
        read = {s.field for s in sources if s.slot == call.slot and s.model is None}
        if None in read or not isinstance(made, tuple):
            return made
        unread = [f for n, f in enumerate(made._fields) if n not in read]  # type: ignore[attr-defined]
        return made._replace(**dict.fromkeys(unread))  # type: ignore[attr-defined]

    def holds(self, call: Call, step: int) -> bool:
        """Tell whether all long work that a pull of a call needs is done at this step."""
        plan = self.program.upstream(call.sources(streams=False))
        long = [c for c in plan if c.slot in self.slots and is_long(c)]
        return bool(long) and not call.streams and all(self._is_kept(c, step) for c in long)

    def _is_kept(self, call: Call, step: int) -> bool:
        kept = self._kept.get(call.slot)
        return kept is not None and kept[0] == self._key(call, step)

    def _key(self, call: Call, step: int) -> Hashable:
        return step, self.program.seed, _settings(self.program, call)

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
        self._kept, self._more = {}, _More()


class _More:
    """What further pulls of streams made at one step."""

    def __init__(self) -> None:
        self.step = -1
        self.values: dict[Hashable, Any] = {}
        self.bytes = 0

    def go_to(self, step: int) -> None:
        """Drop what was made at another step."""
        if step != self.step:
            self.step, self.values, self.bytes = step, {}, 0

    def keep(self, key: Hashable, value: Any) -> Any:
        """Keep a value, where there is room, and return it."""
        parts = value if isinstance(value, tuple) else (value,)
        self.bytes += sum(p.nbytes for p in parts if isinstance(p, Tensor))
        if self.bytes <= MOST:
            self.values[key] = value
        return value


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

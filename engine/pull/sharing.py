"""Run samplers once per step and share their values among all pulls.

A sampler feeds several views and takes seconds. Its value, and the values it was computed from, are
cached for all pulls at one training step: views show the same samples and wait for them once.
Metrics pull a sampler repeatedly: the n-th pull of each metric gives the same samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from inspect import isgeneratorfunction
from typing import TYPE_CHECKING, Any, Protocol
from weakref import proxy

from torch import Tensor

from engine.pull.evaluation import mix, own_randomness
from engine.pull.plan import Call, Plan, Source
from nodes.base import Node
from nodes.types import Frame

if TYPE_CHECKING:
    from engine.pull.program import Program

MOST = 2**29
"""Maximum bytes of cached samples for repeated pulls."""


class Watch(Protocol):
    """A callback for each frame of a call, with the values of the pull so far."""

    def __call__(self, call: Call, frame: Frame[Any], values: Mapping[int, Any]) -> None: ...


def is_long(call: Call) -> bool:
    """Return whether a node yields frames: its `forward` is a generator function."""
    return isgeneratorfunction(type(call.node).forward)


class Sharing:
    """Cache the values of samplers at a step, and the values they were computed from.

    Each of these nodes draws from a random stream of its own, so the order of views has no effect.
    """

    def __init__(self, program: Program) -> None:
        self.program: Program = proxy(program)  # no circle: an old program goes at once
        calls = program.calls.values()
        long = [c for c in calls if is_long(c) and c.node.role == "node"]
        self.slots = self._upstream(long)
        self.repeated = self._upstream([c for c in long if not self._advances(c)])
        """Slots whose second and later values within a pull are shared too."""
        self._kept: dict[int, tuple[Hashable, Any]] = {}
        self._repeats = _Repeats()

    def _upstream(self, calls: list[Call]) -> set[int]:
        return {c.slot for c in self.program.upstream(Source(call.slot) for call in calls)}

    def _advances(self, call: Call) -> bool:
        """Return whether a call depends on data that advance from pull to pull."""
        plan = self.program.upstream([Source(call.slot)])
        return any(type(c.node).rewind is not Node.rewind for c in plan)

    def values(self, plan: Plan, step: int, watch: Watch | None) -> dict[int, Any]:
        """Return the values of the samplers of a plan by slot, computing those not cached."""
        known: dict[int, Any] = {}
        for call in plan:
            if call.slot in self.slots:
                known[call.slot] = self._value(call, known, step, watch)
        return known

    def extended(
        self, known: Mapping[int, Any], plan: Plan, step: int, turns: Counter[int]
    ) -> dict[int, Any]:
        """Return `known` and the sampler values of a further pull of a plan by a stream.

        `turns` counts the pulls of each slot by the stream; it is updated.
        """
        found = dict(known)
        for call in plan:
            if call.slot in self.repeated and call.slot not in found:
                turns[call.slot] += 1
                found[call.slot] = self._repeat(call, found, step, turns[call.slot])
        return found

    def _value(self, call: Call, known: Mapping[int, Any], step: int, watch: Watch | None) -> Any:
        if not self._is_kept(call, step):
            with own_randomness(mix(self.program.seed, call.name, step)):
                made = self.program.run((call,), known, watch, wanted={call.slot})[call.slot]
            self._kept[call.slot] = self._key(call, step), made
        return self._kept[call.slot][1]

    def _repeat(self, call: Call, known: Mapping[int, Any], step: int, turn: int) -> Any:
        if turn == 1:
            return self._value(call, known, step, None)
        key = call.slot, turn, self.program.seed, _settings(self.program, call)
        self._repeats.go_to(step)
        if key not in self._repeats.values:
            with own_randomness(mix(self.program.seed, call.name, step, turn)):
                made = self.program.run((call,), known, wanted={call.slot})[call.slot]
            return self._repeats.keep(key, self._wanted(call, made))
        return self._repeats.values[key]

    def _wanted(self, call: Call, made: Any) -> Any:
        """Return a value without outputs that no node reads: paths are large."""
        readers = self.program.calls.values()
        sources = [s for reader in readers for s in reader.sources(streams=True)]
        read = {s.field for s in sources if s.slot == call.slot and s.model is None}
        if None in read or not isinstance(made, tuple):
            return made
        unread = [f for n, f in enumerate(made._fields) if n not in read]  # type: ignore[attr-defined]
        return made._replace(**dict.fromkeys(unread))  # type: ignore[attr-defined]

    def holds(self, call: Call, step: int) -> bool:
        """Return whether a call depends on samplers and all of them are cached at this step."""
        plan = self.program.upstream(call.sources(streams=False))
        long = [c for c in plan if c.slot in self.slots and is_long(c)]
        return bool(long) and not call.streams and all(self._is_kept(c, step) for c in long)

    def _is_kept(self, call: Call, step: int) -> bool:
        kept = self._kept.get(call.slot)
        return kept is not None and kept[0] == self._key(call, step)

    def _key(self, call: Call, step: int) -> Hashable:
        return step, self.program.seed, _settings(self.program, call)

    def adopt(self, other: Sharing) -> None:
        """Take over the values of another program for nodes with the same upstream nodes and wires.

        An edit of a view, such as moving its slider, then does not run samplers again.
        """
        for slot, kept in other._kept.items():
            name = other.program.order[slot]
            call = self.program.calls.get(name)
            if call is not None and _origin(self.program, name) == _origin(other.program, name):
                self._kept[call.slot] = kept

    def forget(self) -> None:
        """Drop all values: the weights have changed."""
        self._kept, self._repeats = {}, _Repeats()


class _Repeats:
    """The values of repeated pulls of streams at one step."""

    def __init__(self) -> None:
        self.step = -1
        self.values: dict[Hashable, Any] = {}
        self.bytes = 0

    def go_to(self, step: int) -> None:
        """Drop the values of any other step."""
        if step != self.step:
            self.step, self.values, self.bytes = step, {}, 0

    def keep(self, key: Hashable, value: Any) -> Any:
        """Cache a value if it fits into `MOST` bytes, and return it."""
        parts = value if isinstance(value, tuple) else (value,)
        self.bytes += sum(p.nbytes for p in parts if isinstance(p, Tensor))
        if self.bytes <= MOST:
            self.values[key] = value
        return value


def _origin(program: Program, name: str) -> dict[str, object]:
    """Return the nodes that a value depends on, including models, with the wires between them."""
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
    """Return the parameters that the value of a call depends on, as text."""
    return repr([node.param_values() for node in program.reach([Source(call.slot)])])

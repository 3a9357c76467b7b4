"""What long work has made so far, shown while it goes on.

A frame of a sampler holds its samples as they are. All views that hang on it and need nothing else
that is still to come are shown what they would make of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from engine.document.errors import Stopped
from engine.pull.evaluation import eval_mode, own_randomness
from engine.pull.plan import Call, Plan, Source
from engine.pull.sharing import is_long
from nodes.errors import Refusal
from nodes.types import Frame

if TYPE_CHECKING:
    from engine.pull.program import Program

SHORTEST = 0.1  # seconds between two pictures of what forms
SHARE = 0.2  # of the time that may go into them

Show = Callable[[str, Any], None]


class Forming:
    """Shows views what there is so far, at most so often that the work hardly waits for it.

    `sinks`: the views, the one that is pulled first. `show` is given a view's id and its picture.
    """

    def __init__(self, program: Program, sinks: Sequence[Call], show: Show) -> None:
        self.program, self.sinks, self.show = program, sinks, show
        self.frame: Frame[Any] | None = None
        """The frame at hand."""
        self._call: Call | None = None
        self._values: Mapping[int, Any] = {}
        self._due = 0.0

    def __call__(self, call: Call, frame: Frame[Any], values: Mapping[int, Any]) -> None:
        self._call, self.frame, self._values = call, frame, values
        if frame.step < frame.total and time.perf_counter() >= self._due:
            self.now()

    def now(self) -> None:
        """Show what there is at the frame at hand."""
        if self._call is None or self.frame is None or self.frame.value is None:
            return
        start = time.perf_counter()
        known = {**self._values, self._call.slot: self.frame.value}
        for sink in self.sinks:
            for made in self._made(sink, self._call.slot, known):
                self.show(sink.name, made)
        end = time.perf_counter()
        self._due = end + max(SHORTEST, (end - start) / SHARE)

    def _made(self, sink: Call, slot: int, known: Mapping[int, Any]) -> Iterator[Any]:
        """Yield what a view makes of the values of a pull, if it can and hangs on `slot`."""
        if sink.slot == slot:
            yield known[slot]
            return
        sink = _cut(sink, self._within_reach(sink, known))
        plan = self.program.upstream(sink.sources(streams=False))
        rest = [c for c in (*plan, sink) if c.slot not in known]
        if slot not in {c.slot for c in plan} or not all(map(_plain, rest)):
            return
        sink.node.step = self.sinks[0].node.step
        with own_randomness(0), eval_mode([c.node for c in rest]):
            try:
                yield self.program.run(tuple(rest), known)[sink.slot]
            except Stopped:
                raise
            except Refusal:
                return  # a view may refuse what is not whole; it will be asked again

    def _within_reach(self, sink: Call, known: Mapping[int, Any]) -> set[int]:
        """Return the slots before a view whose values are known or can be made at once."""
        reach = set(known)
        plan: Plan = self.program.upstream(sink.sources(streams=False))
        for call in plan:
            sources = call.sources(streams=False)
            if _plain(call) and all(s.model is not None or s.slot in reach for s in sources):
                reach.add(call.slot)
        return reach


def _cut(sink: Call, reach: set[int]) -> Call:
    """Return a view without the wires, of many into one port, from the first out of reach on."""

    def here(source: Source) -> bool:
        return source.model is not None or source.slot in reach

    many = ((port, tuple(takewhile(here, sources)) or sources) for port, sources in sink.many)
    return replace(sink, many=tuple(many))


def _plain(call: Call) -> bool:
    """Tell whether a call can be made once more without a trace, and at once."""
    return not (call.node.drawn or call.streams or is_long(call))

"""Show intermediate results of samplers in every view that depends only on them.

Each frame of a sampler holds its current samples. Every view that depends on the sampler, and on
nothing else that is still to be computed, is pulled with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from engine.document.errors import Stopped
from engine.pull.evaluation import eval_mode, own_randomness
from engine.pull.plan import Call, Plan, Source, slots_of
from engine.pull.sharing import is_long
from nodes.errors import Refusal
from nodes.types import Frame

if TYPE_CHECKING:
    from engine.pull.program import Program

SHORTEST = 0.1  # minimum seconds between two intermediate results
SHARE = 0.2  # maximum share of the time for intermediate results

Show = Callable[[str, Any], None]


class IntermediateResults:
    """Pull views with the intermediate results of a sampler, within a bounded share of the time.

    `sinks`: the views, the one that is pulled first. `show` is called with a view's id and its
    result.
    """

    def __init__(self, program: Program, sinks: Sequence[Call], show: Show) -> None:
        self.program, self.sinks, self.show = program, sinks, show
        self.frame: Frame[Any] | None = None
        """The current frame."""
        self._call: Call | None = None
        self._values: Mapping[int, Any] = {}
        self._due = 0.0

    def __call__(self, call: Call, frame: Frame[Any], values: Mapping[int, Any]) -> None:
        """Take the current frame of a call and the values of the pull; show it if that is due."""
        self._call, self.frame, self._values = call, frame, values
        if frame.step < frame.total and time.perf_counter() >= self._due:
            self.now()

    def now(self) -> None:
        """Show the current frame."""
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
        """Yield the result of a view that depends on `slot`, if `known` suffices to compute it."""
        if sink.slot == slot:
            yield known[slot]
            return
        sink = _cut(sink, self._within_reach(sink, known))
        plan = self.program.upstream(sink.sources(streams=False))
        rest = [c for c in plan if c.slot not in known]
        if slot not in {c.slot for c in plan} or not all(map(_plain, (*rest, sink))):
            return
        sink.node.step = self.sinks[0].node.step
        with own_randomness(0), eval_mode([c.node for c in (*rest, sink)]):
            try:
                values = self.program.run(tuple(rest), known, wanted=slots_of(sink))
                yield self.program.call(sink, values)
            except Stopped:
                raise
            except Refusal:
                return  # a view may refuse incomplete input; the next frame tries again

    def _within_reach(self, sink: Call, known: Mapping[int, Any]) -> set[int]:
        """Return the slots upstream of a view that are known or can be computed at once."""
        reach = set(known)
        plan: Plan = self.program.upstream(sink.sources(streams=False))
        for call in plan:
            sources = call.sources(streams=False)
            if _plain(call) and all(s.model is not None or s.slot in reach for s in sources):
                reach.add(call.slot)
        return reach


def _cut(sink: Call, reach: set[int]) -> Call:
    """Return a view whose `many` inputs end before the first source that is out of reach."""

    def here(source: Source) -> bool:
        return source.model is not None or source.slot in reach

    many = ((port, tuple(takewhile(here, sources)) or sources) for port, sources in sink.many)
    return replace(sink, many=tuple(many))


def _plain(call: Call) -> bool:
    """Return whether a call can be repeated at once and without side effects."""
    return not (call.node.drawn or call.streams or is_long(call))

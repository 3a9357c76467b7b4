"""Streams: iterators whose every `next` is a pull of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from engine.pull.blame import not_finite
from engine.pull.generated import PlanFunction
from engine.pull.plan import Call, Source, taps
from nodes.errors import Exhausted
from nodes.types import Frame, Stream

if TYPE_CHECKING:
    from engine.pull.program import Program


class Pulls:
    """The pulls that the streams of one node share: a second `next` of a stream starts a new pull.

    A pull runs only what the requested stream needs, and more when another stream joins it, so a
    stream used alone neither waits for the data of another nor ends with them. In evaluation each
    pull is reported as a frame, so that a metric or view can be stopped between two pulls.
    """

    def __init__(self, program: Program, owner: str) -> None:
        self.program = program
        self.owner = owner
        self.count = 0
        self.streams: list[PortStream] = []
        self.values: dict[int, Any] = {}
        self.taken: set[str] = set()
        self.autocast: torch.dtype | None = None
        self.turns: Counter[int] = Counter()
        """The number of pulls of each sampler's slot."""

    def next(self, stream: PortStream) -> Any:
        """Return the next value of a stream, in the current pull or a new one."""
        if stream.port in self.taken:
            self.values, self.taken = {}, set()
        if not self.taken and not torch.is_grad_enabled():
            self.count += 1
            self.program.on_frame(self.owner, Frame(self.count, 0))
        self.taken.add(stream.port)
        self.values = self._grown(stream)
        return stream.source.read(self.values)

    def _grown(self, stream: PortStream) -> dict[int, Any]:
        program = self.program
        known: Mapping[int, Any] = self.values
        if program.at is not None and not stream.fresh:
            known = program.sharing.extended(known, stream.plan, program.at, self.turns)
        with self._precision():
            values = program.run_function(stream.function, known)
        if torch.is_grad_enabled():
            self._record(stream, values)
        return values

    def _precision(self) -> AbstractContextManager[object]:
        if self.autocast is None:
            return nullcontext()
        device = next((n.device.type for n in self.program.nodes.values()), "cpu")
        return torch.autocast(device, dtype=self.autocast)

    def _record(self, stream: PortStream, values: dict[int, Any]) -> None:
        scalars = self.program.scalars
        for tap in stream.taps:
            value = tap.source.read(values)
            if not self.program.check_finite:
                scalars[tap.name] = value.detach()
                continue
            scalars[tap.name] = number = value.item()
            if not math.isfinite(number):
                with self._precision():  # with the same data and all values
                    raise not_finite(stream.plan, self.program.run(stream.plan, values))


class PortStream(Stream[Any]):
    """One stream input of one node. `modules`: all nodes that its pulls may run."""

    def __init__(self, pulls: Pulls, port: str, source: Source) -> None:
        self.pulls, self.port, self.source = pulls, port, source
        self.plan = pulls.program.upstream([source])
        self.taps = taps(self.plan)
        self.modules = pulls.program.reach([source])

    @cached_property
    def function(self) -> PlanFunction:
        """Return the function of the plan; its pulls keep what those of the others need too."""
        others = {c.slot for s in self.pulls.streams if s is not self for c in s.plan}
        read = {self.source.slot, *(tap.source.slot for tap in self.taps)}
        kept = (c.slot for c in self.plan if c.slot in others | read or c.node.drawn)
        return self.pulls.program.function(self.plan, frozenset(kept))

    @property
    def length(self) -> int | None:
        """Return the largest length of the data sources upstream, or None."""
        lengths = [getattr(n, "length", None) for n in self.modules if n.drawn]
        return max((n for n in lengths if n is not None), default=None)

    def __next__(self) -> Any:
        try:
            return self.pulls.next(self)
        except Exhausted:
            raise StopIteration from None

    def accelerated(self, *, autocast: torch.dtype | None) -> None:
        """Set the dtype for `torch.autocast` in pulls; None turns it off."""
        self.pulls.autocast = autocast


def streams(program: Program, call: Call) -> dict[str, PortStream]:
    """Return the stream arguments of a call; they share their pulls."""
    pulls = Pulls(program, call.name)
    pulls.streams = [PortStream(pulls, name, source) for name, source in call.streams]
    return {stream.port: stream for stream in pulls.streams}

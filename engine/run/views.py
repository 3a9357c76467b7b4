"""Refresh views and metrics within a bounded share of the time.

The cost of a pull is measured each time. A sink (a view or metric) with cost c and weight w waits
sqrt(c / w) times the sum of sqrt(c w) over all sinks, divided by the share; this minimises the
weighted sum of waits for the given share. In a run so short that a sink would hardly be seen, it
waits less (`hurry`). A pull that takes much longer than expected is cancelled
between two of its frames and gets twice the time at its next turn, so no sampler blocks training.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.check.report import fault_of
from engine.document.errors import NodeFailed, Stopped
from engine.document.messages import Array, Event, Figure, FigureData, Metric
from engine.pull.program import Program
from nodes.errors import Refusal
from nodes.sentences import NodeName
from nodes.types import Figure as Made
from nodes.types import Measured

SHORTEST = 0.1  # seconds between two figures of a view
WEIGHTS = {"view": 1.0, "metric": 1 / 16}  # a moving figure is worth more than a number
LOOKS, MOST_SHARE = 6, 0.15  # of each sink in a run, while all take no more than this share
PATIENCE = 1.0  # seconds that the first pull of a sink may take while training waits


@dataclass
class Sink:
    """A view or metric with its measured cost, in seconds, and the time of its next pull."""

    name: str
    weight: float = 1.0
    cost: float = 0.0
    due: float = 0.0
    pulled: float = 0.0  # when it last was
    patience: float = PATIENCE
    cut: bool = False  # its last pull was cancelled before its end


class TooLong(Stopped):
    """A pull has used up its time."""


class ViewSchedule:
    """Pull the views and metrics of a program when they are due."""

    def __init__(self, program: Program, *, share: float) -> None:
        self.program = program
        self.share = share
        self.sinks = [self._sink(name) for name in program.of_role("view", "metric")]
        self.spent = 0.0
        """Seconds spent in pulls since training began."""
        self.next_due = 0.0
        self._deadline = math.inf

    def adopt(self, program: Program) -> None:
        """Switch to another program; keep the measured costs of the sinks it still has."""
        known = {sink.name: sink for sink in self.sinks}
        self.program = program
        names = program.of_role("view", "metric")
        self.sinks = [known.get(name) or self._sink(name) for name in names]
        self.next_due = 0.0

    def _sink(self, name: str) -> Sink:
        return Sink(name, WEIGHTS[self.program.calls[name].node.role])

    def due(self, now: float) -> Sink | None:
        """Return the sink that is longest overdue, or None."""
        if now < self.next_due or not self.sinks or self.share <= 0:
            return None
        sink = min(self.sinks, key=lambda s: s.due)
        self.next_due = sink.due
        return sink if sink.due <= now else None

    def check_time(self) -> None:
        """Raise `TooLong` where the current pull has no time left."""
        if time.perf_counter() > self._deadline:
            raise TooLong("This takes longer than a training should wait.")

    def pull(
        self,
        sink: Sink,
        step: int,
        *,
        patience: float = math.inf,
        beside: Sink | None = None,
        early: Callable[[Event], None] | None = None,
    ) -> list[Event]:
        """Pull one sink and return its events; none where it takes longer than `patience` seconds.

        An error of the sink removes it from the schedule and is returned as a `Fault`. `beside`:
        the sink whose samples this one shares; its cost is then not measured. `early` is called
        with figures of intermediate results of samplers.
        """
        start = time.perf_counter()
        self._deadline = start + patience
        try:
            events = pull_sink(self.program, sink.name, step, early=early)
        except TooLong:
            sink.patience *= 2
            sink.cut = True
            self._note(sink, time.perf_counter() - start)
            return []
        except Stopped:
            raise
        except Refusal as error:
            self.sinks.remove(sink)
            return [fault_of(error, sink.name)]
        finally:
            self._deadline = math.inf
        took = time.perf_counter() - start
        sink.cut = False
        if beside is None:
            self._note(sink, took)
            sink.patience = max(PATIENCE, 4 * sink.cost)
        else:
            self.spent += took
            sink.due = max(sink.due, beside.due)
        return events

    def sharing(self, sink: Sink, step: int) -> list[Sink]:
        """Return the other sinks that need only samples made for this one; pull them with it."""
        holds, calls = self.program.sharing.holds, self.program.calls
        if sink not in self.sinks or not holds(calls[sink.name], step):
            return []
        return [s for s in self.sinks if s is not sink and holds(calls[s.name], step)]

    def _note(self, sink: Sink, took: float) -> None:
        """Record the seconds of a pull and compute when the sink is due again."""
        self.spent += took
        sink.cost = (
            min(sink.cost, took) + 0.3 * (took - min(sink.cost, took)) if sink.cost else took
        )
        sink.pulled = time.perf_counter()
        sink.due = sink.pulled + max(SHORTEST, self._wait(sink, took, self.share))

    def _wait(self, sink: Sink, took: float, share: float) -> float:
        """Return the seconds from one pull of a sink to the next, for a share of the time."""
        others = sum(math.sqrt(s.cost * s.weight) for s in self.sinks if s is not sink)
        roots = others + math.sqrt(took * sink.weight)
        return math.sqrt(took / sink.weight) * roots / max(share, 1e-6)

    def hurry(self, length: float) -> None:
        """Show each sink a few times in a run of so many seconds, within a larger share."""
        most = max(self.share, MOST_SHARE)
        for sink in self.sinks:
            wait = max(length / LOOKS, self._wait(sink, sink.cost, most))
            sink.due = min(sink.due, sink.pulled + wait)
        self.next_due = 0.0


def pull_sink(
    program: Program, name: str, step: int, *, early: Callable[[Event], None] | None = None
) -> list[Event]:
    """Pull a view or a metric in eval mode and return its events.

    `early` is called with figures of intermediate results of samplers. Raise `NodeFailed` where the
    node returns neither a figure nor a measurement.
    """
    start = time.perf_counter()

    def show(sink: str, made: object) -> None:
        if early and isinstance(made, Made):
            early(Figure(node=sink, step=step, figure=figure_data(made)))

    with program.evaluation(name, step):
        made = program.pull(name, step=step, show=show if early else None)
        seconds = time.perf_counter() - start
        if isinstance(made, Made):
            return [Figure(node=name, step=step, figure=figure_data(made), seconds=seconds)]
        if isinstance(made, Measured):
            values = {"": float(made.value)} | {k: float(v) for k, v in made.others.items()}
            return [Metric(node=name, step=step, values=values, unit=made.unit)]
    raise NodeFailed("{node} made no picture and no figure.", place=name, node=NodeName(name))


def figure_data(made: Made) -> FigureData:
    """Return a figure with its tensors as bytes; float64, bfloat16 and float16 become float32."""
    arrays = {key: Array.of(_numpy(value)) for key, value in made.arrays.items()}
    return FigureData(kind=made.kind, arrays=arrays, facts=dict(made.facts))


def _numpy(value: Tensor | object) -> object:
    if not isinstance(value, Tensor):
        return value
    value = value.detach()
    if value.dtype in (torch.float64, torch.bfloat16, torch.float16):
        value = value.float()
    return value.cpu().numpy()

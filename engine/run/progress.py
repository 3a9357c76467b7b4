"""Report the progress and speed of samplers and solvers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine.document.messages import Event, NodeState, Progress
from nodes.types import Frame

FLUSH = 0.2  # seconds between two events of scalars or progress


class Work:
    """Report the progress of samplers and solvers within pulls.

    `lasting`: that work is the purpose of the run and its nodes end as "done"; otherwise as "idle".
    """

    def __init__(self, emit: Callable[[Event], None], *, lasting: bool) -> None:
        self.emit, self.lasting = emit, lasting
        self.node = ""
        self.frame: Frame[Any] = Frame(0, 0)
        self.rate = Rate()
        self.took = self.since = self.next_report = 0.0
        self.reported = False

    def count(self, name: str, frame: Frame[Any]) -> None:
        """Count a frame of a node; emit its progress every `FLUSH` seconds."""
        if name != self.node:
            self.finish()
            self.node = name
        now = time.perf_counter()
        self.frame, self.took, self.since = frame, self.took + now - self.since, now
        if now >= self.next_report:
            self.report()

    def resume(self) -> None:
        """Restart the clock; measure the speed anew after a pause."""
        now = time.perf_counter()
        if now - self.since > FLUSH:
            self.rate = Rate()
        self.since = now

    def report(self) -> None:
        """Emit the progress."""
        frame, rate = self.frame, self.rate.of(self.frame.step)
        self.next_report, self.reported = time.perf_counter() + FLUSH, True
        self.emit(
            Progress(
                node=self.node,
                step=frame.step,
                total=frame.total,
                rate=rate,
                left=(frame.total - frame.step) / rate if rate and frame.total else None,
                numbers={name: float(value) for name, value in frame.numbers.items()},
                within=True,
            )
        )

    def finish(self) -> None:
        """Emit that the node is done, or idle again."""
        if self.node and self.lasting:
            self.emit(NodeState(node=self.node, state="done", seconds=self.took))
        elif self.reported:
            self.emit(NodeState(node=self.node, state="idle"))
        self.node, self.reported, self.took, self.rate = "", False, 0.0, Rate()

    def cancel(self) -> None:
        """Emit that the node is idle because its work was cancelled."""
        if self.node:
            self.emit(NodeState(node=self.node, state="idle"))
        self.node, self.reported, self.took = "", False, 0.0


class Rate:
    """Steps per second, over the last 5 seconds."""

    def __init__(self) -> None:
        self.marks: list[tuple[float, int]] = []

    def of(self, step: int) -> float | None:
        """Add the current step and return the rate, or None where it is not known yet."""
        now = time.perf_counter()
        self.marks = [*(m for m in self.marks[-50:] if now - m[0] < 5.0), (now, step)]
        elapsed, first = now - self.marks[0][0], self.marks[0][1]
        return (step - first) / elapsed if elapsed > 0 and step > first else None

"""The result of a run, summed up from its events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.document.catalogue import Problem
from engine.document.history import metric_names
from engine.document.messages import Event, Fault, Metric, NodeState
from nodes.errors import told
from nodes.sentences import Text


@dataclass
class Outcome:
    """The result of a run; `take` adds an event to it. `training`: the seconds in trainers only.

    `sinks`: the ids of views and metrics. `faults`: their errors, which do not end training.
    `lost`: why recording ended early, or "".
    """

    status: Literal["done", "stopped", "failed"] = "stopped"
    folder: Path | None = None
    steps: int = 0
    seconds: float = 0.0
    training: float = 0.0
    sentence: Text = ""
    lost: Text = ""
    metrics: dict[str, float] = field(default_factory=dict)
    measured_at: dict[str, int] = field(default_factory=dict)
    """The step of each metric: a run that was stopped may not have measured its last one."""
    faults: list[Problem] = field(default_factory=list)
    sinks: frozenset[str] = frozenset()
    _start: float = field(default_factory=time.perf_counter)
    _since: dict[str, float] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Add an event of the run."""
        if isinstance(event, Fault) and event.problem.level == "error":
            self.sentence = told_of(event.problem)
            self.note_fault(event.problem)
        elif isinstance(event, Metric):
            found = metric_names(event.node, event.values)
            self.metrics |= found
            self.measured_at |= dict.fromkeys(found, event.step)
        elif isinstance(event, NodeState):
            self._take_state(event)

    def note_fault(self, problem: Problem) -> None:
        """Note an error of a view or metric, once."""
        known = {(p.node, str(p.sentence)) for p in self.faults}
        new = (problem.node, str(problem.sentence)) not in known
        if problem.level == "error" and problem.node in self.sinks and new:
            self.faults.append(problem)

    def _take_state(self, event: NodeState) -> None:
        if event.state == "running":
            self._since[event.node] = time.perf_counter()
        elif event.node in self._since:
            self.training += time.perf_counter() - self._since.pop(event.node)

    def close(self, steps: int, *, strict: bool) -> None:
        """Sum up after `steps` steps; with `strict`, an error of a view or metric fails the run."""
        now = time.perf_counter()
        self.seconds, self.steps = now - self._start, steps
        self.training += sum(now - since for since in self._since.values())
        if strict and self.faults and self.status == "done":
            self.status, self.sentence = "failed", told_of(self.faults[0])
        self.sentence = self.sentence if self.status == "failed" else ""


def told_of(problem: Problem) -> Text:
    """Return the sentence of a problem, its hint and the node it concerns."""
    return told(problem.sentence, problem.hint, problem.node)

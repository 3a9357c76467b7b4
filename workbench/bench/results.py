"""The figures, curves and metrics shown: of the document's current run, or of a recorded step.

The engine reads recorded runs from their folders. Signals for frequent events are emitted at most
30 times a second, with the latest value, to leave the CPU to the engine.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QObject, QTimer, Signal

from engine.document.messages import (
    At,
    Figure,
    History,
    Metric,
    Past,
    ReadRun,
    RunInfo,
    Runs,
    Status,
    Unread,
)
from nodes.sentences import Text
from workbench.bench import curves
from workbench.bench.curves import Curves

INTERVAL = 33  # ms between two updates


class Results(QObject):
    """Figures, curves and metrics at the step shown."""

    figure_came = Signal(object)  # each figure at once, before it is shown
    figure_changed = Signal(str)  # the node
    series_changed = Signal()
    metric_changed = Signal(str)  # the node
    runs_changed = Signal()
    history_changed = Signal()
    past_changed = Signal()
    run_lost = Signal(object)  # why the requested run cannot be read
    requested = Signal(object)  # a request to the engine

    EMITTERS: ClassVar[dict[str, Callable[[Any, str], None]]] = {
        "figure": lambda shown, node: shown.figure_changed.emit(node),
        "metric": lambda shown, node: shown.metric_changed.emit(node),
        "series": lambda shown, _: shown.series_changed.emit(),
        "past": lambda shown, _: shown._ask_past(),
    }

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.status = Status(status="idle")
        self.figures: dict[str, Figure] = {}  # those shown: live, or of the step `past`
        self.latest: dict[str, Figure] = {}  # the live ones
        self.series: Curves = {}
        self.metrics: dict[str, Metric] = {}
        self.recorded: list[int] = []  # steps of the current run with a recorded view
        self.checkpoints: list[int] = []  # of the current run
        self.runs: list[RunInfo] = []
        self.runs_known = 0  # the stamp of the engine's list, 0 before the first
        self.history: History | None = None  # of another run, while it is shown
        self.histories: dict[str, History] = {}  # of the runs read so far, by folder
        self.past: int | None = None  # the step shown, unless it is the newest
        self.past_metrics: dict[str, Metric] = {}
        self._showing = ""  # the run to show once it is read
        self._pending: dict[tuple[str, str], None] = {}
        self._timer = QTimer(self, singleShot=True)
        self._last = -math.inf  # when the last update was, in seconds
        self._timer.timeout.connect(self._emit)

    @property
    def shown_run(self) -> str:
        """The folder of the run that is shown."""
        return self.history.info.path if self.history else self.status.run

    def run_info(self, run: str) -> RunInfo | None:
        """Return what is known of a run by its folder: as listed, else as it was read."""
        listed = next((info for info in self.runs if info.path == run), None)
        read = self.histories.get(run)
        return listed or (read.info if read else None)

    @property
    def shown_curves(self) -> Curves:
        return _measured(self.history) if self.history else self.series

    @property
    def steps(self) -> list[int]:
        """The recorded steps of the run shown."""
        return self.history.steps if self.history else self.recorded

    @property
    def last_step(self) -> int:
        """The last known step of this document's run."""
        ends = (steps[-1] for steps, _ in self.series.values() if steps)
        return max([*self.recorded[-1:], *ends], default=0)

    def value(self, name: str) -> float | None:
        """Return a curve's value at the step shown."""
        return curves.value_at(self.shown_curves, name, self.past)

    def metric(self, node: str) -> Metric | None:
        """Return a metric's last value at the step shown."""
        return (self.metrics if self.past is None else self.past_metrics).get(node)

    def show_step(self, step: int) -> None:
        """Show everything at `step` of the run shown; of quick calls only the last counts."""
        self.past = step
        self._emit_soon("past", "")
        self.past_changed.emit()

    def show_newest(self) -> None:
        """Return to the newest state of this document's own run."""
        self._showing = ""
        if self.past is None:
            return
        self.past = None
        other, self.history = self.history, None
        self.past_metrics = {}
        self._show_figures(self.latest)
        self.past_changed.emit()
        if other is not None:
            self.history_changed.emit()

    def show_run(self, path: str) -> None:
        """Show the end of a recorded run in all views once it is read."""
        self._showing = path
        self.requested.emit(ReadRun(run=path))

    def _take_figure(self, event: Figure) -> None:
        self.latest[event.node] = event
        if self.recorded and event.step < self.recorded[-1]:  # resumed from an earlier step
            kept = bisect_left(self.recorded, event.step)
            self.recorded = self.recorded[:kept]  # a new list: the slider holds the old one
        if not self.recorded or event.step > self.recorded[-1]:
            self.recorded.append(event.step)
        if self.past is None:
            self.figures[event.node] = event
            self._emit_soon("figure", event.node)
        self.figure_came.emit(event)

    def _take_past(self, event: Past) -> None:
        """Show a requested step, unless another run is shown by now."""
        if self.past is None or event.run != self.shown_run:
            return
        self.past_metrics = {metric.node: metric for metric in event.metrics}
        self._show_figures({figure.node: figure for figure in event.figures})
        self.past_changed.emit()

    def _show_figures(self, figures: dict[str, Figure]) -> None:
        """Show these figures and remove all others."""
        for node in self.figures.keys() | figures.keys():
            self._emit_soon("figure", node)
        self.figures = dict(figures)

    def _take_runs(self, event: Runs) -> None:
        self.runs, self.runs_known = event.runs, event.stamp or 1
        self.runs_changed.emit()

    def _take_history(self, event: History) -> None:
        path = event.info.path
        self.histories[path] = event
        if path == self.status.run:
            self._take_own(event)
        if path == self._showing:
            self._showing = ""
            self.history = None if path == self.status.run else event
            self.show_step(_end(event))
        self.history_changed.emit()

    def _take_own(self, event: History) -> None:
        """Join the recording of this document's run with the events received since."""
        curves.prepend(self.series, _measured(event))
        last = event.steps[-1] if event.steps else -1
        self.recorded = event.steps + [step for step in self.recorded if step > last]
        self.checkpoints = event.checkpoints
        self._emit_soon("series", "")

    def _take_unread(self, event: Unread) -> None:
        """Forget a run whose folder is missing or damaged; emit `run_lost` if it is shown."""
        self.runs = [run for run in self.runs if run.path != event.run]
        self.runs_known = min(self.runs_known, 1)  # the engine's list is to be told anew
        self.runs_changed.emit()
        self.histories.pop(event.run, None)
        if event.run == self.status.run:
            self.recorded, self.checkpoints = [], []
        self.leave_run(event.run, event.sentence)

    def leave_run(self, run: str, why: Text) -> None:
        """If this run is shown or about to be, return to the newest and emit `run_lost(why)`."""
        shown = self.shown_run if self.past is not None else ""
        if run in (self._showing, shown):
            self.show_newest()
            self.run_lost.emit(why)

    def _emit_soon(self, what: str, node: str) -> None:
        self._pending[what, node] = None
        if not self._timer.isActive():
            since = 1e3 * (time.monotonic() - self._last)
            self._timer.start(max(0, round(INTERVAL - since)) if since < INTERVAL else 0)

    def _emit(self) -> None:
        self._last = time.monotonic()
        news, self._pending = self._pending, {}
        for what, node in news:
            self.EMITTERS[what](self, node)

    def _ask_past(self) -> None:
        if self.past is not None and self.shown_run:
            self.requested.emit(At(run=self.shown_run, step=self.past))


def _measured(history: History) -> Curves:
    """Return the training curves; curves of metrics are left out."""
    return {k: v for k, v in history.series.items() if k not in history.info.metrics}


def _end(history: History) -> int:
    """Return the last step with a recorded figure or curve."""
    return max([*history.steps[-1:], *(s[-1] for s, _ in history.series.values() if s)], default=0)

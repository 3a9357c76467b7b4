"""What is shown of a document's runs: the newest of its own, or a step of the past of any.

Other runs are read from their folders by the engine. Signals for events that come at a high rate
are emitted at most thirty times a second, with the latest value: the engine needs the cores.
"""

from __future__ import annotations

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

BEAT = 33  # ms between two rounds of news


class Shown(QObject):
    """Figures, curves and metrics, each as it was at the step that is shown."""

    figure_changed = Signal(str)  # the node
    series_changed = Signal()
    metric_changed = Signal(str)  # the node
    runs_changed = Signal()
    history_changed = Signal()
    past_changed = Signal()
    run_lost = Signal(object)  # why a recorded run that was asked for cannot be read
    wanted = Signal(object)  # a request for the engine

    TELLS: ClassVar[dict[str, Callable[[Any, str], None]]] = {
        "figure": lambda shown, node: shown.figure_changed.emit(node),
        "metric": lambda shown, node: shown.metric_changed.emit(node),
        "series": lambda shown, _: shown.series_changed.emit(),
        "past": lambda shown, _: shown._ask_past(),
    }

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.status = Status(status="idle")
        self.figures: dict[str, Figure] = {}  # what is shown: live, or past where `past` is a step
        self.latest: dict[str, Figure] = {}  # the live ones in any case
        self.series: Curves = {}
        self.metrics: dict[str, Metric] = {}
        self.recorded: list[int] = []  # steps of this run at which a view was made
        self.checkpoints: list[int] = []  # of this run
        self.runs: list[RunInfo] = []
        self.history: History | None = None  # of another run, while that one is shown
        self.histories: dict[str, History] = {}  # of the runs that were read, by folder
        self.past: int | None = None  # the step that is shown, where it is not the newest
        self.past_metrics: dict[str, Metric] = {}
        self._showing = ""  # the run to show as soon as it is read
        self._news: dict[tuple[str, str], None] = {}
        self._beat = QTimer(self, singleShot=True, interval=BEAT)
        self._beat.timeout.connect(self._tell)

    @property
    def shown_run(self) -> str:
        """The folder of the run that views and figures are of."""
        return self.history.info.path if self.history else self.status.run

    @property
    def shown_curves(self) -> Curves:
        return _measured(self.history) if self.history else self.series

    @property
    def steps(self) -> list[int]:
        """The recorded steps of the run shown."""
        return self.history.steps if self.history else self.recorded

    @property
    def last_step(self) -> int:
        """The last step that is known of this document's run."""
        ends = (steps[-1] for steps, _ in self.series.values() if steps)
        return max([*self.recorded[-1:], *ends], default=0)

    def value(self, name: str) -> float | None:
        """Return the value of a curve at the step shown."""
        return curves.value_at(self.shown_curves, name, self.past)

    def metric(self, node: str) -> Metric | None:
        """Return what a metric measured last at the step shown."""
        return (self.metrics if self.past is None else self.past_metrics).get(node)

    def look_back(self, step: int) -> None:
        """Show all as it was at `step` of the run shown; of many steps the last counts."""
        self.past = step
        self._soon("past", "")
        self.past_changed.emit()

    def look_now(self) -> None:
        """Leave the past: show the newest of everything, of this document's own run."""
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
        """Show a recorded run in all views, at its end, once it is read."""
        self._showing = path
        self.wanted.emit(ReadRun(run=path))

    # --- what the engine says ---

    def _take_figure(self, event: Figure) -> None:
        self.latest[event.node] = event
        if self.recorded and event.step < self.recorded[-1]:  # resumed from an earlier step
            kept = bisect_left(self.recorded, event.step)
            self.recorded = self.recorded[:kept]  # a new list: the slider holds the old one
        if not self.recorded or event.step > self.recorded[-1]:
            self.recorded.append(event.step)
        if self.past is None:
            self.figures[event.node] = event
            self._soon("figure", event.node)

    def _take_past(self, event: Past) -> None:
        """Show a step that was asked for, unless the slider has left the run meanwhile."""
        if self.past is None or event.run != self.shown_run:
            return
        self.past_metrics = {metric.node: metric for metric in event.metrics}
        self._show_figures({figure.node: figure for figure in event.figures})
        self.past_changed.emit()

    def _show_figures(self, figures: dict[str, Figure]) -> None:
        """Show these figures and no others."""
        for node in self.figures.keys() | figures.keys():
            self._soon("figure", node)
        self.figures = dict(figures)

    def _take_runs(self, event: Runs) -> None:
        self.runs = event.runs
        self.runs_changed.emit()

    def _take_history(self, event: History) -> None:
        path = event.info.path
        self.histories[path] = event
        if path == self.status.run:
            self._take_own(event)
        if path == self._showing:
            self._showing = ""
            self.history = None if path == self.status.run else event
            self.look_back(_end(event))
        self.history_changed.emit()

    def _take_own(self, event: History) -> None:
        """Join the recording of this document's run with the events received since."""
        curves.put_before(self.series, _measured(event))
        last = event.steps[-1] if event.steps else -1
        self.recorded = event.steps + [step for step in self.recorded if step > last]
        self.checkpoints = event.checkpoints
        self._soon("series", "")

    def _take_unread(self, event: Unread) -> None:
        """Forget a run folder that is gone or damaged; say so where it is shown."""
        self.runs = [run for run in self.runs if run.path != event.run]
        self.runs_changed.emit()
        self.histories.pop(event.run, None)
        if event.run == self.status.run:
            self.recorded, self.checkpoints = [], []
        self.leave_run(event.run, event.sentence)

    def leave_run(self, run: str, why: Text) -> None:
        """Show the newest again where a run that cannot be read is shown, and say why."""
        shown = self.shown_run if self.past is not None else ""
        if run in (self._showing, shown):
            self.look_now()
            self.run_lost.emit(why)

    # --- telling it, thirty times a second ---

    def _soon(self, what: str, node: str) -> None:
        self._news[what, node] = None
        if not self._beat.isActive():
            self._beat.start()

    def _tell(self) -> None:
        news, self._news = self._news, {}
        for what, node in news:
            self.TELLS[what](self, node)

    def _ask_past(self) -> None:
        if self.past is not None and self.shown_run:
            self.wanted.emit(At(run=self.shown_run, step=self.past))


def _measured(history: History) -> Curves:
    """Return what training measured: metrics are known as such."""
    return {k: v for k, v in history.series.items() if k not in history.info.metrics}


def _end(history: History) -> int:
    """Return the last step of which something is recorded."""
    return max([*history.steps[-1:], *(s[-1] for s, _ in history.series.values() if s)], default=0)

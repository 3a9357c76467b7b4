"""What the engine said of one document, kept for whoever shows it.

`receive` is its only input from the engine. What comes at a high rate is told at most thirty times
a second, the latest value winning: the engine needs the cores. What a panel wants from the engine
leaves by `wanted`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from engine.catalogue import Problem
from engine.graph import Graph
from engine.messages import (
    At,
    Checked,
    Fault,
    Figure,
    History,
    ListRuns,
    Metric,
    NodeInfo,
    NodeState,
    Note,
    Past,
    Progress,
    ReadRun,
    Refresh,
    RunInfo,
    Runs,
    Scalars,
    Status,
    Unread,
    Weights,
    Welcome,
    WireInfo,
)
from nodes.sentences import NodeName, Text
from workbench import curves
from workbench.curves import Curves
from workbench.sentences import NOWHERE, part_said, problem_said, said

BEAT = 33  # ms between two rounds of news
LOG_LINES = 5_000
BUSY = ("starting", "running")
RESTING = ("done", "stopped", "paused")


class Line(NamedTuple):
    """One thing that was said, and when, in seconds since 1970."""

    level: str
    text: str
    when: float


class Live(QObject):
    """The engine's view of a document. Signals that carry a string name the node."""

    checked_changed = Signal()
    problems_changed = Signal()
    weights_changed = Signal()
    status_changed = Signal()
    progress_changed = Signal(str)
    state_changed = Signal(str)
    figure_changed = Signal(str)
    series_changed = Signal()
    metric_changed = Signal(str)
    runs_changed = Signal()
    history_changed = Signal()
    past_changed = Signal()
    welcomed = Signal()
    log_line = Signal(str, str)  # level, text
    run_lost = Signal(str)  # why a recorded run that was asked for cannot be read
    wanted = Signal(object)  # a request for the engine

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.welcome: Welcome | None = None
        self.checked: Checked | None = None
        self.node_infos: dict[str, NodeInfo] = {}
        self.wire_infos: dict[tuple[str, str], WireInfo] = {}
        self.status = Status(status="idle")
        self.weights = Weights()
        self.spoke: Progress | None = None  # the last word of the trainer that ended last
        self.progress: dict[str, Progress] = {}
        self.states: dict[str, NodeState] = {}
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
        self.log: deque[Line] = deque(maxlen=LOG_LINES)
        self.seq = 0  # of the last graph sent: answers to older ones say nothing of faults
        self.names = NOWHERE  # what the nodes that sentences speak of are called
        self._cheap: list[Problem] = []
        self._faults: list[Problem] = []
        self._news: dict[tuple[str, str], None] = {}
        self._showing = ""  # the run to show as soon as it is read
        self._beat = QTimer(self, singleShot=True, interval=BEAT)
        self._beat.timeout.connect(self._tell)

    # --- what the engine says ---

    def receive(self, event: Any) -> None:
        """Take one event of the engine."""
        _TAKES[type(event)](self, event)

    @property
    def busy(self) -> bool:
        return self.status.status in BUSY

    @property
    def problems(self) -> list[Problem]:
        """Faults of the run, of the last check, and those the window sees by itself."""
        checked = self.checked.problems if self.checked else []
        found: dict[tuple[str, str, str, Text], Problem] = {}
        for p in (*self._faults, *checked, *self._cheap):
            found.setdefault((p.node, p.port, p.param, p.sentence), p)
        told = (problem_said(p, self.names) for p in found.values())
        return sorted(told, key=lambda p: p.level != "error")

    def suppose(self, problems: list[Problem], graph: Graph, touched: Iterable[str] = ()) -> None:
        """Take the window's own findings after an edit; old ones of touched nodes are void."""
        void = set(touched)

        def stands(problem: Problem) -> bool:
            return problem.node not in void and problem.node in ("", *graph.nodes)

        self._cheap = problems
        self._faults = [p for p in self._faults if stands(p)]
        if self.checked:
            self.checked.problems = [p for p in self.checked.problems if stands(p)]
        self.problems_changed.emit()

    def engine_lost(self, sentence: str) -> None:
        """Nothing runs any more; what was shown stays."""
        self.status = Status(status="idle", run=self.status.run)
        if sentence:
            self._log("error", sentence)
        self._take_weights(Weights())
        self._rest()
        self.status_changed.emit()

    def _rest(self) -> None:
        """Nothing runs: no node does."""
        self.progress.clear()
        for node, state in self.states.items():
            if state.state == "running":
                self.states[node] = NodeState(node=node, state="idle")
                self._soon("state", node)

    # --- what is shown ---

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

    # --- what panels want ---

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

    def refresh(self, nodes: Iterable[str] = ()) -> None:
        self.wanted.emit(Refresh(nodes=list(nodes)))

    def list_runs(self, folder: str = "") -> None:
        self.wanted.emit(ListRuns(runs=folder))

    def read_run(self, path: str) -> None:
        """Ask for the curves and steps of a recorded run."""
        self.wanted.emit(ReadRun(run=path))

    # --- taking events ---

    def _take_welcome(self, event: Welcome) -> None:
        self.welcome = event
        self.welcomed.emit()

    def _take_checked(self, event: Checked) -> None:
        if event.seq < self.seq:
            return  # an answer to an older edit: the next is on its way
        self.checked = event
        self.node_infos = {n.node: n for n in event.nodes}
        self.wire_infos = {(w.node, w.port): w for w in event.wires}
        self.checked_changed.emit()
        self.problems_changed.emit()

    def _take_status(self, event: Status) -> None:
        fresh = event.run and event.run != self.status.run
        event.sentence = said(event.sentence, self.names)
        self.status = event
        if fresh:
            self._begin_run()
        if not self.busy and event.status != "paused":
            self._rest()
        if event.run and (fresh or event.status in RESTING):
            self.read_run(event.run)  # its checkpoints, and what it had before it was resumed
        self.status_changed.emit()

    def _begin_run(self) -> None:
        self.look_now()
        for kept in (self.series, self.metrics, self.progress):
            kept.clear()
        self.recorded, self.checkpoints, self.spoke = [], [], None
        self._faults = []
        self.series_changed.emit()
        self.problems_changed.emit()

    def _take_progress(self, event: Progress) -> None:
        self.progress.pop(event.node, None)
        self.progress[event.node] = event  # the last to speak stands last
        self.spoke = self.spoke if event.within else event
        self._soon("progress", event.node)

    def _take_weights(self, event: Weights) -> None:
        self.weights = event
        self.weights_changed.emit()

    def _take_state(self, event: NodeState) -> None:
        self.states[event.node] = event
        known = self.progress.get(event.node)
        if known and (event.state == "idle" or (event.state == "done" and known.within)):
            self.progress.pop(event.node)
        self._soon("state", event.node)

    def _take_scalars(self, event: Scalars) -> None:
        curves.add(self.series, event.series)
        self._soon("series", "")

    def _take_figure(self, event: Figure) -> None:
        self.latest[event.node] = event
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

    def _take_metric(self, event: Metric) -> None:
        self.metrics[event.node] = event
        self._soon("metric", event.node)

    def _take_fault(self, event: Fault) -> None:
        self._faults.append(event.problem)
        if event.problem.trace:
            self._log("error", event.problem.trace)
        self._log("error", self._sentence(event.problem))
        self.problems_changed.emit()

    def _sentence(self, problem: Problem) -> str:
        """Return a problem's sentence with the title of its node before it."""
        title = part_said(NodeName(problem.node), self.names)
        return f"{title}: {problem_said(problem, self.names).sentence}".removeprefix(": ")

    def _take_note(self, event: Note) -> None:
        self._log(event.level, said(event.text, self.names))

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
        """Join what was recorded of this document's run with what was heard of it."""
        curves.put_before(self.series, _measured(event))
        last = event.steps[-1] if event.steps else -1
        self.recorded = event.steps + [step for step in self.recorded if step > last]
        self.checkpoints = event.checkpoints
        self._soon("series", "")

    def _take_unread(self, event: Unread) -> None:
        """A run folder is gone or damaged: leave it, and say so where somebody looks at it."""
        self.runs = [run for run in self.runs if run.path != event.run]
        self.runs_changed.emit()
        shown = self.shown_run if self.past is not None else ""
        if event.run == self.status.run:
            self.recorded, self.checkpoints = [], []
        if event.run in (self._showing, shown):
            self.look_now()
            self.run_lost.emit(event.sentence)

    def _log(self, level: str, text: str) -> None:
        self.log.append(Line(level, text, time.time()))
        self.log_line.emit(level, text)

    # --- telling it, thirty times a second ---

    def _soon(self, what: str, node: str) -> None:
        self._news[what, node] = None
        if not self._beat.isActive():
            self._beat.start()

    def _tell(self) -> None:
        news, self._news = self._news, {}
        for what, node in news:
            _TELLS[what](self, node)

    def _ask_past(self) -> None:
        if self.past is not None and self.shown_run:
            self.wanted.emit(At(run=self.shown_run, step=self.past))


def _measured(history: History) -> Curves:
    """Return what training measured: metrics are known as such."""
    return {k: v for k, v in history.series.items() if k not in history.info.metrics}


def _end(history: History) -> int:
    """Return the last step of which something is recorded."""
    return max([*history.steps[-1:], *(s[-1] for s, _ in history.series.values() if s)], default=0)


_TAKES: dict[type, Callable[[Live, Any], None]] = {
    Welcome: Live._take_welcome,
    Checked: Live._take_checked,
    Status: Live._take_status,
    Weights: Live._take_weights,
    Progress: Live._take_progress,
    NodeState: Live._take_state,
    Scalars: Live._take_scalars,
    Figure: Live._take_figure,
    Metric: Live._take_metric,
    Past: Live._take_past,
    Unread: Live._take_unread,
    Fault: Live._take_fault,
    Note: Live._take_note,
    Runs: Live._take_runs,
    History: Live._take_history,
}
_TELLS: dict[str, Callable[[Live, str], None]] = {
    "progress": lambda live, node: live.progress_changed.emit(node),
    "state": lambda live, node: live.state_changed.emit(node),
    "figure": lambda live, node: live.figure_changed.emit(node),
    "metric": lambda live, node: live.metric_changed.emit(node),
    "series": lambda live, _: live.series_changed.emit(),
    "past": lambda live, _: live._ask_past(),
}

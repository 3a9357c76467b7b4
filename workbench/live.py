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
    Progress,
    ReadRun,
    Refresh,
    RunInfo,
    Runs,
    Scalars,
    Status,
    Welcome,
    WireInfo,
)
from workbench.sentences import problem_said

BEAT = 33  # ms between two rounds of news
LOG_LINES = 5_000
BUSY = ("starting", "running")

Series = dict[str, tuple[list[int], list[float]]]


class Line(NamedTuple):
    """One thing that was said, and when, in seconds since 1970."""

    level: str
    text: str
    when: float


class Live(QObject):
    """The engine's view of a document. Signals that carry a string name the node."""

    checked_changed = Signal()
    problems_changed = Signal()
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
    wanted = Signal(object)  # a request for the engine

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.welcome: Welcome | None = None
        self.checked: Checked | None = None
        self.node_infos: dict[str, NodeInfo] = {}
        self.wire_infos: dict[tuple[str, str], WireInfo] = {}
        self.status = Status(status="idle")
        self.progress: dict[str, Progress] = {}
        self.states: dict[str, NodeState] = {}
        self.figures: dict[str, Figure] = {}  # what is shown: live, or past where `past` is a step
        self.latest: dict[str, Figure] = {}  # the live ones in any case
        self.series: Series = {}
        self.metrics: dict[str, Metric] = {}
        self.recorded: list[int] = []  # steps of this run at which a view was made
        self.runs: list[RunInfo] = []
        self.history: History | None = None
        self.histories: dict[str, History] = {}  # of the runs that were read, by folder
        self.past: int | None = None
        self.log: deque[Line] = deque(maxlen=LOG_LINES)
        self.seq = 0  # of the last graph sent: answers to older ones say nothing of faults
        self._cheap: list[Problem] = []
        self._faults: list[Problem] = []
        self._news: dict[tuple[str, str], None] = {}
        self._asked_step: int | None = None
        self._compared: set[str] = set()
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
        found: dict[tuple[str, str, str, str], Problem] = {}
        for p in (*self._faults, *checked, *self._cheap):
            found.setdefault((p.node, p.port, p.param, p.sentence), p)
        told = (problem_said(p) for p in found.values())
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
        self.progress.clear()
        for node, state in self.states.items():
            if state.state == "running":
                self.states[node] = NodeState(node=node, state="idle")
                self._soon("state", node)
        self.status_changed.emit()

    # --- what panels want ---

    def look_back(self, step: int) -> None:
        """Show every view as it was at `step` of the run shown; of many steps the last counts."""
        first = self.past is None
        self.past = step
        self._asked_step = step
        self._soon("past", "")
        if first:
            self.past_changed.emit()

    def look_now(self) -> None:
        """Leave the past: show the newest of every view."""
        if self.past is None:
            return
        self.past = self._asked_step = None
        self.figures = dict(self.latest)
        for node in self.figures:
            self._soon("figure", node)
        self.past_changed.emit()

    def refresh(self, nodes: Iterable[str] = ()) -> None:
        self.wanted.emit(Refresh(nodes=list(nodes)))

    def list_runs(self, folder: str = "") -> None:
        self.wanted.emit(ListRuns(runs=folder))

    def read_run(self, path: str, *, show: bool = True) -> None:
        """Ask for a recorded run: to show it, or only to compare its curves with others."""
        self._compared -= {path}
        self._compared |= set() if show else {path}
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
        self.status = event
        if fresh:
            self._begin_run()
        if not self.busy and event.status != "paused":
            self.progress.clear()
        self.status_changed.emit()

    def _begin_run(self) -> None:
        self.look_now()
        for kept in (self.series, self.metrics, self.progress):
            kept.clear()
        self.recorded.clear()
        self.history = None
        self._faults = []
        self.series_changed.emit()
        self.problems_changed.emit()

    def _take_progress(self, event: Progress) -> None:
        self.progress.pop(event.node, None)
        self.progress[event.node] = event  # the last to speak stands last
        self._soon("progress", event.node)

    def _take_state(self, event: NodeState) -> None:
        self.states[event.node] = event
        known = self.progress.get(event.node)
        if known and (event.state == "idle" or (event.state == "done" and known.within)):
            self.progress.pop(event.node)
        self._soon("state", event.node)

    def _take_scalars(self, event: Scalars) -> None:
        for name, (steps, values) in event.series.items():
            known = self.series.setdefault(name, ([], []))
            known[0].extend(steps)
            known[1].extend(values)
        self._soon("series", "")

    def _take_figure(self, event: Figure) -> None:
        if event.past:
            if self.past is None:
                return  # the slider came back to now before the answer did
        else:
            self.latest[event.node] = event
            if not self.recorded or event.step > self.recorded[-1]:
                self.recorded.append(event.step)
            if self.past is not None:
                return
        self.figures[event.node] = event
        self._soon("figure", event.node)

    def _take_metric(self, event: Metric) -> None:
        self.metrics[event.node] = event
        self._soon("metric", event.node)

    def _take_fault(self, event: Fault) -> None:
        self._faults.append(event.problem)
        if event.problem.trace:
            self._log("error", event.problem.trace)
        self._log("error", f"{event.problem.node}: {event.problem.sentence}".removeprefix(": "))
        self.problems_changed.emit()

    def _take_note(self, event: Note) -> None:
        self._log(event.level, event.text)

    def _take_runs(self, event: Runs) -> None:
        self.runs = event.runs
        self.runs_changed.emit()

    def _take_history(self, event: History) -> None:
        self.histories[event.info.path] = event
        if event.info.path not in self._compared:
            self.history = event
        self.history_changed.emit()

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
        run = self.history.info.path if self.history else self.status.run
        if self._asked_step is not None and run:
            self.wanted.emit(At(run=run, step=self._asked_step))


_TAKES: dict[type, Callable[[Live, Any], None]] = {
    Welcome: Live._take_welcome,
    Checked: Live._take_checked,
    Status: Live._take_status,
    Progress: Live._take_progress,
    NodeState: Live._take_state,
    Scalars: Live._take_scalars,
    Figure: Live._take_figure,
    Metric: Live._take_metric,
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

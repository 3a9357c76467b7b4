"""The engine's messages about one document, kept for the panels and the canvas.

The engine's events enter by `receive`; requests to the engine are emitted by `requested`.
`workbench.bench.results` holds figures, curves and past steps.
"""

from __future__ import annotations

import operator
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from engine.document.catalogue import Problem
from engine.document.graph import Graph
from engine.document.messages import (
    Checked,
    Event,
    Fault,
    Figure,
    Glance,
    Glanced,
    History,
    Keep,
    ListRuns,
    Looked,
    Mended,
    Metric,
    NodeInfo,
    NodeState,
    Note,
    Past,
    Progress,
    ReadRun,
    Refresh,
    Runs,
    Scalars,
    Signed,
    Status,
    Told,
    Unread,
    Weights,
    Welcome,
    WireInfo,
)
from engine.document.tries import with_fixes
from nodes.sentences import NodeName, Text
from workbench.bench import curves
from workbench.bench.results import Results
from workbench.words.kinds import headed
from workbench.words.language import spoken
from workbench.words.sentences import (
    NOWHERE,
    Names,
    TranslatedProblem,
    part_text,
    row_of,
    translate,
    translate_problem,
)

LOG_LINES = 5_000
LATE = 300  # ms that the last check stays valid after an edit while the next is pending
Answer = Literal["none", "awaited", "given"]
BUSY = ("starting", "running")
HALTED = ("done", "stopped", "paused")


class Line(NamedTuple):
    """A line of the log; `when` is in seconds since 1970."""

    level: str
    text: str
    when: float


class Translated(NamedTuple):
    """Problems in the window's language, kept for as long as they and their words are the same."""

    given: list[Problem]
    names: Names
    language: str
    problems: list[TranslatedProblem]

    @classmethod
    def of(cls, given: list[Problem], names: Names) -> Translated:
        """Translate each problem once, errors first."""
        found: dict[tuple[str, str, str, Text], Problem] = {}
        for p in given:
            found.setdefault((p.node, p.port, p.param, p.sentence), p)
        translated = (translate_problem(p, names) for p in found.values())
        return cls(given, names, spoken(), sorted(translated, key=lambda p: p.level != "error"))

    def stands(self, given: list[Problem], names: Names) -> bool:
        """Return whether these are the problems and names that were translated."""
        alike = len(given) == len(self.given) and all(map(operator.is_, given, self.given))
        return alike and names is self.names and self.language == spoken()


class Live(Results):
    """The engine's state for one document. Signals that carry a string name the node."""

    checked_changed = Signal()
    problems_changed = Signal()
    weights_changed = Signal()
    status_changed = Signal()
    progress_changed = Signal(str)
    state_changed = Signal(str)
    welcomed = Signal()
    warned = Signal(str)  # a warning given as a run starts
    glanced = Signal(object)  # the last pictures of a run
    table_read = Signal(object)  # how a node parses its table
    log_line = Signal(str, str)  # level, text

    EMITTERS: ClassVar[dict[str, Callable[[Any, str], None]]] = Results.EMITTERS | {
        "progress": lambda live, node: live.progress_changed.emit(node),
        "state": lambda live, node: live.state_changed.emit(node),
    }

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.welcome: Welcome | None = None
        self.checked: Checked | None = None
        self.node_infos: dict[str, NodeInfo] = {}
        self.wire_infos: dict[tuple[str, str], WireInfo] = {}
        self.weights = Weights()
        self.last_progress: Progress | None = None  # last progress of the trainer that ended last
        self.progress: dict[str, Progress] = {}
        self.states: dict[str, NodeState] = {}
        self.log: deque[Line] = deque(maxlen=LOG_LINES)
        self._run = ""  # the newest run that has a folder
        self.seq = 0  # number of the last graph sent; checks of older ones are ignored
        self.answer: Answer = "none"  # state of the engine's check of the current graph
        self._late = QTimer(self, singleShot=True, interval=LATE)
        self._late.timeout.connect(lambda: self._set_answer("awaited"))
        self.names = NOWHERE  # titles of the nodes that sentences mention
        self.own_problems: list[Problem] = []
        self._faults: list[Problem] = []
        self._translated = Translated([], NOWHERE, "", [])

    def receive(self, event: Event) -> None:
        """Handle one event of the engine."""
        _TAKES[type(event)](self, event)

    @property
    def busy(self) -> bool:
        return self.status.status in BUSY

    @property
    def problems(self) -> list[TranslatedProblem]:
        """Problems of the run, of the last check and of the window's own check, errors first."""
        checked = self.checked.problems if self.checked else []
        given = [*self._faults, *checked, *self.own_problems]
        if not self._translated.stands(given, self.names):
            self._translated = Translated.of(given, self.names)
        return self._translated.problems

    def set_own_problems(
        self, problems: list[Problem], graph: Graph, touched: Iterable[str] | None = None
    ) -> None:
        """Set the problems of the window's own check, and drop old ones on the nodes edited.

        `touched` holds the edited nodes; None means that nothing was edited. Any edit also drops
        the run's problems that belong to no node.
        """
        void = set(touched or ())
        self.own_problems = problems
        self._keep(
            lambda p: p.node not in void and (not p.node or p.node in graph.nodes),
            whole=touched is None,
        )
        self.problems_changed.emit()

    def drop_problems(self, nodes: set[str]) -> None:
        """Drop the run's and the check's problems on nodes that were edited, if there are any."""
        if self._keep(lambda problem: problem.node not in nodes):
            self.problems_changed.emit()

    def _keep(self, stands: Callable[[Problem], bool], *, whole: bool = False) -> bool:
        """Keep the run's and the check's problems that stand; return whether some do not.

        Without `whole` the run's problems that belong to no node go as well.
        """
        before = self._faults, self.checked.problems if self.checked else []
        self._faults = [p for p in self._faults if stands(p) and (p.node or whole)]
        if self.checked:
            self.checked.problems = [p for p in self.checked.problems if stands(p)]
        after = self._faults, self.checked.problems if self.checked else []
        return [*map(len, before)] != [*map(len, after)]

    def sent(self, *, answered: bool) -> None:
        """Note that a graph was sent; `answered` says whether an engine is there to check it.

        The previous check stays valid for `LATE` ms, so that a quick answer replaces it without
        flicker.
        """
        if not answered:
            self._set_answer("none")
        elif self.answer == "given":
            self._late.start()
        else:
            self._set_answer("awaited")

    def _set_answer(self, answer: Answer) -> None:
        self._late.stop()
        if answer != self.answer:
            self.answer = answer
            self.problems_changed.emit()

    def engine_lost(self, sentence: str) -> None:
        """Reset to idle; figures and curves stay."""
        if self.answer == "awaited" or self._late.isActive():
            self._set_answer("none")
        self.status = Status(status="idle", run=self._run)
        if sentence:
            self._log("error", sentence)
        self._take_weights(Weights())
        self._stop_nodes()
        self.status_changed.emit()

    def _stop_nodes(self) -> None:
        """Mark all nodes as not running."""
        self.progress.clear()
        for node, state in self.states.items():
            if state.state == "running":
                self.states[node] = NodeState(node=node, state="idle")
                self._emit_soon("state", node)

    def refresh(self, nodes: Iterable[str] = ()) -> None:
        self.requested.emit(Refresh(nodes=list(nodes)))

    def list_runs(self, folder: str = "") -> None:
        self.requested.emit(ListRuns(runs=folder, known=self.runs_known))

    def keep(self, run: str, node: str, step: int, values: dict[str, float]) -> None:
        """Ask the engine to store the user's measurements of a view in the record of a run."""
        self.requested.emit(Keep(run=run, node=node, step=step, values=values))

    def glance(self, path: str, nodes: Sequence[str]) -> None:
        """Ask for the last pictures of a recorded run."""
        self.requested.emit(Glance(run=path, nodes=list(nodes)))

    def read_run(self, path: str) -> None:
        """Ask for the curves and steps of a recorded run."""
        self.requested.emit(ReadRun(run=path))

    def _take_welcome(self, event: Welcome) -> None:
        self.welcome = event
        self.welcomed.emit()

    def _take_checked(self, event: Checked) -> None:
        if event.seq < self.seq:
            return  # the check of an older graph; a newer one is on its way
        self.checked = event
        self._set_answer("given")
        self.node_infos = {n.node: n for n in event.nodes}
        self.wire_infos = {(w.node, w.port): w for w in event.wires}
        self.checked_changed.emit()
        self.problems_changed.emit()

    def _take_mended(self, event: Mended) -> None:
        """Add a fix found after the check; drop it if an edit has removed its problem since."""
        if self.checked is not None and self.checked.seq == event.seq:
            self.checked.problems = with_fixes(self.checked.problems, [event.problem])
            self.problems_changed.emit()

    def _take_status(self, event: Status) -> None:
        """Take a run's status; one that ends before it has a folder keeps the previous run's."""
        fresh = event.run and event.run != self._run
        if event.status != "starting":
            event.run = event.run or self._run
        self._run = event.run or self._run
        if event.status == "starting" != self.status.status:
            self._faults = []  # of the previous run, possibly in the same folder
            self.problems_changed.emit()
        event.sentence = translate(event.sentence, self.names)
        self.status = event
        if fresh:
            self._begin_run()
        if not self.busy and event.status != "paused":
            self._stop_nodes()
        if event.run and (fresh or event.status in HALTED):
            self.histories.pop(event.run, None)  # the copy read while it ran is outdated
            self.read_run(event.run)  # for its checkpoints and the steps before it was resumed
        self.status_changed.emit()

    def _begin_run(self) -> None:
        self.show_newest()
        for kept in (self.series, self.metrics, self.progress, self.histories):
            kept.clear()
        self.recorded, self.checkpoints, self.last_progress = [], [], None
        self._faults = []
        self.series_changed.emit()
        self.problems_changed.emit()

    def _take_progress(self, event: Progress) -> None:
        self.progress.pop(event.node, None)
        self.progress[event.node] = event  # the most recent last
        self.last_progress = self.last_progress if event.within else event
        self._emit_soon("progress", event.node)

    def _take_weights(self, event: Weights) -> None:
        self.weights = event
        self.weights_changed.emit()

    def _take_state(self, event: NodeState) -> None:
        self.states[event.node] = event
        known = self.progress.get(event.node)
        if known and (event.state == "idle" or (event.state == "done" and known.within)):
            self.progress.pop(event.node)
        self._emit_soon("state", event.node)

    def notes_of(self, node: str) -> str:
        """Return a node's notes on what it read, in the window's language."""
        info = self.node_infos.get(node)
        return row_of(info.notes, self.names) if info else ""

    def _take_told(self, event: Told) -> None:
        """Take a node's notes on what it read."""
        if event.node in self.node_infos:
            self.node_infos[event.node].notes = event.notes
            self._emit_soon("state", event.node)

    def _take_sign(self, event: Signed) -> None:
        """Take what a node sums itself up as while wires set its parameters."""
        if event.node in self.node_infos:
            self.node_infos[event.node].sign = event.sign
            self._emit_soon("state", event.node)

    def _take_scalars(self, event: Scalars) -> None:
        curves.add(self.series, event.series)
        self._emit_soon("series", "")

    def _take_metric(self, event: Metric) -> None:
        self.metrics[event.node] = event
        self._emit_soon("metric", event.node)

    def _take_fault(self, event: Fault) -> None:
        known = self.checked.problems if self.checked else []
        fault = event.problem
        if not any((p.node, p.sentence) == (fault.node, fault.sentence) for p in known):
            self._faults.append(fault)  # otherwise the check already lists it
        if event.problem.trace:
            self._log("error", event.problem.trace)
        if fault.level == "warning" and self.status.status == "starting":
            translated = translate_problem(fault, self.names)
            self.warned.emit(f"{translated.sentence} {translated.hint}".strip())
        self._log(event.problem.level, self._sentence(event.problem))
        self.problems_changed.emit()

    def _sentence(self, problem: Problem) -> str:
        """Return a problem's sentence, headed by the title of its node."""
        title = part_text(NodeName(problem.node), self.names)
        sentence = translate_problem(problem, self.names).sentence
        return headed(title, sentence) if title else sentence

    def _take_note(self, event: Note) -> None:
        self._log(event.level, translate(event.text, self.names))

    def _log(self, level: str, text: str) -> None:
        self.log.append(Line(level, text, time.time()))
        self.log_line.emit(level, text)


_TAKES: dict[type, Callable[[Live, Any], None]] = {
    Welcome: Live._take_welcome,
    Checked: Live._take_checked,
    Mended: Live._take_mended,
    Status: Live._take_status,
    Weights: Live._take_weights,
    Progress: Live._take_progress,
    NodeState: Live._take_state,
    Signed: Live._take_sign,
    Told: Live._take_told,
    Glanced: lambda live, event: live.glanced.emit(event),
    Looked: lambda live, event: live.table_read.emit(event),
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

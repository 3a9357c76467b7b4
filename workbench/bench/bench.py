"""A bench: one document, its engine, and what the engine said of it. One tab of the window."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.document.catalogue import Catalogue, Problem
from engine.document.graph import Change
from engine.document.mends import offered
from engine.document.messages import (
    At,
    Checked,
    Fault,
    Note,
    Pause,
    ReadRun,
    Restore,
    Resume,
    Run,
    RunInfo,
    SetGraph,
    Status,
    Step,
    Stop,
    Welcome,
)
from nodes.sentences import say
from workbench import edits
from workbench.bench.belonging import owns
from workbench.bench.document import Document
from workbench.bench.lengthening import Trained, longest
from workbench.bench.live import Live
from workbench.bench.mending import offering
from workbench.bench.permits import Permits
from workbench.bench.process import Engine
from workbench.words.sentences import Names

SETTLE = 50  # ms between an edit and the check it asks for
_QUIET = ("layout", "title", "lesson")  # parts that change nothing of what is computed


class Bench(QObject):
    """Joins the three: edits go to the engine, what it says goes to `live`.

    `engine_lost` carries the reason; the document is as it was. The engine starts at `start` and
    not before: a window with ten tabs has the engines of those that were looked at.
    """

    catalogue_changed = Signal(object)
    document_changed = Signal(object)  # the change that was made
    engine_lost = Signal(str)
    engine_started = Signal()
    weights_replaced = Signal(bool)  # a run takes the place of trained weights; false: put back
    stopped = Signal()

    def __init__(
        self,
        document: Document,
        catalogue: Catalogue,
        engine: Engine | None = None,
        *,
        runs: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.catalogue = catalogue
        self.live = Live(self)
        self.engine = engine or Engine()
        self.engine.setParent(self)
        self.runs = runs
        self.permits = Permits()
        self.lost = ""  # why the engine is gone, until it is started again
        self.replaced = ""  # the run whose weights another run has begun anew
        self._resume = ""  # the run that was cut off when the engine was lost
        self._restoring = ""  # the run whose weights were asked for
        self._unsent = True
        self._restarting = False  # the engine is leaving and starts again then
        self._settle = QTimer(self, singleShot=True, interval=SETTLE)
        self._settle.timeout.connect(self.send_graph)
        document.watchers.append(self._changed)
        self.live.wanted.connect(self._ask)
        self.engine.heard.connect(self._heard)
        self.engine.lost.connect(self._engine_lost)
        self.engine.stopped.connect(self._engine_stopped)
        self.engine.log.connect(lambda line: self.live.receive(Note(text=line)))
        self._suppose()

    # --- the engine ---

    @property
    def running(self) -> bool:
        return self.live.busy

    @property
    def unfinished(self) -> bool:
        """Whether a run is under way, going or paused."""
        return self.engine.alive and (self.live.busy or self.live.status.status == "paused")

    def start(self) -> None:
        """Start the engine, or start it again after it was lost."""
        if self.engine.alive:
            return
        self.lost = ""
        self.live.welcome = None  # what the engine before said of itself
        self.engine.start()
        self.send_graph()
        self.engine_started.emit()

    def restart(self) -> None:
        """Start anew: an engine that lives saves and leaves first."""
        if self.engine.alive:
            self._restarting = True
            self.engine.stop()
        else:
            self.start()

    def close(self) -> None:
        """Stop the engine cleanly, for good; `stopped` follows."""
        self._restarting = False
        self._settle.stop()
        self.engine.stop()

    def send(self, request: Any) -> bool:
        """Send a request after edits not sent yet; return False where there is no engine."""
        if self._unsent and not isinstance(request, SetGraph):
            self.send_graph()
        return self.engine.send(request)

    def _ask(self, request: Any) -> None:
        """Send what a panel wants; without an engine no step of the past can be shown."""
        if not self.send(request) and isinstance(request, (At, ReadRun)):
            why = say("Recorded runs cannot be shown while the engine is stopped: restart it.")
            self.live.leave_run(request.run, why)

    def send_graph(self) -> None:
        """Send the document as it is now."""
        self._settle.stop()
        self.live.seq += 1
        home = self.document.home
        request = SetGraph(
            graph=self.document.graph,
            seq=self.live.seq,
            home=str(home) if home else "",
            permitted=self.permits.listed(),
        )
        sent = self.engine.send(request)
        self._unsent = not sent
        self.live.sent(heard=sent)

    def permit(self, nodes: Iterable[str]) -> None:
        """Let nodes read what they name: the user asked for their data."""
        self.permits.given |= set(nodes)
        self.send_graph()

    def owns(self, run: RunInfo) -> bool:
        """Tell whether a recorded run is of this document and has something to show in it."""
        return owns(self.document, self.catalogue, run)

    # --- what the run bar asks ---

    def run(self, *, fresh: bool = False) -> None:
        """Begin a run, go on with the one that is paused, or with the one that was cut off."""
        if self.live.status.status == "paused" and not fresh:
            self.live.look_now()
            self.send(Resume())
            return
        self._begin(fresh=fresh, resume="" if fresh else self._resume)

    def longer(self, steps: int = 0) -> None:
        """Train a finished run on for some steps more, by default for as many again.

        The new total is an edit of the trainer's `steps`, which can be undone.
        """
        known = self.lengthens
        if known is None:
            return
        total = known.step + (steps or known.step)
        self.document.push(edits.set_param(self.document.graph, known.node, "steps", total))
        self.go_on()

    @property
    def lengthens(self) -> Trained | None:
        """The trainer that can have more steps, now that its run is done."""
        return longest(self.document.graph, self.catalogue, self.live)

    @property
    def can_go_on(self) -> bool:
        """Whether this document's run was stopped before its end and can go on."""
        run = self.live.histories.get(self.live.status.run)
        known = run is not None and bool(run.checkpoints) and run.info.status != "done"
        return known and self.live.status.status == "stopped"

    def restore(self, run: str = "") -> None:
        """Put back the weights of a recorded run, by default of the one replaced last."""
        self.start()
        self.live.look_now()
        if self.unfinished:
            self.send(Stop())
        self._restoring = run or self.replaced
        self.send(Restore(run=self._restoring))

    def _note_restored(self, event: Status) -> None:
        """Note that weights are put back, which may be refused; those before can be taken back."""
        before = self.live.status.run
        if event.run and event.run == self._restoring and event.status in ("done", "stopped"):
            self._restoring = ""
            self.replaced = before if before != event.run else self.replaced
            self.weights_replaced.emit(False)

    def go_on(self, run: str = "") -> None:
        """Go on with a recorded run, by default this document's, from its last checkpoint."""
        self._begin(fresh=False, resume=run or self.live.status.run)

    def _begin(self, *, fresh: bool, resume: str) -> None:
        self.start()
        self.permits.whole = True
        self.live.look_now()
        self._resume = self._restoring = ""
        if resume != self.live.status.run:
            self._note_replaced(fresh=fresh or bool(resume))
        self.send(Run(**self._place(), fresh=fresh, resume=resume))

    def _place(self) -> dict[str, str]:
        """Return the fields of `Run` that say where it is recorded, its name and its document."""
        document = self.document
        return {"runs": self.runs, "name": document.name, "document": document.source}

    def _note_replaced(self, *, fresh: bool = False) -> None:
        """Note which run holds the weights that another takes the place of."""
        weights, run = self.live.weights, self.live.status.run
        if run and weights.trained and (fresh or weights.anew) and not self.unfinished:
            self.replaced = run
            self.weights_replaced.emit(True)

    def pause(self) -> None:
        self.send(Pause())

    def toggle(self) -> None:
        """Run or pause: the one primary button."""
        if self.running:
            self.pause()
        else:
            self.run()

    def step(self) -> None:
        self.start()
        self.permits.whole = True
        self.live.look_now()
        self._note_replaced()
        self.send(Step(**self._place()))

    def stop(self) -> None:
        self.send(Stop())

    # --- what happens ---

    def use_catalogue(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._suppose()

    def _changed(self, change: Change) -> None:
        self._unsent = True
        self.permits.note(change, self.catalogue)
        if any(put.path[0] not in _QUIET for put in change.puts):
            self._suppose(_touched(change))
            if not self._settle.isActive():
                self._settle.start()
        self.document_changed.emit(change)

    def _suppose(self, touched: Iterable[str] | None = None) -> None:
        graph = self.document.graph
        found = self.catalogue.problems(graph) if self.catalogue.kinds else []
        found = offered(found, graph, self.catalogue)
        self.live.names = Names(graph, self.catalogue)
        self.live.suppose(found, graph, touched)

    def _heard(self, event: Any) -> None:
        if isinstance(event, Welcome):
            self.use_catalogue(event.catalogue)
            self.catalogue_changed.emit(event.catalogue)
        if isinstance(event, Status):
            self._note_restored(event)
        self.live.receive(self._offering(event))

    def _offering(self, event: Any) -> Any:
        """Return what the engine says with a way out where a file or a folder is missing."""

        def offered(problem: Problem) -> Problem:
            return offering(problem, self.document.graph, self.catalogue)

        if isinstance(event, Fault):
            return Fault(problem=offered(event.problem))
        if isinstance(event, Checked) and event.problems:
            event.problems = [offered(problem) for problem in event.problems]
        return event

    def _engine_lost(self, reason: str) -> None:
        if self.live.busy or self.live.status.status == "paused":
            self._resume = _resumable(self.live.status.run)
        self.lost = reason
        self._unsent = True
        self.live.engine_lost(reason)
        self.engine_lost.emit(reason)

    def _engine_stopped(self) -> None:
        self.live.engine_lost("")
        self.stopped.emit()
        if self._restarting:
            self._restarting = False
            self.start()


def _resumable(run: str) -> str:
    """Return a run that was cut off if it has a checkpoint to go on from, else nothing."""
    return run if run and any(Path(run, "checkpoints").glob("*")) else ""


def _touched(change: Change) -> set[str]:
    """Return the ids of the nodes that a change concerns, as far as its paths say."""
    return {put.path[1] for put in change.puts if len(put.path) > 1 and put.path[0] == "nodes"}

"""A bench: one document, its engine and the engine's answers. Each tab of the window has one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.document.catalogue import Catalogue, Problem, param_problem
from engine.document.expand import expand
from engine.document.faults import problems_of, with_offers
from engine.document.fixes import MOST
from engine.document.graph import GROUP, Change, Graph, Put
from engine.document.library import with_library
from engine.document.messages import (
    At,
    Checked,
    Event,
    Fault,
    Note,
    Pause,
    ReadRun,
    Request,
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
from nodes.sentences import PortName, say
from workbench.bench.belonging import owned, owns
from workbench.bench.document import Document
from workbench.bench.fixes import with_fixes
from workbench.bench.live import Live
from workbench.bench.paths import Paths
from workbench.bench.permits import Permits
from workbench.bench.process import Engine
from workbench.bench.training import Trained, finished_trainer
from workbench.edits.base import name_of
from workbench.words.runnames import run_name
from workbench.words.sentences import Names

SETTLE = 50  # ms from an edit to the check of the graph
_QUIET = ("layout", "title", "lesson")  # parts of the graph that do not affect the computation


class Bench(QObject):
    """Connect a document to its engine: send edits and requests, pass the answers to `live`.

    `engine_lost` carries the reason; the document is unaffected. The engine starts only at `start`,
    so of ten restored tabs only those that were opened have an engine.
    """

    catalogue_changed = Signal(object)
    kinds_changed = Signal(object)  # those of the document's groups that changed
    document_changed = Signal(object)  # the change made
    engine_lost = Signal(str)
    engine_started = Signal()
    weights_replaced = Signal(bool)  # a run replaces trained weights; False: they are restored
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
        self.installed = catalogue
        self.catalogue = with_library(catalogue, document.graph)
        """The installed kinds, the groups of the document, and those that the user has saved."""
        self.live = Live(self)
        self.engine = engine or Engine()
        self.engine.setParent(self)
        self.runs = runs
        self.permits = Permits()
        self.lost = ""  # why the engine died; cleared when it starts again
        self.replaced = ""  # the run whose weights were replaced last
        self._resume = ""  # the run interrupted when the engine died
        self._restoring = ""  # the run whose weights were requested
        self._unsent = True
        self._restarting = False  # whether the engine is to start again once it has stopped
        self._paths: Paths | None = None  # None: to be read again
        self._moved = False  # whether nodes were moved since the own problems were found
        self._settle = QTimer(self, singleShot=True, interval=SETTLE)
        self._settle.timeout.connect(lambda: self.send_graph())
        document.watchers.append(self._changed)
        self.live.requested.connect(self._ask)
        self.engine.received.connect(self._receive)
        self.engine.lost.connect(self._engine_lost)
        self.engine.stopped.connect(self._engine_stopped)
        self.engine.log.connect(lambda line: self.live.receive(Note(text=line)))
        self._find_own_problems()

    @property
    def running(self) -> bool:
        return self.live.busy

    @property
    def unfinished(self) -> bool:
        """Whether a run is in progress or paused."""
        return self.engine.alive and (self.live.busy or self.live.status.status == "paused")

    def start(self) -> None:
        """Start the engine. Do nothing if it is alive."""
        if self.engine.alive:
            return
        self.lost = ""
        self.live.welcome = None  # of the previous engine
        self.engine.start()
        self.send_graph()
        self.engine_started.emit()

    def restart(self) -> None:
        """Start the engine again; if it is alive, let it save and stop first."""
        if self.engine.alive:
            self._restarting = True
            self.engine.stop()
        else:
            self.start()

    def close(self) -> None:
        """Stop the engine for good, letting it save; `stopped` is emitted when it has ended."""
        self._restarting = False
        self._settle.stop()
        self.engine.stop()

    @property
    def paths(self) -> Paths:
        """What the engine calls the nodes of the document."""
        if self._paths is None:
            self._paths = Paths(expand(self.document.graph, self.installed))
        return self._paths

    @property
    def whole(self) -> Graph:
        """The document with the nodes in its groups, by path: to be read only."""
        return self.paths.whole

    def send(self, request: Request) -> bool:
        """Send a request, after any unsent edits; return False if there is no engine."""
        if self._unsent and not isinstance(request, SetGraph):
            self.send_graph()
        return self.engine.send(self.paths.request(request))

    def _ask(self, request: Request) -> None:
        """Send a panel's request; if a recorded run cannot be read without an engine, say so."""
        if not self.send(request) and isinstance(request, (At, ReadRun)):
            why = say("Recorded runs cannot be shown while the engine is stopped: restart it.")
            self.live.leave_run(request.run, why)

    def send_graph(self, first: Sequence[str] = ()) -> None:
        """Send the current document to the engine; `first` are the views that a hand moves."""
        self._settle.stop()
        self.live.seq += 1
        home = self.document.home
        request = SetGraph(
            graph=self.document.graph,
            seq=self.live.seq,
            home=str(home) if home else "",
            permitted=self.permits.listed(),
            first=[*first],
        )
        sent = self.engine.send(self.paths.request(request))
        self._unsent = not sent
        self.live.sent(answered=sent)

    def send_edits(self, first: Sequence[str] = ()) -> bool:
        """Send edits that wait to settle; return whether there were any and an engine took them."""
        if not self._unsent:
            return False
        self.send_graph(first)
        return not self._unsent

    def permit(self, nodes: Iterable[str]) -> None:
        """Let these nodes read the files they name, because the user asked for their data."""
        self.permits.given |= set(nodes)
        self.send_graph()

    def owns(self, run: RunInfo) -> bool:
        """Return whether a recorded run belongs to this document and can be shown in it."""
        return owns(self.document, self.catalogue, run)

    def owned(self) -> list[RunInfo]:
        """Return the listed runs of this document."""
        return owned(self.document, self.catalogue, self.live.runs)

    def run_name(self, run: RunInfo) -> str:
        """Return a run's name: its number and what changed."""
        return run_name(run, self.catalogue)

    def shown_run(self) -> str:
        """Return the name of the run that is shown, "" where there is none."""
        run = self.live.run_info(self.live.shown_run)
        return self.run_name(run) if run else ""

    def run(self, *, fresh: bool = False) -> None:
        """Start a run, or resume the one that is paused or was interrupted.

        With `fresh`, always start from new weights.
        """
        if self.live.status.status == "paused" and not fresh:
            self.live.show_newest()
            self.send(Resume())
            return
        self._begin(fresh=fresh, resume="" if fresh else self._resume)

    def train_longer(self, steps: int = 0) -> None:
        """Continue a finished run for `steps` more steps, by default as many as it has made.

        The new total is an undoable edit of the trainer's `steps`.
        """
        known = self.extendable
        if known is None:
            return
        total = known.step + (steps or known.step)
        self.document.push(self.set_param(known.node, "steps", total))
        self.resume(self.live.status.run)

    def set_param(self, path: str, name: str, value: Any) -> Change:
        """Return the change that sets a parameter of a node, in a group too, where its value is."""
        whole = self.whole
        node = whole.owner(path)
        param = PortName(name, whole.nodes[node].kind)
        label = say("Set {param} of {node}", param=param, node=name_of(whole, node))
        return Change(label, (Put(self.paths.way_of_param(node, name), value),))

    @property
    def extendable(self) -> Trained | None:
        """The trainer of the finished run, if it can be given more steps."""
        return finished_trainer(self.whole, self.catalogue, self.live)

    @property
    def earlier(self) -> RunInfo | None:
        """The earlier run of this document that is shown, where its weights can be taken up."""
        shown = self.live.history
        if shown is None or not shown.checkpoints or self.unfinished or not self.owns(shown.info):
            return None
        return self.live.run_info(shown.info.path)

    @property
    def can_resume(self) -> bool:
        """Whether the run shown was stopped early and has a checkpoint to continue from."""
        if self.live.history is not None:
            return self.earlier is not None and self.earlier.status in ("stopped", "interrupted")
        run = self.live.histories.get(self.live.status.run)
        known = run is not None and bool(run.checkpoints) and run.info.status != "done"
        return known and self.live.status.status == "stopped"

    def restore(self, run: str = "") -> None:
        """Restore the weights of a recorded run, by default of the earlier one that is shown.

        Without one, of that whose weights were replaced last.
        """
        run = run or (self.earlier.path if self.earlier else self.replaced)
        self.start()
        self.live.show_newest()
        if self.unfinished:
            self.send(Stop())
        self._restoring = run
        self.send(Restore(run=self._restoring))

    def _note_restored(self, event: Status) -> None:
        """Note that weights were restored, unless the engine refused; offer the previous ones."""
        before = self.live.status.run
        if event.run and event.run == self._restoring and event.status in ("done", "stopped"):
            self._restoring = ""
            self.replaced = before if before != event.run else self.replaced
            self.weights_replaced.emit(False)

    def resume(self, run: str = "") -> None:
        """Continue a recorded run, by default the one shown, from its last checkpoint."""
        shown = self.earlier.path if self.earlier else self.live.status.run
        self._begin(fresh=False, resume=run or shown)

    def _begin(self, *, fresh: bool, resume: str) -> None:
        self.start()
        self.permits.whole = True
        self.live.show_newest()
        self._resume = self._restoring = ""
        if resume != self.live.status.run:
            self._note_replaced(fresh=fresh or bool(resume))
        self.send(Run(**self._place(), fresh=fresh, resume=resume))

    def _place(self) -> dict[str, Any]:
        """Return the fields of `Run` that give its folder, its name and its documents."""
        document = self.document
        own = {run.document for run in self.owned() if run.document}
        kin = sorted({*document.sources, *own} - {document.source})
        return {
            "runs": self.runs,
            "name": document.name,
            "document": document.source,
            "kin": kin,
        }

    def _note_replaced(self, *, fresh: bool = False) -> None:
        """Note which run holds the weights that a new run will replace.

        A run that failed before its first step holds none.
        """
        weights, status = self.live.weights, self.live.status
        empty = status.status == "failed" and not self.live.last_step
        run = "" if empty else status.run
        if run and weights.trained and (fresh or weights.anew) and not self.unfinished:
            self.replaced = run
            self.weights_replaced.emit(True)

    def pause(self) -> None:
        self.send(Pause())

    def toggle(self) -> None:
        """Run or pause; the run bar's primary button."""
        if self.running:
            self.pause()
        else:
            self.run()

    def step(self) -> None:
        self.start()
        self.permits.whole = True
        self.live.show_newest()
        self._note_replaced()
        self.send(Step(**self._place()))

    def stop(self) -> None:
        self.send(Stop())

    def use_catalogue(self, catalogue: Catalogue) -> None:
        if catalogue is self.installed:
            return
        self.installed = catalogue
        self.catalogue = with_library(catalogue, self.document.graph)
        self._paths = None
        self._find_own_problems()

    def read_library(self) -> None:
        """Take the user's own kinds into the catalogue anew."""
        self.catalogue = with_library(self.installed, self.document.graph)
        self.catalogue_changed.emit(self.installed)

    def _read_groups(self, change: Change) -> None:
        """Take the document's groups into the catalogue anew."""
        before, self.catalogue = self.catalogue, with_library(self.installed, self.document.graph)
        kinds = before.kinds.keys() | self.catalogue.kinds.keys()
        changed = {k for k in kinds if before.kinds.get(k) != self.catalogue.kinds.get(k)}
        edited = {GROUP + p.path[1] for p in change.puts if p.path[0] == "groups" and p.path[1:]}
        self.kinds_changed.emit(changed | edited)

    def _changed(self, change: Change) -> None:
        self._unsent = True
        held = bool(self.document.graph.groups)  # values of instances are copied as it expands
        if any(not _is_quiet(p.path) and (held or not _sets_value(p.path)) for p in change.puts):
            self._paths = None
        if any(put.path[0] == "groups" for put in change.puts):
            self._read_groups(change)
        self.permits.note(change, self.catalogue)
        self._moved |= any(put.path[0] == "layout" for put in change.puts)
        if not all(_is_quiet(put.path) for put in change.puts):
            touched = _touched(change)
            if self._leaves_own_problems(change, touched):
                self.live.drop_problems(touched)
            else:
                self._find_own_problems(touched)
            if not self._settle.isActive():
                self._settle.start()
        self.document_changed.emit(change)

    def _leaves_own_problems(self, change: Change, touched: set[str]) -> bool:
        """Return whether the window's own problems, their fixes and words are as before a change.

        So they are if it sets only parameters, of nodes whose parameters had and have no fault,
        unless one of the fixes places a node and others were moved since.
        """
        if not all(_sets_value(put.path) for put in change.puts):
            return False
        own, graph = self.live.own_problems, self.document.graph
        if self._moved and any(_places_node(problem) for problem in own[:MOST]):
            return False
        faulty = any(problem.param and problem.node in touched for problem in own)
        return not faulty and not any(_param_faults(graph, self.catalogue, n) for n in touched)

    def _find_own_problems(self, touched: Iterable[str] | None = None) -> None:
        graph = self.document.graph
        known = self.paths.expanded
        found = with_offers(problems_of(known), known) if self.installed.kinds else []
        found = [self.paths.named(problem) for problem in found]
        self._moved = False
        self.live.names = Names(graph, self.catalogue)
        self.live.set_own_problems(found, self.whole, touched)

    def _receive(self, event: Event) -> None:
        if isinstance(event, Welcome) and event.catalogue != self.installed:
            self.use_catalogue(event.catalogue)
            self.catalogue_changed.emit(event.catalogue)
        if isinstance(event, Status):
            self._note_restored(event)
        before = self.live.status
        for said in self.paths.event(self._with_fixes(event), self.live.states):
            self.live.receive(said)
        if isinstance(event, Welcome) or self.live.status.run != before.run:
            self.live.list_runs(self.runs)

    def _with_fixes(self, event: Event) -> Event:
        """Add fixes to the engine's problems where a file or a folder is missing."""

        def offered(problem: Problem) -> Problem:
            return with_fixes(problem, self.document.graph, self.catalogue)

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
    """Return an interrupted run if it has a checkpoint to resume from, else ""."""
    return run if run and any(Path(run, "checkpoints").glob("*")) else ""


def _is_quiet(path: tuple[str, ...]) -> bool:
    """Return whether a value here has no effect on the computation."""
    return (path[2:3] or path[:1] if path[0] == "groups" else path[:1])[0] in _QUIET


def _sets_value(path: tuple[str, ...]) -> bool:
    """Return whether a value here is a parameter, a setting, or of no effect on the computation."""
    return path[2:3] == ("params",) if path[0] == "nodes" else path[0] in ("settings", *_QUIET)


def _places_node(problem: Problem) -> bool:
    return any(path[0] == "layout" for fix in problem.fixes for path, _ in fix.puts)


def _param_faults(graph: Graph, catalogue: Catalogue, node: str) -> bool:
    place = graph.nodes[node]
    info = catalogue.of(place)
    return info is not None and any(
        param_problem(info, node, name, value) for name, value in place.params.items()
    )


def _touched(change: Change) -> set[str]:
    """Return the ids of the nodes that a change's paths name."""
    return {put.path[1] for put in change.puts if len(put.path) > 1 and put.path[0] == "nodes"}

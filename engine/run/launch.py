"""Start a run from the command line or the server: choose threads, record, train, finish.

Both hosts call `launch`, so a run does not depend on where it was started.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor

from engine.check.report import warning
from engine.document.catalogue import Problem
from engine.document.errors import GaveWay, GraphRefused, Stopped
from engine.document.graph import load
from engine.document.history import GRAPH_FILE, RunFile, metric_names, read_file
from engine.document.messages import Fault, Metric, NodeState, Status
from engine.record import checkpoint, record
from engine.record.checkpoint import Facts, State
from engine.record.record import Recorder
from engine.run import devices
from engine.run.fingerprint import changed_data, data_hashes, file_marks
from engine.run.host import Host
from engine.run.lengthening import refuse_earlier_stages
from engine.run.refresh import fetch
from engine.run.run import LAST_LOOK, VIEW_SHARE, run
from engine.run.session import Session
from engine.run.trial import Trial
from nodes.errors import Refusal, told
from nodes.sentences import Text


@dataclass(kw_only=True)
class Order:
    """What to run and how. `runs` None: do not record; `threads` 0: choose by timing.

    `strict`: a view or metric that fails makes the run fail.
    """

    name: str = ""
    document: str = ""
    runs: Path | None = None
    resume: Path | None = None
    fresh: bool = False
    threads: int = 0
    view_share: float = VIEW_SHARE
    checkpoint_seconds: float = 30.0
    strict: bool = False
    last_look: float = LAST_LOOK


@dataclass
class Outcome:
    """The result of a run. `training` counts the seconds in trainers only.

    `faults`: errors of views and metrics, which do not end training. `lost`: why recording ended
    early, or "".
    """

    status: str = "failed"
    folder: Path | None = None
    steps: int = 0
    seconds: float = 0.0
    training: float = 0.0
    sentence: Text = ""
    lost: Text = ""
    metrics: dict[str, float] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)


def launch(session: Session, host: Host, order: Order) -> Outcome:
    """Run a session's graph, record it, and emit `Status` events.

    Raise a `Refusal` for an error before the first step; later errors are emitted as events.
    """
    host.emit(Status(status="starting", run=str(order.resume or "")))
    try:
        session.refuse_faults()
        names = session.program.of_role("trainer", "view", "metric")
        fetch(session, host, names, patient=True)
        state, facts = _saved(session, host, order.resume) if order.resume else (None, {})
        threads = _set_threads(session, host, order)
        recorder = _recorder(session, host, order, facts, threads)
    except Stopped:
        host.emit(Status(status="stopped"))
        return Outcome(status="stopped")
    except Refusal as error:
        host.emit(Status(status="failed", sentence=error.told))
        raise
    return _Launch(session, host, order, recorder).run(state, facts)


def _saved(session: Session, host: Host, folder: Path) -> tuple[State, Facts]:
    """Return the checkpoint to resume from; raise a `Refusal` before anything is changed."""
    state, facts = checkpoint.load_latest(folder, tell=lambda text: _warn(host, text))
    before = session.graph
    with suppress(GraphRefused):  # damaged or missing: use the session's graph
        before = load(folder / GRAPH_FILE)
    refuse_earlier_stages(session, before, state)
    return state, facts


def _warn(host: Host, text: Text) -> None:
    host.emit(warning(text))


class _Launch:
    """One run: forward the events of the run to the recorder and collect the outcome."""

    def __init__(
        self, session: Session, host: Host, order: Order, recorder: Recorder | None
    ) -> None:
        self.session, self.host, self.order, self.recorder = session, host, order, recorder
        self.outcome = Outcome(folder=recorder.folder if recorder else None)
        self._since: dict[str, float] = {}
        self._shown = _roles(session, "view", "metric")

    def run(self, state: State | None, facts: Facts) -> Outcome:
        start = time.perf_counter()
        outcome = self.outcome
        self._say("starting")
        for problem in self.session.report.problems:
            self._note_fault(problem)
        try:
            self._say("running")
            outcome.status = run(
                self.session,
                self.host,
                recorder=self,
                fresh=self.order.fresh,
                resume=state,
                resumed=facts,
                view_share=self.order.view_share,
                checkpoint_seconds=self.order.checkpoint_seconds,
                last_look=self.order.last_look,
            )
        except KeyboardInterrupt:  # the second Ctrl-C: the last checkpoint remains
            outcome.status = "stopped"
        except Exception as error:
            outcome.sentence = getattr(error, "sentence", f"{type(error).__name__}: {error}")
            raise
        finally:
            self._sum_up(start)
            self._end()
        return outcome

    def _sum_up(self, start: float) -> None:
        now, outcome = time.perf_counter(), self.outcome
        outcome.seconds = now - start
        outcome.training += sum(now - since for since in self._since.values())
        outcome.steps = self.session.step
        if self.order.strict and outcome.faults and outcome.status == "done":
            outcome.status = "failed"
            outcome.sentence = _told(outcome.faults[0])
        outcome.sentence = outcome.sentence if outcome.status == "failed" else ""

    def _end(self) -> None:
        if self.recorder is not None:
            self.recorder.close(self.outcome.status, str(self.outcome.sentence))
            self.outcome.lost = self.recorder.lost
        self._say(self.outcome.status)

    def _say(self, status: Any) -> None:
        outcome = self.outcome
        sentence = outcome.sentence or outcome.lost
        event = Status(status=status, run=str(outcome.folder or ""), sentence=sentence)
        if self.recorder is not None:
            self.recorder.take(event)
        self.host.emit(event)

    # --- the recorder that `run` is given ---------------------------------------------------------

    def take(self, event: Struct) -> None:
        if isinstance(event, Fault) and event.problem.level == "error":
            self.outcome.sentence = _told(event.problem)
            self._note_fault(event.problem)
        elif isinstance(event, Metric):
            self.outcome.metrics |= metric_names(event.node, event.values)
        elif isinstance(event, NodeState):
            self._take_state(event)
        if self.recorder is not None:
            self.recorder.take(event)

    def _note_fault(self, problem: Problem) -> None:
        """Note an error of a view or metric; training continues without it."""
        if problem.level != "error" or problem.node not in self._shown:
            return
        known = {(p.node, str(p.sentence)) for p in self.outcome.faults}
        if (problem.node, str(problem.sentence)) not in known:
            self.outcome.faults.append(problem)
            if self.recorder is not None:
                self.recorder.note_fault(problem.node, str(told(problem.sentence, problem.hint)))

    def _take_state(self, event: NodeState) -> None:
        if event.state == "running":
            self._since[event.node] = time.perf_counter()
        elif event.node in self._since:
            self.outcome.training += time.perf_counter() - self._since.pop(event.node)

    def checkpoint(self, step: int, state: dict[str, Tensor], facts: dict[str, Any]) -> None:
        if self.recorder is not None:
            self.recorder.checkpoint(step, state, facts)


def _told(problem: Problem) -> Text:
    return told(problem.sentence, problem.hint, problem.node)


def _roles(session: Session, *roles: str) -> set[str]:
    """Return the ids of the nodes with these roles, including broken nodes."""
    kinds = session.catalogue.kinds
    places = session.graph.nodes.items()
    return {name for name, p in places if p.kind in kinds and kinds[p.kind].role in roles}


# --- the folder -----------------------------------------------------------------------------------


def _recorder(
    session: Session, host: Host, order: Order, facts: dict[str, Any], threads: int
) -> Recorder | None:
    def tell(text: Text) -> None:
        _warn(host, text)

    if order.resume is not None:
        step, seconds = int(facts.get("step", 0)), float(facts.get("seconds", 0.0))
        recorder = record.resume(order.resume, step, seconds, graph=session.graph, tell=tell)
        try:
            changed = changed_data(session, recorder.facts, lambda: host.tick(False))
        except Stopped:
            recorder.close("stopped")
            raise
        for problem in changed:
            host.emit(Fault(problem=problem))
            recorder.facts.remarks.append(str(told(problem.sentence, problem.hint)))
        recorder.fingerprint = lambda: data_hashes(session)
        return recorder
    if order.runs is None:
        return None
    about = RunFile(
        home=str(session.ground.home or ""),
        files=file_marks(session, lambda: host.tick(False)),
        name=order.name or session.graph.title,
        document=order.document,
        seed=session.seed,
        device=str(session.device),
        threads=threads,
        versions=record.versions(),
    )
    recorder = record.begin(order.runs, session.graph, about, tell=tell)
    recorder.fingerprint = lambda: data_hashes(session)
    return recorder


# --- threads --------------------------------------------------------------------------------------


def _set_threads(session: Session, host: Host, order: Order) -> int:
    """Set the number of threads: the one ordered, that of the resumed run, or the fastest.

    Flush denormals to zero: otherwise the Adam moments of a weight whose gradient has vanished
    become denormal and make each step several times slower.
    """
    torch.set_flush_denormal(True)
    threads = order.threads
    if order.resume is not None:
        threads = threads or read_file(order.resume).threads
    if not threads and session.device.type == "cpu":
        mark = devices.signature(session.graph, session.catalogue)
        with suppress(GaveWay):  # paused: the next run measures instead
            threads = devices.choose_threads(mark, Trial(session, host))
    if threads:
        torch.set_num_threads(threads)
    return torch.get_num_threads()

"""Start a run from the command line or the server: choose threads, record, train, finish.

Both hosts drive a `Launch`, so a run does not depend on where it was started.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, cast

import torch

from engine.check.report import warning
from engine.document.errors import GaveWay, GraphRefused, Stopped
from engine.document.expand import Expanded, expand
from engine.document.graph import load
from engine.document.history import GRAPH_FILE, RunFile, read_file
from engine.document.messages import Event, Fault, Metric, Status
from engine.record import checkpoint, record
from engine.record.checkpoint import Checkpoint, Facts, State
from engine.record.record import Recorder
from engine.run.fingerprint import changed_data, data_hashes, file_marks
from engine.run.host import Events, Host
from engine.run.lengthening import refuse_earlier_stages
from engine.run.outcome import Outcome
from engine.run.precision import settled
from engine.run.refresh import fetch, refresh
from engine.run.run import LAST_LOOK, VIEW_SHARE, Run
from engine.run.session import Session
from engine.run.steering import steered
from engine.run.threads import choose_threads, signature
from engine.run.trial import Trial
from nodes.errors import Refusal, told
from nodes.training.precision import Choice

T = TypeVar("T")
Stage = Literal["starting", "running", "done", "stopped", "failed"]


@dataclass(kw_only=True)
class Order:
    """What to run and how. `runs` None: do not record; `threads` 0: choose by timing.

    `kin`: documents whose runs are counted with those of `document`.
    `strict`: a view or metric that fails makes the run fail.
    """

    name: str = ""
    document: str = ""
    kin: Sequence[str] = ()
    runs: Path | None = None
    resume: Path | None = None
    fresh: bool = False
    threads: int = 0
    view_share: float = VIEW_SHARE
    checkpoint_seconds: float = 30.0
    strict: bool = False
    last_look: float = LAST_LOOK


class Launch:
    """One run of a session's graph: prepared, recorded and summed up in `outcome`.

    Iterate over `events` to run it. `host` is called from inside pulls only.
    """

    def __init__(self, session: Session, host: Host, order: Order) -> None:
        self.session, self.host, self.order = session, host, order
        self.outcome = Outcome()
        self.recorder: Recorder | None = None
        self.run: Run | None = None
        self.left_behind = False  # whether a stop has left views out of date
        self._pausing = self._stopping = False
        self._ran = session.expanded  # what the record knows of

    def stop(self) -> None:
        """Request the end of the run: at the end of its step, with a checkpoint."""
        self._stopping = True
        if self.run is not None:
            self.run.stop()

    def pause(self) -> None:
        """Request a pause at the next None: the run then emits its curves and `paused`, and saves.

        It is paused at the None after that, and resumed by going on.
        """
        if self.run is None:
            self._pausing = True
        else:
            self.run.pausing = True

    def look(self, name: str) -> Events:
        """Pull a view or metric while the run is paused; yield its events."""
        if self.run is None:
            yield from refresh(self.session, self.host, [name])
            return
        with suppress(Stopped):
            for event in self.run.look(name):
                yield from self._taken(event)

    def keep(self, metric: Metric) -> Events:
        """Add a measurement of the user; yield its events."""
        yield from self._taken(metric)

    @property
    def holds(self) -> bool:
        """Return whether a pause may take effect inside a pull and show its current frame."""
        return self.run is not None and self.run.holds

    @property
    def drops(self) -> bool:
        """Return whether an edit may cancel the pull of a view."""
        return self.run is None or self.run.drops

    def show_frame(self) -> None:
        """Emit the progress and the intermediate result of the current pull."""
        if self.run is not None:
            self.run.show_frame()

    def emit(self, event: Event) -> None:
        """Send an event from inside a pull; record it where nothing trains."""
        if self.run is not None and self.run.trainers:
            self.host.emit(event)
            return
        for taken in self._taken(event):
            if taken is not None:
                self.host.emit(taken)

    def within(self) -> None:
        """Let the host handle requests inside a pull (see `Host.within`)."""
        self.host.within()

    def events(self) -> Generator[Event | None, None, None]:
        """Prepare the run, run it to its end, and yield its events.

        Raise a `Refusal` for an error before the first step; later errors are events. Closing the
        generator ends the run at once and leaves its last checkpoint.
        """
        yield Status(status="starting", run=str(self.order.resume or ""))
        try:
            state, facts = yield from self._prepared()
        except Stopped:
            yield Status(status="stopped")
            return
        except Refusal as error:
            self.outcome.status = "failed"
            yield Status(status="failed", sentence=error.told)
            raise
        try:
            yield from self._whole(state, facts)
        except Exception as error:
            self.outcome.status = "failed"
            sentence = getattr(error, "sentence", f"{type(error).__name__}: {error}")
            self.outcome.sentence = sentence
            self._close()
            yield from self._say("failed")
            raise
        finally:
            self._close()
        yield from self._say(self.outcome.status)

    def _whole(self, state: State | None, facts: Facts) -> Events:
        yield from self._say("starting")
        for problem in self.session.report.problems:
            self.outcome.note_fault(problem)
            if self.recorder is not None:
                self.recorder.note_fault(problem)
        yield from self._say("running")
        self.run = run = Run(
            self.session,
            self,
            fresh=self.order.fresh,
            resume=state,
            resumed=facts,
            view_share=self.order.view_share,
            checkpoint_seconds=self.order.checkpoint_seconds,
            last_look=self.order.last_look,
        )
        run.pausing = self._pausing
        if self._stopping:
            run.stop()
        for event in run.events():
            if event is None:
                yield None
                self._note_steered()
            elif isinstance(event, Status):
                yield Status(status=event.status, run=self._folder)
            else:
                yield from self._taken(event)
        self.outcome.status, self.left_behind = run.status, bool(run.late)

    def _note_steered(self) -> None:
        """Record what the host has let a hand change of the training."""
        before, now = self._ran, self.session.expanded
        if now is before or self.recorder is None:
            return
        self._ran = now
        changes = steered(before, now, self.session.catalogue, self.session.step)
        self.recorder.note_steered(changes, now.document)

    def _taken(self, event: Event | Checkpoint | None) -> Events:
        """Give an event to the outcome and the recorder, and yield it for the host."""
        if isinstance(event, Checkpoint):
            yield from self._saved(event)
            return
        if event is not None:
            self.outcome.take(event)
            if self.recorder is not None:
                self.recorder.take(event)
        yield from self._remarks()
        yield event

    def _saved(self, event: Checkpoint) -> Events:
        if self.recorder is not None and not self.recorder.broken:
            facts = self.recorder.facts
            facts.data = facts.data or data_hashes(self.session)
            self.recorder.take(event)
        yield from self._remarks()

    def _remarks(self) -> Events:
        """Yield what the recorder has to say, once."""
        while self.recorder is not None and self.recorder.remarks:
            yield warning(self.recorder.remarks.pop(0))

    @property
    def _folder(self) -> str:
        return str(self.outcome.folder or "")

    def _say(self, status: Stage) -> Events:
        """Yield the event of a status, recorded."""
        sentence = self.outcome.sentence or self.outcome.lost
        event = Status(status=status, run=self._folder, sentence=sentence)
        if self.recorder is not None:
            self.recorder.take(event)
        yield from self._remarks()
        yield event

    def _close(self) -> None:
        """Sum up and close the record; a second call does nothing."""
        if self.run is not None:
            self.outcome.close(self.session.step, strict=self.order.strict)
            self.run = None
        if self.recorder is not None:
            self.recorder.close(self.outcome.status, str(self.outcome.sentence))
            self.outcome.lost = self.recorder.lost

    def _prepared(self) -> Generator[Event | None, None, tuple[State | None, Facts]]:
        """Fetch data, read the checkpoint to resume from, choose threads, begin the record."""
        session, order = self.session, self.order
        session.refuse_faults()
        if self._stopping:
            raise Stopped("Stopped.")
        names = session.program.of_role("trainer", "view", "metric")
        yield from fetch(session, self.host, names, patient=True)
        state: State | None = None
        facts: Facts = {}
        if order.resume is not None:
            state, facts, skipped = checkpoint.load_latest(order.resume)
            yield from map(warning, skipped)
            _refuse_misfit(session, order.resume, state)
        earlier = None if order.resume is None else read_file(order.resume)
        choice = settled(session.graph, session.device, earlier)
        threads = self._set_threads(earlier)
        if order.resume is not None:
            yield from self._resume_record(order.resume, facts)
        elif order.runs is not None:
            yield from self._begin_record(order.runs, threads, choice)
        folder = self.recorder.folder if self.recorder else None
        self.outcome = Outcome(folder=folder, sinks=_sinks(session))
        yield from self._remarks()
        return state, facts

    def _resume_record(self, folder: Path, facts: Facts) -> Events:
        step, seconds = int(facts.get("step", 0)), float(facts.get("seconds", 0.0))
        session = self.session
        before = _as_run(session, folder) or session.expanded
        recorder = record.resume(
            folder, step, seconds, graph=session.document, sinks=_sinks(session)
        )
        changes = steered(before, session.expanded, session.catalogue, step)
        recorder.note_steered(changes, session.document)
        try:
            changed = yield from self._read(changed_data(session, recorder.facts))
        except BaseException:  # stopped, or a second Ctrl-C
            recorder.close("stopped")
            raise
        for problem in changed:
            yield Fault(problem=problem)
            recorder.facts.remarks.append(str(told(problem.sentence, problem.hint)))
        self.recorder = recorder

    def _begin_record(self, runs: Path, threads: int, choice: Choice | None) -> Events:
        session, order = self.session, self.order
        files = yield from self._read(file_marks(session))
        about = RunFile(
            home=str(session.ground.home or ""),
            files=files,
            name=order.name or session.graph.title,
            document=order.document,
            seed=session.seed,
            device=str(session.device),
            threads=threads,
            precision="" if choice is None else "bfloat16" if choice.short else "float32",
            times={} if choice is None else dict(choice.times),
            versions=record.versions(),
        )
        self.recorder = record.begin(
            runs, session.document, about, sinks=_sinks(session), kin=order.kin
        )

    def _read(self, reading: Generator[None, None, T]) -> Generator[Event | None, None, T]:
        """Return what a reading of files returns; the host may act between two blocks."""
        while True:
            try:
                next(reading)
            except StopIteration as end:
                return cast(T, end.value)
            yield None
            if self._pausing:
                self._pausing = False
                yield Status(status="paused")
                yield None
                if not self._stopping:
                    yield Status(status="running")
            if self._stopping:
                raise Stopped("Stopped.")

    def _set_threads(self, earlier: RunFile | None) -> int:
        """Set the number of threads: the one ordered, that of the resumed run, or the fastest.

        Flush denormals to zero: otherwise the Adam moments of a weight whose gradient has vanished
        become denormal and make each step several times slower.
        """
        torch.set_flush_denormal(True)
        session, order = self.session, self.order
        threads = order.threads
        if earlier is not None:
            threads = threads or earlier.threads
        if not threads and session.device.type == "cpu":
            mark = signature(session.graph, session.catalogue)
            with suppress(GaveWay):  # paused: the next run measures instead
                threads = choose_threads(mark, Trial(session, self.host))
        if threads:
            torch.set_num_threads(threads)
        return torch.get_num_threads()


def _refuse_misfit(session: Session, folder: Path, state: State) -> None:
    """Raise a `Refusal` where a checkpoint cannot be resumed with the session's graph."""
    before = _as_run(session, folder) or session.expanded
    refuse_earlier_stages(session, before.graph, state)


def _as_run(session: Session, folder: Path) -> Expanded | None:
    """Return the graph of a run as recorded, None where it is damaged or missing."""
    with suppress(GraphRefused):
        return expand(load(folder / GRAPH_FILE), session.catalogue)
    return None


def _sinks(session: Session) -> frozenset[str]:
    """Return the ids of the views and metrics of a graph, including broken ones."""
    places, role = session.graph.nodes.items(), session.catalogue.role
    return frozenset(name for name, p in places if role(p) in ("view", "metric"))

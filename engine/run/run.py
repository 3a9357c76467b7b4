"""Run a session's graph: train stage after stage, refresh views, record.

The loop is the trainer's own generator. Between two of its frames the run emits scalars, refreshes
a view that is due, saves a checkpoint, and lets the host handle requests. In a graph without
trainers the run pulls each view and metric once, frame by frame.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor

from engine.check.report import fault_of
from engine.document.errors import GaveWay, NotFinite, Stopped
from engine.document.messages import Event, Fault, NodeState, Progress, Scalars
from engine.pull.program import Program
from engine.run.curves import CurveBuffer, Growth, refuse_not_finite
from engine.run.host import Host, Recorder
from engine.run.lengthening import length_notes
from engine.run.progress import FLUSH, Rate, Work
from engine.run.session import Session
from engine.run.views import Sink, ViewSchedule
from nodes.errors import Refusal
from nodes.sentences import say
from nodes.types import Frame

FIRST_SAVE = 3.0  # seconds until the first checkpoint, so that a run killed early can be resumed
LAST_LOOK = 0.3  # seconds that views and metrics may take after a Stop
STEP_PATIENCE = 3.0  # seconds that a Stop waits for the end of a step
VIEW_SHARE = 0.03  # of the time; views and recording add less than 5 % to a run


Pull = Callable[[Sink, int], list[Event]]


def run(
    session: Session,
    host: Host,
    *,
    recorder: Recorder | None = None,
    fresh: bool = False,
    resume: dict[str, Tensor] | None = None,
    resumed: Mapping[str, Any] | None = None,
    view_share: float = VIEW_SHARE,
    checkpoint_seconds: float = 30.0,
    last_look: float = LAST_LOOK,
) -> str:
    """Run the graph to its end and return "done", "stopped" or "failed".

    `resume` is a saved state to continue from and `resumed` the facts saved with it; without them,
    stages that are not done start anew. With `view_share` 0, views are pulled only at the end.
    After a stop, views and metrics are pulled for `last_look` seconds. Raise `GraphRefused` where a
    problem prevents the run; later errors are emitted as events.
    """
    session.refuse_faults()
    if resume is None:
        session.begin(fresh=fresh)
    else:
        session.load_state(resume)
    going = _Run(session, host, recorder, view_share, checkpoint_seconds, last_look)
    going.resumed = resumed
    return going.whole()


class _Run:
    """One run, from its first view to its last."""

    def __init__(
        self,
        session: Session,
        host: Host,
        recorder: Recorder | None,
        share: float,
        checkpoint_seconds: float,
        last_look: float,
    ) -> None:
        self.session, self.host, self.recorder = session, host, recorder
        self.views = ViewSchedule(session.program, share=share)
        self.checkpoint_seconds, self.last_look = checkpoint_seconds, last_look
        self.curves = CurveBuffer()
        self.before = 0  # steps of the stages before this one
        self.step = session.step
        self.frame: Frame[Any] = Frame(0, 0)
        self.trainer = ""
        self.rate = Rate()
        self.next_flush = self.next_save = 0.0
        self.trainers = session.program.of_role("trainer")
        self.work = Work(host.emit, lasting=not self.trainers)
        self.holds, self.drops = not self.trainers, bool(self.trainers)
        self.looking = False  # a view is being pulled, not a step of training
        self.resumed: Mapping[str, Any] | None = None  # facts of the checkpoint it resumes
        self.stop_asked = 0.0  # time of a stop requested within a step
        self.torn = False  # a step was cancelled before its end

    def whole(self) -> str:
        self.host.work = self
        try:
            self._adopt(self.session.program)
            if self.trainers:
                self._train_all()
                self._settle()
            else:
                self._show_all(self.pull)
        except Stopped:
            if self.trainers:
                self._leave()
            return "stopped"
        except Refusal as error:
            return self._failed(error)
        finally:
            self.host.work = None
        return "done"

    def _failed(self, error: Refusal) -> str:
        if isinstance(error, NotFinite):
            words = "{what} It was at step {step}."
            error.sentence = say(words, what=error.sentence, step=self.step + 1)
        self.flush()
        self.emit([fault_of(error), NodeState(node=error.place.partition(".")[0], state="error")])
        return "failed"

    def emit(self, events: Iterable[Event]) -> None:
        for event in events:
            self.host.emit(event)
            if self.recorder is not None:
                self.recorder.take(event)

    # --- a stage ----------------------------------------------------------------------------------

    def _train_all(self) -> None:
        if self.views.share > 0:
            with contextlib.suppress(GaveWay):  # the pause pulls the remaining views
                self._show_all(self.views.glance)
        for trainer in self.trainers:
            self._train(trainer)
            self.before += self.frame.step

    def _train(self, trainer: str) -> None:
        self.trainer, self.frame = trainer, Frame(0, 0)
        start = time.perf_counter()
        self.emit([NodeState(node=trainer, state="running")])
        self.session.note_training(trainer)
        self.next_save = start + min(FIRST_SAVE, self.checkpoint_seconds)
        self.rate = Rate()
        finished = False
        while not finished:
            finished = self._frames_of(self.session.program)
        self.flush()
        seconds = time.perf_counter() - start
        self.emit([NodeState(node=trainer, state="done", seconds=seconds)])

    def _frames_of(self, program: Program) -> bool:
        """Train with one program; return False where an edit has replaced it."""
        self._adopt(program)
        if self.trainer not in program.calls:
            return True
        for frame in program.frames(self.trainer):
            self._after(frame, program)
            if self.session.program is not program:
                return False
        return True

    def _adopt(self, program: Program) -> None:
        """Attach the run and its views to a program; an edit compiles a new one."""
        program.on_frame, program.on_layer = self._nested, self._within
        if self.views.program is not program:
            self.views.adopt(program)

    def _after(self, frame: Frame[Any], program: Program) -> None:
        """Do what is due between two steps."""
        if frame.step > self.frame.step:
            self.step = self.session.step = self.before + frame.step
            self.curves.collect(self.step, frame.step == frame.total, frame.total, program.scalars)
            program.scalars.clear()
        self.frame = frame
        if self.resumed and self.resumed.get("trainer") == self.trainer:
            self.emit(length_notes(self.session, self.trainer, frame, self.resumed.get("total")))
            self.resumed = None
        if self.stop_asked:
            raise Stopped("Stopped.")
        now = time.perf_counter()
        self._tick()
        if now >= self.next_flush:
            self.flush()
        sink = self.views.due(now)
        if sink is not None and self.views.program is self.session.program:
            try:
                self._show(sink, self.views.look)
            except GaveWay:
                self._tick()
        if now >= self.next_save:
            self.save()

    def _tick(self) -> None:
        start = time.perf_counter()
        self.host.tick(False)
        if time.perf_counter() - start > FLUSH:  # it was paused
            self.rate = Rate()

    def _nested(self, name: str, frame: Frame[Any]) -> None:
        """Count a frame of a sampler within a pull and let the host handle requests."""
        self.work.passes(name, frame)
        forming = self.session.program.forming
        self.session.frames += forming is not None and forming.frame is frame
        self._within()
        self.work.goes_on()

    def _within(self) -> None:
        """Let the host handle requests during a pull."""
        if self.trainers and not self.looking:
            self._within_step()
        else:
            self.host.tick(True)
            self.views.hurry()

    def _within_step(self) -> None:
        """Finish the training step before a request takes effect, unless it takes too long.

        A run resumed from the middle of a step would not give the same bits.
        """
        try:
            self.host.tick(True)
        except GaveWay:
            return
        except Stopped:
            self.stop_asked = self.stop_asked or time.perf_counter()
        if self.stop_asked and time.perf_counter() - self.stop_asked > STEP_PATIENCE:
            self.torn = True
            raise Stopped("Stopped.")

    # --- what is due ------------------------------------------------------------------------------

    def flush(self) -> None:
        """Emit the scalars of the last steps and the progress."""
        self.next_flush = time.perf_counter() + FLUSH
        series = self.curves.read()
        if series:
            self.emit([Scalars(series=series)])
            self.emit(self._warning(growth) for growth in self.curves.grown(series))
        if self.trainer:
            self.emit([self._progress()])
        refuse_not_finite(series)

    def _warning(self, growth: Growth) -> Fault:
        return Fault(problem=growth.problem(self.session.graph, self.session.catalogue))

    def _progress(self) -> Progress:
        frame, rate = self.frame, self.rate.of(self.frame.step)
        epoch = getattr(frame.value, "epoch", None)
        length = getattr(frame.value, "epoch_length", None)
        return Progress(
            node=self.trainer,
            step=frame.step,
            total=frame.total,
            epoch=epoch,
            epochs=frame.total / length if length else None,
            rate=rate,
            left=(frame.total - frame.step) / rate if rate else None,
        )

    def save(self) -> None:
        """Save a checkpoint if the run is recorded and trains."""
        start = time.perf_counter()
        if self.recorder is not None and self.trainer:
            self.flush()  # so that a resumed run has all points up to its checkpoint
            facts = {"trainer": self.trainer, "step": self.step, "total": self.frame.total}
            self.recorder.checkpoint(self.step, self.session.state(), facts)
        took = time.perf_counter() - start
        self.next_save = time.perf_counter() + max(self.checkpoint_seconds, 50 * took)

    # --- views ------------------------------------------------------------------------------------

    def _show(self, sink: Sink, pull: Pull) -> None:
        """Pull a view or a metric and emit its events; the nodes that worked for it become idle."""
        self.work.goes_on()
        self.looking = True
        try:
            events = pull(sink, self.step)
        except Stopped:
            self.work.stops()
            raise
        finally:
            self.looking = False
        self.work.rests()
        self.emit(events)
        if events:
            self.session.shown(sink.name)

    def _show_all(self, pull: Pull) -> None:
        """Pull all views, then all metrics."""
        for sink in self._in_order():
            self.host.tick(True)
            self._show(sink, pull)

    def _in_order(self) -> list[Sink]:
        self._adopt(self.session.program)
        return sorted(self.views.sinks, key=lambda s: -s.weight)

    def pull(self, sink: Sink, step: int) -> list[Event]:
        """Pull a view to its end and emit intermediate results, recorded where nothing trains."""
        keep = self.host.emit if self.trainers else lambda event: self.emit([event])
        return self.views.pull(sink, step, early=keep)

    def look(self, name: str) -> None:
        """Pull a view or metric again while the run is paused."""
        sink = next((s for s in self._in_order() if s.name == name), None)
        if sink is None:  # removed because of an error
            self.session.shown(name)
            return
        with contextlib.suppress(GaveWay):
            self._show(sink, self.pull)

    def show_frame(self) -> None:
        """Emit the progress and the intermediate result of the current pull."""
        if self.work.node:
            self.work.tell()
        if self.session.program.forming is not None:
            self.session.program.forming.now()

    # --- the end ----------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Emit, save and show the result of the training."""
        self.flush()
        self.save()
        self.holds = True
        done: set[str] = set()
        with contextlib.suppress(Stopped):  # training is done: the other views stay as they are
            while todo := [s for s in self._in_order() if s.name not in done]:
                with contextlib.suppress(GaveWay):
                    self.host.tick(False)
                    self._show(todo[0], self.pull)
                    done.add(todo[0].name)

    def _leave(self) -> None:
        """Save a checkpoint after a stop and pull the views that fit into `last_look` seconds."""
        self.flush()
        if not self.torn:
            self.save()
        end = time.perf_counter() + self.last_look
        with contextlib.suppress(Stopped):  # a second Stop: the other views stay as they are
            for sink in self._in_order():
                sink.patience = (end - time.perf_counter()) / 2
                if sink.patience > sink.cost:
                    self._show(sink, self.views.glance)
        for sink in self.views.sinks:
            self.session.shown(sink.name)

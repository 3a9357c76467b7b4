"""Run a session's graph: train stage after stage, refresh views, save.

The loop is the trainer's own generator, and the run is a generator of events around it: scalars,
progress, figures of the view that is due, checkpoints, and None between two steps, where the host
may act. In a graph without trainers the run pulls each view and metric once.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Literal

from torch import Tensor

from engine.check.report import fault_of
from engine.document.errors import GaveWay, NotFinite, Stopped
from engine.document.messages import Event, Fault, NodeState, Progress, Scalars, Signed, Status
from engine.pull.program import Program
from engine.record.checkpoint import Checkpoint
from engine.run.curves import CurveBuffer, Growth, refuse_not_finite
from engine.run.host import Host
from engine.run.lengthening import length_notes
from engine.run.progress import FLUSH, Rate, Work
from engine.run.session import Session
from engine.run.views import Sink, ViewSchedule
from nodes.errors import Refusal
from nodes.sentences import Part, say
from nodes.types import Frame

FIRST_SAVE = 3.0  # seconds until the first checkpoint, so that a run killed early can be resumed
LAST_LOOK = 0.3  # seconds that views and metrics may take after a Stop
QUICK = 30.0  # seconds: what took less is pulled after a Stop, once nothing else is asked for
STEP_PATIENCE = 3.0  # seconds that a Stop waits for the end of a step
VIEW_SHARE = 0.03  # of the time; views and recording add less than 5 % to all but short runs

RunEvents = Iterator[Event | Checkpoint | None]


class Run:
    """One run of a session's graph, from its first view to its last.

    `resume` is a saved state to continue from and `resumed` the facts saved with it; without them,
    stages that are not done start anew, with `fresh` all. With `view_share` 0, views are pulled at
    the end only. After a stop, views and metrics are pulled for `last_look` seconds.

    `status`: how it has ended. `holds`: a pause may take effect inside
    a pull and show its current frame. `drops`: an edit may cancel the pull of a view; False where
    that pull is the purpose of the run.
    """

    def __init__(
        self,
        session: Session,
        host: Host,
        *,
        fresh: bool = False,
        resume: Mapping[str, Tensor] | None = None,
        resumed: Mapping[str, Any] | None = None,
        view_share: float = VIEW_SHARE,
        checkpoint_seconds: float = 30.0,
        last_look: float = LAST_LOOK,
    ) -> None:
        self.session, self.host, self.fresh = session, host, fresh
        self.resume, self.resumed = resume, resumed
        self.views = ViewSchedule(session.program, share=view_share)
        self.checkpoint_seconds, self.last_look = checkpoint_seconds, last_look
        self.status: Literal["done", "stopped", "failed"] = "stopped"
        self.pausing = False
        """Whether a pause is requested: it takes effect at the next None."""
        self.curves = CurveBuffer()
        self.before = 0  # steps of the stages before this one
        self.step = 0
        self.frame: Frame[Any] = Frame(0, 0)
        self.trainer = ""
        self.rate = Rate()
        self.next_flush = self.next_save = self.began = 0.0
        self.trainers = session.program.of_role("trainer")
        self.work = Work(host.emit, lasting=not self.trainers)
        self.holds, self.drops = not self.trainers, bool(self.trainers)
        self.looking = False  # a view is being pulled, not a step of training
        self.stop_asked = 0.0  # time of the request to stop
        self.torn = False  # a step was cancelled before its end
        self.signs: dict[str, Part] = {}
        self.late: set[str] = set()  # the views that a stop left out of date

    def stop(self) -> None:
        """Request the end of the run: after its step, or within a step that takes too long."""
        self.stop_asked = self.stop_asked or time.perf_counter()

    def events(self) -> RunEvents:
        """Run the graph to its end and yield its events; None where the host may act.

        Raise `GraphRefused` where a problem prevents the run, and `CheckpointRefused` where the
        state to continue from is of another graph; later errors are yielded as events.
        """
        self.session.refuse_faults()
        if self.resume is None:
            self.session.begin(fresh=self.fresh)
        else:
            self.session.load_state(dict(self.resume))
        self.step = self.session.step
        try:
            yield from self._whole()
            self.status = "done"
        except Stopped:
            self.status = "stopped"
            if self.trainers:
                yield from self._leave()
        except Refusal as error:
            self.status = "failed"
            yield from self._failed(error)

    def _whole(self) -> RunEvents:
        if self.stop_asked:
            raise Stopped("Stopped.")
        self._adopt(self.session.program)
        if self.trainers:
            yield from self._train_all()
            yield from self._settle()
        else:
            yield from self._show_all()

    def _failed(self, error: Refusal) -> RunEvents:
        if isinstance(error, NotFinite):
            words = "{what} It was at step {step}."
            error.sentence = say(words, what=error.sentence, step=self.step + 1)
        yield from self._flush()
        yield fault_of(error)
        yield NodeState(node=error.place.partition(".")[0], state="error")

    def _train_all(self) -> RunEvents:
        if self.views.share > 0:
            with contextlib.suppress(GaveWay):  # the pause pulls the remaining views
                yield from self._glance_at_all()
        for trainer in self.trainers:
            yield from self._train(trainer)
            self.before += self.frame.step

    def _train(self, trainer: str) -> RunEvents:
        self.trainer, self.frame = trainer, Frame(0, 0)
        self.began = start = time.perf_counter()
        yield NodeState(node=trainer, state="running")
        self.session.note_training(trainer)
        self.next_save = start + min(FIRST_SAVE, self.checkpoint_seconds)
        self.rate = Rate()
        finished = False
        while not finished:
            finished = yield from self._frames_of(self.session.program)
        yield from self._flush()
        seconds = time.perf_counter() - start
        yield NodeState(node=trainer, state="done", seconds=seconds)

    def _frames_of(self, program: Program) -> Generator[Event | Checkpoint | None, None, bool]:
        """Train with one program; return False where an edit has replaced it."""
        self._adopt(program)
        program.at_step(self.step, self.trainer)
        if self.trainer not in program.calls:
            return True
        for frame in program.frames(self.trainer):
            yield from self._after(frame, program)
            if self.session.program is not program:
                return False
        return True

    def _adopt(self, program: Program) -> None:
        """Attach the run and its views to a program; an edit compiles a new one."""
        program.on_frame, program.on_layer = self._count, self._within
        if self.views.program is not program:
            self.views.adopt(program)

    def _after(self, frame: Frame[Any], program: Program) -> RunEvents:
        """Yield what is due between two steps."""
        if frame.step > self.frame.step:
            self.step = self.session.step = self.before + frame.step
            program.at_step(self.step, self.trainer)
            self.curves.collect(self.step, frame.step == frame.total, frame.total, program.scalars)
            program.scalars.clear()
        self.frame = frame
        if self.resumed and self.resumed.get("trainer") == self.trainer:
            yield from length_notes(self.session, self.trainer, frame, self.resumed.get("total"))
            self.resumed = None
        now = time.perf_counter()
        yield from self._between()
        if now >= self.next_flush:
            yield from self._flush()
        sink = self.views.due(now)
        if sink is not None and self.views.program is self.session.program:
            try:
                yield from self._show(sink, patience=sink.patience)
                for other in self.views.sharing(sink, self.step):
                    yield from self._show(other, beside=sink)
            except GaveWay:
                yield from self._between()
        if now >= self.next_save:
            yield from self._save()

    def _between(self) -> RunEvents:
        """Let the host act between two steps; pause or stop here where that was requested."""
        if not self.stop_asked:
            start = time.perf_counter()
            yield None
            if self.pausing and not self.stop_asked:
                yield from self._pause()
            if time.perf_counter() - start > FLUSH:  # it was paused
                self.rate = Rate()
        if self.stop_asked:
            raise Stopped("Stopped.")

    def _pause(self) -> RunEvents:
        self.pausing = False
        yield from self._flush()
        yield Status(status="paused")
        yield from self._save()
        yield None
        if not self.stop_asked:
            yield Status(status="running")

    def _count(self, name: str, frame: Frame[Any]) -> None:
        """Count a frame of a sampler within a pull and let the host handle requests."""
        self.work.count(name, frame)
        forming = self.session.program.forming
        self.session.frames += forming is not None and forming.frame is frame
        self._within()
        self.work.resume()

    def _within(self) -> None:
        """Let the host handle requests during a pull."""
        if self.trainers and not self.looking:
            self._within_step()
        else:
            self.host.within()
            self.views.check_time()

    def _within_step(self) -> None:
        """Finish the training step before a request takes effect, unless it takes too long.

        A run resumed from the middle of a step would not give the same bits.
        """
        try:
            self.host.within()
        except GaveWay:
            pass
        except Stopped:
            self.stop()
        if self.stop_asked and time.perf_counter() - self.stop_asked > STEP_PATIENCE:
            self.torn = True
            raise Stopped("Stopped.")

    def _flush(self) -> RunEvents:
        """Yield the scalars of the last steps and the progress."""
        now = time.perf_counter()
        self.next_flush = now + FLUSH
        series = self.curves.read()
        if series:
            yield Scalars(series=series)
            yield from map(self._warning, self.curves.grown(series))
        if self.trainer:
            progress = self._progress()
            if progress.left is not None and self.views.share > 0:
                self.views.hurry(now - self.began + progress.left)
            yield progress
            yield from self._signed()
        refuse_not_finite(series)

    def _signed(self) -> RunEvents:
        """Yield the signs that have changed with what wires have set."""
        before, self.signs = self.signs, self.session.signs()
        for name, sign in self.signs.items():
            if before.get(name) != sign:
                yield Signed(node=name, sign=sign)

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

    def _save(self) -> RunEvents:
        """Yield a checkpoint of the current step where the run trains."""
        start = time.perf_counter()
        if self.trainer:
            yield from self._flush()  # so that a resumed run has all points up to its checkpoint
            facts = {"trainer": self.trainer, "step": self.step, "total": self.frame.total}
            yield Checkpoint(self.step, self.session.state(), facts)
        took = time.perf_counter() - start
        self.next_save = time.perf_counter() + max(self.checkpoint_seconds, 50 * took)

    def _show(
        self,
        sink: Sink,
        *,
        patience: float = math.inf,
        beside: Sink | None = None,
        early: Callable[[Event], None] | None = None,
    ) -> RunEvents:
        """Pull a view or a metric and yield its events (see `ViewSchedule.pull`)."""
        self.work.resume()
        self.looking = True
        try:
            events = self.views.pull(sink, self.step, patience=patience, beside=beside, early=early)
        except Stopped:
            self.work.cancel()
            raise
        finally:
            self.looking = False
        self.work.finish()
        yield from events
        if events:
            self.session.shown.note(sink.name)

    def _glance_at_all(self) -> RunEvents:
        """Pull all views, then all metrics, as far as each comes within its patience."""
        for sink in self._in_order():
            self.host.within()
            yield from self._show(sink, patience=sink.patience)

    def _show_all(self) -> RunEvents:
        """Pull all views, then all metrics, to their ends."""
        for sink in self._in_order():
            self.host.within()
            yield from self._show(sink, early=self.host.emit)

    def _in_order(self) -> list[Sink]:
        self._adopt(self.session.program)
        return sorted(self.views.sinks, key=lambda s: -s.weight)

    def look(self, name: str) -> RunEvents:
        """Pull a view or metric again while the run is paused."""
        sink = next((s for s in self._in_order() if s.name == name), None)
        if sink is None:  # removed because of an error
            self.session.shown.note(name)
            return
        yield from self._show(sink, early=self.host.emit)

    def show_frame(self) -> None:
        """Emit the progress and the intermediate result of the current pull."""
        if self.work.node:
            self.work.report()
        if self.session.program.forming is not None:
            self.session.program.forming.now()

    def _settle(self) -> RunEvents:
        """Yield, save and show the result of the training."""
        yield from self._flush()
        yield from self._save()
        self.holds = True
        done: set[str] = set()
        with contextlib.suppress(Stopped):  # training is done: the other views stay as they are
            while todo := [s for s in self._in_order() if s.name not in done]:
                with contextlib.suppress(GaveWay):
                    yield from self._between()
                    yield from self._show(todo[0], early=self.host.emit)
                    done.add(todo[0].name)

    def _leave(self) -> RunEvents:
        """Save after a stop and pull the outdated views that fit into `last_look` seconds.

        Of the others the quick ones are left out of date, to be pulled when there is time.
        """
        yield from self._flush()
        if not self.torn:
            yield from self._save()
        end = time.perf_counter() + self.last_look
        quick = {s.name for s in self.views.sinks if not s.cut and s.cost < QUICK}
        with contextlib.suppress(Stopped):  # a second Stop: the other views stay as they are
            for sink in [s for s in self._in_order() if not self.session.shown.is_now(s.name)]:
                sink.patience = (end - time.perf_counter()) / 2
                if sink.patience > sink.cost:
                    yield from self._show(sink, patience=sink.patience)
            self.late = {n for n in quick if not self.session.shown.is_now(n)}
        for sink in self.views.sinks:
            if sink.name not in self.late:
                self.session.shown.note(sink.name)

"""Run a session's graph: train stage after stage, show, measure, record.

The trainer's own generator is the loop; between two of its frames the run flushes scalars,
refreshes a view whose time has come, saves a checkpoint, and lets the host handle requests. Where
nothing trains, the run is the long work of samplers and solvers, frame after frame.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.compile import Program
from engine.errors import NotFinite, Stopped
from engine.messages import Event, Figure, NodeState, Progress, Scalars
from engine.progress import FLUSH, Rate, Work
from engine.session import Session
from engine.views import Sink, Views, fault_of, pull_sink
from nodes.errors import Refusal
from nodes.types import Frame

KEPT_POINTS = 20_000  # points of each curve that a run keeps
FIRST_SAVE = 3.0  # seconds until the first checkpoint: a run that is killed early can go on too
LAST_LOOK = 3.0  # seconds that pictures and figures may take after a Stop
VIEW_SHARE = 0.03  # of the time; with its recording, views on against off stays below 1.05


Pull = Callable[[Sink, int], list[Event]]


class Host(Protocol):
    """Who runs the run: the command line or the server."""

    on_pause: Callable[[], None]
    """Set by the run; the host calls it before it blocks on a pause."""
    on_hold: Callable[[], None] | None
    """Set by a run that trains nothing: it may stand still within a pull too, once this is called.

    It brings the views up to the frame at hand; `session.frames` counts those that views saw.
    """

    def emit(self, event: Event) -> None:
        """Deliver an event."""

    def tick(self, nested: bool) -> None:
        """Handle requests between two frames; block while paused; raise `Stopped` to stop.

        `nested` frames are those of a sampler within a pull: edits wait till it is over.
        """


class Recorder(Protocol):
    """Who keeps what the run says (engine.record)."""

    def take(self, event: Event) -> None:
        """Keep an event."""

    def checkpoint(self, step: int, state: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Save a state to go on from."""


def run(
    session: Session,
    host: Host,
    *,
    recorder: Recorder | None = None,
    fresh: bool = False,
    resume: dict[str, Tensor] | None = None,
    view_share: float = VIEW_SHARE,
    checkpoint_seconds: float = 30.0,
) -> str:
    """Run the graph to its end and return "done", "stopped" or "failed".

    `resume` is a saved state to go on from; else stages that are not done begin anew. Views are
    only pulled at the end where `view_share` is 0. Raises `GraphRefused` where a problem stands in
    the way; what fails later is told as events.
    """
    session.refuse_faults()
    if resume is None:
        session.begin(fresh=fresh)
    else:
        session.load_state(resume)
    return _Run(session, host, recorder, view_share, checkpoint_seconds).whole()


def fetch(session: Session, host: Host, names: Iterable[str]) -> None:
    """Fetch from outside what pulls of these nodes need; a stop ends it between two frames."""
    going, next_word = "", 0.0
    for name, frame in session.program.fetching(names):
        host.tick(True)
        if name != going or time.perf_counter() >= next_word:
            next_word = time.perf_counter() + FLUSH
            host.emit(Progress(node=name, step=frame.step, total=frame.total))
        if going not in ("", name):
            host.emit(NodeState(node=going, state="idle"))
        going = name
    if going:
        host.emit(NodeState(node=going, state="idle"))


def refresh(session: Session, host: Host, names: Iterable[str] | None = None) -> None:
    """Pull views while nothing runs: those named, or those that an edit has made out of date."""
    wanted = session.outdated_views() if names is None else list(names)
    session.program.on_frame = lambda name, frame: host.tick(True)
    views = session.program.of_role("view")
    shown = {*wanted, *filter(session.worthwhile, views)}

    def early(event: Event) -> None:
        if isinstance(event, Figure) and event.node in shown:
            host.emit(event)

    for name in wanted:
        try:
            fetch(session, host, [name])
            for event in pull_sink(session.program, name, session.step, early=early):
                host.emit(event)
        except Stopped:
            return
        except Refusal as error:
            host.emit(fault_of(error, name))
        session.shown(name)


class _Run:
    """One run, from its first picture to its last."""

    def __init__(
        self,
        session: Session,
        host: Host,
        recorder: Recorder | None,
        share: float,
        checkpoint_seconds: float,
    ) -> None:
        self.session, self.host, self.recorder = session, host, recorder
        self.views = Views(session.program, share=share)
        self.checkpoint_seconds = checkpoint_seconds
        self.pending: dict[str, list[tuple[int, Tensor | float]]] = {}
        self.before = 0  # steps of the stages before this one
        self.step = session.step
        self.stride = 1
        self.frame: Frame[Any] = Frame(0, 0)
        self.trainer = ""
        self.rate = Rate()
        self.next_flush = self.next_save = 0.0
        self.trainers = session.program.of_role("trainer")
        self.work = Work(host.emit, lasting=not self.trainers)

    def whole(self) -> str:
        self.host.on_pause = self._settle
        self.host.on_hold = None if self.trainers else self._hold
        self.session.program.on_frame = self._nested
        try:
            if self.views.share > 0 and self.trainers:
                self._show_all(self.views.glance)
            for trainer in self.trainers:
                self._train(trainer)
                self.before += self.frame.step
            if self.trainers:
                self._settle()
            else:
                self._show_all(self._pull)
        except Stopped:
            if self.trainers:
                self._settle(self._last_look())
            return "stopped"
        except Refusal as error:
            return self._failed(error)
        finally:
            self.host.on_hold = None
        return "done"

    def _failed(self, error: Refusal) -> str:
        if isinstance(error, NotFinite):
            error.sentence = f"{error.sentence.rstrip('.')}, at step {self.step + 1:,}."
        self._flush()
        self.emit([fault_of(error), NodeState(node=error.place.partition(".")[0], state="error")])
        return "failed"

    def emit(self, events: Iterable[Event]) -> None:
        for event in events:
            self.host.emit(event)
            if self.recorder is not None:
                self.recorder.take(event)

    # --- a stage ----------------------------------------------------------------------------------

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
        self._flush()
        seconds = time.perf_counter() - start
        self.emit([NodeState(node=trainer, state="done", seconds=seconds)])

    def _frames_of(self, program: Program) -> bool:
        """Train on one program; return False where an edit has put another in its place."""
        program.on_frame = self._nested
        if self.views.program is not program:
            self.views.adopt(program)
        if self.trainer not in program.calls:
            return True
        for frame in program.frames(self.trainer):
            self._after(frame, program)
            if self.session.program is not program:
                return False
        return True

    def _after(self, frame: Frame[Any], program: Program) -> None:
        """Do what is due between two steps."""
        if frame.step > self.frame.step:
            self.step = self.session.step = self.before + frame.step
            self._collect(program, frame)
        self.frame = frame
        now = time.perf_counter()
        self.host.tick(False)
        if time.perf_counter() - now > FLUSH:  # it was paused
            self.rate = Rate()
        if now >= self.next_flush:
            self._flush()
        sink = self.views.due(now)
        if sink is not None and self.views.program is self.session.program:
            self._show(sink, self.views.look)
        if now >= self.next_save:
            self._save()

    def _collect(self, program: Program, frame: Frame[Any]) -> None:
        self.stride = 1 + frame.total // KEPT_POINTS
        if self.step % self.stride == 0 or frame.step == frame.total:
            for name, value in program.scalars.items():
                self.pending.setdefault(name, []).append((self.step, value))
        program.scalars.clear()

    def _nested(self, name: str, frame: Frame[Any]) -> None:
        """Between two frames of a sampler in a pull."""
        self.work.passes(name, frame)
        forming = self.session.program.forming
        self.session.frames += forming is not None and forming.frame is frame
        try:
            self.host.tick(True)
            self.views.hurry()
        except Stopped:
            self.work.stops()
            raise
        self.work.goes_on()

    def _hold(self) -> None:
        """Say and show where the work stands."""
        self.work.tell()
        if self.session.program.forming is not None:
            self.session.program.forming.now()

    # --- what is due ------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Deliver the scalars of the last steps and the progress."""
        self.next_flush = time.perf_counter() + FLUSH
        series = {name: _read(points) for name, points in self.pending.items()}
        self.pending = {}
        if series:
            self.emit([Scalars(series=series)])
        if self.trainer:
            self.emit([self._progress()])
        _refuse_not_finite(series)

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

    def _show(self, sink: Sink, pull: Pull) -> None:
        """Pull a view or a metric; what worked for it rests again."""
        self.work.goes_on()
        self.emit(pull(sink, self.step))
        self.work.rests()

    def _show_all(self, pull: Pull) -> None:
        """Pull the views, then the metrics: first what is seen to form."""
        for sink in sorted(self.views.sinks, key=lambda s: -s.weight):
            self.host.tick(True)
            self._show(sink, pull)
            self.session.shown(sink.name)

    def _save(self) -> None:
        start = time.perf_counter()
        if self.recorder is not None and self.trainer:
            self._flush()  # a resumed run has every point up to its checkpoint
            facts = {"trainer": self.trainer, "step": self.step}
            self.recorder.checkpoint(self.step, self.session.state(), facts)
        took = time.perf_counter() - start
        self.next_save = time.perf_counter() + max(self.checkpoint_seconds, 50 * took)

    def _settle(self, pull: Pull | None = None) -> None:
        """Say and save all there is to say: at a pause and at the end."""
        self._flush()
        self._save()
        if self.views.program is not self.session.program:
            self.views.adopt(self.session.program)
        with contextlib.suppress(Stopped):  # a second Stop: the views stay as they are
            self._show_all(pull or self._pull)

    def _last_look(self) -> Pull:
        """Return a pull that brings up to date what can be within a moment: a Stop is near."""
        end = time.perf_counter() + LAST_LOOK

        def look(sink: Sink, step: int) -> list[Event]:
            sink.patience = (end - time.perf_counter()) / 2
            return self.views.glance(sink, step) if sink.patience > 0 else []

        return look

    def _pull(self, sink: Sink, step: int) -> list[Event]:
        """Pull a view to its end, and show what forms until then; where nothing trains, keep it."""
        keep = self.host.emit if self.trainers else lambda event: self.emit([event])
        return self.views.pull(sink, step, early=keep)


def _read(points: list[tuple[int, Tensor | float]]) -> tuple[list[int], list[float]]:
    """Bring the values of several steps from the device at once; a CPU has given numbers."""
    steps, values = [step for step, _ in points], [value for _, value in points]
    if isinstance(values[0], Tensor):
        values = torch.stack([torch.as_tensor(v).float() for v in values]).tolist()
    return steps, values  # type: ignore[return-value]


def _refuse_not_finite(series: dict[str, tuple[list[int], list[float]]]) -> None:
    """Stop where a value came out that is no number; on a CPU the pull has done so already."""
    for name, (steps, values) in series.items():
        for step, value in zip(steps, values, strict=True):
            if not math.isfinite(value):
                raise NotFinite(
                    f"{name.partition('.')[0]} gave {value} at step {step:,}.",
                    "Lower the learning rate or clip the gradient, then run again.",
                    place=name.partition(".")[0],
                )

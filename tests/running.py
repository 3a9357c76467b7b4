"""Drive a run to its end, as the hosts do."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Protocol, TypeVar, cast

from engine.document.errors import Stopped
from engine.document.messages import Event
from engine.record.checkpoint import Checkpoint
from engine.record.record import Recorder
from engine.run.launch import Launch, Order
from engine.run.outcome import Outcome
from engine.run.run import Run
from engine.run.session import Session

T = TypeVar("T")


class Host(Protocol):
    """A host of a test: `between` is called between two steps, and stops the run by `Stopped`."""

    def emit(self, event: Event) -> None: ...

    def within(self) -> None: ...

    def between(self) -> None: ...


def run(session: Session, host: Host, *, recorder: Recorder | None = None, **options: Any) -> str:
    """Run a session's graph and return how it has ended."""
    made = Run(session, host, **options)
    for event in made.events():
        if event is None:
            _between(host, made)
            continue
        if recorder is not None:
            recorder.take(event)
        if not isinstance(event, Checkpoint):
            host.emit(event)
    return made.status


def launch(session: Session, host: Host, order: Order) -> Outcome:
    """Launch a run, let it end and return its outcome."""
    made = Launch(session, host, order)
    for event in made.events():
        if event is None:
            _between(host, made)
        else:
            host.emit(event)
    return made.outcome


def returned(generator: Generator[Any, Any, T]) -> T:
    """Run a generator to its end and return what it returns."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return cast(T, end.value)


def _between(host: Host, run: Run | Launch) -> None:
    try:
        host.between()
    except Stopped:
        run.stop()

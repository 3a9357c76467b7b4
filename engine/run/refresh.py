"""Fetch the data that views need, and pull views while no run is in progress."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from engine.check.report import fault_of
from engine.document.errors import GaveWay, Stopped
from engine.document.messages import Event, Figure, NodeState, Progress, Told
from engine.run.host import Host
from engine.run.progress import FLUSH
from engine.run.session import Session
from engine.run.views import pull_sink
from nodes.errors import Refusal


def fetch(
    session: Session, host: Host, names: Iterable[str], *, patient: bool = False
) -> Iterator[Event]:
    """Fetch the external data that pulls of these nodes need; yield the progress and notes.

    A stop ends it between two frames. `patient`: ignore `GaveWay`, so that only a stop ends it.
    """
    next_report = 0.0
    fetched: list[str] = []  # the last one is in progress
    try:
        for name, frame in session.program.fetching(names):
            with suppress(*[GaveWay] if patient else []):
                host.within()
            if name not in fetched[-1:] or time.perf_counter() >= next_report:
                next_report = time.perf_counter() + FLUSH
                yield Progress(node=name, step=frame.step, total=frame.total)
            if name not in fetched[-1:]:
                yield from _idle(fetched[-1:])
                fetched.append(name)
    except Refusal:  # refused or stopped
        yield from _idle(fetched[-1:])
        raise
    yield from _idle(fetched[-1:])
    for name in fetched:
        if notes := session.program.calls[name].node.notes():
            yield Told(node=name, notes=notes)


def _idle(names: Iterable[str]) -> Iterator[Event]:
    for name in names:
        yield NodeState(node=name, state="idle")


def refresh(session: Session, host: Host, names: Iterable[str] | None = None) -> Iterator[Event]:
    """Pull the named views or, where `names` is None, those that an edit has made out of date.

    Yield their events. Intermediate results of samplers are emitted for these and for all views
    without untrained weights.
    """
    wanted = session.shown.outdated() if names is None else list(names)
    session.program.on_frame = lambda name, frame: host.within()
    session.program.on_layer = host.within
    views = session.program.of_role("view")
    shown = {*wanted, *filter(session.shown.can_be, views)}

    def early(event: Event) -> None:
        if isinstance(event, Figure) and event.node in shown:
            host.emit(event)

    for name in wanted:
        try:
            yield from fetch(session, host, [name])
            yield from pull_sink(session.program, name, session.step, early=early)
        except Stopped:
            return
        except Refusal as error:
            yield fault_of(error, name)
        session.shown.note(name)

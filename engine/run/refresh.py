"""Fetch the data that views need, and pull views while no run is in progress."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

from engine.check.report import fault_of
from engine.document.errors import GaveWay, Stopped
from engine.document.messages import Event, Figure, NodeState, Progress, Told
from engine.run.host import Host
from engine.run.progress import FLUSH
from engine.run.session import Session
from engine.run.views import pull_sink
from nodes.errors import Refusal


def fetch(session: Session, host: Host, names: Iterable[str], *, patient: bool = False) -> None:
    """Fetch the external data that pulls of these nodes need; a stop ends it between two frames.

    `patient`: ignore `GaveWay`, so that only a stop ends it.
    """
    next_word = 0.0
    fetched: list[str] = []  # the last one is in progress
    try:
        for name, frame in session.program.fetching(names):
            with suppress(*[GaveWay] if patient else []):
                host.tick(True)
            if name not in fetched[-1:] or time.perf_counter() >= next_word:
                next_word = time.perf_counter() + FLUSH
                host.emit(Progress(node=name, step=frame.step, total=frame.total))
            if name not in fetched[-1:]:
                _rest(host, fetched[-1:])
                fetched.append(name)
    finally:  # the node is idle also after a refusal or a stop
        _rest(host, fetched[-1:])
    for name in fetched:
        if notes := session.program.calls[name].node.notes():
            host.emit(Told(node=name, notes=notes))


def _rest(host: Host, names: Iterable[str]) -> None:
    for name in names:
        host.emit(NodeState(node=name, state="idle"))


def refresh(session: Session, host: Host, names: Iterable[str] | None = None) -> None:
    """Pull the named views or, where `names` is None, those that an edit has made out of date.

    Intermediate results of samplers are emitted for these and for all views without untrained
    weights.
    """
    wanted = session.outdated_views() if names is None else list(names)
    session.program.on_frame = lambda name, frame: host.tick(True)
    session.program.on_layer = lambda: host.tick(True)
    views = session.program.of_role("view")
    shown = {*wanted, *filter(session.shows_trained, views)}

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

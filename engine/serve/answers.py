"""Answers to requests that do not depend on the state of the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.check import describe
from engine.check.report import warning
from engine.document import history
from engine.document.errors import GraphRefused, RunRefused
from engine.document.messages import (
    PROTOCOL,
    At,
    Event,
    Glance,
    Glanced,
    Hello,
    NodeState,
    ReadRun,
    Restore,
    Run,
    Status,
    Step,
    Unread,
    Welcome,
)
from engine.record import checkpoint
from engine.record.record import versions
from engine.run import devices
from engine.run.host import Host
from engine.run.launch import Order
from engine.run.refresh import fetch
from engine.run.session import Session
from engine.run.threads import cores
from nodes.library import Library


class Garbled:
    """A frame that could not be decoded, in the queue of requests."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def refuse_protocol(request: Hello) -> None:
    """Raise `GraphRefused` where the window speaks another protocol."""
    if request.protocol != PROTOCOL:
        raise GraphRefused(
            "The window speaks protocol {asked}, this engine {known}.",
            "Install the same version on both sides.",
            asked=request.protocol,
            known=PROTOCOL,
        )


def welcome(library: Library) -> Welcome:
    """Return what a window needs to know of this engine."""
    catalogue = describe.catalogue(library)
    return Welcome(
        catalogue=catalogue,
        versions=versions() | {"nodes": catalogue.version},
        devices=devices.available(),
        threads=cores(),
        pid=os.getpid(),
    )


def ordered(request: Run | Step, runs: str) -> Order:
    """Return the order for a run that is recorded in a folder, if one is named."""
    order = Order(name=request.name, document=request.document, kin=request.kin)
    order.runs = Path(runs) if runs else None
    if isinstance(request, Run):
        order.resume = Path(request.resume) if request.resume else None
        order.fresh = request.fresh
    return order


def past(request: At) -> Event:
    """Return the figures and metrics of a run at a step, or `Unread` where it cannot be read."""
    try:
        return history.past(Path(request.run), request.step)
    except RunRefused as error:
        return Unread(run=request.run, sentence=error.sentence)


def whole_run(request: ReadRun) -> Event:
    """Return the content of a run folder, or `Unread` where it cannot be read."""
    try:
        return history.read_run(Path(request.run))
    except RunRefused as error:
        return Unread(run=request.run, sentence=error.sentence)


def glance(request: Glance) -> Event:
    """Return the last pictures of a run, none where it cannot be read."""
    try:
        figures = history.glance(Path(request.run), request.nodes)
    except RunRefused:
        figures = []
    return Glanced(run=request.run, figures=figures)


def restore(session: Session, host: Host, request: Restore) -> Iterator[Event]:
    """Load the newest readable checkpoint of a run into the session; yield its status.

    Raise a `Refusal` where data cannot be fetched, `CheckpointRefused` where no checkpoint fits.
    """
    folder = Path(request.run)
    names = session.program.of_role("trainer", "view", "metric")
    yield from fetch(session, host, names, patient=True)
    state, _, skipped = checkpoint.load_latest(folder)
    session.restore(state)
    done = history.read_file(folder).status == "done"
    yield Status(status="done" if done else "stopped", run=request.run)
    yield from map(warning, skipped)
    for name in session.program.of_role("trainer") if done else ():
        yield NodeState(node=name, state="done")

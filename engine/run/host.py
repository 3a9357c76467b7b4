"""Interfaces between a run, its host (command line or server) and its recorder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from torch import Tensor

from engine.document.messages import Event


class Pausable(Protocol):
    """The interface of a run for its host: what the host calls while the run is paused.

    `holds`: the run may also pause inside a pull and show its current frame. `drops`: an edit may
    cancel the pull of a view; False where that pull is the purpose of the run.
    """

    holds: bool
    drops: bool

    def emit(self, events: Iterable[Event]) -> None:
        """Emit events and record them."""

    def flush(self) -> None:
        """Emit the curves up to the current step."""

    def save(self) -> None:
        """Save a checkpoint of the current step."""

    def look(self, name: str) -> None:
        """Pull a view or metric again and record its event."""

    def show_frame(self) -> None:
        """Emit the intermediate result of the paused pull."""


class Host(Protocol):
    """The owner of a run: the command line or the server."""

    work: Pausable | None
    """The run in progress; the run sets it."""

    def emit(self, event: Event) -> None:
        """Emit an event."""

    def tick(self, nested: bool) -> None:
        """Handle requests between two frames; block while paused; raise `Stopped` on a stop.

        `nested`: the frame belongs to a pull; edits wait until the pull ends. Raise `GaveWay` there
        where a request should not wait that long: the pull of a view is then cancelled, a training
        step is finished first.
        """


class Recorder(Protocol):
    """The interface of a recorder for a run (implemented in `engine.record`)."""

    def take(self, event: Event) -> None:
        """Record an event."""

    def checkpoint(self, step: int, state: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Save a state to resume from, with `facts` about it."""

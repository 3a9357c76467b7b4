"""What a run and its surroundings ask of each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from torch import Tensor

from engine.document.messages import Event


class Pausable(Protocol):
    """A run, as its host sees it: what a pause asks of it.

    `holds`: it may stand still within a pull too, its frame shown. `drops`: the pull of a view may
    be dropped for an edit; else it is what the run is about.
    """

    holds: bool
    drops: bool

    def emit(self, events: Iterable[Event]) -> None:
        """Deliver events and keep them in the run's record."""

    def flush(self) -> None:
        """Deliver the curves up to the step at hand."""

    def save(self) -> None:
        """Save a checkpoint of the step at hand."""

    def look(self, name: str) -> None:
        """Bring a view or metric up to date, and keep what it shows."""

    def show_frame(self) -> None:
        """Show what the pull that stands still has made so far."""


class Host(Protocol):
    """Who runs the run: the command line or the server."""

    work: Pausable | None
    """Set by a run while it goes on."""

    def emit(self, event: Event) -> None:
        """Deliver an event."""

    def tick(self, nested: bool) -> None:
        """Handle requests between two frames; block while paused; raise `Stopped` to stop.

        `nested` frames are those within a pull: edits wait till it is over. It may raise `GaveWay`
        there, where something was asked that should not wait so long: the pull of a view is then
        dropped; a step of training ends first.
        """


class Recorder(Protocol):
    """Who keeps what the run says (engine.record)."""

    def take(self, event: Event) -> None:
        """Keep an event."""

    def checkpoint(self, step: int, state: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Save a state to go on from."""

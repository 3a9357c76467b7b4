"""The interface between a run and its host: the command line or the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from engine.document.messages import Event

Events = Iterator[Event | None]
"""The events of a run; at None the host may act: handle requests, edit the graph, pause, stop."""


class Host(Protocol):
    """The owner of a run, as the run calls it from inside a pull, where it cannot yield."""

    def emit(self, event: Event) -> None:
        """Send an event."""

    def within(self) -> None:
        """Handle requests between two frames of a pull; block while the run is paused there.

        Raise `Stopped` on a stop, and `GaveWay` where a request should not wait for the end of the
        pull: the pull of a view is then cancelled, a training step is finished first.
        """

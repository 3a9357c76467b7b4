"""Errors the engine adds to those of the nodes.

The tree:

    nodes.errors.Refusal
     ├─ GraphRefused            a graph file or a graph cannot be read or run
     ├─ NodeFailed              a node raised while it ran
     │   └─ NotFinite           a node made a NaN or an infinity
     ├─ RunRefused              a run folder cannot be read
     ├─ CheckpointRefused       a checkpoint is missing, damaged or of another graph
     └─ Stopped                 the user stopped a run: not a fault
         └─ GaveWay             a request takes precedence: the pull is cancelled
"""

from __future__ import annotations

from typing import Any

from nodes.errors import Refusal
from nodes.sentences import Text


class GraphRefused(Refusal):
    """A graph file or a graph cannot be read or run."""


class NodeFailed(Refusal):
    """A node raised while it ran; `trace` is for the log."""

    def __init__(
        self, sentence: Text, fix: Text = "", *, place: str = "", trace: str = "", **parts: Any
    ) -> None:
        super().__init__(sentence, fix, place=place, **parts)
        self.trace = trace
        self.blamed = bool(place)


class NotFinite(NodeFailed):
    """A node made a NaN or an infinity."""


class RunRefused(Refusal):
    """A run folder cannot be read."""


class CheckpointRefused(Refusal):
    """A checkpoint is missing, damaged or of another graph."""


class Stopped(Refusal):
    """The user stopped a run: not a fault."""


class GaveWay(Stopped):
    """A request takes precedence: the pull of a view is cancelled, the run continues."""

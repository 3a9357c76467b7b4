"""Which out-of-date view is pulled next, while nothing runs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from engine.run.session import Session

REST = 0.4  # seconds without a move, or an edit, after which a hand rests


class CatchingUp:
    """Take turns among views; those that a hand moves come first, the others when it rests."""

    def __init__(self) -> None:
        self._turns: dict[str, int] = {}
        self._rests_at = 0.0

    def note_graph(self) -> None:
        """Note that a graph has come."""
        self._rests_at = time.monotonic() + REST

    def waits(
        self,
        names: Sequence[str],
        first: Sequence[str],
        incoming: SimpleQueue[Any],
        pending: deque[Any],
    ) -> bool:
        """Wait while a hand moves views that are all up to date; return whether a request came."""
        rest = self._rests_at - time.monotonic()
        if not first or rest <= 0 or not set(first).isdisjoint(names):
            return False
        with suppress(Empty):
            pending.append(incoming.get(timeout=rest))
        return bool(pending)

    def choose(self, session: Session, names: Sequence[str], first: Sequence[str]) -> str:
        """Return the view that has waited longest of those moved, else of all; metrics last."""
        views = session.program.of_role("view")
        moved = [name for name in names if name in first]
        name = min(moved or names, key=lambda n: (n not in views, self._turns.get(n, 0)))
        self._turns[name] = max(self._turns.values(), default=0) + 1
        return name

"""Which out-of-date view is pulled next, while nothing runs."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from engine.run.session import Session

REST = 0.4  # seconds without a move, or an edit, after which a hand rests


class CatchingUp:
    """Take turns among views; those that a hand moves come first, the others when it rests."""

    def __init__(self) -> None:
        self._took: dict[str, float] = {}  # s, of the last time
        self._passed: Counter[str] = Counter()  # how often others went before a view
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

    def show_next(
        self,
        session: Session,
        names: Sequence[str],
        first: Sequence[str],
        show: Callable[[list[str]], None],
    ) -> None:
        """Show one view: of those moved, else of all, the quickest; metrics last.

        A view over which others have gone once each comes before them.
        """
        views = session.program.of_role("view")
        among = [name for name in names if name in first] or names
        late = [name for name in among if self._passed[name] >= len(among)]
        name = min(late or among, key=lambda n: (n not in views, self._took.get(n, 0.0)))
        for other in among:
            self._passed[other] += 1
        self._passed[name] = 0
        start = time.monotonic()
        show([name])
        self._took[name] = time.monotonic() - start

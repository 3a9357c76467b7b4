"""Send events of the server through a pipe, from a thread of its own.

A slow reader never blocks training. While the pipe is full, the latest figure of a view and the
latest progress and state of a node replace earlier ones, and points of curves are merged; no other
event is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import BinaryIO

from msgspec import Struct

from engine.document.messages import Figure, NodeState, Progress, Scalars, Signed, Status, frame

MOST_POINTS = 50_000  # maximum queued points of one curve


class Outlet:
    """Write events to a pipe in order; a later event may replace an earlier one."""

    def __init__(self, pipe: BinaryIO) -> None:
        self.broken = False
        """Whether the reader has closed the pipe."""
        self._pipe = pipe
        self._waiting: dict[Hashable, Struct] = {}
        self._news = threading.Condition()
        self._chapter = 0
        self._number = 0
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="outlet", daemon=True)
        self._thread.start()

    def put(self, event: Struct) -> None:
        """Queue an event for the pipe; never block."""
        with self._news:
            if self.broken:
                return
            key = self._key(event)
            known = self._waiting.get(key)
            if isinstance(event, Scalars):
                event = _gathered(known if isinstance(known, Scalars) else Scalars(), event)
            self._waiting[key] = event
            self._news.notify()

    def _key(self, event: Struct) -> Hashable:
        """Return the key under which later events replace this one; a status starts new keys."""
        if isinstance(event, Status):
            self._chapter += 1
        if isinstance(event, Scalars):
            return self._chapter, Scalars
        if isinstance(event, Figure):
            return self._chapter, Figure, event.node
        if isinstance(event, (Progress, NodeState, Signed)):
            return self._chapter, type(event), event.node
        self._number += 1
        return self._number

    def close(self, patience: float = 5.0) -> None:
        """Write the queued events, for at most `patience` seconds."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(patience)

    def _write(self) -> None:
        while (event := self._next()) is not None:
            try:
                self._pipe.write(frame(event))
                self._pipe.flush()
            except (OSError, ValueError):
                self.broken = True
                return

    def _next(self) -> Struct | None:
        with self._news:
            while not self._waiting and not self._closing:
                self._news.wait()
            if not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))


def _gathered(known: Scalars, event: Scalars) -> Scalars:
    """Return the points of both; halve curves that have more than `MOST_POINTS`."""
    series = {name: (list(steps), list(values)) for name, (steps, values) in known.series.items()}
    for name, (steps, values) in event.series.items():
        mine = series.setdefault(name, ([], []))
        mine[0].extend(steps)
        mine[1].extend(values)
        if len(mine[0]) > MOST_POINTS:
            series[name] = mine[0][::2], mine[1][::2]
    return Scalars(series=series)

"""The log of slow handlers: what kept the window from answering for more than 50 ms.

A handler is all that one event causes. Time in which a nested event loop waits, as in an open
dialog or a drag, is not counted. Each one is written to a file, for a bug report and for us.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject

LIMIT = 0.05  # seconds
KEPT = 200
MOST_BYTES = 100_000  # of the file; older lines move to a second file


@dataclass(frozen=True)
class Slow:
    """A handler that took too long: the class of its receiver and the kind of its event."""

    seconds: float
    receiver: str
    event: str

    def __str__(self) -> str:
        return f"{1000 * self.seconds:.0f} ms: {self.event} of {self.receiver}"


class SlowHandlers:
    """Note the handlers that took longer than `LIMIT`; the innermost one where they are nested."""

    def __init__(self) -> None:
        self.found: deque[Slow] = deque(maxlen=KEPT)
        self.file: Path | None = None
        self._rested = self._noted = 0.0

    def watch(self, dispatcher: QAbstractEventDispatcher) -> None:
        """Notice when the event loop waits."""
        dispatcher.aboutToBlock.connect(self._rest)

    def _rest(self) -> None:
        self._rested = time.perf_counter()

    def take(self, receiver: QObject, event: QEvent, start: float) -> None:
        """Note a handler that has just ended, if it was slow."""
        now = time.perf_counter()
        if now - start < LIMIT or start < max(self._rested, self._noted):
            return
        self._noted = now
        slow = Slow(now - start, type(receiver).__name__, event.type().name)
        self.found.append(slow)
        with contextlib.suppress(OSError):  # such as a full disk
            self._write(f"{datetime.now().isoformat(timespec='seconds')}  {slow}\n")

    def _write(self, line: str) -> None:
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if self.file.exists() and self.file.stat().st_size > MOST_BYTES:
            self.file.replace(self.file.with_suffix(".old.log"))
        with self.file.open("a", encoding="utf-8") as log:
            log.write(line)

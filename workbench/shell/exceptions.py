"""Uncaught exceptions: log them and tell the user.

An exception in an override, slot or timer called by Qt would end the program or be lost. Here it is
logged to a file and counted; a notice appears once for each place in the code that raised.
"""

from __future__ import annotations

import contextlib
import platform
import sys
import threading
import time
import traceback
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import PySide6
from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from workbench.shell.overrides import guard_overrides
from workbench.shell.slow import SlowHandlers

if TYPE_CHECKING:
    from workbench.shell.notices import Notices

MOST_BYTES = 1_000_000  # of the log file; older entries move to a second file
SAID_OF_A_PLACE = 10  # a fault in a paint event repeats with every paint
KEPT = 50  # faults of this session, for the report


NOTICE = "fault"


def tr(text: str) -> str:
    return QCoreApplication.translate("border", text)


class ExceptionLog(QObject):
    """Log uncaught exceptions. `failed` is emitted once for each place that raised one."""

    failed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.file: Path | None = None
        self.notices: Notices | None = None
        self.count = 0
        self.faults: list[str] = []
        self._places: dict[Any, int] = {}
        self._lock = threading.RLock()
        self._busy = False
        self.failed.connect(self._say, Qt.ConnectionType.QueuedConnection)  # from any thread

    def log_exception(self, error: BaseException) -> None:
        """Log an exception and show a notice. Never raises and is not reentrant."""
        with self._lock:
            if self._busy:
                return
            self._busy = True
            with contextlib.suppress(Exception):  # such as a full disk, or an error in str()
                self._take(error)
            self._busy = False

    def _take(self, error: BaseException) -> None:
        self.count += 1
        place = _place(error)
        seen = self._places[place] = self._places.get(place, 0) + 1
        if seen > SAID_OF_A_PLACE:
            return
        text = "".join(traceback.format_exception(error))
        self.faults = [*self.faults[1 - KEPT :], text]
        if seen == 1:
            self.failed.emit()
        self._write(f"{datetime.now().isoformat(timespec='seconds')}  {versions()}\n{text}\n")

    def _write(self, text: str) -> None:
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if self.file.exists() and self.file.stat().st_size > MOST_BYTES:
                self.file.replace(self.file.with_suffix(".old.log"))
            with self.file.open("a", encoding="utf-8", errors="replace") as log:
                log.write(text)
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)

    def _say(self) -> None:
        """Show one notice that something failed, with a button that copies the report."""
        if self.notices is not None and NOTICE not in self.notices.by_key:
            sentence = tr("Something went wrong here. Your graph is safe.")
            self.notices.say(NOTICE, "warning", sentence, (tr("Copy report"), self._copy))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report())

    def report(self) -> str:
        """Return the versions and the last tracebacks, for a bug report."""
        return "\n".join([versions(), f"{self.count} in this session", "", *self.faults])

    def install(self) -> None:
        """Install the hooks for exceptions in slots, timers, threads and finalizers."""
        sys.excepthook = self.hook
        threading.excepthook = lambda seen: self.log_exception(seen.exc_value or seen.exc_type())
        sys.unraisablehook = lambda seen: self.log_exception(seen.exc_value or seen.exc_type())

    def hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log an Exception as `sys.excepthook`; leave KeyboardInterrupt to Python."""
        if isinstance(error, Exception):
            self.log_exception(error)
        else:
            sys.__excepthook__(kind, error, trace)


class Application(QApplication):
    """A QApplication that keeps running when an override raises; the exception is logged.

    It also logs the handlers that are slow.
    """

    exceptions: ExceptionLog

    def __init__(self, arguments: list[str]) -> None:
        guard_overrides()
        super().__init__(arguments)
        self.exceptions = ExceptionLog()
        self.slow = SlowHandlers()
        self.slow.watch(QAbstractEventDispatcher.instance())

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        start = time.perf_counter()
        try:
            return super().notify(receiver, event)
        except Exception as error:
            self.exceptions.log_exception(error)
            return True
        finally:
            self.slow.take(receiver, event, start)


def versions() -> str:
    try:
        own = version("genworkbench")
    except PackageNotFoundError:
        own = "0"
    python, system = platform.python_version(), platform.platform()
    return f"workbench {own}, Python {python}, PySide {PySide6.__version__}, {system}"


def _place(error: BaseException) -> Any:
    """Return where an exception was raised: file, line and class."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return type(error), *((frame.filename, frame.lineno) for frame in frames)

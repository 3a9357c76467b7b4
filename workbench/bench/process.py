"""The engine's process, seen from the window.

A child process: `send` writes requests, `received` emits events. It may die at any time; then
`lost` gives the reason, and `start` starts a new one.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

import engine
from engine.document.messages import Event, FrameReader, Hello, Quit, Welcome, events, frame

KILL_AFTER = 20_000  # ms a run has to save before the process is killed
COMMAND = [sys.executable, "-P", "-m", "engine", "serve"]  # -P: not from the working folder


def tr(text: str) -> str:
    return QCoreApplication.translate("process", text)


class Engine(QObject):
    """One engine process. `command` starts it; with ssh it can run on another computer."""

    received = Signal(object)  # an event of engine.messages
    ready = Signal()
    lost = Signal(str)  # the reason, as a sentence; not emitted after `stop`
    stopped = Signal()
    log = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: list[str] | None = None,
        plugins: list[str] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.command = command or COMMAND
        self.plugins = plugins or []
        self.environment = environment or {}
        self._process: QProcess | None = None
        self._frames = FrameReader()
        self._stopping = False
        self._welcomed = False
        self._stderr_tail: deque[str] = deque(maxlen=3)

    @property
    def alive(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        return self._process.processId() if self._process else 0

    def start(self) -> None:
        """Start the process and send `Hello`; requests may follow at once."""
        if self._process is not None:
            return
        self._frames, self._stopping, self._welcomed = FrameReader(), False, False
        self._stderr_tail.clear()
        process = QProcess(self)
        process.setProcessEnvironment(_environment(self.environment))
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_log)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self._process = process
        process.start(self.command[0], self.command[1:])
        self.send(Hello(plugins=self.plugins))

    def send(self, request: msgspec.Struct) -> bool:
        """Send a request; return False if there is no process."""
        if self._process is None:
            return False
        self._process.write(frame(request))
        return True

    def stop(self) -> None:
        """Ask the engine to save and quit; `stopped` is emitted within KILL_AFTER ms.

        A process that has not sent `Welcome` yet has nothing to save and is killed at once.
        """
        if self._process is None:
            self.stopped.emit()
            return
        self._stopping = True
        if not self._welcomed:
            self.kill()
            return
        self.send(Quit())
        QTimer.singleShot(KILL_AFTER, self._process, self._process.kill)

    def kill(self) -> None:
        """Kill the process."""
        if self._process is not None:
            self._process.kill()

    def _read(self) -> None:
        if self._process is None:
            return
        data = bytes(self._process.readAllStandardOutput().data())
        try:
            for body in self._frames.feed(data):
                self._take(events.decode(body))
        except msgspec.MsgspecError as error:
            self._stderr_tail.append(tr("It sent what is no message: {0}.").format(error))
            self.kill()

    def _take(self, event: Event) -> None:
        self.received.emit(event)
        if isinstance(event, Welcome):
            self._welcomed = True
            self.ready.emit()

    def _read_log(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        for line in text.splitlines():
            if line.strip():
                self._stderr_tail.append(line.strip())
                self.log.emit(line.rstrip())

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_log()
        killed = status == QProcess.ExitStatus.CrashExit
        self._gone(tr("It was killed.") if killed else tr("It ended with code {0}.").format(code))

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._gone(tr("It did not start: {0}.").format(self._process.errorString()))

    def _gone(self, reason: str) -> None:
        if self._process is None:
            return
        self._process.deleteLater()
        self._process = None
        if self._stopping:
            self.stopped.emit()
        else:
            self.lost.emit(" ".join([reason, *list(self._stderr_tail)[-1:]]))


def _environment(more: dict[str, str]) -> QProcessEnvironment:
    """Return the child's environment. Spinning torch threads would starve the window."""
    environment = QProcessEnvironment.systemEnvironment()
    ours = str(Path(engine.__path__[0]).parent)
    path = os.pathsep.join(filter(None, [ours, environment.value("PYTHONPATH")]))
    given = {"OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1", "PYTHONPATH": path}
    for name, value in {**given, **more}.items():
        environment.insert(name, value)
    return environment

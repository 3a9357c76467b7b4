"""Shutdown: the engines of closed tabs end asynchronously, and the window after all of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QMainWindow

from workbench.bench.bench import Bench
from workbench.shell import memory
from workbench.shell.files import Files
from workbench.shell.tabs import Tabs

TIDY_AFTER = 1_000  # ms after the last closed document


def tr(text: str) -> str:
    return QCoreApplication.translate("leaving", text)


class Shutdown(QObject):
    """The window's shutdown. `closing`: it has begun; `finished`: no engine is left."""

    started = Signal()
    waiting = Signal(str)  # for runs to be saved; a sentence

    def __init__(self, window: QMainWindow, files: Files, tabs: Tabs) -> None:
        super().__init__(window)
        self.window = window
        self.files = files
        self.tabs = tabs
        self.benches: list[Bench] = []
        self.closing = False
        self._asking = False
        self.release_timer = QTimer(self, singleShot=True, interval=TIDY_AFTER)
        self.release_timer.timeout.connect(memory.release)

    @property
    def finished(self) -> bool:
        return self.closing and not self.benches

    def stop_bench(self, bench: Bench) -> None:
        """Stop a bench's engine, then delete the bench."""
        self.benches.append(bench)
        bench.stopped.connect(lambda: self._stopped(bench))
        bench.close()

    def confirm(self) -> bool:
        """Ask about unsaved work and runs; start closing unless the user cancels."""
        if self.closing or self._asking:
            return self.closing
        self._asking = True  # the question is open: a second close waits for its answer
        try:
            may = self.files.may_close(self.tabs.documents, quitting=True)
        finally:
            self._asking = False
        if may:
            self._begin()
        return self.closing

    def _begin(self) -> None:
        self.closing = True
        self.started.emit()
        pages = self.tabs.documents
        if any(page.bench.unfinished for page in pages):
            self.waiting.emit(tr("The run is being saved; the window closes when that is done."))
            self.tabs.setEnabled(False)
        else:
            self.window.hide()
        for page in pages:
            page.bench.document.close()
            if page.bench.engine.alive:
                self.stop_bench(page.bench)

    def _stopped(self, bench: Bench) -> None:
        if bench in self.benches:
            self.benches.remove(bench)
            bench.deleteLater()
            self.release_timer.start()
        if self.finished:
            self.window.close()

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


class Leaving(QObject):
    """The window's shutdown. `begun`: it is closing for good; `done`: no engine is left."""

    started = Signal()
    waiting = Signal(str)  # for runs to be saved; a sentence

    def __init__(self, window: QMainWindow, files: Files, tabs: Tabs) -> None:
        super().__init__(window)
        self.window = window
        self.files = files
        self.tabs = tabs
        self.benches: list[Bench] = []
        self.begun = False
        self._asking = False
        self.tidying = QTimer(self, singleShot=True, interval=TIDY_AFTER)
        self.tidying.timeout.connect(memory.release)

    @property
    def done(self) -> bool:
        return self.begun and not self.benches

    def dismiss(self, bench: Bench) -> None:
        """Stop a bench's engine, then delete the bench."""
        self.benches.append(bench)
        bench.stopped.connect(lambda: self._gone(bench))
        bench.close()

    def ask(self) -> bool:
        """Ask about unsaved work and runs; start closing unless the user cancels."""
        if self.begun or self._asking:
            return self.begun
        self._asking = True  # the question is open: a second close waits for its answer
        try:
            may = self.files.may_close(self.tabs.documents, quitting=True)
        finally:
            self._asking = False
        if may:
            self._begin()
        return self.begun

    def _begin(self) -> None:
        self.begun = True
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
                self.dismiss(page.bench)

    def _gone(self, bench: Bench) -> None:
        if bench in self.benches:
            self.benches.remove(bench)
            bench.deleteLater()
            self.tidying.start()
        if self.done:
            self.window.close()

"""Announcements of a run to screen readers: start, end, errors and every ten percent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from engine.document.graph import Change
from workbench.bench.turns import trains
from workbench.edits import followed_by
from workbench.words.quantities import show_measure
from workbench.words.sentences import translate

if TYPE_CHECKING:
    from workbench.bench.bench import Bench


def tr(text: str) -> str:
    return QCoreApplication.translate("announce", text)


class Announcer(QObject):
    """Announce the events of one bench through `speaker`, a widget of the window."""

    def __init__(self, bench: Bench, speaker: QObject) -> None:
        super().__init__(bench)
        self.bench, self.speaker = bench, speaker
        self.announced: list[str] = []
        self._status = ""
        self._tenth = 0
        self._errors = 0
        bench.live.status_changed.connect(self._tell_status)
        bench.live.progress_changed.connect(self._tell_progress)
        bench.live.problems_changed.connect(self._tell_errors)
        bench.document_changed.connect(self._tell_instances)

    def say(self, text: str) -> None:
        self.announced = [*self.announced[-19:], text]
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.speaker, text))

    def _tell_status(self) -> None:
        status = self.bench.live.status
        if status.status == self._status:
            return
        self._status = status.status
        words = {
            "running": tr("Training runs") if self._trains() else tr("Running"),
            "paused": tr("Paused"),
            "done": tr("Trained") if self._trains() else tr("Done"),
            "stopped": tr("Stopped"),
            "failed": tr("The run failed"),
        }.get(status.status)
        if status.status in ("starting", "running"):
            self._tenth = 0
        if words:
            self.say(f"{words} {status.sentence}".strip())

    def _tell_instances(self, change: Change) -> None:
        words = followed_by(self.bench.document.graph, change)
        if words:
            self.say(translate(words))

    def _trains(self) -> bool:
        return trains(self.bench.document.graph, self.bench.catalogue)

    def _tell_progress(self, node: str) -> None:
        progress = self.bench.live.progress.get(node)
        if progress is None or not progress.total or not self.bench.live.busy:
            return
        tenth = 10 * progress.step // progress.total
        if tenth != self._tenth and 0 < tenth < 10:
            self._tenth = tenth
            self.say(tr("{0} percent").format(10 * tenth) + self._loss())

    def _loss(self) -> str:
        """Return the last value of the first loss, or ""."""
        for name, (_, values) in self.bench.live.series.items():
            if values:
                return f", {name.split('.')[-1]} {show_measure(values[-1])}"
        return ""

    def _tell_errors(self) -> None:
        errors = [p for p in self.bench.live.problems if p.level == "error"]
        if len(errors) > self._errors:
            self.say(errors[0].sentence)
        self._errors = len(errors)

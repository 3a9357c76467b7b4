"""Preferences: appearance and folders, applied at once and saved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMainWindow

from workbench.bench import settings as folders
from workbench.bench.settings import UserSettings
from workbench.look.theme import Choice, appearance
from workbench.shell.notices import Notices
from workbench.shell.tabs import Tabs
from workbench.words.language import chosen_language, spoken

TEXT_STEP = 0.125

_IN_USE: dict[str, Callable[[UserSettings], Path]] = {
    "data_folder": lambda settings: Path(settings.data_folder or Path.home()),
    "runs_folder": folders.runs,
    "plugins_folder": folders.plugins,
}


def tr(text: str) -> str:
    return QCoreApplication.translate("preferences", text)


def use_look(settings: UserSettings) -> None:
    """Apply the user's choices of appearance."""
    appearance.use(
        settings.theme,
        high_contrast=settings.high_contrast,
        reduced_motion=settings.reduced_motion,
        text_scale=settings.text_scale,
    )


class Preferences(QObject):
    """Change the user's settings."""

    changed = Signal()
    language_changed = Signal()
    restart_requested = Signal()  # of the engine of the page in front

    def __init__(
        self,
        window: QMainWindow,
        settings: UserSettings,
        tabs: Tabs,
        notices: Notices,
        plugins: Path | None = None,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.settings = settings
        self.tabs = tabs
        self.notices = notices
        self.plugins = plugins  # a folder of nodes named on the command line

    def use_theme(self, choice: Choice) -> None:
        self.settings.theme = choice
        self._use()

    def use_language(self, choice: Literal["system", "en", "fr"]) -> None:
        """Save a language, and speak it at once."""
        self.settings.language = choice
        self._use()
        if chosen_language(choice) != spoken():
            self.language_changed.emit()

    def toggle(self, name: str) -> None:
        setattr(self.settings, name, not getattr(self.settings, name))
        self._use()

    def scale_text(self, step: int) -> None:
        scale = self.settings.text_scale + TEXT_STEP * step
        self.settings.text_scale = min(max(scale, 1.0), 2.0)
        self._use()

    def ask_folder(self, name: str) -> None:
        """Choose the folder of data, runs or the user's own nodes."""
        now = _IN_USE[name](self.settings)
        with suppress(OSError):
            now.mkdir(parents=True, exist_ok=True)
        found = QFileDialog.getExistingDirectory(self.window, tr("Choose a folder"), str(now))
        if found:
            self.set_folder(name, found)

    def set_folder(self, name: str, folder: str) -> None:
        """Set a folder: `runs_folder` applies to the next run, others when an engine restarts."""
        setattr(self.settings, name, folder)
        self.settings.save()
        for page in self.tabs.documents:
            page.bench.runs = str(folders.runs(self.settings))
            page.bench.engine.environment = self.environment()
            page.bench.engine.plugins = self.node_folders
        bench = self.tabs.bench
        sentences = {
            "data_folder": tr("The engine looks into the new data folder when it starts again."),
            "plugins_folder": tr("The engine reads the new folder of nodes when it starts again."),
        }
        sentence = sentences.get(name)
        if sentence and bench is not None and bench.engine.alive:
            restart = (tr("Restart"), lambda: self.restart_requested.emit())
            self.notices.say("file", "note", sentence, restart)

    @property
    def node_folders(self) -> list[str]:
        """The folders of the user's own nodes."""
        own = (folders.plugins(self.settings), self.plugins)
        return [str(folder) for folder in own if folder]

    def environment(self) -> dict[str, str]:
        """Return the environment variables for an engine."""
        data = self.settings.data_folder
        return {"GENWORKBENCH_DATA": data} if data else {}

    def _use(self) -> None:
        use_look(self.settings)
        self.settings.save()
        self.changed.emit()

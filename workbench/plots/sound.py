"""Play sounds: with Qt's player if it is installed, else with a program of the system.

QtMultimedia is in PySide6-Addons, not in PySide6-Essentials. Windows plays WAV files by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTemporaryFile, QUrl

PLAYERS: dict[str, tuple[str, ...]] = {
    "pw-play": (),
    "paplay": (),
    "aplay": ("-q",),
    "afplay": (),
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "quiet"),
}
"""Programs that play a WAV file, and their arguments before its name."""

Play = Callable[[str], Callable[[], object]]
"""Start playing a file; return a function that stops it."""


class Speaker(QObject):
    """Plays one sound at a time; another one, or the end of the program, stops it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file: QTemporaryFile | None = None
        self._ends: Callable[[], object] = lambda: None

    def play(self, wav: bytes) -> bool:
        """Play a WAV file's content; return whether a player is available."""
        self.stop()
        way = next((way(self) for test, way in WAYS if test()), None)
        if way is None:
            return False
        self._file = QTemporaryFile("genworkbench-XXXXXX.wav", self)
        if not self._file.open():
            return False
        self._file.write(wav)
        self._file.close()
        self._ends = way(self._file.fileName())
        return True

    def stop(self) -> None:
        """Stop the sound."""
        self._ends()
        self._ends = lambda: None
        if self._file is not None:
            self._file.deleteLater()
            self._file = None


def can_play() -> bool:
    """Return whether sounds can probably be played."""
    return any(test() for test, _ in WAYS)


def speaker() -> Speaker:
    """Return the program's one speaker."""
    app = QCoreApplication.instance()
    assert app is not None
    found = app.findChild(Speaker)
    if found is None:
        found = Speaker(app)
        app.aboutToQuit.connect(found.stop)
    return found


def _program() -> str | None:
    return next((name for name in PLAYERS if shutil.which(name)), None)


def _by_program(speaker: Speaker) -> Play:
    name = _program()
    assert name is not None

    def play(path: str) -> Callable[[], object]:
        process = QProcess(speaker)
        process.finished.connect(process.deleteLater)
        process.start(name, [*PLAYERS[name], path])
        return lambda: _end(process)

    return play


def _end(process: QProcess) -> None:
    """Stop a player; one that has ended is already deleted."""
    from shiboken6 import isValid

    if isValid(process):
        process.kill()
        process.waitForFinished(1000)


def _by_qt(speaker: Speaker) -> Play:
    from PySide6.QtMultimedia import QSoundEffect

    def play(path: str) -> Callable[[], object]:
        effect = QSoundEffect(speaker)
        effect.setSource(QUrl.fromLocalFile(path))
        effect.play()

        def end() -> None:
            effect.stop()
            effect.deleteLater()

        return end

    return play


def _by_windows(speaker: Speaker) -> Play:
    import winsound

    def play(path: str) -> Callable[[], object]:
        winsound.PlaySound(path, winsound.SND_FILENAME | winsound.SND_ASYNC)  # type: ignore[attr-defined,unused-ignore]
        return lambda: winsound.PlaySound(None, 0)  # type: ignore[attr-defined,unused-ignore]

    return play


WAYS: list[tuple[Callable[[], bool], Callable[[Speaker], Play]]] = [
    (lambda: find_spec("winsound") is not None, _by_windows),
    (lambda: find_spec("PySide6.QtMultimedia") is not None, _by_qt),
    (lambda: _program() is not None, _by_program),
]
"""Players and whether each is available; the first available one is used."""

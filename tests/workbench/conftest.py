"""The real window, offscreen, with the puppet for an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.catalogue import Catalogue
from tests.workbench.sample import CATALOGUE
from tests.workbench.test_process import puppet
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.shell.window import Window
from workbench.words import language


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def make(home: Path, qtbot: QtBot) -> Iterator[Callable[..., Window]]:
    made: list[Window] = []

    def window(
        known: Catalogue = CATALOGUE,
        command: list[str] | None = None,
        size: tuple[int, int] = (1600, 1000),
    ) -> Window:
        it = Window(UserSettings(), known, engines=lambda: Engine(command=command or puppet()))
        it.resize(*size)
        it.show()
        made.append(it)
        return it

    yield window
    if language.spoken() != language.ENGLISH:  # an action chose another, at once
        language.use(language.ENGLISH)
    for it in made:
        it.shutdown.closing = True
        for page in it.tabs.documents:
            page.bench.document.close()
            page.bench.engine.kill()
        benches = [page.bench for page in it.tabs.documents] + it.shutdown.benches
        qtbot.waitUntil(lambda b=benches: not any(x.engine.alive for x in b))  # type: ignore[misc]
        it.close()
        it.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make: Callable[..., Window]) -> Window:
    return make()

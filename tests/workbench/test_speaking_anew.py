"""Another language: the window speaks it at once, and what goes on goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.graph import save
from tests.workbench.sample import vae
from workbench import edits
from workbench.shell.window import Window
from workbench.words import language

LOW = 700  # px of a screen of 768, without the bars of the window and of the system


@pytest.fixture(autouse=True)
def english(qapp: QApplication) -> Iterator[None]:
    language.use("en")
    yield
    language.use("en")


def speak(window: Window, choice: str, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.remade):
        window.menus.trigger(f"view.{choice}")
    QApplication.processEvents()


def menus(window: Window) -> list[str]:
    return [action.text() for action in window.menus.bar.actions()]


def test_the_language_changes_at_once_and_a_run_goes_on(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    graph = vae()
    graph.nodes["trainer"].params["steps"] = 1_000_000
    save(graph, home / "vae.graph.json")
    window.files.open(home / "vae.graph.json")
    window.files.new()
    window.tabs.show_page(window.tabs.pages[0])
    bench = window.bench
    qtbot.waitUntil(lambda: bench.live.checked is not None, timeout=15_000)
    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: bench.live.status.status == "running")
    bench.document.push(edits.set_setting(bench.document.graph, "seed", 3))
    for choice, file in (("french", "Fichier"), ("english", "File"), ("french", "Fichier")):
        speak(window, choice, qtbot)
        assert menus(window)[0] == file and window.bench is bench
    assert [page.name for page in window.tabs.pages] == ["vae", "Sans titre"]
    assert bench.live.status.status == "running" and bench.document.can_undo
    step = bench.live.last_step
    qtbot.waitUntil(lambda: bench.live.last_step > step)
    watchers = len(bench.document.watchers)
    speak(window, "english", qtbot)
    assert len(bench.document.watchers) == watchers  # the old panels watch no more
    window.undo()
    assert bench.document.graph.settings.seed == 0
    qtbot.waitUntil(lambda: window.run_bar.seed.text() == "Seed 0")


def test_the_workspace_and_the_start_page_stay(window: Window, home: Path, qtbot: QtBot) -> None:
    save(vae(), home / "vae.graph.json")
    window.files.open(home / "vae.graph.json")
    window.menus.trigger("view.watch")
    speak(window, "french", qtbot)
    assert window.workspaces.watching and window.workspaces.watch.isVisible()
    window.files.new()
    window.show_runs()
    speak(window, "english", qtbot)
    assert window.tabs.current is window.tabs.runs
    bar = window.tabs.bar
    qtbot.waitUntil(lambda: bar.rect().contains(bar.tabRect(0).united(bar.tabRect(2))))
    page = window.tabs.documents[-1]
    window.tabs.show_page(page)
    assert len(window.tabs.documents) == 2 and page.over is page.front


def test_every_menu_fits_a_low_screen(window: Window, qtbot: QtBot) -> None:
    window.files.new()
    for choice in ("french", "english"):
        speak(window, choice, qtbot)
        for menu in window.menus.menus.values():
            assert menu.sizeHint().height() < LOW, menu.title()


def test_all_tabs_come_back_in_their_order(window: Window, home: Path, qtbot: QtBot) -> None:
    save(vae(), home / "vae.graph.json")
    window.files.open(home / "vae.graph.json")
    own = window.bench
    window.show_runs()
    window.show_gallery()
    window.tabs.show_page(window.tabs.pages[0])
    window.files.new()
    window.tabs.bar.moveTab(3, 1)
    before = [type(page.inside) for page in window.tabs.pages]
    assert len(before) == 4
    for at, choice in enumerate(("french", "english", "french", "english")):
        window.tabs.show_page(window.tabs.pages[at])
        followed = window.tabs.runs.inside.bench
        speak(window, choice, qtbot)
        assert [type(page.inside) for page in window.tabs.pages] == before
        assert window.tabs.bar.currentIndex() == at
        assert window.tabs.runs.inside.bench is followed
    assert window.tabs.documents[0].bench is own

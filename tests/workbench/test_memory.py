"""Documents opened, run for a moment and closed, twice: nothing of the first ones is left."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.workbench.test_sequences import with_views
from workbench.bench import catalogue, examples
from workbench.bench.document import Document
from workbench.bench.settings import UserSettings
from workbench.shell.memory import resident
from workbench.shell.window import Window

ROUNDS = 2
FEW, MANY = (5, 1.05), (10, 1.1)  # documents, and how much the second round may hold of the first
OF_A_DOCUMENT = ("Canvas", "Scene", "NodeItem", "WireItem", "Bench", "Live", "Engine", "Document")
OF_A_DOCUMENT += ("Announcer", "Plot", "DocumentSync", "LiveSync", "Camera", "Minimap")


def a_round(
    window: Window, qtbot: QtBot, make: Callable[[], Document], count: int
) -> tuple[int, int]:
    """Open, run and close; return the bytes that window and engine hold with one more document."""
    pages = [_run(window, qtbot, make()) for _ in range(count)]
    for page in pages:
        assert window.files.close_tab(page)
    last = _run(window, qtbot, make())
    leaving = window.shutdown
    qtbot.waitUntil(
        lambda: not (leaving.benches or leaving.release_timer.isActive()), timeout=180_000
    )
    held = resident(os.getpid()), resident(last.bench.engine.pid)
    assert window.files.close_tab(last)
    return held


def _run(window, qtbot, document):
    page = window.add_document(document)
    bench = page.bench
    qtbot.waitUntil(lambda: bench.live.checked is not None, timeout=180_000)
    bench.run()
    qtbot.waitUntil(lambda: bool(bench.live.figures), timeout=180_000)
    bench.stop()
    qtbot.waitUntil(lambda: not bench.unfinished, timeout=180_000)
    return page


def _collect() -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def left(window: Window, qtbot: QtBot) -> dict[str, int]:
    """Return what is still there of documents once the last engine has left."""
    qtbot.waitUntil(lambda: not window.shutdown.benches, timeout=180_000)
    _collect()
    kinds = Counter(type(thing).__name__ for thing in gc.get_objects())
    return {name: kinds[name] for name in OF_A_DOCUMENT if kinds[name]}


def test_closed_documents_leave_nothing_behind(window: Window, qtbot: QtBot) -> None:
    window.settings.reduced_motion = True
    count, growth = FEW
    made = lambda: Document(with_views())  # noqa: E731
    a_round(window, qtbot, made, count)  # leads to the page that opens last
    before = left(window, qtbot)
    held = [a_round(window, qtbot, made, count)[0] for _ in range(ROUNDS)]
    assert left(window, qtbot) == before
    assert held[1] < growth * held[0]


@pytest.fixture
def with_engine(home, qtbot: QtBot) -> Iterator[Window]:
    made = Window(UserSettings(), catalogue.load())
    made.resize(1366, 768)
    made.show()
    yield made
    made.shutdown.closing = True
    for page in made.tabs.documents:
        page.bench.engine.kill()
    qtbot.waitUntil(lambda: not any(p.bench.engine.alive for p in made.tabs.documents))
    made.close()
    made.deleteLater()


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_engine_s_memory_stays_too(with_engine: Window, qtbot: QtBot, record_property) -> None:
    path = examples.find("vae-digits")
    assert path is not None
    count, growth = MANY
    held = [
        a_round(with_engine, qtbot, lambda: Document(examples.load(path), name="vae"), count)
        for _ in range(ROUNDS)
    ]
    print("window and engine, MB:", [[round(b / 1e6) for b in pair] for pair in held])
    for first, second in zip(*held, strict=True):
        assert second < growth * first
    assert not left(with_engine, qtbot)

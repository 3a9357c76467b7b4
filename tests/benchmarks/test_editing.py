"""The cost of edits and of opening in the whole window, in CPU seconds of its process."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.document.graph import dumps
from tests.shipped import catalogue
from tests.workbench.conftest import home, make, window
from tests.workbench.test_pace import rows
from workbench import edits
from workbench.search.in_graph import hits
from workbench.shell.window import Window

__all__ = ["home", "make", "window"]
pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROWS = 333  # of three nodes, one of them a view
ROUNDS = 5


def test_paste_undo_redo_of_a_thousand_nodes(window: Window) -> None:
    window.menus.trigger("file.new")
    QApplication.clipboard().setText(dumps(rows(ROWS)))
    spent: dict[str, list[float]] = {"paste": [], "undo": [], "redo": []}
    for _ in range(ROUNDS):
        for action in ("paste", "undo", "redo", "undo"):
            start = time.process_time()
            window.menus.trigger(f"edit.{action}")
            QApplication.processEvents()
            spent[action].append(time.process_time() - start)
    print("\n", {action: round(statistics.median(times), 2) for action, times in spent.items()})


@pytest.mark.parametrize("count", [1_000, 5_000, 10_000])
def test_opening_and_a_parameter_with_panels_open(
    window: Window, tmp_path: Path, count: int
) -> None:
    """The parameter's edit lasts until the window is idle; the engine's answer is not waited for.

    The first edit after opening, which begins the journal, is given apart.
    """
    path = tmp_path / "large.graph.json"
    path.write_text(dumps(rows(count // 3)))
    window.menus.trigger("file.new")
    for panel in ("outline", "problems", "inspector"):
        window.show_panel(panel)
    QTest.qWait(200)
    start = time.process_time()
    window.files.open(path)
    QApplication.processEvents()
    opened = time.process_time() - start
    QTest.qWait(500)
    page = window.tabs.current
    assert page is not None and page.bench is not None
    document = page.bench.document
    window.select(["encoder_0"])
    QTest.qWait(300)
    spent = []
    for value in range(9):
        start, clock = time.process_time(), time.perf_counter()
        document.push(edits.set_param(document.graph, "encoder_0", "hidden", 100 + value))
        QApplication.processEvents()
        spent.append((time.process_time() - start, time.perf_counter() - clock))
        QTest.qWait(150)
    cpu, wall = (1000 * statistics.median(times) for times in zip(*spent[1:], strict=True))
    print(f"\n{count} nodes: opening {opened:.2f} s, {len(QApplication.allWidgets())} widgets;")
    print(f"an edit {cpu:.0f} ms, by the clock {wall:.0f}; the first {1000 * spent[0][0]:.0f} ms")


def test_a_key_of_a_search_in_ten_thousand_nodes() -> None:
    graph, kinds = rows(10_000 // 3), catalogue()
    spent = []
    for pattern in ("e", "en", "enco", "hid", "hidden > 64") * ROUNDS:
        start = time.process_time()
        hits(pattern, graph, kinds)
        spent.append(time.process_time() - start)
    print(f"\na key: {1000 * statistics.median(spent):.0f} ms, at most {1000 * max(spent):.0f}")

"""The cost of an edit of a thousand nodes in the whole window, in CPU seconds of its process."""

from __future__ import annotations

import statistics
import time

import pytest
from PySide6.QtWidgets import QApplication

from engine.document.graph import dumps
from tests.workbench.conftest import home, make, window
from tests.workbench.test_pace import rows
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

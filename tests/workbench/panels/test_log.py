import re
import time

import pytest
from PySide6.QtGui import QGuiApplication

from engine.document.messages import Note
from workbench.bench.live import Line
from workbench.panels.log import Book, Log

TRACE = """Traceback (most recent call last):
  File "encoder.py", line 12, in forward
    return self.net(x)
RuntimeError: mat1 and mat2 cannot be multiplied"""


@pytest.fixture
def log(show, bench):
    bench.live.receive(Note(text="torch 2.13.0, 2 threads"))
    panel = show(Log(), width=480)
    bench.live.receive(Note(text="The disk is nearly full.", level="warning"))
    for line in TRACE.splitlines():
        bench.live.receive(Note(text=line))
    panel.redraw_now()
    return panel


def titles(log) -> list[str]:
    return [row.title for row in log.rows.rows]


def test_lines_from_before_it_was_opened_are_there(log) -> None:
    assert titles(log)[:2] == ["torch 2.13.0, 2 threads", "The disk is nearly full."]


def test_a_trace_is_one_entry_with_what_was_raised(log) -> None:
    assert titles(log)[2:] == ["RuntimeError: mat1 and mat2 cannot be multiplied"]
    assert log.rows.rows[2].icon == "circle-alert"
    log._toggle(log.rows.index(2))
    log.redraw_now()
    assert titles(log)[3] == "Traceback (most recent call last):"
    assert len(titles(log)) == 6
    log._toggle(log.rows.index(2))
    log.redraw_now()
    assert len(titles(log)) == 3


def test_a_trace_in_one_piece_is_the_same() -> None:
    (entry,) = Book([Line("error", TRACE, 0.0)]).entries
    assert entry.title.startswith("RuntimeError") and len(entry.lines) == 3


def test_levels_and_words_filter(log, qtbot) -> None:
    log.levels["info"].setChecked(False)
    log.redraw_now()
    assert titles(log)[0] == "The disk is nearly full."
    qtbot.keyClicks(log.search, "encoder.PY")
    log.redraw_now()
    assert titles(log) == ["RuntimeError: mat1 and mat2 cannot be multiplied"]


def test_copying_gives_whole_traces(log) -> None:
    log.view.setCurrentIndex(log.rows.index(2))
    log.copy()
    assert "encoder.py" in QGuiApplication.clipboard().text()
    assert "torch 2.13" not in QGuiApplication.clipboard().text()


def test_wiping_forgets(log, bench) -> None:
    log.clear()
    log.redraw_now()
    assert titles(log) == [] and not bench.live.log


def test_it_holds_no_more_than_its_share() -> None:
    book = Book(Line("info", f"line {i}", 0.0) for i in range(6_000))
    assert len(book.entries) == 5_000
    assert book.entries[-1].title == "line 5999"


def test_each_entry_tells_when_it_was_said(log) -> None:
    noon = time.mktime((2026, 11, 22, 12, 30, 5, 0, 0, -1))
    (entry,) = Book([Line("info", "lunch", noon)]).entries
    assert entry.when == "12:30:05"
    sides = [row.side for row in log.rows.rows]
    assert all(re.search(r"\d\d:\d\d:\d\d$", side) for side in sides)
    assert sides[2].startswith("3 lines")
    log.copy()
    assert re.match(r"\d\d:\d\d:\d\d torch 2.13", QGuiApplication.clipboard().text())


def test_only_what_has_lines_unfolds(log) -> None:
    log._toggle(log.rows.index(0))
    log.redraw_now()
    assert len(titles(log)) == 3

"""Laws that all panels keep."""

from importlib import import_module

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from tests.workbench import design
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.widgets.base import delete_content

PANELS = {
    "palette": "Palette",
    "inspector": "Inspector",
    "problems": "Problems",
    "log": "Log",
    "outline": "Outline",
    "lesson": "Lesson",
    "history": "HistoryPanel",
}


def made(name: str):
    return getattr(import_module(f"workbench.panels.{name}"), PANELS[name])(design.catalogue())


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_shows_a_bench_another_and_none(name: str, bench, show) -> None:
    panel = show(made(name))
    other = Bench(Document(design.vae()), design.catalogue())
    panel.show_bench(other)
    panel.redraw_now()
    panel.show_bench(None)
    panel.redraw_now()
    assert panel.accessibleName()


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_that_left_a_bench_hears_no_more_of_it(name: str, bench, show) -> None:
    watchers = len(bench.document.watchers)
    panel = show(made(name))
    panel.show_bench(None)
    assert len(bench.document.watchers) == watchers


@pytest.mark.parametrize("name", PANELS)
def test_a_hidden_panel_does_no_work(name: str, bench, qtbot, monkeypatch) -> None:
    panel = made(name)
    qtbot.addWidget(panel)
    drawn = []
    monkeypatch.setattr(panel, "redraw", lambda: drawn.append(1))
    panel.show_bench(bench)
    bench.live.problems_changed.emit()
    bench.document.push(design_change(bench))
    panel.redraw_now()
    assert not drawn
    panel.show()
    assert drawn


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("width", [280, 360])
def test_a_panel_is_never_wider_than_its_place(name: str, width: int, bench, show) -> None:
    panel = show(made(name), width=width)
    assert panel.minimumSizeHint().width() <= width
    assert panel.width() == width


def design_change(bench):
    from workbench import edits

    return edits.rename(bench.document.graph, "encoder", "Another name")


def test_a_widget_deleted_at_once_is_never_a_window(qtbot) -> None:
    holder = QWidget()
    column = QVBoxLayout(holder)
    qtbot.addWidget(holder)
    holder.show()
    child = QLabel("gone")
    column.addWidget(child)  # the layout shows it later
    delete_content(column)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
    assert child not in [w for w in QApplication.topLevelWidgets() if w.isVisible()]

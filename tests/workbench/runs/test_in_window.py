"""The page of runs among the tabs of a window."""

from __future__ import annotations

from workbench.runs.page import Runs
from workbench.shell.tabs import RunsPage
from workbench.shell.window import Window


def test_it_follows_the_document_in_front_and_outlives_it(window: Window) -> None:
    first = window.files.new()
    window.show_runs()
    page = window.tabs.current
    assert isinstance(page, RunsPage) and isinstance(page.inside, Runs)
    assert page.inside.bench is first.bench
    window.show_gallery()
    assert page.inside.bench is first.bench
    second = window.files.new()
    assert page in window.tabs.pages and page.inside.bench is second.bench
    window.show_runs()
    assert window.tabs.current is page and window.tabs.runs is page
    window.pages.remove(second)
    assert page.inside.bench in (None, first.bench)
    panel = page.inside
    window.files.close_tab(page)
    assert window.tabs.runs is None
    assert panel.bench is None  # a closed page follows no document

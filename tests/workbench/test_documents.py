"""Several documents are ordinary: each tab has its own graph, run, time, undo and engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.graph import Graph
from tests.workbench.sample import vae
from tests.workbench.test_sequences import close, opened, run, settled, with_views
from workbench import edits
from workbench.bench.document import Document
from workbench.look.theme import appearance
from workbench.shell.tabs import Page
from workbench.shell.window import Window


def state(window: Window) -> dict[str, Any]:
    """Return what the window says of the document in front."""
    inspector: Any = window.show_panel("inspector")
    views: Any = window.docks.views
    return {
        "inspector": inspector.bench,
        "views": views.bench,
        "time": views.slider.live,
        "bar": window.run_bar.bench,
        "status": window.status._bench,
        "selected": inspector.selection,
        "title": window.windowTitle().split(" — ")[0],
        "step": views.slider.words.text(),
    }


def two(window: Window, qtbot: QtBot) -> tuple[Page, Page]:
    first = opened(window, qtbot, with_views())
    second = opened(window, qtbot, vae())
    return first, second


def test_every_part_speaks_of_the_document_in_front(window: Window, qtbot: QtBot) -> None:
    first, second = two(window, qtbot)
    first.canvas.stage.select(["encoder"])
    for page in (first, second, first):
        window.tabs.show_page(page)
        page.canvas.stage.select(["encoder"] if page is first else ["decoder", "elbo"])
        settled(window, qtbot)
        seen = state(window)
        assert {seen[k] for k in ("inspector", "views", "bar", "status")} == {page.bench}
        assert seen["time"] is page.bench.live
        assert seen["selected"] == page.canvas.selection.ids
        words = window.status.selection.text()
        assert words == ("Encoder selected" if page is first else "2 selected")


def test_two_runs_go_on_side_by_side(window: Window, qtbot: QtBot) -> None:
    first, second = two(window, qtbot)
    window.tabs.show_page(first)
    run(first, qtbot)
    first.bench.pause()
    qtbot.waitUntil(lambda: first.bench.live.status.status == "paused")
    window.tabs.show_page(second)
    run(second, qtbot)
    assert first.bench.engine.pid != second.bench.engine.pid
    window.tabs.show_page(first)
    qtbot.waitUntil(lambda: second.bench.live.status.status == "done", timeout=20_000)
    qtbot.waitUntil(lambda: window.run_bar.primary.text() == "Go on")
    window.tabs.show_page(second)
    qtbot.waitUntil(lambda: "Trained" in window.run_bar.count.text())
    window.tabs.show_page(first)
    first.bench.run()
    qtbot.waitUntil(lambda: first.bench.live.status.status == "done", timeout=20_000)


def test_time_is_that_of_each_document(window: Window, qtbot: QtBot) -> None:
    first, second = two(window, qtbot)
    window.tabs.show_page(first)
    run(first, qtbot)
    qtbot.waitUntil(lambda: first.bench.live.status.status == "done", timeout=20_000)
    slider = window.docks.views.slider
    slider.go_to(1)
    looked = first.bench.live.past
    assert looked is not None and second.bench.live.past is None
    window.tabs.show_page(second)
    assert slider.words.text() == "No run yet" and not slider.track.isEnabled()
    run(second, qtbot)
    window.tabs.show_page(first)
    assert first.bench.live.past == looked and slider.track.step == looked
    window.tabs.show_page(second)
    assert second.bench.live.past is None and slider._end > 0


def test_undo_is_that_of_each_document(window: Window, qtbot: QtBot) -> None:
    first, second = two(window, qtbot)
    for page, seed in ((first, 3), (second, 4)):
        window.tabs.show_page(page)
        graph = page.bench.document.graph
        page.bench.document.push(edits.set_setting(graph, "seed", seed))
    window.tabs.show_page(first)
    window.menus.trigger("edit.undo")
    assert first.bench.document.graph.settings.seed == 0
    assert second.bench.document.graph.settings.seed == 4
    window.menus.trigger("edit.undo")
    assert second.bench.document.graph.settings.seed == 4, "nothing left in this one"


def test_a_lost_engine_is_that_of_its_document(window: Window, qtbot: QtBot) -> None:
    first, second = two(window, qtbot)
    first.bench.engine.kill()
    qtbot.waitUntil(lambda: bool(first.bench.lost))
    assert window.status.engine.text() == "Engine ready"
    window.tabs.show_page(first)
    assert window.status.engine.text() == "Engine stopped"
    window.tabs.show_page(second)
    assert window.status.engine.text() == "Engine ready" and second.bench.engine.alive


def test_ctrl_tab_turns_and_the_last_leaves_the_start_page(window: Window, qtbot: QtBot) -> None:
    pages = [*two(window, qtbot), window.add_document(Document(Graph()))]
    window.activateWindow()
    seen = []
    for _ in range(4):
        control = Qt.KeyboardModifier.ControlModifier
        qtbot.keyClick(window.canvas, Qt.Key.Key_Tab, control)
        seen.append(window.tabs.current)
    assert seen == [*pages, pages[0]]
    back = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.canvas, Qt.Key.Key_Backtab, back)
    assert window.tabs.current is pages[2]
    for page in pages:
        window.tabs.show_page(page)
        assert window.files.close_tab(page)
    (last,) = window.tabs.pages
    assert last.bench is not None and not last.bench.document.graph.nodes
    window.menus.trigger("view.next_tab")
    assert window.tabs.current is last


@pytest.mark.parametrize("which", [0, 1])
def test_a_tab_closed_during_its_run_leaves_the_other(
    window: Window, qtbot: QtBot, which: int
) -> None:
    pages = two(window, qtbot)
    for page in pages:
        window.tabs.show_page(page)
        run(page, qtbot)
    going, staying = pages[which], pages[1 - which]
    window.tabs.show_page(going)
    close(window, going, qtbot)
    settled(window, qtbot)
    assert window.bench is staying.bench and staying.bench.engine.alive
    qtbot.waitUntil(lambda: not window.shutdown.benches)
    qtbot.waitUntil(lambda: staying.bench.live.status.status == "done", timeout=20_000)


def test_the_same_example_twice_is_two_documents(window: Window, qtbot: QtBot) -> None:
    for _ in range(2):
        assert window.files.open_example("vae-digits")
        settled(window, qtbot)
    first, second = window.tabs.documents
    second.bench.document.push(edits.remove(second.bench.document.graph, ["encoder"]))
    assert "encoder" in first.bench.document.graph.nodes
    window.tabs.show_page(first)
    settled(window, qtbot)


def test_a_title_is_whole_where_there_is_room(
    qapp: QApplication, make: Callable[..., Window], qtbot: QtBot
) -> None:
    appearance.start(qapp)  # else the widths are those of another font
    window = make()
    title = "name-of-a-graph-that-somebody-gave"
    for number in range(2):
        window.add_document(Document(vae(), name=f"{title}-{number}"))
    bar = window.tabs.bar

    def whole() -> bool:
        words = [bar.fontMetrics().horizontalAdvance(bar.tabText(k)) for k in range(2)]
        return all(bar.tabRect(k).width() > words[k] + 40 for k in range(2))

    qtbot.waitUntil(whole)


def test_in_a_low_window_the_views_give_way_to_the_canvas(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot)
    heights = {}
    for height in (768, 748):
        window.resize(1366, height)
        qtbot.waitUntil(lambda h=height: window.height() == h)
        if not window.side_open("views"):
            window.toggle_side("views")
        settled(window, qtbot)
        heights[height] = window.docks._views_height()
    assert heights[768] - heights[748] == 20

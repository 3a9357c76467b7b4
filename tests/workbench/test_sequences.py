"""Sequences that once ended the program or emptied a part of it; all that is raised fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QWidget
from pytestqt.qtbot import QtBot

from engine.document.graph import Graph, Place, Wire
from tests.workbench.sample import vae
from tests.workbench.test_window import answer
from workbench.bench.document import Document
from workbench.bench.views import view_nodes
from workbench.shell.tabs import Page
from workbench.shell.window import Window

VIEWS = 4  # more than stand side by side: the last place has tabs


def with_views(count: int = VIEWS) -> Graph:
    """Return the sample's graph with more views of the same points."""
    graph = vae()
    for number in range(count - 1):
        node = f"scatter_{number}"
        graph.nodes[node] = Place(kind="Scatter")
        graph.wires.append(Wire("reparameterize", "z", node, "points"))
        graph.layout.positions[node] = [576.0 + 200 * number, 480.0]
    return graph


def opened(window: Window, qtbot: QtBot, graph: Graph | None = None) -> Page:
    page = window.add_document(Document(graph or with_views()))
    qtbot.waitUntil(lambda: window.bench.live.checked is not None, timeout=90_000)
    return page


def run(page: Page, qtbot: QtBot) -> None:
    page.bench.run()
    qtbot.waitUntil(lambda: "scatter" in page.bench.live.figures, timeout=15_000)


def faults(window: Window) -> list[str]:
    """Return what of canvas and views is not as the document in front says, or cannot be seen."""
    page, views = window.tabs.current, window.docks.views
    graph, stage = page.desk.document.graph, page.canvas.stage
    panes = {node: shown.made for node, shown in views.shown.items()}
    tabbed = views.tabs.nodes
    front = views.tabs.current
    right = {
        "nodes": set(stage.nodes) == set(graph.nodes),
        "wires": set(stage.wires) == set(graph.wires),
        "boxes": set(stage.boxes) == {*graph.layout.frames, *graph.layout.notes},
        "views": set(panes) == set(view_nodes(window.bench.document.graph, window.bench.catalogue)),
        "sight": all(panes[n].isVisible() for n in panes if n not in tabbed),
        "front": not tabbed or (front is not None and front.isVisible()),
        "pills": views.tabs.pills.isVisible() == bool(tabbed),
        "titles": views.tabs.pills.count() == len(tabbed),
    }
    return [name for name, true in right.items() if not true]


def settled(window: Window, qtbot: QtBot) -> None:
    def nothing_wrong() -> None:
        assert window.docks.views is not None
        assert not faults(window)

    qtbot.waitUntil(nothing_wrong)


def close(window: Window, page: Page, qtbot: QtBot) -> None:
    """Close a tab whose run goes on."""
    answer("Stop and close", [])
    assert window.files.close_tab(page)


@pytest.mark.parametrize("twice", [1, 2])
def test_a_second_document_has_its_views(window: Window, qtbot: QtBot, twice: int) -> None:
    for _ in range(twice):
        first = opened(window, qtbot)
        run(first, qtbot)
        settled(window, qtbot)
        second = opened(window, qtbot, with_views(6))
        settled(window, qtbot)
        run(second, qtbot)
        window.files.new()
        QApplication.processEvents()
        for page in (first, second, first):
            window.tabs.show_page(page)
            settled(window, qtbot)


def test_after_the_last_tab_another_example_opens(window: Window, qtbot: QtBot) -> None:
    for _ in range(2):
        page = opened(window, qtbot)
        run(page, qtbot)
        close(window, page, qtbot)
        (last,) = window.tabs.pages
        assert last.bench is not None and not last.bench.document.graph.nodes
        QApplication.processEvents()
    assert window.files.open_example("vae-digits")
    settled(window, qtbot)


def test_all_removed_during_a_run_and_brought_back(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    for _ in range(2):
        run(page, qtbot)
        window.menus.trigger("edit.all")
        window.menus.trigger("edit.remove")
        qtbot.waitUntil(lambda: not window.docks.views.order)
        assert not page.canvas.stage.nodes and not page.canvas.stage.wires
        qtbot.wait(50)  # what the run says of nodes that are gone
        window.menus.trigger("edit.undo")
        settled(window, qtbot)
    run(page, qtbot)


def test_undo_of_pasted_nodes_that_have_problems(window: Window, qtbot: QtBot) -> None:
    graph = with_views()
    graph.nodes["encoder"].params["hidden"] = 0
    graph.nodes["decoder"].kind = "NotInstalled"
    page = opened(window, qtbot, graph)
    document = page.bench.document
    before = document.graph.nodes.keys() | set()
    window.canvas.stage.select(["encoder", "decoder", "elbo"])
    window.menus.trigger("edit.copy")
    for _ in range(3):
        window.menus.trigger("edit.paste")
        window.menus.trigger("edit.duplicate")
        window.canvas.adding.add_in_view("Decoder")
        qtbot.waitUntil(lambda: page.bench.live.checked.seq == page.bench.live.seq)
        qtbot.waitUntil(lambda: _marked(page) > 2)
        document.history.go_to(0)
        assert document.graph.nodes.keys() == before
        document.history.go_to(len(document.history.edits))
        settled(window, qtbot)
        document.history.go_to(0)
    settled(window, qtbot)


def _marked(page) -> int:
    """Return the number of nodes with an error."""
    return sum(item.signs.state == "error" for item in page.canvas.stage.nodes.values())


def test_a_node_at_the_end_of_the_world(window: Window, qtbot: QtBot) -> None:
    for far in (1e12, -1e12, 1e300):
        graph = vae()
        graph.layout.positions["scatter"] = [0.0, far]
        page = opened(window, qtbot, graph)
        page.canvas.navigation.fit_all(animate=False)
        page.canvas.stage.select(["scatter"])
        page.canvas.navigation.reveal(["scatter"])
        window.menus.trigger("view.fit")
        page.canvas.repaint()
        page.canvas.camera.pan(1e12, -1e12)
        page.canvas.navigation.fit_all(animate=False)
        assert page.canvas.camera.visible_area.intersects(page.canvas.stage.content())
        assert page.canvas.grab().width() > 0


class Strangers(QObject):
    """Notes each widget that shows itself as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget)
        if shown and watched.isWindow() and not isinstance(watched, (QMainWindow, QMenu)):
            self.seen.append(watched)
        return False


@pytest.fixture
def strangers(qapp: QApplication) -> Iterator[list[QWidget]]:
    found = Strangers()
    qapp.installEventFilter(found)
    yield found.seen
    qapp.removeEventFilter(found)


def menu_at(window: Window, node: str) -> QMenu | None:
    """Press the right button on a node; return the menu that opens."""
    canvas = window.canvas
    at = canvas.camera.to_view(canvas.stage.area_of(node).center()).toPoint()
    viewport = canvas.viewport()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(viewport, QContextMenuEvent(reason, at, viewport.mapToGlobal(at)))
    popup = QApplication.activePopupWidget()
    return popup if isinstance(popup, QMenu) else None


def test_the_right_button_opens_a_menu_on_any_node(
    window: Window, qtbot: QtBot, strangers: list[QWidget]
) -> None:
    """A formula that shows itself before it stands in its page is a window; it closes the menu."""
    graph = vae()
    page = opened(window, qtbot, graph)
    page.bench.catalogue.kinds["ELBO"].formula = r"\mathrm{KL}(q \| p)"
    inspector: Any = window.show_panel("inspector")
    for node in graph.nodes:
        window.canvas.selection.clear()
        menu = menu_at(window, node)
        assert menu is not None, node
        qtbot.waitUntil(lambda n=node: inspector.selection == [n] and not inspector._stale)
        assert menu.isVisible() and not strangers, node
        menu.close()


@pytest.mark.parametrize("act", ["graph.rename", "edit.duplicate", "edit.copy", "edit.cut"])
def test_a_wire_alone_is_nothing_to_rename_or_copy(window: Window, qtbot: QtBot, act: str) -> None:
    page = opened(window, qtbot)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("mine")
    window.canvas.stage.select([page.bench.document.graph.wires[0]])
    before = len(page.bench.document.graph.nodes)
    window.menus.refresh()
    assert not window.menus.actions[act].isEnabled()
    window.menus.trigger(act)
    assert clipboard.text() == "mine" and len(page.bench.document.graph.nodes) == before
    window.menus.trigger("edit.remove")
    assert len(page.bench.document.graph.wires) == len(with_views().wires) - 1


def test_enter_after_renaming_changes_nothing_else(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    window.activateWindow()
    page.canvas.setFocus()
    page.canvas.stage.select(["encoder"])
    window.menus.trigger("graph.rename")
    field = QApplication.focusWidget()
    qtbot.keyClicks(field, "Mine")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert page.bench.document.graph.nodes["encoder"].title == "Mine"
    assert QApplication.focusWidget() is page.canvas, "Enter went on to the inspector"
    assert len(page.bench.document.history.edits) == 1

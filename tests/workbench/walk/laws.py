"""What holds after every action, once the window has come to rest: each law says what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMenu

from engine.document.graph import dumps, loads
from tests.workbench.walk.world import World
from workbench.bench.document import Document
from workbench.bench.views import view_nodes
from workbench.canvas.camera import WORLD
from workbench.canvas.frame_item import BoxItem
from workbench.canvas.wire_path import corners
from workbench.panels.panel import InnerPanel
from workbench.plots.pane import Floating
from workbench.plots.sheet import Sheet
from workbench.shell.statusbar import selection_words

Law = Callable[[World], Iterator[str]]


def broken(world: World) -> list[str]:
    """Return what does not hold now."""
    return [said for law in LAWS for said in law(world)]


def _items_are_the_document(world: World) -> Iterator[str]:
    for page in world.window.tabs.documents:
        graph, stage = page.desk.document.graph, page.canvas.stage
        yield from _same("nodes on the canvas", set(stage.nodes), set(graph.nodes))
        boxes = {*graph.layout.frames, *graph.layout.notes}
        yield from _same("frames on the canvas", set(stage.boxes), boxes)
        ends = {w for w in graph.wires if {w.source, w.target} <= set(graph.nodes)}
        yield from _same("wires on the canvas", set(stage.wires), ends)
        there = {id(item) for item in stage.items() if isinstance(item, BoxItem)}
        yield from _same("boxes in the scene", there, set(map(id, stage.boxes.values())))
        placed = {item.wire for item in stage.wire_places.near(corners(WORLD))}
        yield from _same("wires that are placed", placed, ends)
        placed = {item.node for item in stage.node_places.near(corners(WORLD))}
        yield from _same("nodes that are placed", placed, set(graph.nodes))
        things = set(stage.all_things())
        lost = [t for t in page.canvas.selection.things if getattr(t, "wire", t) not in things]
        yield from (f"selected and not there: {thing}" for thing in lost)
        yield from _places(page)


def _places(page: Any) -> Iterator[str]:
    if page.canvas.mouse.gesture is not None:
        return
    layout = page.bench.document.graph.layout
    for node, item in page.canvas.stage.nodes.items():
        if node in layout.positions and item.pos().toTuple() != tuple(layout.positions[node]):
            yield f"{node} lies at {item.pos().toTuple()}, not {layout.positions[node]}"


def _panes_are_the_views(world: World) -> Iterator[str]:
    views = world.window.docks.views
    if views is not None and world.window.workspaces.playing:
        yield from _the_stage_is_seen(world)
    if views is None or world.bench is None or not views.isVisible():
        return
    names = view_nodes(world.bench.whole, world.bench.catalogue)
    yield from _same("views in the dock", views.order, names)
    yield from _same("panes", set(views.shown), set(names))
    if views.folded:
        yield from _the_watched_are_seen(world)
        return
    docked = [n for n in names if n not in views.floating]
    stood = [*(p.node for p in _in_row(views)), *views.tabs.nodes]
    full = [views.full] if views.full in docked else docked
    yield from _same("panes that stand in the dock", stood, full)
    for node in docked:
        pane = views.shown[node].made  # none, if it was never seen
        if pane is not None and not views.isAncestorOf(pane):
            yield f"the pane of {node} is not in the dock"
    front = [*_in_row(views), *([views.tabs.current] if views.tabs.nodes else [])]
    for pane in front:
        if pane is None or not pane.isVisible():
            yield f"a pane is blank: {pane.node if pane else None}"
    if len(views.tabs.nodes) > 0 and not views.tabs.pills.isVisible():
        yield "the pills of the views are hidden"
    if views.tabs.pills.count() != len(views.tabs.nodes):
        yield "the pills are not the views behind them"


def _the_watched_are_seen(world: World) -> Iterator[str]:
    views, watch = world.window.docks.views, world.window.workspaces.watch
    lent = {n for n in views.order if n in views.lent}
    yield from _same("views that are lent", set(views.lent), lent)
    pictures = [pane.node for pane in watch.panes]
    if not set(pictures) <= lent:
        yield f"pictures that are not lent: {pictures}"
    for pane in watch.panes:
        if not pane.isVisible() or not watch.isAncestorOf(pane):
            yield f"a picture is not seen: {pane.node}"


def _the_stage_is_seen(world: World) -> Iterator[str]:
    views, stage = world.window.docks.views, world.window.workspaces.stage
    named = {picture.pane.node for picture in stage.pictures}
    yield from _same("views on the stage", named, set(views.lent))
    for pane in (picture.pane for picture in stage.pictures):
        if not pane.isVisible() or not stage.isAncestorOf(pane):
            yield f"a picture is not on the stage: {pane.node}"
    for control in stage.controls:
        if control.one.node not in world.graph.nodes:
            yield f"a control of what is gone: {control.one.node}"


def _in_row(views: Any) -> list[Any]:
    parts = [views.row.widget(i) for i in range(views.row.count())]
    return [part for part in parts if part is not views.tabs]


def _tabs_are_the_documents(world: World) -> Iterator[str]:
    tabs = world.window.tabs
    counts = (tabs.bar.count(), tabs.stack.count())
    if counts != (len(tabs.pages), len(tabs.pages)) or not tabs.pages:
        yield f"{counts} tabs and pages for {len(tabs.pages)} documents"
        return
    for index, page in enumerate(tabs.pages):
        dirty = page.bench is not None and page.bench.document.dirty
        name = (f"{page.name} •" if dirty else page.name).replace("&", "&&")
        if tabs.bar.tabText(index) != name:
            yield f"a tab says {tabs.bar.tabText(index)!r}, its document is {name!r}"
    if tabs.stack.currentWidget() is not tabs.current:
        yield "the page in front is not that of the tab"
    inside = tabs.beside or tabs.current.front
    if not inside.isVisible() or inside.width() < 300:
        yield "the page in front is not seen"


def _all_speak_of_the_page_in_front(world: World) -> Iterator[str]:
    window, bench = world.window, world.bench
    for part in (window.run_bar, *window.docks.panels):
        shown = world.page.desk if bench and isinstance(part, InnerPanel) else bench
        if hasattr(part, "bench") and part.bench is not shown:
            yield f"{type(part).__name__} shows another document"
    views = window.docks.views
    if views is not None and views.slider.live is not (bench.live if bench else None):
        yield "the slider shows another document"
    if not window.windowTitle().startswith(world.page.name):
        yield f"the window is called {window.windowTitle()!r}, the page {world.page.name!r}"
    if bench is None:
        return
    selection = world.canvas.selection
    known = world.page.desk.catalogue
    words = selection_words(world.graph, selection.ids, len(selection.wires), known)
    if window.status.selection.text() != words:
        yield f"the status bar says {window.status.selection.text()!r}, not {words!r}"
    yield from _inspector(world)


def _inspector(world: World) -> Iterator[str]:
    inspector = world.window.docks.right.widgets.get("inspector")
    if inspector is None or not inspector.isVisible():
        return
    yield from _same("what the inspector shows", inspector.selection, world.canvas.selection.ids)
    known = [i for i in inspector.selection if i in world.graph.nodes]
    page = type(inspector.page).__name__
    whole = "GroupPage" if world.window.tabs.current.way else "GraphPage"
    wanted_page = {0: whole, 1: "NodePage"}.get(len(known), "SharedPage")
    if page != wanted_page:
        yield f"the inspector shows a {page}, not a {wanted_page}"


def _journal_is_the_document(world: World) -> Iterator[str]:
    document = world.bench.document if world.bench else None
    journal = document._journal if document else None
    if document is None or journal is None or not journal.begun or not document.dirty:
        return
    copy = Path(shutil.copy(journal.path, world.home / f"copy-{journal.path.name}"))
    found = Document.recover(copy)
    if found is None:
        yield "the journal holds nothing"
    else:
        if dumps(found.graph) != dumps(document.graph):
            yield "the journal holds another graph"
        yield from _same(
            "changes in the journal", found.history.position, document.history.position
        )
        found.close()
    copy.unlink(missing_ok=True)


def _what_is_saved_is_read(world: World) -> Iterator[str]:
    if world.bench is None:
        return
    text, read = dumps(world.graph), loads(dumps(world.graph))
    if dumps(read) != text:
        yield "what would be saved is written otherwise when it is read"
    for name in world.graph.__struct_fields__:
        yield from _same(f"{name} as read", getattr(read, name), getattr(world.graph, name))


def _no_window_is_left_over(world: World) -> Iterator[str]:
    known = (Floating, Sheet, QDockWidget, QMenu)
    for widget in QApplication.topLevelWidgets():
        strange = widget is not world.window and not isinstance(widget, known)
        tip = widget.windowType() == Qt.WindowType.ToolTip
        if strange and not tip and widget.isVisible() and not widget.isModal():
            yield f"a window is left over: {widget!r}"


def _the_size_is_taken(world: World) -> Iterator[str]:
    size = (world.window.width(), world.window.height())
    presenting = world.window.workspaces.presentation is not None
    if world.size is not None and size != world.size and not presenting:
        yield f"the window is {size}, asked for {world.size}"


LAWS: tuple[Law, ...] = (
    _items_are_the_document,
    _panes_are_the_views,
    _tabs_are_the_documents,
    _all_speak_of_the_page_in_front,
    _journal_is_the_document,
    _what_is_saved_is_read,
    _no_window_is_left_over,
    _the_size_is_taken,
)


def far_and_back(world: World) -> Iterator[str]:
    """Undo everything, redo everything, and go back to where the history stood."""
    for page in world.window.tabs.documents:
        document = page.bench.document
        history, stood, now = document.history, document.history.position, dumps(document.graph)
        history.go_to(0)
        opened = world.opened.get(document)
        if opened is not None and dumps(document.graph) != opened:
            yield f"{page.name}: undo of everything is not the graph as opened"
        history.go_to(len(history.edits))
        last = dumps(document.graph)
        history.go_to(0)
        history.go_to(len(history.edits))
        if dumps(document.graph) != last:
            yield f"{page.name}: redo of everything is another graph"
        history.go_to(stood)
        if dumps(document.graph) != now:
            yield f"{page.name}: undo and redo lead elsewhere"


def _same(what: str, found: Any, wanted: Any) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {str(found)[:400]}, not {str(wanted)[:400]}"

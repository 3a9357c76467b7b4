"""The program itself, which also tells on stdout what it shows: each line of stdin is a question.

A script with a real mouse asks where to press, and whether what it did has happened.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QMenu, QWidget

from engine.document.graph import dumps
from workbench.panels.acting import ActsAs
from workbench.panels.history import HistoryPanel
from workbench.panels.outline import Outline
from workbench.panels.params import ParamRow
from workbench.shell.start import Start
from workbench.shell.window import Window
from workbench.widgets.ports import Side
from workbench.widgets.rows import ROW


class Asked(QObject):
    """Passes a question from the thread that reads to that of the window."""

    question = Signal(str)


def window() -> Window:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, Window))


def state(_: str) -> dict[str, Any]:
    """Return what stands in the window."""
    shown = window()
    start = shown.tabs.current.over
    bench, live = shown.bench, shown.bench.live
    graph = bench.document.graph
    return {
        "title": shown.windowTitle(),
        "kinds": [place.kind for place in graph.nodes.values()],
        "wires": len(graph.wires),
        "workspace": shown.workspaces.choice.workspace,
        "status": live.status.status,
        "step": live.last_step,
        "checked": live.checked is not None,
        "problems": len(live.problems),
        "undo": bench.document.can_undo,
        "longer": bench.extendable is not None,
        "focus": type(QApplication.focusWidget()).__name__,
        "searching": bool(shown.canvas and shown.canvas.overlays.search.isVisible()),
        "found": [row.id for row in start.finder.rows.rows] if isinstance(start, Start) else [],
        "rows": [row.id for row in shown.canvas.overlays.search.rows.rows],
        "pictures": {p.node: [p.plot.width(), p.plot.height()] for p in _panes(shown)},
        "curves": {name: values[-1] for name, (_, values) in live.series.items() if values},
        "measures": {node: dict(metric.values) for node, metric in live.metrics.items()},
    }


def _panes(shown: Window) -> list[Any]:
    return [pane for pane in shown.workspaces.watch.panes if pane.isVisible()]


def params(node: str) -> dict[str, Any]:
    return dict(window().bench.document.graph.nodes[node].params)


def graph(_: str) -> Any:
    """Return the document as its file has it."""
    return json.loads(dumps(window().bench.document.graph))


def outline(_: str) -> dict[str, Any]:
    """Return the rows of the outline by path, and the number of the current one."""
    shown = window().docks.left.widgets["outline"]
    assert isinstance(shown, Outline)
    tree, rows = shown.tree, [shown.tree.nodes.index(0, 0)]
    while (below := tree.indexBelow(rows[-1])).isValid():
        rows.append(below)
    return {
        "focus": tree.hasFocus(),
        "rows": [tree.nodes.entry(row).path for row in rows if row.isValid()],
        "at": rows.index(tree.currentIndex()) if tree.currentIndex() in rows else -1,
    }


def marked(_: str) -> list[str] | None:
    """Return the row that Enter takes in what is searched now, what it is, and what is typed."""
    search, choosing = window().canvas.overlays.search, window()._commands
    if search.isVisible():
        row = search.rows.rows[search.list.currentIndex().row()]
        return [row.title, row.id, search.field.text()]
    if choosing is not None and choosing.isVisible():
        row = choosing.rows.rows[choosing.view.currentIndex().row()]
        words = choosing.commands[int(row.id)].words if row.id else ""
        return [row.title, words, choosing.search.text()]
    return None


def typing(_: str) -> list[Any]:
    """Return the name of the parameter whose field has the keys, and what tells one from another.

    A field has a button beside it that has the keys in its turn.
    """
    at = focused = QApplication.focusWidget()
    while at is not None and not isinstance(at, ParamRow):
        at = at.parentWidget()
    on_field = at is not None and focused is not None and at.field.isAncestorOf(focused)
    return [at.param.name if at and on_field else "", id(focused)]


def button(words: str) -> list[int] | None:
    """Return the middle of a button on the screen."""
    found = [b for b in QApplication.allWidgets() if isinstance(b, QAbstractButton)]
    shown = [b for b in found if b.isVisible() and b.text().replace("&", "") == words]
    return _middle(shown[0]) if shown else None


def field(name: str) -> list[int] | None:
    """Return the middle of a parameter's field in the inspector."""
    rows = [w for w in QApplication.allWidgets() if isinstance(w, ParamRow)]
    shown = [row for row in rows if row.isVisible() and row.param.name == name]
    return _middle(shown[0].field.editor) if shown else None


def chip(node: str) -> list[int] | None:
    """Return the middle of a node's chip in the small graph."""
    strip = window().workspaces.strip
    found = [chip for chip in strip._chips() if chip.node == node]
    return _at(strip, found[0].box.center()) if found and strip.isVisible() else None


def port(words: str) -> list[int]:
    """Return the place of a port, `node.port`: of an output, or of an input of that name."""
    node, _, name = words.partition(".")
    canvas = window().canvas
    item = canvas.stage.nodes[node]
    side: Side = "output" if item.face.port("output", name) else "input"
    return _at(canvas.viewport(), canvas.camera.to_view(item.spot(side, name)))


def header(node: str) -> list[int]:
    """Return a place in the header of a node."""
    canvas = window().canvas
    place = canvas.stage.nodes[node].pos() + QPointF(40, 12)
    return _at(canvas.viewport(), canvas.camera.to_view(place))


def body(node: str) -> list[float]:
    """Return the corners of a node on the screen."""
    canvas = window().canvas
    area = canvas.stage.nodes[node].area
    first = _at(canvas.viewport(), canvas.camera.to_view(area.topLeft()))
    return [*first, *_at(canvas.viewport(), canvas.camera.to_view(area.bottomRight()))]


def canvas(_: str) -> list[int]:
    """Return the corners of the canvas on the screen."""
    view = window().canvas.viewport()
    corner = view.mapToGlobal(QPoint(0, 0))
    return [corner.x(), corner.y(), corner.x() + view.width(), corner.y() + view.height()]


def open_group(_: str) -> list[str]:
    """Return the way to what is open."""
    return list(window().tabs.current.way)


def menu(words: str) -> list[int] | None:
    """Return the middle of an entry of the menu that is open."""
    shown = QApplication.activePopupWidget()
    if not isinstance(shown, QMenu):
        return None
    found = [a for a in shown.actions() if a.text().split("\t")[0].replace("&", "") == words]
    return _at(shown, QPointF(shown.actionGeometry(found[0]).center())) if found else None


def listed(words: str) -> list[int] | None:
    """Return the middle of an entry of the list of a combo box that is open."""
    shown = QApplication.activePopupWidget()
    views = shown.findChildren(QAbstractItemView) if shown else []
    for view in views:
        for row in range(view.model().rowCount()):
            index = view.model().index(row, view.model().columnCount() - 1)
            if index.data() == words:
                return _at(view.viewport(), QPointF(view.visualRect(index).center()))
    return None


def acting(_: str) -> list[int] | None:
    """Return the middle of the list of what an open group acts as."""
    shown = [w for w in QApplication.allWidgets() if isinstance(w, ActsAs) and w.isVisible()]
    return _middle(shown[0].field) if shown else None


def kind(name: str) -> list[int] | None:
    """Return the middle of a kind's row in the palette."""
    tree = window().docks.left.widgets["nodes"].tree
    heads = [tree.model().index(row, 0) for row in range(tree.model().rowCount())]
    rows = [tree.model().index(r, 0, h) for h in heads for r in range(tree.model().rowCount(h))]
    found = [row for row in rows if row.data(ROW).id == name]
    return _at(tree.viewport(), QPointF(tree.visualRect(found[0]).center())) if found else None


def sought(_: str) -> list[str]:
    """Return the text whose kinds the palette lists, and the id of its first heading."""
    panel = window().docks.left.widgets["nodes"]
    head = panel.tree.model().index(0, 0)
    return [panel.search.text(), head.data(ROW).id if head.isValid() else ""]


def past(number: str) -> list[int] | None:
    """Return the middle of a step in the history."""
    dock = window().docks.tools.get("history")
    panels = dock.findChildren(HistoryPanel) if dock and dock.isVisible() else []
    if not panels:
        return None
    view = panels[0].view
    return _at(
        view.viewport(), QPointF(view.visualRect(panels[0].rows.index(int(number))).center())
    )


def over(_: str) -> bool:
    """Return whether the canvas shows where what is dragged over it falls."""
    return window().canvas.dropping.preview is not None


def ready(id: str) -> bool:
    """Return whether an action may be done now."""
    return window().menus.actions[id].isEnabled()


def rail(key: str) -> list[int] | None:
    """Return the middle of the button that opens a panel over the canvas."""
    shown = window().docks.left_side.rail.buttons.get(key)
    return _middle(shown) if shown is not None and shown.isVisible() else None


def fit(_: str) -> list[int]:
    """Return the middle of the button that brings all into sight."""
    return _middle(window().canvas.overlays.zoom_bar.findChildren(QAbstractButton)[-1])


def search(_: str) -> list[int] | None:
    """Return the middle of the palette's field."""
    field = window().docks.left.widgets["nodes"].search
    return _middle(field) if field.isVisible() else None


def picture(node: str) -> list[int] | None:
    """Return the corners of a picture on the screen."""
    pane = next((pane for pane in _panes(window()) if pane.node == node), None)
    if pane is None:
        return None
    corner = pane.plot.mapToGlobal(QPoint(0, 0))
    return [corner.x(), corner.y(), corner.x() + pane.plot.width(), corner.y() + pane.plot.height()]


def middle(node: str) -> list[int] | None:
    """Return the middle of a picture on the screen."""
    corners = picture(node)
    return corners and [(corners[0] + corners[2]) // 2, (corners[1] + corners[3]) // 2]


def _middle(widget: QWidget) -> list[int]:
    return _at(widget, QPointF(widget.rect().center()))


def _at(widget: QWidget, place: QPointF) -> list[int]:
    there = widget.mapToGlobal(place.toPoint())
    return [there.x(), there.y()]


QUESTIONS: dict[str, Callable[[str], Any]] = {
    "state": state,
    "params": params,
    "graph": graph,
    "outline": outline,
    "marked": marked,
    "typing": typing,
    "button": button,
    "field": field,
    "chip": chip,
    "port": port,
    "header": header,
    "body": body,
    "canvas": canvas,
    "open": open_group,
    "menu": menu,
    "listed": listed,
    "acting": acting,
    "kind": kind,
    "rail": rail,
    "fit": fit,
    "search": search,
    "over": over,
    "sought": sought,
    "ready": ready,
    "past": past,
    "picture": picture,
    "middle": middle,
}


def answer(line: str) -> None:
    name, _, rest = line.strip().partition(" ")
    try:
        said = QUESTIONS[name](rest)
    except (AttributeError, KeyError, StopIteration, RuntimeError) as error:
        said = {"not yet": repr(error)}
    print(json.dumps(said), flush=True)


def main() -> int:
    from workbench.__main__ import main as program

    asked = Asked()
    asked.question.connect(answer, Qt.ConnectionType.QueuedConnection)
    read = lambda: [asked.question.emit(line) for line in sys.stdin]  # noqa: E731
    threading.Thread(target=read, daemon=True).start()
    return program(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

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
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from workbench.panels.params import ParamRow
from workbench.shell.start import Start
from workbench.shell.window import Window


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
    """Return the place of an output, `node.port`."""
    node, _, name = words.partition(".")
    canvas = window().canvas
    place = canvas.stage.nodes[node].spot("output", name)
    return _at(canvas.viewport(), canvas.camera.to_view(place))


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
    "button": button,
    "field": field,
    "chip": chip,
    "port": port,
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

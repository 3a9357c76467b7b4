"""The cost of an edit: what it does once, however many nodes a graph has."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from engine.document import walks
from engine.document.graph import Graph, Place, Wire, dumps
from workbench.shell.names import MOST, Names
from workbench.shell.window import Window


def rows(count: int) -> Graph:
    """Return a graph of so many data sets, each with an encoder and a view."""
    graph = Graph()
    for row in range(count):
        for column, kind in enumerate(("Digits", "Encoder", "Scatter")):
            name = f"{kind.lower()}_{row}"
            graph.nodes[name] = Place(kind=kind)
            graph.layout.positions[name] = [200.0 * column, 120.0 * row]
        data, code, view = (f"{kind}_{row}" for kind in ("digits", "encoder", "scatter"))
        graph.wires += [Wire(data, "images", code, "x"), Wire(code, "q", view, "points")]
    return graph


@pytest.mark.parametrize("count", [2, 20])
def test_many_views_are_shown_with_one_walk_of_the_graph(
    window: Window, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    window.menus.trigger("file.new")
    QApplication.clipboard().setText(dumps(rows(count)))
    walked: list[object] = []

    def counted(*given: Any) -> dict[str, None]:
        walked.append(given)
        return reached(*given)

    reached = walks._reached
    monkeypatch.setattr(walks, "_reached", counted)
    for action in ("paste", "undo", "redo"):
        walked.clear()
        window.menus.trigger(f"edit.{action}")
        QApplication.processEvents()
        assert len(walked) <= 1, action
    assert len(window.tabs.current.bench.document.graph.nodes) == 3 * count


def test_names_of_many_views_are_no_more_than_a_screen_has_room_for() -> None:
    strip = Names()
    strip.show_names([f"view {n}" for n in range(20 * MOST)])
    assert len(strip.buttons) == MOST

"""Fields of a node in a group dropped on what the group shows outside."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nodes.errors import Refusal
from tests.workbench.test_groups import grouped
from workbench import edits
from workbench.panels.shown_outside import MIME, mime_of
from workbench.shell.window import Window


@pytest.fixture
def border(window: Window, qtbot: QtBot) -> Any:
    """Return the page with an open group."""
    page, _ = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    return page


def dropped(place: Any, name: str) -> None:
    """Drop a parameter on a place, as a drag out of its form does."""
    data, here = mime_of(name), place.rect().center()
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    enter = QDragEnterEvent(here, copy, data, left, plain)
    QApplication.sendEvent(place, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(place, QDropEvent(QPointF(here), copy, data, left, plain))


def page_of(window: Window, node: str) -> Any:
    window.tabs.current.canvas.stage.select([node])
    inspector: Any = window.show_panel("inspector")
    inspector.redraw_now()
    return inspector.page


def test_fields_dropped_on_shown_outside_are_set_from_there(window: Window, border: Any) -> None:
    document = border.bench.document
    desk = border.desk.document
    desk.push(edits.add_node(desk.graph, "Encoder", (0, 300), catalogue=border.bench.catalogue))
    (second,) = [n for n, p in desk.graph.nodes.items() if p.kind == "Encoder" and n != "encoder"]
    page = page_of(window, "encoder")
    assert page.form.rows["hidden"].carried().hasFormat(MIME)
    dropped(page.promoted.places[-1], "hidden")
    (group,) = document.graph.groups.values()
    assert {n: [*p.to] for n, p in group.params.items()} == {"hidden": [("encoder", "hidden")]}
    dropped(page.promoted.places[-1], "hidden")
    assert len(group.params) == 1, "twice is refused"
    page = page_of(window, second)
    assert page.promoted.places[0].text() == page.form.rows["hidden"].words.text()
    dropped(page.promoted.places[0], "hidden")
    (group,) = document.graph.groups.values()
    assert [*group.params["hidden"].to] == [("encoder", "hidden"), (second, "hidden")]
    window.show_panel("inspector").redraw_now()
    assert page.promoted.places[0].text().endswith("sets 2 fields")
    document.push(edits.set_param(document.graph, border.way[0], "hidden", 48))
    for node in ("encoder", second):
        assert border.bench.whole.nodes[f"{border.way[0]}/{node}"].params["hidden"] == 48
    for _ in range(3):
        window.undo()
    (group,) = document.graph.groups.values()
    assert not group.params


def test_fields_of_other_types_are_not_set_together(border: Any) -> None:
    document, known = border.bench.document, border.bench.catalogue
    desk = border.desk.document
    desk.push(edits.add_node(desk.graph, "Optimizer", (0, 300), catalogue=known))
    (group,) = document.graph.groups
    document.push(edits.show_outside(document.graph, group, "encoder", "hidden"))
    (optimizer,) = [n for n, p in desk.graph.nodes.items() if p.kind == "Optimizer"]
    known = border.bench.catalogue
    with pytest.raises(Refusal, match="different types"):
        edits.show_outside(document.graph, group, optimizer, "rate", "", "hidden", known)

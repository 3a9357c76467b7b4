"""The border of an open group by hand and by keys: ports dragged to other places, renamed."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.naming import OUT
from tests.workbench.canvas.conftest import Hand
from tests.workbench.test_groups import grouped
from workbench.canvas.editor import TitleField
from workbench.shell.tabs import DocumentPage
from workbench.shell.window import Window


def names(page: DocumentPage) -> list[str]:
    """Return the outputs of the one group, in their order."""
    (group,) = page.bench.document.graph.groups.values()
    return [port.name for port in group.outputs]


def row(canvas: Any, name: str) -> tuple[float, float]:
    """Return a place in the row of a port on the border, besides its glyph."""
    item = canvas.stage.nodes[OUT]
    return item.area.center().x() + 10, item.spot("input", name).y()


@pytest.fixture
def border(window: Window, qtbot: QtBot) -> Any:
    """Return the page with an open group of several outputs, seen at its own size."""
    page, _ = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    canvas: Any = page.canvas
    canvas.camera.centre_on(canvas.stage.nodes[OUT].area.center(), 1.0, animate=False)
    assert len(names(page)) > 1
    return page


def test_a_port_is_dragged_among_the_others(window: Window, border: Any) -> None:
    before, canvas = names(border), border.canvas
    hand = Hand(canvas)
    start, end = row(canvas, before[0]), row(canvas, before[-1])
    hand.press(start)
    hand.move(end)
    assert canvas.stage.nodes[OUT].line == len(before), "below the last"
    assert names(border) == before, "nothing is changed before the hand lets go"
    hand.release(end)
    assert names(border) == [*before[1:], before[0]]
    assert canvas.stage.nodes[OUT].line == -1
    shown = [port.name for port in canvas.stage.nodes[OUT].face.ports]
    assert shown == names(border)
    window.undo()
    assert names(border) == before


def test_a_drag_that_is_given_up_moves_nothing(border: Any) -> None:
    before, canvas = names(border), border.canvas
    hand = Hand(canvas)
    place, edits = canvas.stage.nodes[OUT].pos(), len(border.bench.document.history.edits)
    hand.press(row(canvas, before[0]))
    hand.move(row(canvas, before[-1]))
    canvas.mouse.cancel_gesture()
    hand.release(row(canvas, before[-1]))
    assert names(border) == before and canvas.stage.nodes[OUT].line == -1
    hand.drag(row(canvas, before[0]), row(canvas, before[-1]), row(canvas, before[0]))
    assert names(border) == before
    assert len(border.bench.document.history.edits) == edits
    assert canvas.stage.nodes[OUT].pos() == place, "the border stays too"


def test_the_header_moves_the_border(border: Any) -> None:
    canvas = border.canvas
    before, area = canvas.stage.nodes[OUT].pos(), canvas.stage.nodes[OUT].area
    x, y = area.center().x(), area.top() + 12
    Hand(canvas).drag((x, y), (x + 20, y + 40), (x + 40, y + 80))
    assert canvas.stage.nodes[OUT].pos() != before


def test_f2_renames_the_port_that_has_the_keys(window: Window, border: Any, qtbot: QtBot) -> None:
    before, canvas = names(border), border.canvas
    canvas.stage.select([OUT])
    canvas.setFocus()
    canvas.keyboard.go(OUT)
    canvas.keyboard.enter_ports()
    canvas.keyboard._next_port((0, 1))
    second = canvas.keyboard.port.name
    window.menus.trigger("graph.rename")
    field = next(f for f in canvas.findChildren(TitleField) if f.isVisible())
    assert field.text() == second
    QTest.keyClicks(field, "code")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert names(border) == ["code" if name == second else name for name in before]
    window.undo()
    assert names(border) == before


def test_a_double_click_on_a_row_renames_its_port(border: Any) -> None:
    before, canvas = names(border), border.canvas
    Hand(canvas).double_click(row(canvas, before[1]))
    field = next(f for f in canvas.findChildren(TitleField) if f.isVisible())
    assert field.text() == before[1]
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert names(border) == before


def test_the_outline_renames_and_moves_ports_by_keys(window: Window, border: Any) -> None:
    before = names(border)
    outline: Any = window.show_panel("outline")
    outline.setFocus()
    outline.redraw_now()
    tree = outline.tree
    path = f"{border.way[0]}/{OUT}"
    ends = outline.tree.nodes.boards.at(border.way).ends(OUT)
    end = next(end for end in ends if end.port == before[0])
    tree.setCurrentIndex(tree.nodes.place(path, end))
    QTest.keyClick(tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert names(border) == [before[1], before[0], *before[2:]]
    window.undo()
    outline.redraw_now()
    tree.setCurrentIndex(tree.nodes.place(path, end))
    QTest.keyClick(tree, Qt.Key.Key_F2)
    field: Any = QApplication.focusWidget()
    assert field.text() == before[0]
    QTest.keyClicks(field, "code")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert names(border) == ["code", *before[1:]]
    graph = border.bench.document.graph
    assert "code" in {wire.output for wire in graph.wires_from(border.way[0])}
    window.undo()
    assert names(border) == before


def test_the_border_says_that_it_takes_further_ports(border: Any) -> None:
    assert border.canvas.stage.nodes[OUT].signs.left == "+ add"

"""Named wires on the canvas: pills beside the ports, worked with the hand and by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.document.graph import Graph, Place, Wire
from tests.shipped import catalogue
from tests.workbench.canvas.conftest import Hand
from workbench import edits
from workbench.bench.document import Document
from workbench.canvas.editor import TitleField
from workbench.canvas.hit import target_at
from workbench.canvas.named_wire import NamedWire
from workbench.canvas.view import Canvas
from workbench.look.theme import appearance

RIGHT = Qt.MouseButton.RightButton
COUNT = 5


@pytest.fixture
def document() -> Document:
    graph = Graph(nodes={"time": Place(kind="TimeEmbedding")})
    graph.layout.positions["time"] = [0.0, 200.0]
    for i in range(COUNT):
        graph.nodes[f"m{i}"] = Place(kind="Modulate")
        graph.layout.positions[f"m{i}"] = [320.0 + 240 * (i % 3), 200.0 * (i // 3)]
        graph.wires.append(Wire("time", "y", f"m{i}", "told"))
    return Document(graph)


@pytest.fixture
def canvas(qtbot, document, live):
    appearance.start(QApplication.instance())
    appearance.use("dark", reduced_motion=True)
    canvas = Canvas(document, live, catalogue())
    qtbot.addWidget(canvas)
    canvas.resize(1364, 708)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.camera.centre_on(canvas.stage.content().center(), 1.0, animate=False)
    return canvas


@pytest.fixture
def hand(canvas) -> Hand:
    return Hand(canvas)


@pytest.fixture
def pills(canvas, document) -> dict:
    document.push(edits.name_wires(document.graph, "time", "y", "emb"))
    return canvas.stage.wires


def middle(pill) -> tuple[float, float]:
    return pill.center().toTuple()


def last(wires: dict) -> NamedWire:
    return wires[Wire("time", "y", f"m{COUNT - 1}", "told")]


def field(canvas) -> TitleField:
    [found] = [f for f in canvas.findChildren(TitleField) if f.isVisible()]
    return found


def test_an_output_is_named_by_its_menu(canvas, document) -> None:
    spot = canvas.stage.nodes["time"].spot("output", "y")
    menu = canvas.menus.menu_for(target_at(canvas.stage, spot), spot)
    [entry] = [a for a in menu.actions() if a.text().startswith("Name its wires")]
    entry.trigger()
    QTest.keyClicks(field(canvas), "emb")
    QTest.keyClick(field(canvas), Qt.Key.Key_Return)
    assert document.graph.layout.names == {"time.y": "emb"}
    assert all(item.name == "emb" for item in canvas.stage.wires.values())
    document.undo()
    assert not any(item.name for item in canvas.stage.wires.values())
    spot = canvas.stage.nodes["m0"].spot("output", "y")
    menu = canvas.menus.menu_for(target_at(canvas.stage, spot), spot)
    assert not [a for a in menu.actions() if "wires" in a.text()], "it has none"


def test_hover_draws_all_of_them(canvas, hand, pills) -> None:
    far = middle(last(pills).begin)
    before = canvas.grab().toImage()
    hand.hover(middle(last(pills).end))
    assert all(item.whole for item in pills.values())
    assert canvas.grab().toImage() != before
    hand.hover((far[0], far[1] + 300))
    assert not any(item.whole for item in pills.values())


def test_a_pill_is_pressed_and_what_is_between_is_not(canvas, hand, pills) -> None:
    item = last(pills)
    hand.click(middle(item.end))
    assert canvas.selection.things == {item.wire: None}
    hand.drag(middle(item.end), (0.0, 0.0))
    assert not canvas.stage.graph.layout.reroutes, "a pill is not bent"
    start, end = item.points[0], item.points[-1]
    canvas.selection.clear()
    between = start + (end - start) * 0.5
    assert target_at(canvas.stage, between).thing not in canvas.stage.wires


def test_a_double_click_goes_to_the_source_and_names_there(canvas, hand, pills, document) -> None:
    canvas.camera.centre_on(last(pills).end.center(), 1.0, animate=False)
    hand.double_click(middle(last(pills).end))
    assert canvas.selection.ids == ["time"]
    there = canvas.stage.nodes["time"].area.center()
    assert (canvas.camera.centre - there).manhattanLength() < 2
    hand.double_click(middle(last(pills).begin))
    QTest.keyClicks(field(canvas), "t")
    QTest.keyClick(field(canvas), Qt.Key.Key_Return)
    assert document.graph.layout.names == {"time.y": "t"}


def test_wires_are_cut_and_removed_at_their_pills(canvas, hand, pills, document) -> None:
    x, y = middle(last(pills).end)
    control = Qt.KeyboardModifier.ControlModifier
    hand.drag((x, y - 40), (x, y + 40), keys=control, button=RIGHT)
    assert len(document.graph.wires) == COUNT - 1
    document.undo()
    assert last(canvas.stage.wires).name == "emb"
    start, end = last(canvas.stage.wires).points[0], last(canvas.stage.wires).points[-1]
    place = start + (end - start) * 0.5
    hand.drag(
        (place - QPointF(0, 8)).toTuple(),
        (place + QPointF(0, 8)).toTuple(),
        keys=control,
        button=RIGHT,
    )
    assert len(document.graph.wires) == COUNT, "what is not seen is not cut"


def test_pills_of_one_port_stand_side_by_side(canvas, document) -> None:
    graph = document.graph
    graph.nodes["sum"] = Place(kind="Concat")
    for name in ("one", "two"):
        graph.nodes[name] = Place(kind="Activation")
        for i in range(4):
            graph.nodes[f"{name}{i}"] = Place(kind="Activation")
            graph.wires.append(Wire(name, "y", f"{name}{i}", "x"))
        graph.wires.append(Wire(name, "y", "sum", "xs"))
        graph.layout.names[f"{name}.y"] = name
    canvas.stage.build()
    one, two = (canvas.stage.wires[Wire(name, "y", "sum", "xs")].end for name in ("one", "two"))
    assert not one.intersects(two) and one.center().y() == two.center().y()


@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.5, 0.2])
@pytest.mark.parametrize("look", ["dark", "light"])
def test_pills_are_drawn_at_every_zoom(canvas, hand, pills, zoom, look) -> None:
    appearance.use(look)
    canvas.camera.centre_on(canvas.stage.content().center(), zoom, animate=False)
    seen = canvas.grab().toImage()
    for item in pills.values():
        for pill in (item.begin, item.end):
            at = canvas.camera.to_view(QPointF(pill.left() + 4, pill.center().y())).toPoint()
            assert seen.pixelColor(at) != seen.pixelColor(at.x(), at.y() - 30)

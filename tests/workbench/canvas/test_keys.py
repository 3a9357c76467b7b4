"""The canvas without a mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from tests.workbench.design import wire
from workbench import edits
from workbench.canvas.keyboard import nearest

Key, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier


def press(canvas, qtbot, *keys):
    for key in keys:
        qtbot.keyClick(canvas, key)


def test_the_nearest_place_in_a_direction():
    places = {"right": QPointF(100, 10), "far": QPointF(300, 0), "down": QPointF(5, 90)}
    assert nearest(QPointF(), (1, 0), places.items()) == "right"
    assert nearest(QPointF(), (0, 1), places.items()) == "down"
    assert nearest(QPointF(), (-1, 0), places.items()) == ""


def test_arrows_go_to_the_nearest_node(canvas, qtbot):
    canvas.stage.select(["encoder"])
    press(canvas, qtbot, Key.Key_Right)
    assert canvas.selection.ids == ["sample"]
    assert canvas.stage.nodes["sample"].focused
    press(canvas, qtbot, Key.Key_Left, Key.Key_Left)
    assert canvas.selection.ids == ["mnist"]
    assert not canvas.stage.nodes["sample"].focused


def test_an_arrow_begins_where_one_looks(canvas, qtbot):
    press(canvas, qtbot, Key.Key_Right)
    assert len(canvas.selection.ids) == 1


def test_alt_and_arrows_move_as_one_change(canvas, qtbot, document):
    canvas.stage.select(["encoder"])
    for _ in range(3):
        qtbot.keyClick(canvas, Key.Key_Right, ALT)
    assert document.graph.layout.positions["encoder"] == [232, 120]
    assert document.history.labels == ["Move encoder"]


def test_a_wire_is_drawn_by_keys_alone(canvas, qtbot, document):
    document.push(edits.disconnect(document.graph, [wire("sample.z>decoder.z")]))
    canvas.stage.select(["sample"])
    press(canvas, qtbot, Key.Key_P)
    assert canvas.keyboard.port.name == "z"
    press(canvas, qtbot, Key.Key_Space)
    assert canvas.mouse.gesture.aimed.node == "decoder", "the nearest that fits"
    press(canvas, qtbot, Key.Key_Space)
    assert wire("sample.z>decoder.z") in document.graph.wires
    assert canvas.mouse.gesture is None


def test_arrows_choose_among_the_ports_that_fit(canvas, qtbot, document):
    canvas.stage.select(["sample"])
    press(canvas, qtbot, Key.Key_P, Key.Key_Space)
    assert canvas.mouse.gesture.aimed.node == "decoder"
    press(canvas, qtbot, Key.Key_Down)
    assert canvas.mouse.gesture.aimed.node in ("decoder_2", "scatter")


def test_arrows_walk_the_ports(canvas, qtbot):
    canvas.stage.select(["encoder"])
    press(canvas, qtbot, Key.Key_P)
    assert canvas.keyboard.port.name == "q"
    press(canvas, qtbot, Key.Key_Down)
    assert canvas.keyboard.port.name == "model"
    press(canvas, qtbot, Key.Key_Left)
    assert canvas.keyboard.port.name == "x"
    press(canvas, qtbot, Key.Key_Escape)
    assert canvas.keyboard.port is None
    assert canvas.selection.ids == ["encoder"]


def test_enter_opens_the_fields(canvas, qtbot):
    canvas.stage.select(["encoder"])
    with qtbot.waitSignal(canvas.edit_requested) as asked:
        press(canvas, qtbot, Key.Key_Return)
    assert asked.args == ["encoder"]


def test_escape_drops_a_wire_drawn_by_keys(canvas, qtbot, document):
    canvas.stage.select(["sample"])
    press(canvas, qtbot, Key.Key_P, Key.Key_Space, Key.Key_Escape)
    assert canvas.mouse.gesture is None
    assert document.history.labels == []


def test_each_step_is_said(canvas, qtbot):
    canvas.stage.select(["mnist"])
    press(canvas, qtbot, Key.Key_Right)
    words = canvas.accessibleDescription()
    assert words.startswith("Encoder, selected, q goes to Reparameterize")
    assert words.endswith("no problem")


def test_tab_searches(canvas, qtbot):
    press(canvas, qtbot, Key.Key_Tab)
    assert canvas.overlays.search.isVisible()

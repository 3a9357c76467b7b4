"""Select, move, resize: each act is one change, and what the hand lets go is as it was."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from engine.document.bounds import FARTHEST
from engine.document.graph import Place
from tests.workbench.canvas.conftest import middle
from tests.workbench.design import wire
from workbench import edits
from workbench.canvas.selection import Bend

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def position(document, node):
    return document.graph.layout.positions[node]


def test_a_click_selects_and_says_so(canvas, hand, qtbot):
    with qtbot.waitSignal(canvas.selection_changed) as told:
        hand.click(middle(canvas, "encoder"))
    assert told.args == [["encoder"]]
    assert canvas.stage.nodes["encoder"].selected
    assert canvas.stage.wires[wire("mnist.images>encoder.x")].near


def test_shift_adds_and_takes_away(canvas, hand):
    hand.click(middle(canvas, "encoder"))
    hand.click(middle(canvas, "decoder"), SHIFT)
    assert canvas.selection.ids == ["encoder", "decoder"]
    hand.click(middle(canvas, "encoder"), SHIFT)
    assert canvas.selection.ids == ["decoder"]


def test_a_click_on_the_void_selects_nothing(canvas, hand):
    hand.click(middle(canvas, "encoder"))
    hand.click((1300, 600))
    assert not canvas.selection


def test_a_rubber_band_selects_what_it_touches(canvas, hand):
    hand.drag((1100, 560), (900, 400), (500, 390))
    assert {"images", "scatter"} <= set(canvas.selection.ids)
    assert "look" not in canvas.selection.ids, "a frame must lie in it whole"


def test_a_band_given_up_selects_what_was_selected(canvas, hand, qtbot):
    hand.click(middle(canvas, "encoder"))
    hand.press((1300, 600))
    hand.move((500, 390))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.selection.ids == ["encoder"]


def test_a_drag_moves_in_steps_of_8_as_one_change(canvas, hand, document):
    x, y = middle(canvas, "encoder")
    hand.drag((x, y), (x + 9, y + 3), (x + 37, y + 21))
    assert position(document, "encoder") == [248, 144]
    assert document.history.labels == ["Move encoder"]
    document.undo()
    assert canvas.stage.nodes["encoder"].pos() == QPointF(208, 120)


def test_control_turns_snapping_off_for_a_drag(canvas, hand, document):
    x, y = middle(canvas, "encoder")
    hand.press((x, y))
    hand.move((x + 10, y), CONTROL)
    hand.move((x + 13, y), CONTROL)
    hand.release((x + 13, y), CONTROL)
    assert position(document, "encoder") == [221, 120]


def test_escape_gives_a_move_up(canvas, hand, document, qtbot):
    x, y = middle(canvas, "encoder")
    hand.press((x, y))
    hand.move((x + 100, y + 100))
    assert canvas.stage.nodes["encoder"].pos() != QPointF(208, 120)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.stage.nodes["encoder"].pos() == QPointF(208, 120)
    hand.release((x + 100, y + 100))
    assert document.history.labels == []


def test_wires_follow_while_a_node_is_dragged(canvas, hand):
    x, y = middle(canvas, "encoder")
    item = canvas.stage.wires[wire("encoder.q>sample.q")]
    before = item.points[0]
    hand.press((x, y))
    hand.move((x + 80, y + 40))
    assert item.points[0] == before + QPointF(80, 40)
    canvas.mouse.cancel_gesture()
    assert item.points[0] == before


def test_a_frame_takes_what_lies_in_it_along(canvas, hand, document):
    hand.drag((300, 370), (310, 380), (300, 418))
    graph = document.graph
    assert graph.layout.frames["look"]["rect"][:2] == [32, 400]
    assert position(document, "grid") == [56, 448]
    assert position(document, "encoder") == [208, 120]
    assert len(document.history.labels) == 1


def test_reroutes_go_with_wires_that_move_at_both_ends(canvas, hand, document):
    canvas.stage.select(["encoder", "adam"])
    x, y = middle(canvas, "encoder")
    hand.drag((x, y), (x + 8, y), (x + 80, y))
    assert document.graph.layout.reroutes["encoder.model>adam.models"] == [[480, 312], [1048, 312]]
    assert document.graph.layout.reroutes["encoder.q>elbo.q"] == [[400, 96], [792, 96]]


def test_a_single_reroute_is_moved_and_removed(canvas, hand, document):
    hand.drag((200, 56), (205, 60), (216, 80))
    key = "mnist.images>elbo.x"
    assert document.graph.layout.reroutes[key][0] == [216, 80]
    assert canvas.selection.bends == [Bend(wire(key), 0)]


def test_an_edge_of_a_frame_resizes_it(canvas, hand, document):
    hand.drag((968, 500), (975, 500), (1000, 500))
    assert document.graph.layout.frames["look"]["rect"] == [32, 352, 968, 288]


def test_a_note_is_moved_by_its_body_and_resized_by_a_corner(canvas, hand, document):
    hand.drag((1100, 440), (1110, 440), (1100, 480))
    assert document.graph.layout.notes["try"]["rect"] == [992, 392, 232, 104]
    hand.drag((1224, 496), (1230, 500), (1240, 512))
    assert document.graph.layout.notes["try"]["rect"] == [992, 392, 248, 120]


def test_a_node_dropped_on_a_wire_goes_onto_it(canvas, hand, document):
    graph = document.graph
    document.push(edits.add_node(graph, "Flatten", (1100, 560), catalogue=canvas.stage.catalogue))
    x, y = middle(canvas, "flatten")
    line = canvas.stage.wires[wire("sample.z>scatter.points")].line
    to_x, to_y = line.at(line.length * 0.5)
    hand.drag((x, y), (x - 50, y - 20), (to_x, to_y))
    assert wire("sample.z>flatten.x") in graph.wires
    assert wire("flatten.y>scatter.points") in graph.wires
    assert document.history.labels[-1] == "Insert flatten"
    assert len(document.history.labels) == 2


def test_selecting_a_twin_lights_the_other(canvas, hand):
    hand.click(middle(canvas, "decoder_2"))
    assert canvas.stage.nodes["decoder"].partner
    assert not canvas.stage.nodes["encoder"].partner


def test_what_goes_is_not_selected_any_more(canvas, document):
    canvas.stage.select(["encoder", "decoder"])
    document.push(edits.remove(document.graph, ["encoder"]))
    assert canvas.selection.ids == ["decoder"]
    document.undo()
    assert "encoder" in canvas.stage.nodes


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton])
def test_the_middle_button_pans(canvas, hand, button):
    before = canvas.camera.centre
    x, y = canvas.camera.centre.toTuple()
    view = canvas.camera.to_view(canvas.camera.centre)
    hand.press((x, y), button=button)
    at = canvas.camera.to_scene(view + QPointF(50, 30))
    hand.move(at.toTuple())
    hand.release(canvas.camera.centre.toTuple())
    assert (before - canvas.camera.centre - QPointF(50, 30)).manhattanLength() < 3


def test_a_right_press_lets_go_of_a_drag(canvas, hand, document):
    x, y = middle(canvas, "encoder")
    hand.press((x, y))
    hand.move((x + 60, y + 60))
    hand.press((x + 60, y + 60), button=Qt.MouseButton.RightButton)
    assert canvas.mouse.gesture is None
    assert canvas.stage.nodes["encoder"].pos() == QPointF(208, 120)
    assert document.history.labels == []


def test_a_node_of_an_unknown_kind_can_be_moved(canvas, hand, document):
    document.graph.nodes["odd"] = Place(kind="timegan.Critic")
    document.graph.layout.positions["odd"] = [1100.0, 520.0]
    canvas.stage.build()
    x, y = middle(canvas, "odd")
    hand.drag((x, y), (x + 9, y), (x + 16, y))
    assert position(document, "odd") == [1120, 520] or position(document, "odd") == [1112, 520]


def test_what_is_dragged_out_of_the_world_lies_where_the_document_keeps_it(
    canvas, hand, document
) -> None:
    graph, far = document.graph, FARTHEST
    document.push(edits.move(graph, {"encoder": (far, far), "elbo": (far - 100, far)}))
    canvas.camera.centre_on(QPointF(far, far), 1.0, animate=False)
    for _ in range(2):  # the second time the document does not change at all
        x, y = middle(canvas, "encoder")
        hand.drag((x, y), (x + 40, y + 40), (x + 300, y + 300))
        for node, item in canvas.stage.nodes.items():
            assert [*item.pos().toTuple()] == graph.layout.positions[node]

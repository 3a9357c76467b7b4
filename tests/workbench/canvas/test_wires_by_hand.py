"""Gestures on wires: cut by a stroke, pull out, move all of a port, put in with room, remove."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from engine.document.graph import Change, Put, Wire
from tests.workbench.canvas.conftest import middle, port
from tests.workbench.design import wire
from workbench import edits
from workbench.canvas.ghost_item import GhostItem

RIGHT = Qt.MouseButton.RightButton
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PULL = SHIFT | Qt.KeyboardModifier.AltModifier
THROUGH = wire("sample.z>scatter.points")


def on(canvas, of: Wire, share: float = 0.5) -> tuple[float, float]:
    line = canvas.stage.wires[of].line
    return line.at(line.length * share)


def ghosts(canvas) -> list[GhostItem]:
    return [item for item in canvas.stage.items() if isinstance(item, GhostItem)]


@pytest.fixture
def flatten(canvas, document):
    """Put a node that takes a batch and gives points into the wire to the scatter plot."""
    graph, catalogue = document.graph, canvas.stage.catalogue
    document.push(edits.add_node(graph, "Flatten", (1100, 560), catalogue=catalogue))
    document.push(edits.insert_on_wire(graph, "flatten", THROUGH, catalogue))
    return "flatten"


def test_a_stroke_shows_the_wires_it_crosses_and_cuts_them_at_once(canvas, hand, document):
    chosen = [wire("grid.z>decoder_2.z"), THROUGH]
    before = list(document.graph.wires)
    x, y = on(canvas, chosen[0])
    to_x, to_y = on(canvas, chosen[1])
    hand.press((x - 10, y - 30), CONTROL, RIGHT)
    hand.move((x + 10, y + 30), CONTROL)
    assert canvas.stage.wires[chosen[0]].cut
    hand.move((to_x - 20, to_y - 20), CONTROL)
    hand.move((to_x + 20, to_y + 20), CONTROL)
    crossed = {w for w, item in canvas.stage.wires.items() if item.cut}
    assert set(chosen) <= crossed
    hand.release((to_x + 20, to_y + 20), CONTROL)
    assert set(before) - set(document.graph.wires) == crossed
    assert len(document.history.labels) == 1
    document.undo()
    assert document.graph.wires == before


def test_a_stroke_given_up_cuts_nothing(canvas, hand, document, qtbot):
    x, y = on(canvas, THROUGH)
    hand.press((x, y - 20), CONTROL, RIGHT)
    hand.move((x, y + 20), CONTROL)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    hand.release((x, y + 20), CONTROL)
    assert not canvas.stage.wires[THROUGH].cut and document.history.labels == []


@pytest.mark.parametrize("ended", [False, True])
def test_a_stroke_opens_no_menu_but_a_click_does(canvas, hand, qtbot, ended):
    """A system asks for the menu at the press or at the release."""
    hand.press((1000, 640), CONTROL, RIGHT)
    if not ended:
        hand.move((1050, 660), CONTROL)
    hand.release((1050, 660), CONTROL)
    mouse = QContextMenuEvent.Reason.Mouse
    at = canvas.camera.to_view(QPointF(1050, 660)).toPoint()
    event = QContextMenuEvent(mouse, at, canvas.viewport().mapToGlobal(at))
    QApplication.sendEvent(canvas.viewport(), event)
    assert len(canvas.findChildren(QMenu)) == int(ended)
    for menu in canvas.findChildren(QMenu):
        menu.close()


def test_a_node_is_pulled_out_and_its_wire_goes_on_without(canvas, hand, document, flatten):
    x, y = middle(canvas, flatten)
    steps = len(document.history.labels)
    hand.press((x, y), PULL)
    hand.move((x + 20, y + 20), PULL)
    assert len(ghosts(canvas)) == 1
    assert canvas.stage.wires[wire("sample.z>flatten.x")].hidden
    hand.release((x + 20, y + 20), PULL)
    assert THROUGH in document.graph.wires and not ghosts(canvas)
    assert not any(flatten in (w.source, w.target) for w in document.graph.wires)
    assert document.history.labels[steps:] == [
        edits.pull_out(document.graph, [flatten], canvas.stage.catalogue).label
    ]
    document.undo()
    assert wire("sample.z>flatten.x") in document.graph.wires
    assert not canvas.stage.wires[wire("sample.z>flatten.x")].hidden


def test_a_node_is_pulled_from_one_wire_into_another_in_one_step(canvas, hand, document, flatten):
    steps = len(document.history.labels)
    onto = wire("grid.z>decoder_2.z")
    hand.drag(middle(canvas, flatten), (900, 560), on(canvas, onto), keys=PULL)
    assert THROUGH in document.graph.wires
    assert wire("grid.z>flatten.x") in document.graph.wires
    assert len(document.history.labels) == steps + 1


def test_pulling_is_given_up_by_escape(canvas, hand, document, flatten, qtbot):
    before, place = list(document.graph.wires), canvas.stage.nodes[flatten].pos()
    x, y = middle(canvas, flatten)
    hand.press((x, y), PULL)
    hand.move((x + 60, y + 60), PULL)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    hand.release((x + 60, y + 60), PULL)
    assert document.graph.wires == before and canvas.stage.nodes[flatten].pos() == place
    assert not ghosts(canvas) and not canvas.stage.wires[wire("sample.z>flatten.x")].hidden


def test_a_plain_drag_leaves_the_wires(canvas, hand, document, flatten):
    x, y = middle(canvas, flatten)
    before = list(document.graph.wires)
    hand.drag((x, y), (x + 20, y), (x + 24, y))
    assert document.graph.wires == before


def test_a_node_put_into_a_wire_makes_room_in_one_step(canvas, hand, document):
    graph, catalogue = document.graph, canvas.stage.catalogue
    document.push(edits.add_node(graph, "Flatten", (1100, 560), catalogue=catalogue))
    document.push(edits.disconnect(graph, [THROUGH]))  # it begins on the same line
    onto = wire("sample.z>decoder.z")
    areas = {n: QRectF(i.area) for n, i in canvas.stage.nodes.items()}
    hand.drag(middle(canvas, "flatten"), (900, 560), on(canvas, onto))
    assert wire("sample.z>flatten.x") in graph.wires
    assert len(document.history.labels) == 3
    nodes = canvas.stage.nodes
    new = nodes["flatten"].area
    assert nodes["sample"].area.right() + 32 <= new.left()
    assert new.right() + 32 <= nodes["decoder"].area.left()
    assert not any(new.intersects(i.area) for n, i in nodes.items() if n != "flatten")
    document.undo()
    assert {n: i.area for n, i in nodes.items()} == areas


def test_of_wires_that_lie_on_each_other_a_node_goes_into_one_it_fits(canvas, hand, document):
    graph, catalogue = document.graph, canvas.stage.catalogue
    document.push(edits.add_node(graph, "Flatten", (1100, 560), catalogue=catalogue))
    onto = wire("sample.z>decoder.z")
    start = QPointF(*canvas.stage.wires[onto].points[0].toTuple())
    for crossing in (wire("encoder.q>elbo.q"), wire("mnist.labels>scatter.classes")):
        item = canvas.stage.wires[crossing]
        item.route([start + QPointF(-40, 0), start + QPointF(40, 0)])  # over the other's beginning
    hand.drag(middle(canvas, "flatten"), (900, 560), (start.x() + 12, start.y()))
    source = [w.source for w in graph.wires_into("flatten")]
    assert source == ["sample"] and len(graph.wires_from("flatten")) == 1


def test_all_wires_of_an_output_move_to_another(canvas, hand, document):
    wires = document.graph.wires_from("sample", "z")
    document.push(
        edits.connect(document.graph, wire("sample.z>decoder_2.z"), canvas.stage.catalogue)
    )
    wires = document.graph.wires_from("sample", "z")
    assert len(wires) > 2
    hand.press(port(canvas, "sample", "output", "z"), SHIFT)
    hand.move((500, 560), SHIFT)
    assert len(ghosts(canvas)) == len(wires)
    assert ("output", "z") in canvas.stage.nodes["grid"].fits
    assert canvas.stage.nodes["adam"].faded
    hand.move(port(canvas, "grid", "output", "z"), SHIFT)
    hand.release(port(canvas, "grid", "output", "z"), SHIFT)
    moved = [w._replace(source="grid") for w in wires]
    assert document.graph.wires_from("grid", "z") == moved
    assert not document.graph.wires_from("sample", "z") and not ghosts(canvas)
    assert len(document.history.labels) == 2
    document.undo()
    assert document.graph.wires_from("sample", "z") == wires


def test_wires_of_a_port_that_fit_nowhere_are_refused_with_a_sentence(canvas, hand, document):
    hand.press(port(canvas, "adam", "input", "models"), SHIFT)
    hand.move((700, 500), SHIFT)
    hand.move(port(canvas, "elbo", "input", "x"), SHIFT)
    assert canvas.overlays.refusal.isVisible()
    assert canvas.overlays.refusal.sentence.text() == "x takes one wire; these are 2."
    hand.release(port(canvas, "elbo", "input", "x"), SHIFT)
    assert document.history.labels == [] and not ghosts(canvas)
    assert not any(item.hidden for item in canvas.stage.wires.values())


def test_wires_from_ports_that_are_gone_are_not_moved_and_do_no_harm(canvas, hand, document):
    gone = Wire("mnist", "gone", "scatter", "labels")
    wires = [*(w for w in document.graph.wires if w[2:] != gone[2:]), gone]
    document.push(Change("", (Put(("wires",), wires),)))
    hand.press(port(canvas, "scatter", "input", "labels"), SHIFT)
    hand.move((700, 500), SHIFT)
    hand.release((700, 500), SHIFT)
    assert gone in document.graph.wires


def test_all_wires_of_a_port_dropped_in_the_void_are_removed(canvas, hand, document):
    hand.drag(port(canvas, "adam", "input", "models"), (700, 600), (720, 640), keys=SHIFT)
    assert not document.graph.wires_into("adam", "models")
    document.undo()
    assert len(document.graph.wires_into("adam", "models")) == 2


def test_control_draws_a_further_wire_from_a_wired_input(canvas, hand, document):
    hand.drag(
        port(canvas, "adam", "input", "models"),
        (900, 500),
        port(canvas, "decoder_2", "output", "model"),
        keys=CONTROL,
    )
    assert len(document.graph.wires_into("adam", "models")) == 3

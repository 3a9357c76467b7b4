"""Wires by hand: what fits, what is refused, what happens in the void."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.document.graph import Wire
from tests.workbench.canvas.conftest import middle, port
from tests.workbench.design import wire
from workbench import edits
from workbench.canvas.ghost_item import GhostItem


def labels(document):
    return document.history.labels


def test_a_wire_is_drawn_from_an_output_to_an_input_that_fits(canvas, hand, document):
    start = port(canvas, "decoder_2", "output", "model")
    end = port(canvas, "adam", "input", "models")
    hand.drag(start, (start[0] + 30, start[1]), end)
    assert document.graph.wires[-1] == wire("decoder_2.model>adam.models")
    assert wire("decoder_2.model>adam.models") in canvas.stage.wires


def test_it_snaps_within_24_px(canvas, hand, document):
    start = port(canvas, "decoder_2", "output", "model")
    x, y = port(canvas, "adam", "input", "models")
    hand.drag(start, (x - 60, y), (x - 17, y + 15))
    assert document.graph.wires[-1].target == "adam"


def test_from_a_free_input_back_to_an_output(canvas, hand, document):
    document.push(edits.disconnect(document.graph, [wire("grid.z>decoder_2.z")]))
    hand.drag(
        port(canvas, "decoder_2", "input", "z"), (500, 300), port(canvas, "sample", "output", "z")
    )
    assert wire("sample.z>decoder_2.z") in document.graph.wires


def test_a_single_input_takes_the_new_wire_in_place_of_the_old(canvas, hand, document):
    hand.drag(
        port(canvas, "sample", "output", "z"), (500, 300), port(canvas, "decoder_2", "input", "z")
    )
    assert wire("sample.z>decoder_2.z") in document.graph.wires
    assert wire("grid.z>decoder_2.z") not in document.graph.wires


def test_what_fits_lights_up_and_the_rest_steps_back(canvas, hand):
    start = port(canvas, "sample", "output", "z")
    hand.press(start)
    hand.move((start[0] + 40, start[1] + 60))
    nodes = canvas.stage.nodes
    assert nodes["decoder"].fits == {("input", "z")}
    assert nodes["decoder"].opacity == 1
    assert nodes["trainer"].opacity < 0.5
    assert nodes["encoder"].fits == frozenset(), "that would be a circle"
    hand.release((start[0] + 40, start[1] + 60))
    canvas.overlays.search.close_search()
    assert nodes["trainer"].opacity == 1
    assert nodes["decoder"].fits == frozenset()


def test_the_end_of_a_wire_is_pulled_off_and_dropped(canvas, hand, document):
    hand.drag(port(canvas, "scatter", "input", "points"), (700, 330), (1100, 600))
    assert wire("sample.z>scatter.points") not in document.graph.wires
    assert labels(document) == ["Disconnect"]
    document.undo()
    assert wire("sample.z>scatter.points") in canvas.stage.wires


def test_the_end_of_a_wire_is_pulled_to_another_port_as_one_change(canvas, hand, document):
    hand.drag(
        port(canvas, "scatter", "input", "points"),
        (700, 330),
        port(canvas, "decoder_2", "input", "z"),
    )
    assert wire("sample.z>decoder_2.z") in document.graph.wires
    assert wire("sample.z>scatter.points") not in document.graph.wires
    assert len(labels(document)) == 1


def test_a_wire_put_back_where_it_was_changes_nothing(canvas, hand, document):
    end = port(canvas, "scatter", "input", "points")
    hand.drag(end, (700, 330), end)
    assert wire("sample.z>scatter.points") in document.graph.wires
    assert labels(document) == []
    assert not canvas.stage.wires[wire("sample.z>scatter.points")].hidden


def test_a_wrong_end_is_refused_with_a_sentence(canvas, hand, document):
    hand.press(port(canvas, "mnist", "output", "labels"))
    hand.move((600, 500))
    hand.move(port(canvas, "images", "input", "images"))
    assert canvas.overlays.refusal.isVisible()
    assert canvas.overlays.refusal.sentence.text() == "images takes Images; labels gives Labels."
    hand.release(port(canvas, "images", "input", "images"))
    assert canvas.mouse.gesture is None, "nothing mends it: the wire is let go, the sentence stays"
    assert labels(document) == []


def test_escape_lets_a_refused_wire_go(canvas, hand, document, qtbot):
    hand.drag(
        port(canvas, "mnist", "output", "labels"),
        (600, 500),
        port(canvas, "images", "input", "images"),
    )
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.mouse.gesture is None
    assert not canvas.overlays.refusal.isVisible()
    assert labels(document) == []


def test_enter_takes_the_fix_of_a_refused_wire(canvas, hand, document, qtbot):
    document.push(
        edits.add_node(document.graph, "Embedding", (1100, 500), catalogue=canvas.stage.catalogue)
    )
    hand.drag(
        port(canvas, "mnist", "output", "images"),
        (600, 500),
        port(canvas, "embedding", "input", "tokens"),
    )
    assert canvas.overlays.refusal.fix.text() == "Insert Patch tokenizer"
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert wire("mnist.images>patch_tokenizer.images") in document.graph.wires
    assert wire("patch_tokenizer.tokens>embedding.tokens") in document.graph.wires
    assert labels(document)[-1] == "Insert Patch tokenizer"


def test_a_drop_on_a_body_takes_the_port_that_fits(canvas, hand, document):
    document.push(edits.disconnect(document.graph, [wire("grid.z>decoder_2.z")]))
    hand.drag(port(canvas, "grid", "output", "z"), (240, 440), middle(canvas, "decoder_2"))
    assert wire("grid.z>decoder_2.z") in document.graph.wires


def test_a_drop_on_a_body_takes_the_port_that_is_meant_not_the_nearest(canvas, hand, document):
    free = [wire("mnist.images>elbo.x"), wire("decoder.x_hat>elbo.x_hat")]
    document.push(edits.disconnect(document.graph, free))
    wrong = port(canvas, "elbo", "input", "x")
    right = canvas.stage.nodes["elbo"].area.right()
    hand.drag(port(canvas, "decoder", "output", "x_hat"), (700, 500), (right - 20, wrong[1]))
    assert document.graph.wires[-1] == wire("decoder.x_hat>elbo.x_hat")


def test_a_drop_in_the_void_is_joined_to_the_port_that_is_meant(canvas, hand, document, qtbot):
    hand.drag(port(canvas, "decoder", "output", "x_hat"), (700, 500), (1000, 600))
    qtbot.keyClicks(canvas.overlays.search.field, "elbo")
    qtbot.keyClick(canvas.overlays.search.field, Qt.Key.Key_Return)
    assert document.graph.wires[-1] == wire("decoder.x_hat>elbo_2.x_hat")


def test_a_drop_in_the_void_searches_what_fits(canvas, hand, document, qtbot):
    hand.drag(port(canvas, "encoder", "output", "q"), (300, 340), (420, 340))
    assert canvas.overlays.search.isVisible()
    kinds = [row.id for row in canvas.overlays.search.rows.rows]
    assert kinds == ["Reparameterize", "ELBO"]
    ghosts = [i for i in canvas.stage.items() if isinstance(i, GhostItem)]
    assert len(ghosts) == 1, "the wire stays in sight while one searches"
    qtbot.keyClick(canvas.overlays.search.field, Qt.Key.Key_Return)
    added = document.graph.wires[-1]
    assert added == Wire("encoder", "q", "reparameterize", "q")
    item = canvas.stage.nodes["reparameterize"]
    spot = item.spot("input", "q")
    assert abs(spot.x() - 420) <= 8 and abs(spot.y() - 340) <= 8
    assert len(labels(document)) == 1, "the node and its wire are one change"
    assert not [i for i in canvas.stage.items() if isinstance(i, GhostItem)]


def test_a_search_given_up_drops_the_wire(canvas, hand, document, qtbot):
    hand.drag(port(canvas, "encoder", "output", "q"), (300, 260), (480, 270))
    qtbot.keyClick(canvas.overlays.search.field, Qt.Key.Key_Escape)
    assert not [i for i in canvas.stage.items() if isinstance(i, GhostItem)]
    assert labels(document) == []


def test_a_node_searched_for_an_input_ends_at_the_drop(canvas, hand, document, qtbot):
    document.push(edits.disconnect(document.graph, [wire("encoder.q>sample.q")]))
    hand.drag(port(canvas, "sample", "input", "q"), (400, 260), (390, 280))
    assert [row.id for row in canvas.overlays.search.rows.rows] == ["Encoder"]
    qtbot.keyClick(canvas.overlays.search.field, Qt.Key.Key_Return)
    spot = canvas.stage.nodes["encoder_2"].spot("output", "q")
    assert abs(spot.x() - 390) <= 24 and abs(spot.y() - 280) <= 8


def test_many_wires_into_one_port(canvas, hand, document):
    before = len(document.graph.wires_into("adam", "models"))
    hand.drag(
        port(canvas, "decoder_2", "output", "model"),
        (900, 300),
        port(canvas, "adam", "input", "models"),
    )
    assert len(document.graph.wires_into("adam", "models")) == before + 1


def test_a_plus_shows_that_a_port_takes_one_more(canvas, hand):
    hand.press(port(canvas, "decoder_2", "output", "model"))
    hand.move((900, 300))
    hand.move(port(canvas, "adam", "input", "models"))
    assert canvas.stage.nodes["adam"].spare_plus == ("input", "models")
    canvas.mouse.cancel_gesture()
    assert canvas.stage.nodes["adam"].spare_plus is None


def test_a_wire_that_is_dragged_grows_a_reroute(canvas, hand, document):
    item = canvas.stage.wires[wire("grid.z>decoder_2.z")]
    x, y = item.line.at(item.line.length / 2)
    hand.drag((x, y), (x, y + 20), (x, y + 40))
    assert document.graph.layout.reroutes["grid.z>decoder_2.z"] == [
        [round(x / 8) * 8, round((y + 40) / 8) * 8]
    ]


def test_a_double_click_on_a_wire_adds_a_reroute_and_delete_takes_it(canvas, hand, document):
    item = canvas.stage.wires[wire("adam.optimizer>trainer.optimizers")]
    x, y = item.line.at(item.line.length / 2)
    hand.double_click((x, y))
    assert len(document.graph.layout.reroutes["adam.optimizer>trainer.optimizers"]) == 1

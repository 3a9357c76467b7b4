"""The search at the pointer."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from engine.document.fixes import between
from tests.shipped import catalogue
from tests.workbench import design
from tests.workbench.design import wire
from workbench.canvas.fitting import End, candidates
from workbench.canvas.view import Canvas
from workbench.edits.room import LEAST
from workbench.widgets.ports import ports_of
from workbench.words.kinds import kind_title

Key = Qt.Key


def kinds(canvas):
    return [row.id for row in canvas.overlays.search.rows.rows]


def test_a_double_click_on_the_void_searches_and_adds_there(canvas, hand, document, qtbot):
    hand.double_click((1100, 560))
    assert canvas.overlays.search.isVisible()
    qtbot.keyClicks(canvas.overlays.search.field, "enc")
    assert kinds(canvas)[0] == "Encoder"
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    assert not canvas.overlays.search.isVisible()
    x, y = document.graph.layout.positions["encoder_2"]
    assert abs(x + 64 - 1100) <= 8 and abs(y + 16 - 560) <= 8
    assert canvas.selection.ids == ["encoder_2"]


def test_what_comes_from_the_palette_lies_on_nothing_and_in_sight(canvas):
    """However much lies in the middle already, and after a move far away."""
    stage = canvas.stage
    for kind in ("Decoder", "ELBO", "Trainer", "Decoder", "ImageGrid", "Encoder"):
        node = canvas.adding.add_in_view(kind)
        area = stage.nodes[node].area
        others = [item.area for other, item in stage.nodes.items() if other != node]
        assert not any(area.intersects(other) for other in others), kind
        assert canvas.camera.visible_area.intersects(area)


def test_what_a_dropped_wire_brings_lies_clear_of_where_it_comes_from_and_in_sight(canvas, qtbot):
    """However near it was dropped, and at the edge of the canvas."""
    stage, camera = canvas.stage, canvas.camera
    for node, side, name in (("encoder", "output", "q"), ("elbo", "input", "q")):
        item = stage.nodes[node]
        end = End(node, item.face.port(side, name))
        beyond = camera.visible_area.bottomRight()
        for place in (item.spot(side, name), item.area.topLeft(), beyond):
            canvas.adding.open(place, end)
            qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
            (added,) = canvas.selection.ids
            area = stage.nodes[added].area
            near = item.area.adjusted(-LEAST + 4, 0, LEAST - 4, 0)  # the grid takes up to 4
            assert not area.intersects(near), (node, place)
            assert camera.visible_area.contains(area), (node, place)


def test_letters_in_order_find(canvas, qtbot):
    canvas.adding.open(QPointF(100, 100))
    qtbot.keyClicks(canvas.overlays.search.field, "ptok")
    assert kinds(canvas)[0] == "PatchTokenizer"
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Escape)
    assert not canvas.overlays.search.isVisible()


def test_what_was_used_last_comes_first(canvas, qtbot):
    canvas.adding.open(QPointF(100, 100))
    qtbot.keyClicks(canvas.overlays.search.field, "noise")
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    canvas.adding.open(QPointF(100, 300))
    assert kinds(canvas)[0] == "Noise"


def test_a_title_typed_whole_comes_first_however_well_others_fit(canvas, qtbot):
    search, flatten = canvas.overlays.search, catalogue().kinds["Flatten"]
    _, outputs = ports_of(catalogue(), flatten)
    fitting = candidates(catalogue(), outputs[0])
    for best in fitting:
        others = [c._replace(score=100.0 * (c is not best)) for c in fitting]
        search.open(others, QPoint(100, 100), outputs[0])
        search.field.setText(kind_title(best.kind))
        assert search.rows.rows[0].title == kind_title(best.kind)


def test_arrows_choose(canvas, qtbot, document):
    canvas.adding.open(QPointF(100, 100))
    second = kinds(canvas)[1]
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Down)
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    assert list(document.graph.nodes.values())[-1].kind == second


def test_nothing_found_says_so(canvas, qtbot):
    canvas.adding.open(QPointF(100, 100))
    qtbot.keyClicks(canvas.overlays.search.field, "zzzz")
    assert kinds(canvas) == [""]
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    assert canvas.overlays.search.isVisible()


def test_the_list_stays_on_the_canvas(canvas):
    canvas.adding.open(canvas.camera.to_scene(QPointF(canvas.width() - 5, canvas.height() - 5)))
    assert canvas.rect().contains(canvas.overlays.search.geometry())


def test_a_node_searched_on_a_wire_goes_onto_it(canvas, qtbot, document):
    canvas.adding.open(QPointF(560, 250), wire=wire("sample.z>scatter.points"))
    qtbot.keyClicks(canvas.overlays.search.field, "flat")
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    assert wire("sample.z>flatten.x") in document.graph.wires
    assert wire("flatten.y>scatter.points") in document.graph.wires


def test_kinds_are_ranked_by_how_near_their_type_is():
    catalogue = design.catalogue()
    _, outputs = ports_of(catalogue, catalogue.kinds["MNIST"])
    found = [way.kind.kind for way in candidates(catalogue, outputs[0])]
    assert set(found[:2]) == {"PatchTokenizer", "ImageGrid"}, "they ask for images, others for any"
    assert "Trainer" not in found


def test_an_input_searches_backwards():
    catalogue = design.catalogue()
    inputs, _ = ports_of(catalogue, catalogue.kinds["Trainer"])
    assert [way.kind.kind for way in candidates(catalogue, inputs[0])] == ["Adam"]


def test_the_kind_that_goes_between():
    catalogue = design.catalogue()
    images = catalogue.kinds["MNIST"].output("images")
    points = catalogue.kinds["Critic"].input("x")
    assert between(catalogue, images, points).kind.kind == "Flatten"
    labels = catalogue.kinds["MNIST"].output("labels")
    assert between(catalogue, labels, points) is None


def test_a_canvas_that_goes_takes_its_search_along(qapp, document, live):
    canvas = Canvas(document, live, design.catalogue())
    canvas.show()
    canvas.adding.open(QPointF(100, 100))
    canvas.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(canvas)


def test_what_is_misspelt_is_offered_below_a_line_that_says_so(canvas, qtbot, document):
    canvas.adding.open(QPointF(100, 100))
    qtbot.keyClicks(canvas.overlays.search.field, "scattre")
    assert canvas.overlays.search.rows.rows[0].heading
    assert kinds(canvas)[:2] == ["", "Scatter"]
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Up)
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Down)
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    assert list(document.graph.nodes.values())[-1].kind == "Scatter"


def test_tab_with_a_wire_chosen_inserts_on_it(canvas, qtbot, document):
    canvas.selection.set([wire("sample.z>scatter.points")])
    qtbot.keyClick(canvas, Key.Key_Tab)
    qtbot.keyClicks(canvas.overlays.search.field, "flat")
    qtbot.keyClick(canvas.overlays.search.field, Key.Key_Return)
    assert wire("sample.z>flatten.x") in document.graph.wires


def test_kinds_that_come_while_one_searches_are_found_by_what_is_typed(canvas, qtbot):
    """The engine of a first start tells them a second after the window is there."""
    known = canvas.stage.catalogue
    canvas.show_catalogue(replace(known, kinds={}))
    canvas.adding.open(QPointF(100, 100))
    qtbot.keyClicks(canvas.overlays.search.field, "enc")
    assert not any(kinds(canvas))
    canvas.show_catalogue(known)
    assert kinds(canvas)[0] == "Encoder"
    assert canvas.overlays.search.field.text() == "enc"

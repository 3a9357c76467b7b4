"""Fields on nodes: drag, type, choose, tick; each gesture is one step to undo, or none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from engine.document.graph import Change, Place, Put, Wire
from engine.document.groups import with_groups
from engine.document.messages import Checked, NodeInfo, Signed, Status
from nodes.params import ParamInfo
from nodes.sentences import Word, listed, say
from tests.workbench import design
from workbench import edits
from workbench.canvas.field_line import FieldLine
from workbench.canvas.hit import target_at
from workbench.canvas.layout import MORE
from workbench.canvas.lettering import LABEL, SMALLEST, VALUE, width_at
from workbench.canvas.node_fields import name_in

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
DRAGS = [(NONE, 40, 74), (CONTROL, 40, 164), (SHIFT, 80, 66)]
PINS = {"elbo": ["beta"], "encoder": ["hidden", "activation", "bias"], "mnist": ["batch"]}


@pytest.fixture
def canvas(canvas, document):
    """The canvas with fields on it: numbers, a list, a tick."""
    known = design.catalogue()
    tick = ParamInfo(name="bias", type="bool", default=True, title="Bias")
    encoder = known.kinds["Encoder"]
    encoder = replace(encoder, params=[*encoder.params, tick])
    catalogue = replace(known, kinds={**known.kinds, "Encoder": encoder})
    canvas.show_catalogue(catalogue)
    for node, names in PINS.items():
        for name in names:
            document.push(edits.show_field(document.graph, catalogue, [node], name, True))
    document.history.edits.clear()
    document.history.position = 0
    canvas.camera.centre_on(QPointF(682, 354), 1.0, animate=False)
    return canvas


def rect(canvas, node, name):
    item = canvas.stage.nodes[node]
    return item.face.field_rect(name).translated(item.pos())


def at(canvas, node, name):
    x, y = rect(canvas, node, name).center().toTuple()
    return x, y


def value(canvas, node, name):
    return canvas.fields.value(node, name)


def line(canvas):
    there = [found for found in canvas.findChildren(FieldLine) if found.isVisible()]
    assert len(there) <= 1
    return there[0] if there else None


def click(canvas, node, name):
    """Click with Qt's own mouse, which also moves the focus."""
    place = canvas.camera.to_view(QPointF(*at(canvas, node, name))).toPoint()
    QTest.mouseClick(canvas.viewport(), LEFT, NONE, place)


def drag(hand, canvas, node, name, by, keys=NONE):
    x, y = at(canvas, node, name)
    hand.drag((x, y), *((x + by * part / 4, y) for part in (1, 2, 3, 4)), keys=keys)


@pytest.mark.parametrize(
    ("keys", "by", "then"), [(None, 40, 74), (CONTROL, 40, 164), (SHIFT, 80, 66)]
)
def test_a_drag_of_4_px_is_a_step(canvas, hand, document, keys, by, then):
    drag(hand, canvas, "encoder", "hidden", by, keys or NONE)
    assert value(canvas, "encoder", "hidden") == then
    assert len(document.history.labels) == 1
    document.undo()
    assert value(canvas, "encoder", "hidden") == 64


def test_the_document_follows_during_a_drag(canvas, hand, document):
    x, y = at(canvas, "encoder", "hidden")
    hand.press((x, y))
    hand.move((x + 20, y))
    assert value(canvas, "encoder", "hidden") == 69
    assert "1 to 8,192" in canvas.stage.unders.hint.words
    hand.move((x + 40, y))
    assert value(canvas, "encoder", "hidden") == 74 and len(document.history.edits) == 1
    hand.release((x + 40, y))
    assert canvas.stage.unders.hint is None and canvas.fields.name == "hidden"


def test_two_drags_are_two_steps_to_undo(canvas, hand, document):
    drag(hand, canvas, "encoder", "hidden", 40)
    drag(hand, canvas, "encoder", "hidden", 40)
    document.undo()
    assert value(canvas, "encoder", "hidden") == 74


def test_escape_takes_a_drag_back_for_good(canvas, hand, document, qtbot):
    x, y = at(canvas, "encoder", "hidden")
    hand.press((x, y))
    hand.move((x + 40, y))
    qtbot.keyClick(canvas, Key.Key_Escape)
    assert value(canvas, "encoder", "hidden") == 64
    assert not document.history.edits and not document.dirty
    hand.move((x + 80, y))
    hand.release((x + 80, y))
    assert value(canvas, "encoder", "hidden") == 64


def test_a_drag_back_to_where_it_began_is_no_edit(canvas, hand, document):
    x, y = at(canvas, "encoder", "hidden")
    hand.drag((x, y), (x + 40, y), (x, y))
    assert not document.history.edits and not document.dirty


def test_a_drag_ends_at_the_bounds(canvas, hand):
    drag(hand, canvas, "encoder", "hidden", -4000)
    assert value(canvas, "encoder", "hidden") == 1


def test_an_undo_in_the_middle_of_a_drag_ends_it(canvas, hand, document):
    x, y = at(canvas, "encoder", "hidden")
    hand.press((x, y))
    hand.move((x + 40, y))
    document.undo()
    hand.move((x + 80, y))
    hand.release((x + 80, y))
    assert value(canvas, "encoder", "hidden") == 64
    assert document.redo_label, "the undone drag can be done again"


def test_a_node_that_goes_during_a_drag_ends_it(canvas, hand, document):
    x, y = at(canvas, "encoder", "hidden")
    hand.press((x, y))
    hand.move((x + 40, y))
    document.push(edits.remove(document.graph, ["encoder"]))
    hand.move((x + 80, y))
    hand.release((x + 80, y))
    assert "encoder" not in document.graph.nodes and canvas.stage.unders.hint is None


def test_a_click_types_and_enter_takes_a_sum_with_its_unit(canvas, document, qtbot):
    click(canvas, "encoder", "hidden")
    assert line(canvas).selectedText() == "64"
    qtbot.keyClicks(line(canvas), "28*28 units")
    qtbot.keyClick(line(canvas), Key.Key_Return)
    assert value(canvas, "encoder", "hidden") == 784
    assert len(document.history.edits) == 1 and line(canvas) is None and canvas.hasFocus()


def test_escape_leaves_what_was_typed(canvas, document, qtbot):
    click(canvas, "encoder", "hidden")
    qtbot.keyClicks(line(canvas), "7")
    qtbot.keyClick(line(canvas), Key.Key_Escape)
    assert value(canvas, "encoder", "hidden") == 64 and not document.history.edits


def test_what_is_refused_stays_with_its_reason(canvas, document, qtbot):
    click(canvas, "encoder", "hidden")
    qtbot.keyClicks(line(canvas), "0")
    with qtbot.waitSignal(canvas.refused) as told:
        qtbot.keyClick(line(canvas), Key.Key_Return)
    assert "at least 1" in told.args[0] and line(canvas).property("bad")
    assert not document.history.edits


def test_a_click_elsewhere_takes_what_was_typed(canvas, document, qtbot):
    click(canvas, "encoder", "hidden")
    qtbot.keyClicks(line(canvas), "32")
    place = canvas.camera.to_view(QPointF(1300, 600)).toPoint()
    QTest.mouseClick(canvas.viewport(), LEFT, NONE, place)
    assert value(canvas, "encoder", "hidden") == 32 and line(canvas) is None


def test_the_line_follows_its_field(canvas):
    click(canvas, "encoder", "hidden")
    before = line(canvas).geometry().center()
    canvas.camera.pan(-50, 30)
    assert line(canvas).geometry().center() - before == QPoint(-50, 30)
    canvas.camera.centre_on(QPointF(682, 354), 0.4, animate=False)
    assert line(canvas) is None, "no field is written at this zoom"


def test_a_double_click_sets_the_default(canvas, hand, document):
    document.push(edits.set_param(document.graph, "encoder", "hidden", 32))
    click(canvas, "encoder", "hidden")
    QTest.mouseDClick(line(canvas), LEFT, NONE, QPoint(8, 8))
    assert "hidden" not in document.graph.nodes["encoder"].params and line(canvas) is None
    assert len(document.history.edits) == 2


def test_a_list_opens_in_place_with_the_default_marked(canvas, document, qtbot):
    click(canvas, "encoder", "activation")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entries = [action.text() for action in menu.actions()]
    assert entries[0].endswith("\tdefault") and len(entries) == 3
    assert [action.isChecked() for action in menu.actions()].index(True) == 0
    menu.actions()[2].trigger()
    menu.close()
    assert value(canvas, "encoder", "activation") == "tanh"
    assert len(document.history.edits) == 1


def test_a_tick_turns_by_a_click(canvas, document):
    click(canvas, "encoder", "bias")
    assert value(canvas, "encoder", "bias") is False and len(document.history.edits) == 1
    assert not canvas.stage.nodes["encoder"].values[2].on


def test_a_drag_on_a_list_moves_the_node(canvas, hand, document):
    drag(hand, canvas, "encoder", "activation", 40)
    assert document.graph.layout.positions["encoder"] == [248, 120]
    assert QApplication.activePopupWidget() is None


def test_keys_go_from_a_node_to_its_fields(canvas, document, qtbot):
    canvas.keyboard.go("encoder")
    qtbot.keyClick(canvas, Key.Key_Return)
    assert canvas.fields.name == "hidden"
    for key, keys, then in ((Key.Key_Right, CONTROL, 74), (Key.Key_Left, SHIFT, 74)):
        qtbot.keyClick(canvas, key, keys)
        assert value(canvas, "encoder", "hidden") == then
    qtbot.keyClick(canvas, Key.Key_Right)
    assert value(canvas, "encoder", "hidden") == 75
    assert len(document.history.edits) == 1, "successive steps are one undo"
    qtbot.keyClick(canvas, Key.Key_Tab)
    assert canvas.fields.name == "activation" and not canvas.overlays.search.isVisible()
    qtbot.keyClick(canvas, Key.Key_Right)
    assert value(canvas, "encoder", "activation") == "gelu"
    qtbot.keyClick(canvas, Key.Key_Backtab)
    qtbot.keyClick(canvas, Key.Key_9)
    assert line(canvas).text() == "9"
    qtbot.keyClick(line(canvas), Key.Key_Tab)
    assert value(canvas, "encoder", "hidden") == 9 and canvas.fields.name == "activation"
    qtbot.keyClick(canvas, Key.Key_Down)
    qtbot.keyClick(canvas, Key.Key_Space)
    assert value(canvas, "encoder", "bias") is False
    qtbot.keyClick(canvas, Key.Key_Escape)
    assert not canvas.fields.node and canvas.stage.unders.hint is None
    qtbot.keyClick(canvas, Key.Key_Tab)
    assert canvas.overlays.search.isVisible(), "without a field Tab searches"


def test_a_field_leaves_with_its_selection_and_its_pin(canvas, document, qtbot):
    canvas.fields.focus("encoder", "hidden")
    canvas.selection.set(["decoder"])
    assert not canvas.fields.node
    canvas.selection.set(["encoder"])
    canvas.fields.focus("encoder", "hidden")
    document.push(
        edits.show_field(document.graph, canvas.stage.catalogue, ["encoder"], "hidden", False)
    )
    qtbot.keyClick(canvas, Key.Key_Right)
    assert value(canvas, "encoder", "hidden") == 64 and not canvas.fields.node


def test_a_twin_shows_and_sets_its_owners_values(canvas, hand, document):
    document.push(
        edits.show_field(document.graph, canvas.stage.catalogue, ["decoder_2"], "hidden", True)
    )
    drag(hand, canvas, "decoder_2", "hidden", 40)
    assert document.graph.nodes["decoder"].params["hidden"] == 74
    assert canvas.stage.nodes["decoder_2"].values[0].text == "74"
    assert not canvas.stage.nodes["decoder"].values, "it is not pinned there"


def test_a_node_says_a_value_once(canvas, document, live):
    stage, beta = canvas.stage, say("β {beta}", beta=4.0)
    infos = [NodeInfo(node="elbo", sign=listed([Word("Bernoulli"), beta]))]
    live.receive(Status(status="idle"))
    live.receive(Checked(seq=0, nodes=infos))
    document.push(edits.set_param(document.graph, "elbo", "beta", 4.0))
    assert stage.reader.sign("elbo") == "Bernoulli"
    document.push(edits.set_param(document.graph, "elbo", "beta", 3.0))
    assert stage.reader.sign("elbo") == "Bernoulli, β 4"
    document.push(edits.as_input(document.graph, "elbo", "beta"))
    wire = Wire("schedule", "number", "elbo", "beta")
    puts = (Put(("nodes", "schedule"), Place(kind="Schedule")), Put(("wires",), [wire]))
    document.push(Change("Wire it", puts))
    live.receive(Signed(node="elbo", sign=say("β {beta}", beta=3.0)))
    assert stage.reader.sign("elbo") == "β 3", "its field shows no value any more"


def test_more_than_three_are_counted_and_lead_to_the_inspector(canvas, document, qtbot):
    catalogue = canvas.stage.catalogue
    document.push(edits.show_field(document.graph, catalogue, ["encoder"], "latent", True))
    item = canvas.stage.nodes["encoder"]
    assert len(item.face.content.fields) == 3 and item.face.content.more
    place = item.pos() + item.face.field_rects[-1].center()
    assert target_at(canvas.stage, place).field == MORE
    with qtbot.waitSignal(canvas.edit_requested):
        QTest.mouseClick(canvas.viewport(), LEFT, pos=canvas.camera.to_view(place).toPoint())


@pytest.mark.parametrize("zoom", [0.6, SMALLEST, 1.0])
@pytest.mark.parametrize("node", list(PINS))
def test_a_value_is_never_cut_and_a_name_only_between_words(canvas, document, node, zoom):
    document.push(edits.set_param(document.graph, "mnist", "batch", 65536))
    item = canvas.stage.nodes[node]
    for shown, shows in zip(item.face.content.fields, item.values, strict=True):
        room = item.face.width - shown.beside
        room -= 0.0 if shown.ticked else width_at(shows.text, VALUE, zoom)
        assert room >= 0
        name = name_in(shown, room, zoom)
        assert width_at(name, LABEL, zoom) <= room


def test_a_collapsed_node_has_no_fields(canvas, document):
    document.push(edits.collapse(document.graph, ["encoder"]))
    item = canvas.stage.nodes["encoder"]
    assert item.face.height == item.face.head and not canvas.fields.enter("encoder")
    assert not target_at(canvas.stage, item.area.center()).field


def test_a_group_shows_what_it_shows_outside(canvas, document):
    whole = design.catalogue()
    document.push(edits.group(document.graph, ["encoder"], whole))
    (name,) = document.graph.groups
    document.push(edits.show_outside(document.graph, name, "encoder", "hidden"))
    canvas.show_catalogue(with_groups(whole, document.graph))
    (instance,) = (n for n, p in document.graph.nodes.items() if p.group)
    assert [shown.text for shown in canvas.stage.nodes[instance].values] == ["64"]


def test_a_press_on_a_field_selects_its_node(canvas, qtbot):
    with qtbot.waitSignal(canvas.selection_changed) as told:
        click(canvas, "elbo", "beta")
    assert told.args == [["elbo"]]


def test_the_menu_of_a_field(canvas, hand, document):
    document.push(edits.set_param(document.graph, "encoder", "hidden", 32))
    place = QPointF(*at(canvas, "encoder", "hidden"))
    menu = canvas.menus.menu_for(target_at(canvas.stage, place), place)
    entries = {action.text(): action for action in menu.actions()}
    entries["Reset to 64"].trigger()
    assert value(canvas, "encoder", "hidden") == 64
    entries["Not on the node"].trigger()
    left = canvas.stage.nodes["encoder"].face.content.fields
    assert "hidden" not in [shown.param.name for shown in left]


def test_the_buttons_make_way_for_a_node_that_grows(canvas, document):
    canvas.navigation.fit_all(animate=False)
    bar = canvas.overlays.zoom_bar
    corner = canvas.camera.to_scene(QPointF(bar.geometry().topLeft()))
    encoder = canvas.stage.nodes["encoder"]
    document.push(edits.collapse(document.graph, ["encoder"]))
    document.push(edits.move(document.graph, {"encoder": (corner.x(), corner.y() - 50)}))
    document.push(edits.collapse(document.graph, ["encoder"]))
    over = QRectF(bar.geometry())
    assert not canvas.viewportTransform().mapRect(encoder.area).intersects(over)


def test_the_buttons_cover_no_node_in_a_view_of_another_size(canvas, qtbot):
    canvas.navigation.fit_all(animate=False)
    canvas.camera.centre_on(canvas.camera.resting[0], 0.8, animate=False)  # no fit any more
    for size in ((900, 500), (700, 620), (1000, 420)):
        canvas.resize(*size)
        to_view = canvas.viewportTransform()
        nodes = [to_view.mapRect(item.area) for item in canvas.stage.nodes.values()]
        for bar in (canvas.overlays.zoom_bar, canvas.overlays.switches):
            assert not [n for n in nodes if n.intersects(QRectF(bar.geometry()))]


@pytest.mark.parametrize("name", ["switches", "zoom_bar"])
def test_the_buttons_go_to_every_edge_before_the_middle(canvas, name: str):
    spots = list(canvas.overlays._spots(getattr(canvas.overlays, name)))
    sides = {min(s.x() for s in spots), max(s.x() for s in spots)}
    edges = {min(s.y() for s in spots), max(s.y() for s in spots)}
    middle = [s.x() not in sides and s.y() not in edges for s in spots]
    along = {s.y() for s in spots[: middle.index(True)] if s.x() not in sides}
    assert along == edges

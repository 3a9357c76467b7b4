"""Zoom, fit, the overlays, tips, drops from the palette, titles and notes written in place."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

import resources
from engine.document import graph as graphs
from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Put
from tests.shipped import catalogue as shipped
from tests.workbench.canvas.conftest import middle, port
from tests.workbench.design import wire
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas.editor import NoteField, TitleField
from workbench.canvas.hit import target_at
from workbench.canvas.node_far import title_lines
from workbench.canvas.view import Canvas
from workbench.look.theme import appearance
from workbench.widgets.dragging import mime_of

NONE = Qt.KeyboardModifier.NoModifier


def turn(canvas, at, *, wheel=0, across=0, keys=NONE, phase=Qt.ScrollPhase.NoScrollPhase):
    place = QPointF(canvas.viewport().mapToGlobal(at.toPoint()))
    delta = QPoint(across, wheel)
    pixels = delta if phase != Qt.ScrollPhase.NoScrollPhase else QPoint()
    none = Qt.MouseButton.NoButton
    event = QWheelEvent(at, place, pixels, delta, none, keys, phase, False)
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_wheel_zooms_at_the_pointer(canvas):
    at = QPointF(300, 200)
    place = canvas.camera.to_scene(at)
    turn(canvas, at, wheel=240)
    assert canvas.camera.zoom > 1.3
    assert (canvas.camera.to_scene(at) - place).manhattanLength() < 2


def test_two_fingers_pan_and_with_control_zoom(canvas):
    before = canvas.camera.centre
    phase = Qt.ScrollPhase.ScrollUpdate
    turn(canvas, QPointF(300, 200), wheel=-40, across=-30, phase=phase)
    assert canvas.camera.zoom == 1
    assert canvas.camera.centre == before + QPointF(30, 40)
    turn(canvas, QPointF(300, 200), wheel=40, keys=Qt.KeyboardModifier.ControlModifier, phase=phase)
    assert canvas.camera.zoom > 1


def test_zoom_has_limits(canvas):
    canvas.camera.zoom_to(1000)
    assert canvas.camera.zoom == 4
    canvas.camera.zoom_to(0)
    assert canvas.camera.zoom == 0.05


def test_fit_all_shows_the_crowd_where_one_node_lies_far_away(canvas):
    for far in ([0.0, 1e6], [-1e6, -1e6]):
        put = Put(("layout", "positions", "encoder"), far)
        canvas.document.push(Change("Move", (put,)))
        canvas.navigation.fit_all(animate=False)
        seen = [
            n for n, i in canvas.stage.nodes.items() if canvas.camera.visible_area.contains(i.area)
        ]
        assert set(seen) == set(canvas.stage.nodes) - {"encoder"}


def test_fit_all_shows_all(canvas):
    canvas.camera.zoom_to(3)
    canvas.navigation.fit_all()
    assert canvas.camera.visible_area.contains(canvas.stage.content())
    canvas.stage.select(["encoder"])
    canvas.navigation.fit_selection()
    assert canvas.camera.zoom == 1.5
    assert canvas.camera.visible_area.contains(canvas.stage.nodes["encoder"].area)


def test_the_map_is_there_while_something_is_out_of_sight(canvas):
    canvas.navigation.fit_all()
    assert not canvas.overlays.minimap.isVisibleTo(canvas)
    canvas.camera.pan(200, 0)
    assert canvas.overlays.minimap.isVisibleTo(canvas)
    canvas.navigation.fit_all()
    assert not canvas.overlays.minimap.isVisibleTo(canvas)


def test_fit_all_keeps_nodes_from_under_the_zoom_bar(canvas):
    canvas.resize(1366, 640)
    canvas.navigation.fit_all()
    over = canvas.overlays.zoom_bar.geometry()
    nodes = [canvas.camera.area_to_view(i.area) for i in canvas.stage.nodes.values()]
    assert not [n for n in nodes if n.intersects(over)]


def test_the_map_that_comes_hides_no_buttons(canvas):
    """The buttons lie where they hid nothing of what was fitted: at the corner of the map."""
    overlays = canvas.overlays
    canvas.navigation.fit_all()
    for move in ((700, 0), (-1400, 0), (700, 500)):
        canvas.camera.pan(*move)
        overlays.restore_positions()
        over = overlays.minimap.geometry()
        assert overlays.minimap.isVisibleTo(canvas)
        for buttons in (overlays.zoom_bar, overlays.switches, overlays.crumbs):
            assert not over.intersects(buttons.geometry()), (buttons, move)


def test_to_reveal_moves_no_more_than_needed(canvas):
    before = canvas.camera.centre
    canvas.navigation.reveal(["encoder"])
    assert canvas.camera.centre == before
    canvas.camera.centre_on(QPointF(5000, 5000), 1.0)
    canvas.navigation.reveal(["encoder"])
    assert canvas.camera.visible_area.contains(canvas.stage.nodes["encoder"].area)


def test_a_pan_paints_little(canvas, qapp, monkeypatch):
    """The pixels are moved, not painted anew: what a thousand nodes need."""
    areas = []
    original = Canvas.paintEvent

    def paint(self, event: QPaintEvent) -> None:
        areas.append(sum(r.width() * r.height() for r in event.region()))
        original(self, event)

    canvas.hide()
    monkeypatch.setattr(Canvas, "paintEvent", paint)
    fresh = Canvas(canvas.document, canvas.live, canvas.stage.catalogue)
    fresh.resize(1200, 700)
    fresh.show()
    for _ in range(4):
        qapp.processEvents()
    areas.clear()
    fresh.camera.pan(10, 6)
    qapp.processEvents()
    assert 0 < sum(areas) < 1200 * 700 / 5
    fresh.camera.pan(100, 60)
    places = [w.pos() for w in (fresh.overlays.zoom_bar, fresh.overlays.minimap)]
    fresh.camera.pan(100, 60)
    assert [w.pos() for w in (fresh.overlays.zoom_bar, fresh.overlays.minimap)] == places
    fresh.close()


def test_the_map_goes_where_it_is_pressed(canvas, qtbot):
    canvas.camera.pan(200, 0)
    canvas.grab()
    before = canvas.camera.centre
    qtbot.mouseClick(canvas.overlays.minimap, Qt.MouseButton.LeftButton, pos=QPoint(30, 50))
    assert canvas.camera.centre.x() < before.x()


def test_the_switches(canvas):
    assert canvas.stage.shapes and canvas.stage.snap and canvas.overlays.is_on("map")
    canvas.overlays.toggle("shapes")
    canvas.overlays.toggle("snap")
    canvas.overlays.toggle("map")
    assert not (canvas.stage.shapes or canvas.stage.snap or canvas.overlays.is_on("map"))
    assert not canvas.overlays.minimap.isVisible()


def test_everything_to_press_has_a_name(canvas):
    from PySide6.QtWidgets import QAbstractButton, QLineEdit

    for kind in (QAbstractButton, QLineEdit):
        for widget in canvas.findChildren(kind):
            inside_field = isinstance(widget.parent(), QLineEdit)
            assert inside_field or widget.accessibleName() or widget.text(), widget
    assert canvas.accessibleName() == "Graph"


def test_what_lies_under_the_pointer(canvas):
    def kind(x, y):
        return target_at(canvas.stage, QPointF(x, y)).kind

    assert kind(*port(canvas, "encoder", "output", "q")) == "port"
    assert kind(*middle(canvas, "encoder")) == "node"
    assert kind(500, 56) == "wire"
    assert kind(200, 56) == "bend"
    assert kind(968, 500) == "edge"
    assert kind(300, 370) == "box"
    assert kind(300, 600) == "void", "the inside of a frame is the canvas"
    assert kind(1100, 430) == "box"


def test_tips_say_what_is_not_written(canvas, live):
    from tests.workbench import design

    live.receive(design.checked())

    def tip(place):
        return canvas.hover.tip(target_at(canvas.stage, QPointF(*place)))

    assert tip(port(canvas, "encoder", "input", "x")) == "x: Batch\nb 1 28 28"
    assert "takes many wires" in tip(port(canvas, "adam", "input", "models"))
    assert tip((500, 56)) == "MNIST images → ELBO x\nb 1 28 28"
    assert tip(middle(canvas, "encoder")) == ""


def drop(canvas, kind, place):
    at = canvas.camera.to_view(QPointF(*place)).toPoint()
    data, copy = mime_of(kind), Qt.DropAction.CopyAction
    left = Qt.MouseButton.LeftButton
    QApplication.sendEvent(canvas.viewport(), QDragEnterEvent(at, copy, data, left, NONE))
    QApplication.sendEvent(canvas.viewport(), QDropEvent(QPointF(at), copy, data, left, NONE))


def test_a_kind_dropped_from_the_palette_is_added(canvas, document):
    drop(canvas, "Noise", (1100, 560))
    assert document.graph.nodes["noise"].kind == "Noise"
    assert canvas.selection.ids == ["noise"]
    assert canvas.dropping.preview is None


def test_dropped_on_a_wire_it_goes_onto_it(canvas, document):
    line = canvas.stage.wires[wire("sample.z>scatter.points")].line
    drop(canvas, "Flatten", line.at(line.length / 2))
    assert wire("sample.z>flatten.x") in document.graph.wires
    assert len(document.history.labels) == 1


def test_what_does_not_fit_the_wire_is_added_beside(canvas, document):
    line = canvas.stage.wires[wire("sample.z>scatter.points")].line
    drop(canvas, "Noise", line.at(line.length / 2))
    assert "noise" in document.graph.nodes
    assert wire("sample.z>scatter.points") in document.graph.wires
    assert not canvas.overlays.refusal.isVisible()


def test_a_title_is_written_in_place(canvas, hand, document, qtbot):
    x, y = document.graph.layout.positions["encoder"]
    hand.double_click((x + 60, y + 16))
    field = canvas.findChild(TitleField)
    field.setText("My encoder")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert document.graph.nodes["encoder"].title == "My encoder"
    assert document.history.labels == ["Rename encoder"]


def test_escape_keeps_the_old_title(canvas, document, qtbot):
    canvas.editor.rename("encoder")
    field = canvas.findChild(TitleField)
    field.setText("No")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert document.history.labels == []


def test_a_note_is_written_in_place(canvas, hand, document, qtbot):
    hand.double_click((1100, 430))
    field = canvas.findChild(NoteField)
    field.setPlainText("Look here.")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert document.graph.layout.notes["try"]["text"] == "Look here."


def test_the_fields_open_from_a_nodes_body(canvas, hand, qtbot):
    with qtbot.waitSignal(canvas.edit_requested) as asked:
        hand.double_click(middle(canvas, "encoder"))
    assert asked.args == ["encoder"]


def test_the_menu_is_of_what_lies_there(canvas):
    def titles(x, y):
        place = QPointF(x, y)
        menu = canvas.menus.menu_for(target_at(canvas.stage, place), place)
        return [a.text().split("\t")[0] for a in menu.actions() if not a.isSeparator()]

    assert "Mute" in titles(*middle(canvas, "encoder"))
    assert canvas.selection.ids == ["encoder"]
    assert titles(300, 620)[0] == "Add a node…"
    assert titles(500, 56)[:2] == ["Insert a node…", "Add a reroute"]
    assert titles(*port(canvas, "encoder", "output", "q")) == ["Add a node here…", "Disconnect"]


def test_an_entry_asks_the_window_for_its_action(canvas, qtbot):
    place = QPointF(*middle(canvas, "encoder"))
    menu = canvas.menus.menu_for(target_at(canvas.stage, place), place)
    mute = next(a for a in menu.actions() if a.text().startswith("Mute"))
    with qtbot.waitSignal(canvas.action_requested) as asked:
        mute.trigger()
    assert asked.args == ["graph.mute"]


def test_where_things_are_pasted(canvas):
    canvas.menus.place = QPointF(10, 20)
    assert canvas.menus.take_place() == (10, 20)
    assert QRectF(canvas.camera.visible_area).contains(QPointF(*canvas.menus.take_place()))


def test_hovering_marks_and_leaves(canvas, hand):
    hand.hover(middle(canvas, "encoder"))
    assert canvas.stage.nodes["encoder"].hovered
    hand.hover((1300, 640))
    assert not canvas.stage.nodes["encoder"].hovered


def test_what_is_shown_whole_stays_so_until_someone_looks_elsewhere(canvas, document):
    canvas.navigation.fit_all(animate=False)
    wide = canvas.camera.zoom
    canvas.resize(canvas.width() // 2, canvas.height() // 2)
    assert canvas.camera.zoom < wide
    assert canvas.camera.visible_area.contains(canvas.stage.content())
    canvas.camera.zoom_by(1.1)
    mine = canvas.camera.zoom
    canvas.resize(canvas.width() * 2, canvas.height() * 2)
    assert canvas.camera.zoom == mine


def test_a_far_title_is_broken_between_words_before_it_is_cut(qapp):
    whole = title_lines("Critic loss", 120, 20)
    assert whole == (12, ("Critic loss",))
    assert title_lines("Critic loss", 45, 40) == (12, ("Critic", "loss"))
    assert title_lines("Phase 2\u202f: VAE", 45, 40)[1] == ("Phase", "2\u202f: VAE"), "colons stay"
    size, lines = title_lines("Critic loss", 45, 14)
    assert size == 10 and len(lines) == 1 and lines[0].endswith("…")
    assert title_lines("Reparameterize", 40, 60)[1] == ()  # its icon is drawn
    assert title_lines("Calendrier de bruit", 40, 60)[1] == ()
    for room in range(10, 120, 5):
        lines = title_lines("Perte de diffusion", room, 60)[1]
        assert "…" not in lines and set(" ".join(lines).strip("…").split()) <= {
            "Perte", "de", "diffusion",
        }  # fmt: skip


def test_a_graph_too_large_to_be_read_opens_on_its_training_lane(qtbot):
    graph = graphs.load(resources.path("examples", "ddpm-mnist" + graphs.SUFFIX))
    canvas = Canvas(Document(graph), Live(), Catalogue())
    qtbot.addWidget(canvas)
    canvas.resize(1036, 608)
    canvas.show()
    canvas.show_catalogue(shipped())
    for size in ((1036, 608), (1200, 700)):
        canvas.resize(*size)
        assert canvas.camera.zoom == 0.7
        assert canvas.camera.visible_area.contains(canvas.stage.nodes["trainer"].area)
    canvas.navigation.fit_all()
    assert canvas.camera.zoom < 0.7
    canvas.resize(1036, 608)
    assert canvas.camera.zoom < 0.7, "all stays in sight"


def test_a_view_flies_from_a_place(canvas, qtbot):
    appearance.use(reduced_motion=False)
    there = canvas.camera.centre, canvas.camera.zoom
    content = canvas.stage.content()
    canvas.camera.fly_from(QRectF(100, 100, 150, 80), content)
    shown = canvas.camera.area_to_view(content)
    assert QRectF(95, 95, 160, 90).contains(QRectF(shown)), "first as small as the place"
    assert canvas.camera.resting == there
    qtbot.waitUntil(lambda: canvas.camera.zoom == there[1], timeout=2000)
    assert (canvas.camera.centre - there[0]).manhattanLength() < 2
    appearance.use(reduced_motion=True)
    canvas.camera.fly_from(QRectF(100, 100, 150, 80), content)
    assert canvas.camera.zoom == there[1], "it stands at once"

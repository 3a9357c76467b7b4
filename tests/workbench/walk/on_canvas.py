"""The hand and the keys on the canvas: real mouse and key events."""

from __future__ import annotations

from random import Random
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.document.naming import IN, OUT
from tests.workbench.walk.table import canvas, doing, nodes, wires
from tests.workbench.walk.world import World
from workbench import edits
from workbench.canvas.editor import NoteField, TitleField
from workbench.widgets.dragging import mime_of

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
PULL = SHIFT | Qt.KeyboardModifier.AltModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
KEYS = (NONE, NONE, NONE, SHIFT, CONTROL)
Place = tuple[float, float]


class Hand:
    """Press, move and let go at places of the scene."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas

    def send(self, kind: QEvent.Type, place: QPointF, button: Any, buttons: Any, keys: Any) -> None:
        view = self.canvas.viewport()
        at = self.canvas.camera.to_view(place)
        there = QPointF(view.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(view, QMouseEvent(kind, at, there, button, buttons, keys))

    def press(self, place: QPointF, keys: Any = NONE, button: Any = LEFT) -> None:
        self.canvas.setFocus()
        self.send(QEvent.Type.MouseButtonPress, place, button, button, keys)

    def move(self, place: QPointF, keys: Any = NONE, button: Any = LEFT) -> None:
        self.send(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, button, keys)

    def release(self, place: QPointF, keys: Any = NONE, button: Any = LEFT) -> None:
        none = Qt.MouseButton.NoButton
        self.send(QEvent.Type.MouseButtonRelease, place, button, none, keys)

    def click(self, place: QPointF, keys: Any = NONE, button: Any = LEFT) -> None:
        self.press(place, keys, button)
        self.release(place, keys, button)

    def double_click(self, place: QPointF) -> None:
        self.click(place)
        self.send(QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT, NONE)
        self.release(place)

    def hover(self, place: QPointF) -> None:
        none = Qt.MouseButton.NoButton
        self.send(QEvent.Type.MouseMove, place, none, none, NONE)

    def drag(self, start: QPointF, end: QPointF, keys: Any = NONE, button: Any = LEFT) -> None:
        self.press(start, keys, button)
        for share in (0.1, 0.5, 1.0):
            self.move(start + (end - start) * share, keys, button)
        self.release(end, keys, button)


def hand(world: World) -> Hand:
    return Hand(world.canvas)


def anywhere(world: World, chance: Random) -> QPointF:
    """Return a place that is seen."""
    sight = world.canvas.camera.visible_area
    x = sight.x() + chance.uniform(0.05, 0.95) * sight.width()
    return QPointF(x, sight.y() + chance.uniform(0.05, 0.95) * sight.height())


def node_item(world: World, chance: Random) -> Any:
    """Return a node's item, brought into sight."""
    item = world.canvas.stage.nodes[chance.choice(sorted(world.canvas.stage.nodes))]
    world.canvas.navigation.reveal([item.node])
    return item


def on_node(world: World, chance: Random) -> QPointF:
    """Return a place on a node: its head or its body."""
    area = node_item(world, chance).area
    return QPointF(area.center().x(), area.y() + chance.choice((8.0, area.height() - 6)))


@doing(nodes)
def click_a_node(world: World, chance: Random) -> None:
    hand(world).click(on_node(world, chance), chance.choice(KEYS))


@doing(canvas)
def click_anywhere(world: World, chance: Random) -> None:
    hand(world).click(anywhere(world, chance), chance.choice(KEYS))


@doing(canvas)
def double_click_anywhere(world: World, chance: Random) -> None:
    hand(world).double_click(anywhere(world, chance))


@doing(nodes)
def double_click_a_node(world: World, chance: Random) -> None:
    hand(world).double_click(on_node(world, chance))


@doing(nodes)
def drag_a_node(world: World, chance: Random) -> None:
    hand(world).drag(on_node(world, chance), anywhere(world, chance), chance.choice(KEYS))


@doing(canvas)
def drag_anywhere(world: World, chance: Random) -> None:
    """Draw a band, move a frame, bow a wire, pan: whatever lies there."""
    button = chance.choice((LEFT, LEFT, Qt.MouseButton.MiddleButton))
    hand(world).drag(anywhere(world, chance), anywhere(world, chance), chance.choice(KEYS), button)


def _boxes(world: World) -> bool:
    return canvas(world) and bool(world.canvas.stage.boxes)


@doing(_boxes)
def drag_a_frame(world: World, chance: Random) -> None:
    """Move a frame or a note by its head, or pull its corner."""
    box = chance.choice(sorted(world.canvas.stage.boxes))
    world.canvas.navigation.reveal([box])
    area = world.canvas.stage.boxes[box].area
    start = chance.choice((area.topLeft() + QPointF(20, 10), area.bottomRight()))
    hand(world).drag(start, anywhere(world, chance), chance.choice(KEYS))


@doing(nodes)
def drag_a_wire(world: World, chance: Random) -> None:
    """Pull a wire from a port to another port, to a body, or into the void."""
    start = node_item(world, chance)
    ports = start.face.ports
    if not ports:
        return
    port = chance.choice(ports)
    begin = start.spot(port.side, port.name)
    hand(world).drag(begin, _end_of_a_wire(world, chance), chance.choice((NONE, SHIFT, CONTROL)))


@doing(nodes)
def connect(world: World, chance: Random) -> None:
    """Pull a wire from a port to one of the ports that light up."""
    start = node_item(world, chance)
    if not start.face.ports:
        return
    world.canvas.camera.centre_on(start.area.center(), 1.0, animate=False)
    port = chance.choice(start.face.ports)
    begin = QPointF(start.spot(port.side, port.name))
    hand(world).press(begin, CONTROL)
    hand(world).move(begin + QPointF(12, 12), CONTROL)
    lit = [(item, fit) for _, item in sorted(world.canvas.stage.nodes.items()) for fit in item.fits]
    item, fit = chance.choice(sorted(lit, key=lambda end: (end[0].node, end[1]))) if lit else (0, 0)
    end = QPointF(item.spot(*fit)) if lit else begin + QPointF(200, 40)
    hand(world).move(end, CONTROL)
    hand(world).release(end, CONTROL)


def _end_of_a_wire(world: World, chance: Random) -> QPointF:
    item = world.canvas.stage.nodes[chance.choice(sorted(world.canvas.stage.nodes))]
    if chance.random() < 0.2 or not item.face.ports:
        return anywhere(world, chance)
    if chance.random() < 0.3:
        return QPointF(item.area.center())
    port = chance.choice(item.face.ports)
    return QPointF(item.spot(port.side, port.name))


@doing(wires)
def click_a_wire(world: World, chance: Random) -> None:
    """Choose a wire alone, at the middle of its line; bend it by a double click at times."""
    shown = sorted(world.canvas.stage.wires, key=str)
    if not shown:
        return
    wire = chance.choice(shown)
    world.select([wire])
    world.canvas.navigation.reveal([wire])
    place = _on_wire(world, wire)
    chance.choice((hand(world).click, hand(world).double_click))(place)


def _on_wire(world: World, wire: Any) -> QPointF:
    points = world.canvas.stage.wires[wire].points
    return (points[0] + points[-1]) / 2


@doing(wires)
def select_a_wire_and_act(world: World, chance: Random) -> None:
    """With a wire alone selected, press the keys that act on what is selected."""
    shown = sorted(world.canvas.stage.wires, key=str)
    if shown:
        world.select([chance.choice(shown)])
        world.canvas.setFocus()
        keys = ((Qt.Key.Key_F2, NONE), (Qt.Key.Key_D, CONTROL), (Qt.Key.Key_C, CONTROL))
        keys += ((Qt.Key.Key_X, CONTROL), (Qt.Key.Key_Delete, NONE), (Qt.Key.Key_F, NONE))
        QTest.keyClick(world.canvas, *chance.choice(keys))


@doing(wires)
def cut_a_wire(world: World, chance: Random) -> None:
    world.select([chance.choice(sorted(world.canvas.stage.wires, key=str))])
    world.canvas.setFocus()
    QTest.keyClick(world.canvas, Qt.Key.Key_Delete)


@doing(wires)
def move_all_wires(world: World, chance: Random) -> None:
    """Pull all wires of a port to a port of its side that lights up, or into the void."""
    wire = chance.choice(sorted(world.canvas.stage.wires, key=str))
    node, side, name = chance.choice(
        ((wire.source, "output", wire.output), (wire.target, "input", wire.input))
    )
    item = world.canvas.stage.nodes[node]
    world.canvas.camera.centre_on(item.area.center(), 1.0, animate=False)
    begin = QPointF(item.spot(side, name))
    hand(world).press(begin, SHIFT)
    hand(world).move(begin + QPointF(12, 12), SHIFT)
    lit = [
        (other, fit) for _, other in sorted(world.canvas.stage.nodes.items()) for fit in other.fits
    ]
    end = _end_of_a_wire(world, chance)
    if lit and chance.random() < 0.7:
        other, fit = chance.choice(sorted(lit, key=lambda found: (found[0].node, found[1])))
        end = QPointF(other.spot(*fit))
    hand(world).move(end, SHIFT)
    hand(world).release(end, SHIFT)


@doing(wires)
def draw_a_cut(world: World, chance: Random) -> None:
    """Draw a stroke over a wire and on, with Ctrl and the right button."""
    wire = chance.choice(sorted(world.canvas.stage.wires, key=str))
    world.canvas.navigation.reveal([wire])
    place = _on_wire(world, wire)
    start, end = place - QPointF(20, 40), chance.choice((place, anywhere(world, chance)))
    hand(world).drag(start, end + QPointF(20, 40), CONTROL, RIGHT)


@doing(nodes)
def pull_a_node_out(world: World, chance: Random) -> None:
    """Pull a node out of its wires, onto another wire at times."""
    hand(world).drag(on_node(world, chance), _drop_place(world, chance), PULL)


@doing(wires)
def put_a_node_into_a_wire(world: World, chance: Random) -> None:
    """Drag a node that has no wires, if there is one, onto a wire."""
    stage = world.canvas.stage
    free = [n for n in sorted(stage.nodes) if not stage.at_node.get(n)]
    if free:
        start = stage.nodes[chance.choice(free)].area.center()
        wire = chance.choice(sorted(stage.wires, key=str))
        hand(world).drag(start, _on_wire(world, wire))


@doing(canvas)
def box_select(world: World, chance: Random) -> None:
    sight = world.canvas.camera.visible_area
    hand(world).drag(sight.topLeft() + QPointF(2, 2), anywhere(world, chance))


@doing(canvas)
def select_some(world: World, chance: Random) -> None:
    """Select some things of all kinds at once, as clicks with Ctrl do."""
    there = world.canvas.stage.all_things()
    world.select(chance.sample(there, min(len(there), chance.randrange(1, 6))))


@doing(canvas)
def select_none(world: World, chance: Random) -> None:
    world.canvas.setFocus()
    QTest.keyClick(world.canvas, Qt.Key.Key_Escape)
    world.select([])


@doing(canvas)
def clear_all(world: World, chance: Random) -> None:
    world.canvas.setFocus()
    QTest.keyClick(world.canvas, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(world.canvas, Qt.Key.Key_Delete)


@doing(canvas)
def wheel(world: World, chance: Random) -> None:
    view = world.canvas.viewport()
    at = QPointF(view.width() * chance.random(), view.height() * chance.random())
    turn = QPoint(0, chance.choice((-480, -120, 120, 480)))
    keys = chance.choice((NONE, CONTROL, SHIFT))
    there, still = QPointF(view.mapToGlobal(at.toPoint())), QPoint()
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, there, still, turn, Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(view, event)


@doing(canvas)
def arrow_keys(world: World, chance: Random) -> None:
    """Walk between nodes, into ports, along wires; Alt moves what is selected."""
    world.canvas.setFocus()
    arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
    others = (Qt.Key.Key_P, Qt.Key.Key_Space, Qt.Key.Key_Return)
    for _ in range(chance.randrange(1, 6)):
        key = chance.choice(arrows + arrows + others)
        alt = chance.choice((NONE, NONE, ALT)) if key in arrows else NONE
        QTest.keyClick(world.canvas, key, alt)


@doing(canvas)
def hover(world: World, chance: Random) -> None:
    """Rest the pointer somewhere, on a node at times."""
    there = world.canvas.stage.nodes
    place = on_node(world, chance) if there and chance.random() < 0.6 else anywhere(world, chance)
    hand(world).send(
        QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, NONE
    )


@doing(canvas)
def context_menu(world: World, chance: Random) -> None:
    """Press the right button on what is there; what the menu offers is taken, or not."""
    there = world.canvas.stage.nodes
    place = on_node(world, chance) if there and chance.random() < 0.6 else anywhere(world, chance)
    view = world.canvas.viewport()
    at = world.canvas.camera.to_view(place).toPoint()
    hand(world).click(place, button=RIGHT)
    mouse = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(view, QContextMenuEvent(mouse, at, view.mapToGlobal(at)))


@doing(canvas)
def drop_a_kind(world: World, chance: Random) -> None:
    """Drag a kind from the palette onto the canvas, onto a wire at times; or leave again."""
    kind = chance.choice(sorted(world.bench.catalogue.kinds) or ["Nothing"])
    at = world.canvas.camera.to_view(_drop_place(world, chance))
    data, copy = mime_of(kind), Qt.DropAction.CopyAction
    canvas = world.canvas
    canvas.dragEnterEvent(QDragEnterEvent(at.toPoint(), copy, data, LEFT, NONE))
    canvas.dragMoveEvent(QDragMoveEvent(at.toPoint(), copy, data, LEFT, NONE))
    if chance.random() < 0.8:
        canvas.dropEvent(QDropEvent(at, copy, data, LEFT, NONE))
    else:
        canvas.dropping.leave()


@doing(canvas)
def drop_data(world: World, chance: Random) -> None:
    """Drop two tables on the canvas, as a file manager does."""
    data, copy, canvas = QMimeData(), Qt.DropAction.CopyAction, world.canvas
    tables = [world.home / "one.csv", world.home / "two.csv"]
    for table in tables:
        table.write_text("x,y\n1,2\n3,4\n")
    data.setUrls([QUrl.fromLocalFile(str(table)) for table in tables])
    at = canvas.camera.to_view(anywhere(world, chance))
    canvas.dragEnterEvent(QDragEnterEvent(at.toPoint(), copy, data, LEFT, NONE))
    canvas.dragMoveEvent(QDragMoveEvent(at.toPoint(), copy, data, LEFT, NONE))
    if chance.random() < 0.7:
        canvas.dropEvent(QDropEvent(at, copy, data, LEFT, NONE))
    else:
        canvas.dropping.leave()


def _drop_place(world: World, chance: Random) -> QPointF:
    shown = sorted(world.canvas.stage.wires, key=str)
    if shown and chance.random() < 0.4:
        wire = chance.choice(shown)
        world.canvas.navigation.reveal([wire])
        return _on_wire(world, wire)
    return anywhere(world, chance)


@doing(canvas)
def add_by_search(world: World, chance: Random) -> None:
    """Press Tab on the canvas, type some letters, take what is found."""
    world.canvas.setFocus()
    QTest.keyClick(world.canvas, Qt.Key.Key_Tab)
    _search(world, chance)


def _search(world: World, chance: Random) -> None:
    field = world.canvas.overlays.search.field
    QTest.keyClicks(field, chance.choice(("enc", "dec", "opt", "train", "scat", "im", "zzz", "")))
    for _ in range(chance.randrange(4)):
        QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)))


@doing(lambda world: canvas(world) and world.canvas.overlays.search.isVisible())
def go_on_in_the_search(world: World, chance: Random) -> None:
    _search(world, chance)


@doing(lambda world: canvas(world) and world.canvas.overlays.find.isVisible())
def find_in_the_graph(world: World, chance: Random) -> None:
    """Type into the field that finds, go on or back, or close it."""
    field = world.canvas.overlays.find.field
    field.setFocus()
    QTest.keyClicks(field, chance.choice(("enc", "loss", "hidden > 3", "64", "zzz", "=", "")))
    keys = (Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)
    QTest.keyClick(field, chance.choice(keys), chance.choice((NONE, SHIFT)))


def _border(world: World) -> bool:
    return canvas(world) and OUT in world.canvas.stage.nodes


@doing(_border)
def work_on_the_border(world: World, chance: Random) -> None:
    """Take an entry of the menu of a port on the border of the open group."""
    canvas = world.canvas
    ports = [(n, p) for n in (IN, OUT) for p in canvas.stage.nodes[n].face.ports]
    if not ports:
        return
    node, port = chance.choice(ports)
    own = canvas.menus._of_border(node, port)
    chance.choice(own)[2]()
    for field in _fields(world):
        field.setText(chance.choice((port.name, "code", "", "a/b")))
        QTest.keyClick(field, Qt.Key.Key_Return)


@doing(wires)
def work_on_named_wires(world: World, chance: Random) -> None:
    """Name the wires of an output that has many, or rest on a pill, click it, open it."""
    graph, canvas = world.canvas.stage.graph, world.canvas
    ends = sorted({(w.source, w.output) for w in graph.wires})
    often = [end for end in ends if edits.can_name(graph, *end)]
    named = [w for w in sorted(canvas.stage.wires, key=str) if canvas.stage.wires[w].name]
    if named and chance.random() < 0.7:
        item = canvas.stage.wires[chance.choice(named)]
        canvas.camera.centre_on(item.end.center(), 1.0, animate=False)
        place = chance.choice((item.begin, item.end)).center()
        acts = (hand(world).click, hand(world).double_click, hand(world).hover)
        chance.choice(acts)(place)
    elif often:
        canvas.editor.name_wires(*chance.choice(often))
        for field in _fields(world):
            field.setText(chance.choice(("emb", "the same for all", "", "x" * 90)))
            QTest.keyClick(field, Qt.Key.Key_Return)


def _fields(world: World) -> list[Any]:
    found = [*world.canvas.findChildren(TitleField), *world.canvas.findChildren(NoteField)]
    return [field for field in found if field.isVisible()]


@doing(lambda world: canvas(world) and bool(_fields(world)))
def write_a_title(world: World, chance: Random) -> None:
    """Type into the title or the note that is being written, and end it in some way."""
    field = _fields(world)[0]
    QTest.keyClicks(field, chance.choice(("A title", "", "  ", "x" * 80)))
    ends = ((Qt.Key.Key_Return, NONE), (Qt.Key.Key_Return, CONTROL), (Qt.Key.Key_Escape, NONE))
    QTest.keyClick(field, *chance.choice((*ends, (Qt.Key.Key_Tab, NONE))))


@doing(nodes)
def begin_to_drag(world: World, chance: Random) -> None:
    """Press on a node or a port and move, and do not let go: something else happens first."""
    item = node_item(world, chance)
    spots = [item.spot(port.side, port.name) for port in item.face.ports]
    start = chance.choice([item.area.center(), *spots])
    world.canvas.setFocus()
    hand(world).press(QPointF(start))
    hand(world).move(QPointF(start) + QPointF(40, 40))
    hand(world).move(anywhere(world, chance))


@doing(lambda world: canvas(world) and world.canvas.mouse.gesture is not None)
def let_go(world: World, chance: Random) -> None:
    """End what the hand holds: let go of the button, press Enter or Escape."""
    buttons = [
        lambda: hand(world).release(anywhere(world, chance)),
        lambda: QTest.keyClick(world.canvas, Qt.Key.Key_Return),
        lambda: QTest.keyClick(world.canvas, Qt.Key.Key_Escape),
    ]
    chance.choice(buttons)()


@doing(lambda world: canvas(world) and world.canvas.overlays.refusal.isVisible())
def answer_a_refusal(world: World, chance: Random) -> None:
    """Take the fix that the sentence by the canvas offers."""
    if world.canvas.overlays.refusal.fix.isVisible():
        QTest.mouseClick(world.canvas.overlays.refusal.fix, LEFT)


def _fixes(world: World) -> list[str]:
    nodes = world.canvas.stage.nodes
    return sorted(n for n, item in nodes.items() if item.signs.fix)


@doing(lambda world: canvas(world) and bool(_fixes(world)))
def take_a_fix(world: World, chance: Random) -> None:
    """Press the fix that stands under a node."""
    node = chance.choice(_fixes(world))
    world.canvas.navigation.reveal([node])
    message = world.canvas.stage.unders.messages.get(node)
    if message is not None:
        hand(world).click(message.mapToScene(message.fix_area.center()))

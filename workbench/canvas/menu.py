"""The context menu of each item on the canvas.

Most entries are actions of the window's table, requested by id, so that titles, keys and effects
are defined once.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QDesktopServices
from PySide6.QtWidgets import QMenu

from engine.document.catalogue import ParamInfo
from engine.document.graph import Wire
from workbench import actions, edits
from workbench.bench.datafiles import PREVIEWED
from workbench.bench.permits import unpermitted_above
from workbench.bench.training import finished_trainer
from workbench.canvas.editor import InPlaceEditor
from workbench.canvas.fields import text_of
from workbench.canvas.fitting import End
from workbench.canvas.gestures import Tools
from workbench.canvas.hit import Target, target_at
from workbench.canvas.note_text import links_of
from workbench.canvas.selection import Bend
from workbench.edits import is_network
from workbench.edits.base import BORDER
from workbench.look.theme import set_icon
from workbench.widgets.ports import Port
from workbench.words.kinds import tr
from workbench.words.sentences import translate

LINE, COLOURS = "", "colours"
# the window's actions by the item under the pointer
ENTRIES: dict[str, tuple[str, ...]] = {
    "void": (
        "edit.paste", "graph.note", "graph.frame", LINE,
        "edit.all", "graph.tidy", LINE, "view.fit_all",
    ),
    "node": (
        "graph.rename", "graph.collapse", "graph.mute", "graph.bypass", COLOURS,
        "graph.pin", LINE,
        "graph.twin", "edit.duplicate", "graph.connect", "graph.group", "graph.frame", LINE,
        "edit.cut", "edit.copy", "edit.remove", "graph.pull_out", LINE,
        "graph.tidy", "view.fit", "lesson.selected",
    ),
    "box": (
        "graph.rename", "edit.duplicate", COLOURS, LINE, "edit.cut", "edit.copy", "edit.remove",
    ),
    "wire": ("edit.remove",),
    "bend": ("edit.remove",),
    "port": (),
}  # fmt: skip
ENTRIES["edge"] = ENTRIES["box"]
ENTRIES["field"] = ENTRIES["node"]
ENTRIES["fix"] = ENTRIES["node"]


Own = tuple[str, str, Callable[[], object] | None]  # title, icon, call; grey where it does nothing


class Menus(QObject):
    """The context menus of the canvas."""

    action_requested = Signal(str)  # an action of the window's table, by its id

    def __init__(self, tools: Tools, editor: InPlaceEditor) -> None:
        super().__init__(tools.scene)
        self.editor = editor
        self.scene = tools.scene
        self.camera = tools.camera
        self.commands = tools.commands
        self.adding = tools.adding
        self.fields = tools.fields
        self.view = tools.camera.view
        self.place: QPointF | None = None
        """Where the last menu was opened, until something is added there."""

    def popup(self, event: QContextMenuEvent) -> None:
        """Open the menu at the pointer; by keyboard, that of the first selected item."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        chosen = next(iter(self.scene.selection.ids), "")
        at = QPointF(event.pos())
        if not by_mouse and chosen:
            at = self.camera.to_view(self._middle(chosen))
        self.place = self.camera.to_scene(at)
        menu = self.menu_for(target_at(self.scene, self.place), self.place)
        menu.popup(self.view.mapToGlobal(at.toPoint()))

    def _middle(self, chosen: str) -> QPointF:
        """Return the middle of the field that has the keys, or of a selected item."""
        item = self.scene.nodes.get(self.fields.node)
        rect = item.face.field_rect(self.fields.name) if item is not None else QRectF()
        if item is None or rect.isEmpty():
            return self.scene.area_of(chosen).center()
        return rect.center() + item.pos()

    def take_place(self) -> tuple[float, float]:
        """Return where new items go: the menu's place, the pointer, or the visible middle."""
        place, self.place = self.place, None
        x, y = (place or self.camera.pointer).toTuple()
        return x, y

    def menu_for(self, target: Target, place: QPointF) -> QMenu:
        """Return the menu for the item at `place`, which is selected first, as by any press."""
        selection = self.scene.selection
        if target.thing is not None and target.kind != "port" and target.thing not in selection:
            selection.set([target.thing])
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title, icon, call in self._own(target, place):
            _add(menu, title, icon, "", call)
        if not menu.isEmpty():
            menu.addSeparator()
        for id in ENTRIES.get(target.kind, ()):
            self._add_action(menu, id)
        return menu

    def _add_action(self, menu: QMenu, id: str) -> None:
        action = actions.BY_ID.get(id)
        if id == LINE:
            menu.addSeparator()
        elif id == COLOURS:
            self._add_colours(menu)
        elif action is not None:
            title = actions.tr(action.title)
            _add(menu, title, action.icon, action.shown_keys, self._request(id), action.tint)

    def _add_colours(self, menu: QMenu) -> None:
        if set(self.scene.selection.ids) <= self.scene.graph.layout.notes.keys() | {*BORDER}:
            return
        inner = menu.addMenu(actions.tr(actions.COLOURS[0].submenu))
        set_icon(inner.menuAction(), "palette")
        for action in actions.COLOURS:
            self._add_action(inner, action.id)

    def _request(self, id: str) -> Callable[[], object]:
        return lambda: self.action_requested.emit(id)

    def _own(self, target: Target, place: QPointF) -> list[Own]:
        """Return the entries that only the canvas can run."""
        found = _OWN.get(target.kind)
        return found(self, target, place) if found else []

    def _void(self, target: Target, place: QPointF) -> list[Own]:
        return [(tr("Add a node…"), "plus", lambda: self.adding.open(place))]

    def _node(self, target: Target, place: QPointF) -> list[Own]:
        """Return entries to train a finished trainer longer and to show the data of a data node."""
        return [*self._of_group(target), *self._longer(target), *self._of_data(target)]

    def _field(self, target: Target, place: QPointF) -> list[Own]:
        """Return entries to set a field, to reset it, and to take it off the node."""
        fields, node, name = self.fields, target.node, target.field
        param = fields.param(node, name)
        if param is None:
            return [(tr("Show them in the inspector"), "", lambda: fields.act(node, name))]
        own: list[Own] = []
        if param.type in ("int", "float"):
            own.append((tr("Type a value…"), "pencil", lambda: fields.act(node, name)))
        default = tr("Reset to {0}").format(text_of(param, param.default).replace("&", "&&"))
        own.append((default, "rotate-ccw", lambda: fields.reset(node, name)))
        own.append(self._input(node, param))
        if BORDER[0] in self.scene.graph.nodes:
            out = lambda: self.commands.show_outside(node, name, param.title)  # noqa: E731
            own.append((tr("Show outside"), "group", out))
        unpin = lambda: fields.unpin(node, name)  # noqa: E731
        return [*own, (tr("Not on the node"), "pin-off", unpin)]

    def _input(self, node: str, param: ParamInfo) -> Own:
        """Return the entry that turns a field into an input, or that says why it cannot be."""
        graph, push = self.scene.graph, self.commands.push
        if param.name in graph.nodes[graph.owner(node)].driven:
            by_hand = lambda: edits.as_field(graph, node, param.name)  # noqa: E731
            return tr("Set by hand"), "pencil", lambda: push(by_hand)
        if param.undrivable:
            return translate(param.undrivable), "", None
        turn = lambda: edits.as_input(graph, node, param.name)  # noqa: E731
        return tr("Make it an input"), "arrow-right", lambda: push(turn)

    def _of_group(self, target: Target) -> list[Own]:
        """Return entries to open, dissolve or untie a group, or to open a network."""
        place, ids = self.scene.graph.nodes[target.node], []
        if place.group:
            ids = ["graph.enter", "graph.ungroup", "graph.single"]
        elif is_network(place, self.scene.catalogue):
            ids = ["graph.layers"]
        asked = (actions.BY_ID[id] for id in ids)
        return [(actions.tr(a.title), a.icon, self._request(a.id)) for a in asked]

    def _of_data(self, target: Target) -> list[Own]:
        """Return entries that permit a node to read its files and show its output."""
        graph = self.scene.graph
        held = unpermitted_above(graph, self.scene.live.node_infos, [target.node])
        previewed = graph.nodes[target.node].kind in PREVIEWED
        there = {"graph.show_data": held, "graph.preview": previewed}
        asked = [actions.BY_ID[id] for id, offered in there.items() if offered]
        return [(actions.tr(a.title), a.icon, self._request(a.id)) for a in asked]

    def _longer(self, target: Target) -> list[Own]:
        known = finished_trainer(self.scene.graph, self.scene.catalogue, self.scene.live)
        if known is None or known.node != target.node:
            return []
        return [(known.words, "plus", self._request("run.longer"))]

    def _wire(self, target: Target, place: QPointF) -> list[Own]:
        wire = target.thing
        assert isinstance(wire, Wire)
        insert = (tr("Insert a node…"), "plus", lambda: self.adding.open(place, wire=wire))
        naming = self._naming(wire.source, wire.output)
        if self.scene.wires[wire].name:
            go = (tr("Go to its source"), "arrow-left", lambda: self.editor.go_to_source(wire))
            return [go, *naming, insert]
        bend = (tr("Add a reroute"), "spline", lambda: self.commands.bend(wire, place))
        return [insert, bend, *naming]

    def _of_border(self, node: str, port: Port) -> list[Own]:
        """Return entries to rename a port of the open group, and to move it among the others."""
        output, row = port.side == "input", self.scene.nodes[node].face.ports
        move = self.commands.move_port
        up = (tr("Move it up"), "arrow-up", lambda: move(port.name, -1, output=output))
        down = (tr("Move it down"), "arrow-down", lambda: move(port.name, 1, output=output))
        moves = [*([up] if row[0] != port else []), *([down] if row[-1] != port else [])]
        rename = (tr("Rename the port…"), "pencil", lambda: self.editor.rename_port(node, port))
        return [rename, *moves]

    def _naming(self, node: str, port: str) -> list[Own]:
        """Return entries to name the wires of an output, or to draw them again."""
        graph = self.scene.graph
        if not edits.can_name(graph, node, port):
            return []
        name = (tr("Name its wires…"), "tag", lambda: self.editor.name_wires(node, port))
        if not edits.name_of_wires(graph, node, port):
            return [name]
        draw = lambda: self.commands.name_wires(node, port, "")  # noqa: E731
        return [name, (tr("Draw its wires"), "spline", draw)]

    def _box(self, target: Target, place: QPointF) -> list[Own]:
        """Return entries that open the links of a note."""
        text = str(self.scene.graph.layout.notes.get(target.node, {}).get("text", ""))
        links = dict(links_of(text))
        return [(tr("Open {0}").format(words), "globe", _open(at)) for words, at in links.items()]

    def _bend(self, target: Target, place: QPointF) -> list[Own]:
        assert isinstance(target.thing, Bend)
        wire = target.thing.wire
        return [(tr("Insert a node…"), "plus", lambda: self.adding.open(place, wire=wire))]

    def _port(self, target: Target, place: QPointF) -> list[Own]:
        port = target.port
        assert port is not None
        wires = [i.wire for i in self.scene.wires_at(target.node, port.side, port.name)]
        end = End(target.node, port)
        own: list[Own] = [(tr("Add a node here…"), "plus", lambda: self.adding.open(place, end))]
        if target.node not in BORDER and BORDER[0] in self.scene.graph.nodes:
            output = port.side == "output"
            lead = lambda: self.commands.lead_out(target.node, port, output=output)  # noqa: E731
            own.append((tr("Make it a port of the group"), "group", lead))
        if target.node in BORDER:
            own += self._of_border(target.node, port)
        if port.side == "output":
            own += self._naming(target.node, port.name)
        if wires:
            own.append((tr("Disconnect"), "unlink", lambda: self.commands.disconnect(wires)))
        graph, driven = self.scene.graph, edits.set_by(self.scene.graph, target.node)
        if port.side == "input" and port.name in driven:
            by_hand = lambda: edits.as_field(graph, target.node, port.name)  # noqa: E731
            own.append((tr("Set by hand"), "pencil", lambda: self.commands.push(by_hand)))
        return own


def _open(address: str) -> Callable[[], object]:
    return lambda: QDesktopServices.openUrl(QUrl(address))


_OWN: dict[str, Callable[[Menus, Target, QPointF], list[Own]]] = {
    "void": Menus._void,
    "field": Menus._field,
    "node": Menus._node,
    "wire": Menus._wire,
    "bend": Menus._bend,
    "box": Menus._box,
    "port": Menus._port,
}


def _add(
    menu: QMenu,
    title: str,
    icon: str,
    keys: str,
    call: Callable[[], object] | None,
    tint: str = "text2",
) -> None:
    entry: QAction = menu.addAction(f"{title}\t{keys}" if keys else title)
    if icon:
        set_icon(entry, icon, tint)
    entry.setEnabled(call is not None)
    if call is not None:
        entry.triggered.connect(lambda: call())

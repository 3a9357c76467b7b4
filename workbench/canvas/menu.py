"""The context menu of each item on the canvas.

Most entries are actions of the window's table, requested by id, so that titles, keys and effects
are defined once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.document.graph import Wire
from workbench import actions
from workbench.bench.datafiles import PREVIEWED
from workbench.bench.lengthening import longest
from workbench.bench.permits import held_above
from workbench.canvas.fitting import End
from workbench.canvas.hit import Target
from workbench.canvas.selection import Bend
from workbench.canvas.surface import Surface
from workbench.look.theme import set_icon
from workbench.words.kinds import tr

LINE = ""
# the window's actions by the item under the pointer
ENTRIES: dict[str, tuple[str, ...]] = {
    "void": (
        "edit.paste", "graph.note", "graph.frame", LINE,
        "edit.all", "graph.tidy", LINE, "view.fit_all",
    ),
    "node": (
        "graph.rename", "graph.collapse", "graph.mute", "graph.bypass", LINE,
        "graph.twin", "edit.duplicate", "graph.connect", "graph.frame", LINE,
        "edit.cut", "edit.copy", "edit.remove", LINE, "graph.tidy", "view.fit", "lesson.selected",
    ),
    "box": ("graph.rename", "edit.duplicate", LINE, "edit.cut", "edit.copy", "edit.remove"),
    "wire": ("edit.remove",),
    "bend": ("edit.remove",),
    "port": (),
}  # fmt: skip
ENTRIES["edge"] = ENTRIES["box"]
ENTRIES["fix"] = ENTRIES["node"]


def menu_for(canvas: Surface, target: Target, place: QPointF) -> QMenu:
    """Return the menu for the item at `place`, which is selected first, as by any press."""
    if target.thing is not None and target.kind != "port" and target.thing not in canvas.selection:
        canvas.selection.set([target.thing])
    menu = QMenu(canvas)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for title, icon, call in _own(canvas, target, place):
        _add(menu, title, icon, "", call)
    if not menu.isEmpty():
        menu.addSeparator()
    for id in ENTRIES.get(target.kind, ()):
        _add_action(canvas, menu, id)
    return menu


def _add_action(canvas: Surface, menu: QMenu, id: str) -> None:
    action = actions.BY_ID.get(id)
    if id == LINE:
        menu.addSeparator()
    elif action is not None:
        call = lambda: canvas.action_requested.emit(id)  # noqa: E731
        _add(menu, actions.tr(action.title), action.icon, action.shown_keys, call)


def _add(menu: QMenu, title: str, icon: str, keys: str, call: Callable[[], object]) -> None:
    entry: QAction = menu.addAction(f"{title}\t{keys}" if keys else title)
    if icon:
        set_icon(entry, icon)
    entry.triggered.connect(lambda: call())


Own = tuple[str, str, Callable[[], object]]


def _own(canvas: Surface, target: Target, place: QPointF) -> list[Own]:
    """Return the entries that only the canvas can run."""
    found = _OWN.get(target.kind)
    return found(canvas, target, place) if found else []


def _void(canvas: Surface, target: Target, place: QPointF) -> list[Own]:
    return [(tr("Add a node…"), "plus", lambda: canvas.open_search(place))]


def _node(canvas: Surface, target: Target, place: QPointF) -> list[Own]:
    """Return entries to train a finished trainer longer and to show the data of a data node."""
    return [*_longer(canvas, target), *_of_data(canvas, target)]


def _of_data(canvas: Surface, target: Target) -> list[Own]:
    """Return entries that permit a node to read its files and show its output."""
    graph = canvas.document.graph
    held = held_above(graph, canvas.live.node_infos, target.node)
    there = {"graph.show_data": held, "graph.preview": graph.nodes[target.node].kind in PREVIEWED}
    asked = [actions.BY_ID[id] for id, offered in there.items() if offered]
    return [
        (actions.tr(a.title), a.icon, partial(canvas.action_requested.emit, a.id)) for a in asked
    ]


def _longer(canvas: Surface, target: Target) -> list[Own]:
    known = longest(canvas.document.graph, canvas.stage.catalogue, canvas.live)
    if known is None or known.node != target.node:
        return []
    return [(known.words, "plus", lambda: canvas.action_requested.emit("run.longer"))]


def _wire(canvas: Surface, target: Target, place: QPointF) -> list[Own]:
    wire = target.thing
    assert isinstance(wire, Wire)
    return [
        (tr("Insert a node…"), "plus", lambda: canvas.open_search(place, onto=wire)),
        (tr("Add a reroute"), "spline", lambda: canvas.commands.bend(wire, place)),
    ]


def _bend(canvas: Surface, target: Target, place: QPointF) -> list[Own]:
    assert isinstance(target.thing, Bend)
    wire = target.thing.wire
    return [(tr("Insert a node…"), "plus", lambda: canvas.open_search(place, onto=wire))]


def _port(canvas: Surface, target: Target, place: QPointF) -> list[Own]:
    port = target.port
    assert port is not None
    wires = [i.wire for i in canvas.stage.wires_at(target.node, port.side, port.name)]
    end = End(target.node, port)
    own: list[Own] = [
        (tr("Add a node here…"), "plus", lambda: canvas.open_search(place, from_port=end))
    ]
    if wires:
        own.append((tr("Disconnect"), "unlink", lambda: canvas.commands.disconnect(wires)))
    return own


_OWN: dict[str, Callable[[Surface, Target, QPointF], list[Own]]] = {
    "void": _void,
    "node": _node,
    "wire": _wire,
    "bend": _bend,
    "port": _port,
}

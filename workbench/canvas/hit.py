"""Hit testing: the item under the pointer."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsItem

from workbench.canvas.frame_item import BoxItem
from workbench.canvas.message_item import MessageItem
from workbench.canvas.node_item import NodeItem
from workbench.canvas.scene import Scene
from workbench.canvas.selection import Bend, Thing
from workbench.canvas.wire_item import WireItem
from workbench.widgets.ports import HIT, Port

Kind = Literal["void", "port", "field", "node", "wire", "bend", "box", "edge", "fix"]
WIRE_REACH, BEND_REACH = 7.0, 10.0  # px on screen


class Target(NamedTuple):
    """An item on the canvas, or empty space.

    `edge` is that of a frame or note, `field` the parameter whose field was hit.
    """

    kind: Kind = "void"
    thing: Thing | None = None
    port: Port | None = None
    edge: str = ""
    field: str = ""

    @property
    def node(self) -> str:
        return self.thing if isinstance(self.thing, str) else ""


VOID = Target()


def target_at(scene: Scene, place: QPointF) -> Target:
    """Return the target of a press at a point: ports first, then the topmost item."""
    one = 1 / scene.scale
    around = _around(place, max(HIT, BEND_REACH * one))
    nodes, wires = scene.nodes_near(around), scene.wires_near(around)
    items = scene.items(around, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
    return (
        _port(nodes, place, reach_of(scene))
        or _fix(items, place)
        or _node(nodes, place)
        or _bend(wires, place, BEND_REACH * one)
        or _wire(wires, place, WIRE_REACH * one)
        or _edge(items, place, one)
        or _box(items, place)
        or VOID
    )


def reach_of(scene: Scene) -> float:
    """Return the hit radius of ports: 11 px on screen, but less than the distance of two ports."""
    return min(max(HIT / scene.scale, HIT * 0.75), 1.4 * HIT)


def node_at(scene: Scene, place: QPointF) -> NodeItem | None:
    """Return the node whose body contains a point, or None."""
    return next((n for n in scene.nodes_near(_around(place, 1.0)) if n.area.contains(place)), None)


def wires_at(scene: Scene, place: QPointF, reach: float) -> list[WireItem]:
    """Return the wires that pass a point, the nearest first."""
    x, y = place.x(), place.y()
    near = [w for w in scene.wires_near(_around(place, reach)) if w.is_near(place, reach)]
    return sorted(near, key=lambda wire: wire.line.nearest(x, y)[0])


def _around(place: QPointF, reach: float) -> QRectF:
    return QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)


def _port(nodes: list[NodeItem], place: QPointF, reach: float) -> Target | None:
    for node in nodes:
        port = node.port_at(place, reach)
        if port is not None:
            return Target("port", node.node, port)
    return None


def _fix(items: list[QGraphicsItem], place: QPointF) -> Target | None:
    for item in items:
        if isinstance(item, MessageItem) and item.sceneBoundingRect().contains(place):
            kind: Kind = "fix" if item.fix_area.contains(place) else "node"
            return Target(kind, item.owner.node)
    return None


def _node(nodes: list[NodeItem], place: QPointF) -> Target | None:
    found = next((n for n in nodes if n.area.contains(place)), None)
    if found is None:
        return None
    field = found.field_at(place)
    return Target("field" if field else "node", found.node, field=field)


def _bend(wires: list[WireItem], place: QPointF, reach: float) -> Target | None:
    for item in wires:
        index = item.bend_at(place, reach)
        if index is not None:
            return Target("bend", Bend(item.wire, index))
    return None


def _wire(wires: list[WireItem], place: QPointF, reach: float) -> Target | None:
    found = next((w for w in wires if w.is_near(place, reach)), None)
    return Target("wire", found.wire) if found else None


def _edge(items: list[QGraphicsItem], place: QPointF, one: float) -> Target | None:
    for item in items:
        if isinstance(item, BoxItem) and (edge := item.edge_at(place, one)):
            return Target("edge", item.box, edge=edge)
    return None


def _box(items: list[QGraphicsItem], place: QPointF) -> Target | None:
    found = next((i for i in items if isinstance(i, BoxItem) and i.grabs(place)), None)
    return Target("box", found.box) if found else None

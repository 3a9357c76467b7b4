"""The routes of a scene's wires, found anew only where nodes or wires have changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from engine.document.graph import Wire
from workbench.canvas.frame_item import FrameItem, NoteItem
from workbench.canvas.routing import Ask, route_all
from workbench.canvas.wire_path import Box, corners

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene

MOST = 300  # nodes: in larger graphs every wire goes directly

Places = dict[str, Box]


class Routes:
    """Route wires to their ports: through their reroutes, else around nodes, notes and titles.

    `route` is fast and keeps a route while its ends stay; a gesture calls it at each step. `settle`
    then finds routes for what changed since the last time: a wire whose ends moved, or one near
    something that moved, came or went.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.asks: dict[Wire, Ask] = {}
        self._places: Places = {}

    def route(self, wires: Iterable[Wire]) -> None:
        """Route wires to where their ports are now."""
        scene, reroutes = self.scene, self.scene.graph.layout.reroutes
        for wire in wires:
            start, end = self._ends(wire)
            bends = scene.preview_bends.get(wire)
            if bends is None:
                there = reroutes.get(str(wire), ()) if reroutes else ()
                bends = [QPointF(x, y) for x, y in there]
            ask = self.asks.get(wire)
            stays = ask is not None and not bends and ask.joins(start.toTuple(), end.toTuple())
            scene.wires[wire].route([start, *bends, end], ask.corners if ask and stays else ())

    def _ends(self, wire: Wire) -> tuple[QPointF, QPointF]:
        nodes = self.scene.nodes
        start = nodes[wire.source].spot("output", wire.output)
        return start, nodes[wire.target].spot("input", wire.input)

    def settle(self) -> None:
        """Find the routes of all wires that something changed for."""
        scene = self.scene
        if len(scene.nodes) > MOST:
            self.asks.clear()
            self._places.clear()
            return
        before, self._places = self._places, self._obstacles()
        asks = self._asked()
        changed = [
            box
            for name in before.keys() | self._places.keys()
            if before.get(name) != self._places.get(name)
            for box in (before.get(name), self._places.get(name))
            if box is not None
        ]
        near = {item.wire for box in changed for item in scene.wire_places.near(box)}
        stale = {w: a for w, a in asks.items() if w in near or not self._stands(w, a)}
        settled = {w: self.asks[w] for w in asks.keys() - stale.keys()}
        route_all(
            list(stale.values()),
            list(self._places.values()),
            [ask for ask in settled.values() if ask.route],
        )
        self.asks = {wire: stale.get(wire) or settled[wire] for wire in asks}
        self.route(wire for wire in asks if wire in scene.wires)

    def _stands(self, wire: Wire, ask: Ask) -> bool:
        known = self.asks.get(wire)
        return known is not None and known.joins(ask.start, ask.end)

    def _asked(self) -> dict[Wire, Ask]:
        """Return the wires without reroutes, as they would go directly."""
        rank = {name: place for place, name in enumerate(self._places)}
        asks: dict[Wire, Ask] = {}
        for wire, item in self.scene.wires.items():
            if len(item.points) == 2 and not item.name:
                start, end = self._ends(wire)
                own = (rank[wire.source], rank[wire.target])
                net = (wire.source, wire.output)
                asks[wire] = Ask(net, start.toTuple(), end.toTuple(), own)
        return asks

    def _obstacles(self) -> Places:
        """Return what no wire may hide: nodes, notes and the titles of frames."""
        scene = self.scene
        places = {node: item.box for node, item in scene.nodes.items()}
        for name, box in scene.boxes.items():
            if isinstance(box, NoteItem):
                places[name] = corners(box.area)
            elif isinstance(box, FrameItem) and box.title:
                places[name] = corners(box.title_area)
        return places

    def bounds(self) -> QRectF:
        """Return the rectangle that contains all routes."""
        spots = [spot for ask in self.asks.values() for spot in ask.corners]
        if not spots:
            return QRectF()
        xs, ys = zip(*spots, strict=True)
        return QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

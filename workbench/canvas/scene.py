"""The items of one document, created, updated and removed singly as it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsScene

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Wire
from engine.document.wiring import only_called
from workbench.bench.scope import Written
from workbench.canvas.ends import End, ends_of, sides_of
from workbench.canvas.faces import Faces
from workbench.canvas.fields import values_of
from workbench.canvas.frame_item import BoxItem, FrameItem, NoteItem
from workbench.canvas.index import Index
from workbench.canvas.inside_picture import inside_image
from workbench.canvas.layers import NodeLayer, Pictures, WireLayer
from workbench.canvas.layout import NEAR
from workbench.canvas.node_item import MARGIN, NodeItem
from workbench.canvas.routes import Routes
from workbench.canvas.selection import Bend, Selection, Thing, partners
from workbench.canvas.signs import Reader
from workbench.canvas.unders import Unders
from workbench.canvas.wire_item import WireItem
from workbench.canvas.wire_path import Box, corners, rectangle
from workbench.canvas.wire_words import Names, Skips
from workbench.look.theme import appearance, theme
from workbench.plots.base import thumbnail
from workbench.widgets.ports import Side
from workbench.words.kinds import shown_shape

if TYPE_CHECKING:
    from workbench.bench.inside import Heard

RICH = 300  # visible nodes above which pictures and shadows are left out
MANY = 100  # changed items above which everything is repainted
AIR = 400.0  # margin around the items, so that the index rarely grows


class Scene(QGraphicsScene):
    """The graph as items. The view sets `zoom`."""

    moved = Signal()  # an item was added, removed or moved
    grew = Signal()  # a node has another size

    def __init__(self, document: Written, live: Heard, catalogue: Catalogue) -> None:
        super().__init__()
        self.document = document
        self.live = live
        self.selection = Selection()
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.boxes: dict[str, BoxItem] = {}
        self.wire_places: Index[WireItem] = Index()
        self.unders = Unders(self)
        self.node_places: Index[NodeItem] = Index()
        self.pictures = Pictures(self)
        self.ends: dict[End, list[WireItem]] = {}
        self.at_node: dict[str, dict[Wire, WireItem]] = {}
        self.zoom = self.scale = self.ratio = self.screen_ratio = 1.0
        self.detailed = True
        self.shapes = True
        self.snap = True  # whether drags end on the grid
        self.preview_bends: dict[Wire, list[QPointF]] = {}  # reroutes during a gesture
        self.whole = False  # everything will be repainted
        self.repaint_boxes: list[Box] | None = None  # regions being painted; None: everything
        self.addItem(WireLayer(self))
        self.addItem(NodeLayer(self, self.pictures))
        self.routes, self.skips, self.names = Routes(self), Skips(self), Names(self)
        self.show_catalogue(catalogue)
        self.selection.changed.connect(self.show_selection)
        appearance.changed.connect(self.restyle)

    @property
    def graph(self) -> Graph:
        return self.document.graph

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Show the document with the kinds of another catalogue."""
        self.catalogue = catalogue
        self.reader = Reader(self.graph, self.live, catalogue)
        self.faces = Faces(self.graph, self.live, catalogue, self.reader, self.at_node)
        for wire in list(self.wires):  # their families may differ
            self.drop_wire(wire)
        self.build()

    def show_kinds(self, catalogue: Catalogue, changed: set[str]) -> None:
        """Show the nodes of some kinds that have changed, as groups do."""
        self.catalogue = self.reader.catalogue = catalogue
        self.faces.take_kinds(catalogue, changed)
        for node in [n for n, p in self.graph.nodes.items() if p.kind in changed]:
            if node in self.nodes:
                self.nodes[node].forget_picture()
                self.refresh_node(node)
        self.routes.settle()

    def build(self) -> None:
        """Rebuild every item that differs from the document."""
        self.reader.graph = self.faces.graph = self.graph
        self.reader.sort_problems()
        self.faces.forget_turns()
        self.faces.forget_stops()
        self.repaint()
        self._match_wires()  # first, because the turns on a face come along its wires
        self.names.match()
        for node in self.graph.nodes:
            self.put_node(node)
        self.match_boxes()
        self.match_nodes()
        self.routes.route(self.wires)
        self.routes.settle()
        for node in self.graph.nodes:
            self._refresh_state(node)
        for wire, item in self.wires.items():
            self.refresh_wire(wire, item)
        self.skips.refresh()
        self.update_bounds()

    def update_bounds(self) -> None:
        """Fit the index to the items and emit `moved`."""
        bounds = self.content().adjusted(-AIR, -AIR, AIR, AIR)
        if not self.sceneRect().contains(bounds):
            self.setSceneRect(bounds)
        self.moved.emit()

    def content(self) -> QRectF:
        """Return the rectangle that contains all nodes, frames, notes and reroutes."""
        nodes = self.node_places.bounds()
        bounds = self.area_of_all(self.boxes)
        bounds = bounds.united(rectangle(nodes)) if nodes is not None else bounds
        if bounds.isEmpty():
            return bounds
        for way in self.graph.layout.reroutes.values():
            for x, y in way:
                bounds = bounds.united(QRectF(x - 4, y - 4, 8, 8))
        return bounds.united(self.routes.bounds())

    def readable_items(self) -> list[NodeItem | BoxItem]:
        """Return the nodes and notes, whose text must not be covered."""
        notes = (self.boxes[n] for n in self.graph.layout.notes if n in self.boxes)
        return [*self.nodes.values(), *notes]

    def put_node(self, node: str) -> None:
        """Create a node's item, or update its position and face. Its signs are updated later."""
        place, face = (
            QPointF(*self.graph.layout.positions.get(node, (0.0, 0.0))),
            self.faces.face(node),
        )
        item = self.nodes.get(node)
        if item is None:
            self.nodes[node] = NodeItem(self, node, face, place)
            return
        item.show_face(face)
        if item.pos() != place:
            item.move(place)

    def match_nodes(self) -> None:
        """Remove the items of deleted nodes; their wires were removed before."""
        for node in [n for n in self.nodes if n not in self.graph.nodes]:
            self.drop_node(node)

    def drop_node(self, node: str) -> None:
        """Remove a node's item and what stands under it."""
        self.unders.drop(node)
        item = self.nodes.pop(node)
        self.node_places.drop(item)
        item.update()

    def refresh_node(self, node: str, *, wires: bool = True) -> None:
        """Update everything a node shows."""
        ends = self.at_node.get(node, {})
        if self._refresh_face(node):
            self.routes.route(ends)
        self._refresh_state(node)
        for wire, wire_item in ends.items() if wires else ():
            self.refresh_wire(wire, wire_item)

    def unfold(self, nodes: Iterable[str]) -> None:
        """Show all ports of these nodes, and fold those of the others."""
        before, self.faces.unfolded = self.faces.unfolded, frozenset(nodes)
        for node in before ^ self.faces.unfolded:
            if node in self.nodes and node in self.graph.nodes and self._refresh_face(node):
                self.routes.route(self.at_node.get(node, {}))

    def _refresh_face(self, node: str) -> bool:
        """Update a node's face; return whether it changed."""
        return self.nodes[node].show_face(self.faces.face(node))

    def _refresh_state(self, node: str) -> None:
        """Update what changes on a node's face."""
        item = self.nodes[node]
        wired = frozenset(
            (s, w.output if s == "output" else w.input)
            for w in self.at_node.get(node, ())
            for s in sides_of(w, node)
        )
        turns = tuple(self.faces.turns(node))
        layout = self.graph.layout
        hue, pinned = layout.colours.get(node, ""), node in layout.pinned
        twin = self.faces.is_twin(node)
        item.display(wired=wired, twin=twin, turns=turns, hue=hue, pinned=pinned)
        self.refresh_signs(node)

    def refresh_signs(self, node: str) -> None:
        """Update a node's state, footer and problem, if the node still exists."""
        item = self.nodes.get(node)
        if item is None or node not in self.graph.nodes:
            return
        needed = (p.name for p in item.face.content.inputs if p.needed)
        free = frozenset(n for n in needed if ("input", n) not in item.wired)
        info = self.catalogue.of(self.graph.nodes[node])
        if info and only_called(info, [name for side, name in item.wired if side == "output"]):
            free = frozenset()
        item.display(signs=self.reader.signs(node, free))
        if item.face.content.fields or item.values:
            item.display(values=values_of(self.reader, node, item.face.content.fields))
        self.unders.match(item)

    def repaint(self) -> None:
        """Repaint everything: for many items that takes less than to say where each lies."""
        self.whole = True
        self.update()

    def place(self, ids: Iterable[str]) -> None:
        """Move items to the document's positions."""
        ids, at = list(ids), self.graph.layout.positions
        self.shift({i: QPointF(*at.get(i, (0.0, 0.0))) for i in ids if i in self.nodes})
        for box in ids:
            if box in self.boxes:
                self.boxes[box].put(self._fields(box))
        self.routes.settle()

    def shift(self, places: Mapping[str, QPointF]) -> None:
        """Preview nodes at other positions; the document is unchanged.

        Each wire is routed once; one between nodes that moved alike, without reroutes, slides.
        """
        moved = {n: place for n, place in places.items() if self.nodes[n].pos() != place}
        if len(moved) > MANY:
            self.repaint()
        offsets = {node: place - self.nodes[node].pos() for node, place in moved.items()}
        for node, place in moved.items():
            self.nodes[node].move(place)
            for under in self.unders.at(node):
                under.follow()
        changed: dict[Wire, None] = {}
        for node in moved:
            changed |= dict.fromkeys(self.at_node.get(node, ()))
        self.routes.route(wire for wire in changed if not self._slides(wire, offsets))

    def _slides(self, wire: Wire, offsets: Mapping[str, QPointF]) -> bool:
        """Slide a wire if all of it moved alike; return whether it did."""
        off, item = offsets.get(wire.source), self.wires[wire]
        if off is None or off != offsets.get(wire.target) or len(item.points) > 2:
            return False
        item.slide(off)
        return True

    def match_wires(self) -> set[str]:
        """Add and remove items so that they match the wires; return the nodes concerned."""
        changed, new = self._match_wires()
        touched = {n for w in changed for n in (w.source, w.target)} & self.graph.nodes.keys()
        for node in touched:
            if self.catalogue.of(self.graph.nodes[node]) is None:
                self._refresh_face(node)  # its ports are named by its wires
        self.routes.route(new)
        return touched

    def _match_wires(self) -> tuple[list[Wire], list[Wire]]:
        """Add and remove the items of wires; return those added or removed, and those added."""
        wanted = dict.fromkeys(w for w in self.graph.wires if self._has_ends(w))
        gone = [w for w in self.wires if w not in wanted]
        new = [w for w in wanted if w not in self.wires]
        for wire in gone:
            self.drop_wire(wire)
        for wire in new:
            self.add_wire(wire)
        self.faces.forget_turns()
        return [*gone, *new], new

    def _has_ends(self, wire: Wire) -> bool:
        return wire.source in self.graph.nodes and wire.target in self.graph.nodes

    def add_wire(self, wire: Wire) -> None:
        item = self.names.item(wire, self.faces.family(wire))
        self.wires[wire] = item
        for node, end in ends_of(wire):
            self.ends.setdefault(end, []).append(item)
            self.at_node.setdefault(node, {})[wire] = item

    def drop_wire(self, wire: Wire) -> None:
        item = self.wires.pop(wire)
        for node, end in ends_of(wire):
            self.ends[end].remove(item)
            self.at_node[node].pop(wire, None)
        self.wire_places.drop(item)
        self.update(item.area)

    def refresh_wire(self, wire: Wire, item: WireItem) -> None:
        """Update the labels and marks of a wire."""
        nodes = self.graph.nodes
        if wire.source not in nodes or wire.target not in nodes:
            return  # removed, but its item is still there
        info = self.live.wire_infos.get((wire.source, wire.output))
        problems = self.reader.problems.get(wire.target, ())
        item.display(
            family=self.faces.family(wire),
            shape_text=shown_shape(info.shape) if info else "",
            turn_text=self.faces.turn_text(wire),
            stopped=self.faces.stop_icon(wire),
            muted="muted" in (nodes[wire.source].mode, nodes[wire.target].mode),
            broken=any(p.port == wire.input and p.level == "error" for p in problems),
        )

    def refresh_learning(self) -> None:
        """Update gradient stops and optimisers' letters everywhere; any edit may change them."""
        for wire, line in self.wires.items():
            line.display(stopped=self.faces.stop_icon(wire))
        for node, item in self.nodes.items():
            if node in self.graph.nodes and item.face.content.badges != self.faces.badges(node):
                self.refresh_node(node)

    def shows_shape(self, wire: Wire) -> bool:
        """Return whether a wire shows its output's shape: the shortest one without reroutes."""
        item = self.wires[wire]
        if len(item.points) > 2:
            return False
        others = self.ends[wire.source, "output", wire.output]
        return min(others, key=lambda w: w.span) is item

    def nodes_near(self, area: QRectF) -> list[NodeItem]:
        """Return the nodes whose bodies lie within MARGIN of a rectangle, the topmost first."""
        around = area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        return self.node_places.near(corners(around))[::-1]

    def wires_near(self, area: QRectF) -> list[WireItem]:
        """Return the visible wires whose boxes meet a rectangle, the topmost first."""
        found = [w for w in self.wire_places.near(corners(area)) if not w.hidden]
        found.reverse()
        found.sort(key=lambda wire: not wire.raised)
        return found

    def wires_at(self, node: str, side: Side, port: str) -> list[WireItem]:
        return self.ends.get((node, side, port), [])

    def match_boxes(self) -> None:
        """Add, update and remove the items of frames and notes."""
        layout = self.graph.layout
        for box in [b for b in self.boxes if b not in layout.frames and b not in layout.notes]:
            self.removeItem(self.boxes.pop(box))
        for kind, boxes in ((FrameItem, layout.frames), (NoteItem, layout.notes)):
            for box, fields in boxes.items():
                if box in self.boxes:
                    self.boxes[box].put(fields)
                else:
                    self.boxes[box] = kind(self, box, fields)
                    self.addItem(self.boxes[box])

    def _fields(self, box: str) -> dict[str, Any]:
        layout = self.graph.layout
        return layout.frames.get(box) or layout.notes.get(box) or {}

    def inside(self, frame: str) -> list[str]:
        """Return the nodes, notes and frames inside a frame."""
        area = self.boxes[frame].area
        near = self.node_places.near(corners(area))
        nodes = [item.node for item in near if area.contains(item.area)]
        boxes = [box for box, item in self.boxes.items() if area.contains(item.area)]
        return [*nodes, *(box for box in boxes if box != frame)]

    def show_selection(self) -> None:
        """Mark the selection, its wires, and the other nodes that share its weights."""
        chosen = set(self.selection.ids)
        sharing = partners(self.graph, self.selection.things)
        if len(chosen) > MANY:
            self.repaint()
        for node, item in self.nodes.items():
            selected, partner = node in chosen, node in sharing
            if item.selected != selected or item.partner != partner:
                item.display(selected=selected, partner=partner)
        for box, box_item in self.boxes.items():
            box_item.display(selected=box in chosen)
        wires, bends = set(self.selection.wires), self.selection.bends
        marked: dict[Wire, set[int]] = {}
        for bend in bends:
            marked.setdefault(bend.wire, set()).add(bend.place)
        for wire, line in self.wires.items():
            selected, near = wire in wires, wire.source in chosen or wire.target in chosen
            if line.selected != selected or line.near != near or marked or line.chosen_bends:
                spots = frozenset(marked.get(wire, ()))
                line.display(selected=selected, near=near, chosen_bends=spots)

    def select(self, things: Iterable[Thing]) -> None:
        """Select those of the things that exist."""
        there = set(self.all_things())
        self.selection.set([t for t in things if t in there])

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Return the width and height of each node, for aligning and tidying."""
        return {n: (i.face.width, i.face.height) for n, i in self.nodes.items()}

    def all_things(self) -> list[Thing]:
        return [*self.nodes, *self.boxes, *self.wires]

    def area_of(self, thing: Thing) -> QRectF:
        """Return the rectangle of a selected item."""
        if isinstance(thing, Bend):
            at = self.wires[thing.wire].points[thing.place + 1]
            return QRectF(at.x() - 8, at.y() - 8, 16, 16)
        if isinstance(thing, Wire):
            return self.wires[thing].area
        item = self.nodes.get(thing) or self.boxes.get(thing)
        return item.area if item else QRectF()

    def area_of_all(self, things: Iterable[Thing]) -> QRectF:
        """Return the rectangle that contains all these items."""
        bounds = QRectF()
        for thing in things:
            bounds = bounds.united(self.area_of(thing))
        return bounds

    def show_zoom(self, zoom: float, scale: float, screen_ratio: float, sight: QRectF) -> None:
        """Set the zoom, which selects the level of detail; `scale` is in pixels per unit."""
        near = (zoom >= NEAR) != (self.zoom >= NEAR)
        self.zoom, self.scale, self.screen_ratio = zoom, scale, screen_ratio
        self.ratio = max(1.0, round(scale * screen_ratio * 2 + 0.49) / 2)
        self.detailed = self._count_visible(sight) <= RICH
        self.pictures.clear()
        self.unders.show_zoom(near=near)

    def _count_visible(self, sight: QRectF) -> int:
        """Return the number of visible nodes where it may matter; at 100 % they are always few."""
        if len(self.nodes) <= RICH or self.zoom >= 1:
            return min(len(self.nodes), RICH)
        if self.zoom < NEAR:  # counting at each step of a pan would take too long
            return len(self.nodes)
        return len(self.node_places.near(corners(sight)))

    def show_shapes(self, shown: bool) -> None:
        self.shapes = shown
        self.update()

    def is_collapsed(self, node: str) -> bool:
        return self.nodes[node].face.content.collapsed

    def thumbnail(self, node: str) -> QImage | None:
        """Return a view's thumbnail, drawn once for each figure."""
        item = self.nodes[node]
        if self.detailed and item.picture is None:
            item.picture = self.draw_thumbnail(node, min(self.ratio, 3.0))
        return item.picture if self.detailed else None

    def draw_thumbnail(self, node: str, ratio: float) -> QImage | None:
        """Return a view's figure, or what a group holds, in the size of its place on the node."""
        area, figure = self.nodes[node].face.thumbnail, self.live.figures.get(node)
        held = self.graph.groups.get(self.graph.nodes[node].group)
        if area is None:
            return None
        size = QSize(round(area.width()), round(area.height()))
        if held is not None:
            return inside_image(held, size, theme(), ratio)
        if figure is None:
            return None
        return thumbnail(figure.figure, size.width(), size.height(), theme(), ratio)

    def show_figure(self, node: str) -> None:
        """Show a new figure, in a thumbnail of its aspect ratio."""
        item = self.nodes.get(node)
        if item is None or node not in self.graph.nodes:
            return
        item.forget_picture()
        if self.faces.face(node) is not item.face:
            self.refresh_node(node)
            self.routes.settle()
            self.grew.emit()
        item.update()

    def restyle(self) -> None:
        """Redraw everything in another theme."""
        for item in self.nodes.values():
            item.forget_picture()
        self.pictures.clear()
        self.update()
        for any_item in self.items():
            any_item.update()

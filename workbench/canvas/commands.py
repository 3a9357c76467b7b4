"""Edits made on the canvas itself; those of the menus are in `workbench.shell.editing`.

Each is one change; a refusal is shown as a sentence.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtWidgets import QWidget

from engine.document.catalogue import PortInfo, Problem
from engine.document.graph import Change, Graph, Wire
from nodes.errors import Refusal
from workbench import edits
from workbench.bench.fixes import change_of_fix
from workbench.bench.scope import Scope
from workbench.canvas.fitting import End, WireRefusal, added_nodes, combined, opposite, wire_between
from workbench.canvas.refusals import Refusals
from workbench.canvas.scene import Scene
from workbench.canvas.selection import Thing
from workbench.edits.room import BESIDE, GAP, LEAST
from workbench.look.theme import SNAP
from workbench.widgets.ports import Port, Side


class CanvasCommands:
    """Edits of the selection."""

    def __init__(self, scene: Scene, refusals: Refusals, parent: QWidget) -> None:
        self.scene = scene
        self.document = scene.document
        self.refusals = refusals
        self.parent = parent  # of file dialogs

    @property
    def graph(self) -> Graph:
        return self.document.graph

    @property
    def ids(self) -> list[str]:
        """Return the selected nodes, frames and notes."""
        return self.scene.selection.ids

    def push(
        self,
        make: Callable[[], Change],
        *,
        merge: bool = False,
        choose: bool = False,
        quiet: bool = False,
    ) -> list[str]:
        """Push the change that `make` returns, or show why it is refused.

        With `choose`, select the items it added. Return the ids of added nodes.
        """
        refused = _say_nothing if quiet else self.refusals.show_edit
        change = self.document.attempt(make, refused, merge=merge)
        if not change:
            return []
        added = [n for n in added_nodes(change) if n in self.scene.nodes]
        if choose:
            self.scene.selection.set(_added(change, self.scene.all_things()))
        return added

    def add(self, kind: str, place: QPointF, *, centred: bool = True) -> str:
        """Add a node with the middle of its header at `place`; return its id, or "" if refused."""
        catalogue = self.scene.catalogue
        at = place - QPointF(64, 16) if centred else place
        make = lambda: edits.add_node(self.graph, kind, _free(self, at), catalogue=catalogue)  # noqa: E731
        return next(iter(self.push(make, choose=True)), "")

    def add_wired(self, kind: str, place: QPointF, start: End, port: PortInfo) -> str:
        """Add a node where a wire was dropped and connect the wire to `port`, as one change.

        It lies clear of the node that the wire comes from.
        """
        there = opposite(start.port.side)
        end = Port(name=port.name, side=there, label=port.name, info=port)

        def make() -> Change:
            face = self.scene.faces.face_of_new(kind)
            area = QRectF(place - face.spot(there, port.name), QSizeF(face.width, face.height))
            at = _beside(area, self.scene.area_of(start.node), start.port.side).toTuple()
            add = edits.add_node(self.graph, kind, at, catalogue=self.scene.catalogue)
            (node,) = added_nodes(add)
            wire = wire_between(start, End(node, end))
            join = lambda g: edits.connect(g, wire, self.scene.catalogue)  # noqa: E731
            return combined(self.graph, add.label, [lambda _: add, join])

        return next(iter(self.push(make, choose=True)), "")

    def add_on_wire(self, kind: str, place: QPointF, wire: Wire, *, quiet: bool = False) -> str:
        """Insert a new node into a wire and make room for it; do nothing if it does not fit."""
        catalogue, sizes = self.scene.catalogue, self.scene.sizes()

        def make() -> Change:
            at = (place.x() - 64, place.y() - 48)
            add = edits.add_node(self.graph, kind, at, catalogue=catalogue)
            (node,) = added_nodes(add)
            onto = lambda g: edits.insert_on_wire(g, node, wire, catalogue)  # noqa: E731
            face = self.scene.faces.face_of_new(kind)
            sizes[node] = (face.width, face.height)
            room = lambda g: edits.make_room(g, node, wire, sizes)  # noqa: E731
            return combined(self.graph, add.label, [lambda _: add, onto, room])

        return next(iter(self.push(make, choose=True, quiet=quiet)), "")

    def lead_out(self, node: str, port: Port, *, output: bool) -> None:
        """Make a port of a node one of the open group."""
        document = self.document
        if isinstance(document, Scope):
            group = document.group
            self.push(lambda: edits.add_port(self.graph, group, node, port.name, output=output))

    def rename_port(self, name: str, to: str, *, output: bool) -> None:
        """Rename a port of the open group, with the wires at its instances."""
        if to != name:
            self._push_whole(lambda g, group: edits.rename_port(g, group, name, to, output=output))

    def show_outside(self, node: str, name: str, title: str) -> None:
        """Show a parameter of a node at the instances of the open group."""
        owner = self.graph.owner(node)
        self._push_whole(lambda g, group: edits.show_outside(g, group, owner, name, title))

    def move_port(self, name: str, by: int, *, output: bool) -> None:
        """Move a port of the open group up or down."""
        self._push_whole(lambda g, group: edits.move_port(g, group, name, by, output=output))

    def _push_whole(self, make: Callable[[Graph, str], Change]) -> None:
        """Push a change of what the open group shows outside to the whole document."""
        if isinstance(self.document, Scope):
            whole, group = self.document.document, self.document.group
            whole.attempt(lambda: make(whole.graph, group), self.refusals.show_edit)

    def rename(self, thing: str, title: str) -> None:
        self.push(lambda: edits.rename(self.graph, thing, title))

    def name_wires(self, node: str, port: str, name: str) -> None:
        self.push(lambda: edits.name_wires(self.graph, node, port, name))

    def write_note(self, note: str, text: str) -> None:
        self.push(lambda: edits.edit_note(self.graph, note, text=text))

    def bend(self, wire: Wire, place: QPointF) -> None:
        """Add a reroute point where a wire was double-clicked."""
        item = self.scene.wires[wire]
        piece = item.line.nearest(place.x(), place.y())[1]
        points = [p.toTuple() for p in item.points[1:-1]]
        points.insert(piece, (place.x(), place.y()))
        self.push(lambda: edits.reroute(self.graph, wire, points))

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selection by snap steps; repeated steps merge into one change."""
        to = {i: self._at(i) for i in self.ids}
        if to:
            moved = {i: (x + dx * SNAP, y + dy * SNAP) for i, (x, y) in to.items()}
            self.push(lambda: edits.move(self.graph, moved), merge=True)

    def _at(self, item: str) -> tuple[float, float]:
        there = self.scene.nodes.get(item) or self.scene.boxes[item]
        return there.pos().toTuple()

    def fix(self, node: str) -> None:
        """Apply the fix offered for the problem shown under a node."""
        free = self.scene.nodes[node].signs.free
        problem = self.scene.reader.problem(node, free)
        if problem is not None and problem.fix is not None:
            change = change_of_fix(self.graph, problem.fix, self.parent)
            if change is not None:
                self.push(lambda: change)

    def disconnect(self, wires: list[Wire]) -> None:
        self.push(lambda: edits.disconnect(self.graph, wires))


def _say_nothing(refusal: Refusal) -> None:
    """Ignore a refusal."""


def answer_of(refusal: Refusal) -> WireRefusal:
    """Return a refusal as the canvas's message shows it."""
    return WireRefusal(Problem(sentence=refusal.sentence, hint=refusal.fix))


def _beside(area: QRectF, other: QRectF, side: Side) -> QPointF:
    """Return the corner of an area moved away from another where it covers it or comes too near."""
    if not area.intersects(other.adjusted(-LEAST, -BESIDE, LEAST, BESIDE)):
        return area.topLeft()
    x = other.right() + GAP if side == "output" else other.left() - GAP - area.width()
    return QPointF(round(x / SNAP) * SNAP, area.y())


def _free(commands: CanvasCommands, at: QPointF) -> tuple[float, float]:
    """Return a point near `at` where no node has its corner."""
    taken = {tuple(p) for p in commands.graph.layout.positions.values()}
    x, y = (round(v / SNAP) * SNAP for v in at.toTuple())
    while (x, y) in taken:
        x, y = x + 3 * SNAP, y + 3 * SNAP
    return x, y


def _added(change: Change, there: list[Thing]) -> list[str]:
    """Return the nodes, frames and notes that a change added."""
    paths = [p.path for p in change.puts]
    nodes = [p[1] for p in paths if len(p) == 2 and p[0] == "nodes"]
    boxes = [
        p[2] for p in paths if len(p) == 3 and p[:2] in (("layout", "frames"), ("layout", "notes"))
    ]
    return [i for i in (*nodes, *boxes) if i in there]

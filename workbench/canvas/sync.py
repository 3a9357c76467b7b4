"""Update exactly the items affected by a change or by the engine's messages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from engine.document.graph import Change, Put
from engine.document.messages import NodeInfo
from workbench.canvas.scene import Scene

FRESH = 2000  # ms for which a changed shape is highlighted


class Stale:
    """The items that a change affects."""

    def __init__(self) -> None:
        self.everything = False
        self.nodes: set[str] = set()
        self.moved: set[str] = set()
        self.boxes = False
        self.wires = False
        self.reroutes = self.names = False
        self.collapsed = self.pinned = self.fields = False
        self.learning = False


class DocumentSync:
    """Watch a document. Each put marks items as stale; each stale item is updated once.

    This is the first watcher called, so that later ones find the items. An active gesture is
    cancelled before, while its items still exist.
    """

    def __init__(self, scene: Scene, let_go: Callable[[], None]) -> None:
        self.scene = scene
        self.let_go = let_go
        scene.document.watchers.insert(0, self.apply)

    def apply(self, change: Change) -> None:
        """Show a change that was made, undone or redone."""
        self.let_go()
        stale = Stale()
        self.scene.faces.forget_turns()
        for put in change.puts:
            self._sort(stale, put)
            stale.learning |= put.path[0] in ("nodes", "wires") and "params" not in put.path[2:3]
        if stale.learning:
            self.scene.faces.forget_stops()
        if stale.everything:
            self.scene.build()
        else:
            self._refresh(stale)
        self.scene.selection.keep(self.scene.all_things())

    def stop(self) -> None:
        if self.apply in self.scene.document.watchers:
            self.scene.document.watchers.remove(self.apply)

    def _sort(self, stale: Stale, put: Put) -> None:
        """Mark the items a put affects, by the longest matching prefix of its path."""
        for length in (2, 1):
            rule = _RULES.get(put.path[:length])
            if rule is not None:
                rule(stale, put)
                return

    def _refresh(self, stale: Stale) -> None:
        scene, graph = self.scene, self.scene.graph
        gone = [n for n in stale.nodes if n not in graph.nodes]
        new = [n for n in stale.nodes if n in graph.nodes and n not in scene.nodes]
        for node in new:
            scene.put_node(node)
        if stale.boxes:
            scene.match_boxes()
        if stale.wires or new or gone:
            stale.nodes |= scene.match_wires()
            scene.match_nodes()
            stale.nodes |= {n for n, item in scene.nodes.items() if item.turns}  # their order
        if stale.learning:
            stale.nodes |= {n for n in scene.nodes if scene.faces.is_named_by_others(n)}
        self._refresh_nodes(stale)
        if stale.learning:
            scene.refresh_learning()
            scene.skips.refresh()
        scene.place(stale.moved)
        if stale.reroutes:
            scene.routes.route(scene.wires)
        if stale.names:
            scene.names.follow()
        if stale.wires or stale.names or new or gone:
            scene.show_selection()
        scene.routes.settle()
        if stale.moved or stale.boxes or stale.collapsed or stale.fields or new or gone:
            scene.update_bounds()
        if stale.collapsed or stale.fields:
            scene.grew.emit()

    def _refresh_nodes(self, stale: Stale) -> None:
        scene, graph = self.scene, self.scene.graph
        wanted = {n for n in stale.nodes if n in graph.nodes}
        wanted |= {n for n, p in graph.nodes.items() if p.twin in wanted}
        if stale.collapsed:
            listed = set(graph.layout.collapsed)
            wanted |= {n for n in scene.nodes if scene.is_collapsed(n) != (n in listed)}
        if stale.pinned:
            listed = set(graph.layout.pinned)
            wanted |= {n for n, item in scene.nodes.items() if item.pinned != (n in listed)}
        wanted |= {w.target for n in wanted for w in scene.at_node.get(n, ()) if w.source == n}
        for node in wanted & scene.nodes.keys():
            scene.refresh_node(node)


def _node(stale: Stale, put: Put) -> None:
    if len(put.path) == 1:
        stale.everything = True
    else:
        stale.nodes.add(put.path[1])


def _position(stale: Stale, put: Put) -> None:
    if len(put.path) == 2:
        stale.everything = True
    else:
        stale.moved.add(put.path[2])


def _box(stale: Stale, put: Put) -> None:
    stale.boxes = True


def _wires(stale: Stale, put: Put) -> None:
    stale.wires = True


def _names(stale: Stale, put: Put) -> None:
    stale.names = True


def _reroutes(stale: Stale, put: Put) -> None:
    stale.reroutes = True


def _collapsed(stale: Stale, put: Put) -> None:
    stale.collapsed = True


def _pinned(stale: Stale, put: Put) -> None:
    stale.pinned = True


def _colour(stale: Stale, put: Put) -> None:
    stale.nodes |= {put.path[2]} if len(put.path) > 2 else set()
    stale.everything |= len(put.path) == 2


def _fields(stale: Stale, put: Put) -> None:
    _colour(stale, put)
    stale.fields = True


def _everything(stale: Stale, put: Put) -> None:
    stale.everything = stale.everything or len(put.path) == 1


_RULES: dict[tuple[str, ...], Callable[[Stale, Put], None]] = {
    ("nodes",): _node,
    ("wires",): _wires,
    ("layout",): _everything,
    ("layout", "positions"): _position,
    ("layout", "frames"): _box,
    ("layout", "notes"): _box,
    ("layout", "reroutes"): _reroutes,
    ("layout", "names"): _names,
    ("layout", "collapsed"): _collapsed,
    ("layout", "pinned"): _pinned,
    ("layout", "colours"): _colour,
    ("layout", "fields"): _fields,
}


class LiveSync(QObject):
    """Watch the engine: states, progress, figures, shapes, problems."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.scene = scene
        self._shapes: dict[tuple[str, str], str] = {}
        self._infos: dict[str, NodeInfo] = {}
        self._fade = QTimer(self, singleShot=True, interval=FRESH)
        self._fade.timeout.connect(self._fade_labels)
        live = scene.live
        live.checked_changed.connect(self._checked)
        live.problems_changed.connect(self._problems)
        live.status_changed.connect(self._all_signs)
        live.past_changed.connect(self._all_signs)
        live.series_changed.connect(self._all_measures)
        for signal in (live.progress_changed, live.state_changed, live.metric_changed):
            signal.connect(scene.refresh_signs)
        live.figure_changed.connect(scene.show_figure)

    def _checked(self) -> None:
        """Show the results of a check: signs and weights of nodes, shapes on wires."""
        scene, live = self.scene, self.scene.live
        infos, self._infos = self._infos, dict(live.node_infos)
        changed = {
            n for n in infos.keys() | self._infos.keys() if infos.get(n) != self._infos.get(n)
        }
        twins = {n for n, p in scene.graph.nodes.items() if p.twin in changed}
        for node in (changed | twins) & scene.nodes.keys():
            scene.refresh_node(node, wires=False)
        before, self._shapes = self._shapes, {e: i.shape for e, i in live.wire_infos.items()}
        for wire, item in scene.wires.items():
            end = (wire.source, wire.output)
            if before.get(end) != self._shapes.get(end):
                scene.refresh_wire(wire, item)
                item.display(fresh=end in before and end in self._shapes)
                self._fade.start()
        scene.skips.refresh()
        scene.routes.settle()
        scene.moved.emit()
        if changed or twins:
            scene.grew.emit()

    def _fade_labels(self) -> None:
        for item in self.scene.wires.values():
            item.display(fresh=False)

    def _problems(self) -> None:
        for node in self.scene.reader.sort_problems():
            self.scene.refresh_signs(node)
            for wire, item in self.scene.at_node.get(node, {}).items():
                self.scene.refresh_wire(wire, item)

    def _all_signs(self) -> None:
        for node in self.scene.nodes:
            self.scene.refresh_signs(node)

    def _all_measures(self) -> None:
        """Show the latest losses on nodes that have a curve."""
        for node in {name.split(".")[0] for name in self.scene.live.series}:
            self.scene.refresh_signs(node)

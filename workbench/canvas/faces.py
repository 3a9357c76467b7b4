"""The measured face of each node, from its kind, its title and the last check.

Faces are cached by their content, so that equal nodes share one and an edit measures one node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import GROUP, Graph, Wire
from engine.document.messages import Figure
from workbench.bench.gradients import Stop, stops
from workbench.bench.turns import Turn, letters, turns
from workbench.canvas.fields import Roomed, described, fields_of
from workbench.canvas.layout import Content, Face, face
from workbench.canvas.signs import Reader
from workbench.widgets.ports import Port, ports_of, unknown_port
from workbench.words.kinds import is_optimizer, kind_title, title_of, tr
from workbench.words.quantities import show_count

if TYPE_CHECKING:
    from workbench.bench.inside import Heard

Ports = tuple[tuple[Port, ...], tuple[Port, ...]]
Badge = tuple[str, bool]  # an optimiser's letter, and whether its turns end a step
MOST_TURNS = 12
LEAST_SHARE = 0.3
FIGURE = "0.000"  # as wide as most figures


class _Shown(NamedTuple):
    """What the faces of two nodes of one kind can differ by. `folded`: inputs that are hidden."""

    folded: tuple[str, ...]
    title: str
    sign: str
    weights: int | None
    twin: bool
    turns: int
    badges: tuple[Badge, ...]
    collapsed: bool
    share: float
    fields: tuple[Roomed, ...] = ()
    more: int = 0


class Faces:
    """Create and cache the faces of a document's nodes. `ends` holds the wires at each node."""

    def __init__(
        self,
        graph: Graph,
        live: Heard,
        catalogue: Catalogue,
        reader: Reader,
        ends: Mapping[str, Iterable[Wire]],
    ) -> None:
        self.graph = graph
        self.ends = ends
        self.live = live
        self.catalogue = catalogue
        self.reader = reader
        self.unfolded: frozenset[str] = frozenset()  # nodes that show all their ports
        self._ports: dict[tuple[str, tuple[str, ...]], Ports] = {}
        self._made: dict[tuple[Any, ...], Face] = {}
        self._turns: dict[str, list[Turn]] = {}
        self._badges: dict[str, tuple[Badge, ...]] | None = None
        self._stops: dict[Wire, Stop] | None = None
        self._rank: dict[Wire, int] | None = None

    def take_kinds(self, catalogue: Catalogue, changed: set[str]) -> None:
        """Measure the faces of some kinds anew."""
        self.catalogue = catalogue
        self._ports = {key: ports for key, ports in self._ports.items() if key[0] not in changed}
        self._made = {key: made for key, made in self._made.items() if key[0] not in changed}
        self.forget_turns()
        self.forget_stops()

    def face(self, node: str) -> Face:
        """Return a node's face. A kind that is not installed gets its ports from the wires."""
        place = self.graph.nodes[node]
        kind = self.catalogue.of(place)
        names: tuple[Any, ...] = self._own(kind) if kind else _names(node, self.ends.get(node, ()))
        shown = self._shown(node, kind)
        key = (place.kind, names, shown)
        if key not in self._made:
            ports = self._ports_of(kind) if kind else _unknown(names)
            self._made[key] = face(self._content(kind, ports, shown))
        return self._made[key]

    def _shown(self, node: str, kind: KindInfo | None) -> _Shown:
        """Return what nodes of one kind differ by."""
        place = self.graph.nodes[node]
        info = self.live.node_infos.get(self.graph.owner(node))
        fields, more = fields_of(self.graph, self.catalogue, node, kind)
        return _Shown(
            folded=tuple(port.name for port in self._folded(node)) if kind else (),
            title=self.title(node),
            sign=self.reader.sign(node),
            weights=info.weights if info and not place.twin else None,
            twin=self.is_twin(node),
            turns=min(len(self.turns(node)), MOST_TURNS),
            badges=self.badges(node),
            collapsed=node in self.graph.layout.collapsed,
            share=thumbnail_share(self.live.figures.get(node)),
            fields=fields,
            more=more,
        )

    def _content(self, kind: KindInfo | None, ports: Ports, shown: _Shown) -> Content:
        inputs, outputs = ports
        return Content(
            title=shown.title,
            icon=kind.icon if kind else "package",
            inputs=tuple(port for port in inputs if port.name not in shown.folded),
            outputs=outputs,
            folded=tuple(port for port in inputs if port.name in shown.folded),
            sign=shown.sign if kind or not self.catalogue.kinds else tr("not installed"),
            weights=show_count(shown.weights) if shown.weights else "",
            reserved=FIGURE if kind and _gives_figures(kind.role, outputs) else "",
            measured=kind is not None and kind.role == "metric",
            twin=shown.twin,
            inside=kind is not None and kind.kind.startswith(GROUP),
            figure=kind.figure if kind and kind.role == "view" else "",
            share=shown.share,
            turns=shown.turns,
            badges=shown.badges,
            collapsed=shown.collapsed,
            fields=described(kind, shown.fields),
            more=shown.more,
        )

    def _folded(self, node: str) -> tuple[Port, ...]:
        """Return the optional inputs without a wire, if there are several, but for the first.

        Parameters that are inputs are shown: somebody wanted them to be.
        """
        inputs, _ = self._ports_of(self.catalogue[self.graph.nodes[node]])
        driven = self.graph.nodes[node].driven
        optional = [port for port in inputs if not port.needed and port.name not in driven]
        if len(optional) < 2 or node in self.unfolded:
            return ()
        shown = {wire.input for wire in self.ends.get(node, ()) if wire.target == node}
        return tuple(port for port in optional if port.name not in shown)[1:]

    def face_of_new(self, kind: str) -> Face:
        """Return the face of a node yet to be added."""
        info = self.catalogue.kinds[kind]
        inputs, outputs = self._ports_of(info)
        figure = info.figure if info.role == "view" else ""
        title = kind_title(info)
        return face(Content(title, info.icon, inputs, outputs, figure=figure))

    def _ports_of(self, kind: KindInfo) -> Ports:
        key = kind.kind, self._own(kind)
        if key not in self._ports:
            self._ports[key] = ports_of(self.catalogue, kind)
        return self._ports[key]

    def _own(self, kind: KindInfo) -> tuple[str, ...]:
        """Return the names of the inputs where they are those of one object."""
        usual = kind is self.catalogue.kinds.get(kind.kind)
        return () if usual else tuple(port.name for port in kind.inputs)

    def title(self, node: str) -> str:
        wires = self._in_order(self.ends.get(node, ())) if self.is_named_by_others(node) else ()
        return title_of(self.graph, self.catalogue, node, wires)

    def is_named_by_others(self, node: str) -> bool:
        """Return whether a node's title depends on others: an optimizer's on what it trains."""
        return is_optimizer(self.graph, self.catalogue, node)

    def is_twin(self, node: str) -> bool:
        return bool(self.graph.nodes[node].twin)

    def family(self, wire: Wire) -> str:
        """Return the family that colours a wire: its output's, else its input's."""
        for node, port, side in ((wire.source, wire.output, 1), (wire.target, wire.input, 0)):
            if kind := self.catalogue.of(self.graph.nodes[node]):
                for found in self._ports_of(kind)[side]:
                    if found.name == port:
                        return found.family
        return "object"

    def forget_turns(self) -> None:
        """Drop the cached turns, because the document changed."""
        self._turns.clear()
        self._badges = None
        self._rank = None

    def forget_stops(self) -> None:
        """Drop the cached gradient stops, because nodes or wires changed."""
        self._stops = None

    def _turns_of(self, node: str) -> list[Turn]:
        if node not in self._turns:
            found = self._read_turns(node)
            numbered = len(found) > 1 or any(t.count > 1 for t in found)
            self._turns[node] = found if numbered else []
        return self._turns[node]

    def _read_turns(self, node: str) -> list[Turn]:
        """Return a trainer's turns from the wires near it; using the whole graph would be slow."""
        kind = self.catalogue.of(self.graph.nodes[node])
        if kind is None or kind.role != "trainer":
            return []
        into = [w for w in self.ends.get(node, ()) if w.target == node]
        further = (w for i in into for w in self.ends.get(i.source, ()) if w.target == i.source)
        near = self._in_order({*into, *further})
        return turns(Graph(nodes=self.graph.nodes, wires=near), self.catalogue, node)

    def _in_order(self, wires: Iterable[Wire]) -> list[Wire]:
        """Return wires in the graph's order."""
        if self._rank is None:
            self._rank = {wire: place for place, wire in enumerate(self.graph.wires)}
        rank = self._rank
        return sorted(wires, key=lambda wire: rank.get(wire, 0))

    def turns(self, node: str) -> list[tuple[str, int]]:
        """Return the letter and the number of the optimiser for each turn in a trainer's step."""
        found = self._turns_of(node)
        if not found:
            return []
        return [
            (letter, number)
            for number, (turn, letter) in enumerate(zip(found, letters(found), strict=True))
            for _ in range(min(turn.count, MOST_TURNS))
        ]

    def badges(self, node: str) -> tuple[Badge, ...]:
        """Return the letters of the optimisers that train a network, or of an optimiser itself."""
        if self._badges is None:
            self._badges = self._read_badges()
        return self._badges.get(self.graph.owner(node), ())

    def _read_badges(self) -> dict[str, tuple[Badge, ...]]:
        found: dict[str, tuple[Badge, ...]] = {}
        for trainer in self.graph.nodes:
            of_trainer = self._turns_of(trainer)
            if len(of_trainer) < 2:
                continue
            for turn, letter in zip(of_trainer, letters(of_trainer), strict=True):
                badge = (letter, turn is of_trainer[-1])
                for node in dict.fromkeys((turn.optimizer, *turn.models)):
                    found[node] = (*found.get(node, ()), badge)
        return found

    def stop(self, wire: Wire) -> Stop | None:
        """Return how a gradient stops at a wire, None if it flows."""
        if self._stops is None:
            self._stops = stops(self.graph, self.catalogue)
        return self._stops.get(wire)

    def stop_icon(self, wire: Wire) -> str:
        """Return the icon of a gradient stop: a snowflake if the weights are frozen."""
        found = self.stop(wire)
        return "" if found is None else "snowflake" if found.frozen else "scissors"

    def turn_text(self, wire: Wire) -> str:
        """Return the label of an optimiser's wire to a trainer: its number of turns."""
        turns = self._turns_of(wire.target)
        found = next((t for t in turns if t.wire == wire), None) if turns else None
        if found is None:
            return ""
        return tr("1 turn") if found.count == 1 else tr("{0} turns").format(found.count)


def thumbnail_share(figure: Figure | None) -> float:
    """Return the height/width ratio of an image grid's thumbnail; 0: use the kind's."""
    data = figure.figure if figure is not None else None
    if data is None or data.kind != "images" or not data.facts.get("columns"):
        return 0.0
    array, columns = data.arrays.get("images"), int(data.facts["columns"])
    if array is None or len(array.shape) < 3 or columns < 1:
        return 0.0
    count, (height, width) = array.shape[0], array.shape[-2:]
    rows = -(-count // columns)
    share = rows * height / max(min(columns, count) * width, 1)
    return round(min(max(share, LEAST_SHARE), 1.0), 2)


def _gives_figures(role: str, outputs: Iterable[Port]) -> bool:
    """Return whether a node has a figure in its foot: a metric, or one with a curve."""
    return role == "metric" or any(port.family == "loss" for port in outputs)


def _names(node: str, wires: Iterable[Wire]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the input and output names of a node that are known only from its wires."""
    wires = list(wires)
    inputs = dict.fromkeys(w.input for w in wires if w.target == node)
    return tuple(inputs), tuple(dict.fromkeys(w.output for w in wires if w.source == node))


def _unknown(names: tuple[Any, ...]) -> Ports:
    inputs, outputs = names if names else ((), ())
    return (
        tuple(unknown_port(n, "input") for n in inputs),
        tuple(unknown_port(n, "output") for n in outputs),
    )

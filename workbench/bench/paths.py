"""Paths and identities: the window knows nodes by path, `unet/block/conv`, the engine by identity.

The identity of a node is what its weights go by; it differs from the path where a node was moved
into a group or out of one. Events are translated as they come, requests as they go. An instance has
no event of its own: it is given what those below it say together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from engine.document.catalogue import Problem
from engine.document.expand import Expanded
from engine.document.graph import Board, Graph
from engine.document.messages import (
    Checked,
    Event,
    Fault,
    Figure,
    Glance,
    Glanced,
    History,
    Keep,
    Look,
    Looked,
    Mended,
    Metric,
    NodeInfo,
    NodeState,
    Past,
    Progress,
    Refresh,
    Request,
    Scalars,
    SetGraph,
    Signed,
    Told,
    WireInfo,
)
from engine.document.naming import IN, OUT
from nodes.sentences import say

Way = tuple[str, ...]
"""Ids of instances, from the document inwards."""
Port = tuple[str, str]
Value = TypeVar("Value")
Message = TypeVar("Message", bound=Struct)
STEPS = 64  # borders that a wire is followed through
URGENT = ("error", "running", "changed", "done", "idle")


def path_of(way: Way, node: str) -> str:
    return "/".join((*way, node))


def above(path: str) -> list[str]:
    """Return the paths of the instances that contain a node; all copies of one count as it."""
    parts = [part.partition("#")[0] for part in path.split("/")]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def board_at(graph: Graph, way: Way) -> Board:
    """Return the document, or the definition of an instance; raise `LookupError` without one."""
    board: Board = graph
    for instance in way:
        board = graph.groups[board.nodes[instance].group]
    return board


def source_of(graph: Graph, way: Way, node: str, port: str) -> Port | None:
    """Return the path and port of the node whose value leaves `node` at `port`, led through groups.

    `node` may be an instance, or the border's `in`. None where nothing is wired.
    """
    for _ in range(STEPS):
        try:
            if node == IN and way:
                node, port = _feeding(board_at(graph, way[:-1]), way[-1], port)
                way = way[:-1]
            elif board_at(graph, way).nodes[node].group:
                way = (*way, node)
                node, port = _feeding(board_at(graph, way), OUT, port)
            else:
                return path_of(way, node), port
        except LookupError:
            return None
    return None


def _feeding(board: Board, node: str, port: str) -> Port:
    for wire in board.wires:
        if (wire.target, wire.input) == (node, port):
            return wire.source, wire.output
    raise LookupError(port)


class Paths:
    """Translates the events and requests of one document. Without groups all stays as it is."""

    def __init__(self, expanded: Expanded) -> None:
        self.expanded = expanded
        self.plain = not expanded.homes
        self._whole: Graph | None = None

    @property
    def whole(self) -> Graph:
        """The document with all its nodes, those in groups too, by their paths: to be read only."""
        document = self.expanded.document
        if self.plain:
            return document
        if self._whole is None or self._whole.layout is not document.layout:
            flat = self.expanded.graph
            nodes = {
                self.path(n): replace(p, twin=self.path(p.twin)) if p.twin else p
                for n, p in flat.nodes.items()
            }
            wires = [
                w._replace(source=self.path(w.source), target=self.path(w.target))
                for w in flat.wires
            ]
            self._whole = replace(document, nodes=nodes, wires=wires)
        return self._whole

    def path(self, identity: str) -> str:
        """Return the path of a node."""
        home = self.expanded.homes.get(identity)
        return home.path if home else identity

    def identity(self, path: str) -> str:
        return self.expanded.id_of(path)

    def way(self, path: str) -> tuple[str, ...]:
        """Return where the document has a node: ("groups", "res", "nodes", "conv")."""
        home = self.expanded.home(self.identity(path))
        return home.way if home else ("nodes", path)

    def way_of_param(self, path: str, param: str) -> tuple[str, ...]:
        """Return where the document has a value of a node: where an instance gives it, there."""
        home = self.expanded.home(self.identity(path))
        given = home.given.get(param) if home else None
        if given is not None:
            return (*given.way, "params", given.param)
        return (*self.way(path), "params", param)

    def event(self, event: Event, states: Mapping[str, NodeState]) -> list[Any]:
        """Return an event by paths, and those of the instances it concerns.

        `states` are those known so far, by path.
        """
        if self.plain:
            return [event]
        turned = _EVENTS.get(type(event))
        event = turned(self, event) if turned else event
        if isinstance(event, NodeState):
            known = {**states, event.node: event}
            return [event, *(self._state(path, known) for path in above(event.node))]
        if isinstance(event, Progress):
            return [event, *(replace(event, node=path, within=True) for path in above(event.node))]
        return [event]

    def request(self, request: Request) -> Request:
        """Return a request by identities."""
        turned = None if self.plain else _REQUESTS.get(type(request))
        return turned(self, request) if turned else request

    def _state(self, instance: str, known: Mapping[str, NodeState]) -> NodeState:
        """Return the state of an instance: the most urgent of those below it."""
        below = [self.path(leaf) for leaf in self.expanded.leaves.get(instance, ())]
        found = [known[path] for path in below if path in known]
        first = min(found, key=lambda state: URGENT.index(state.state), default=None)
        times = [state.seconds for state in found if state.seconds is not None]
        return NodeState(
            node=instance,
            state=first.state if first else "idle",
            seconds=sum(times) if times else None,
        )

    def named(self, message: Message) -> Message:
        """Return a message about a node with the node's path."""
        return replace(message, node=self.path(message.node))  # type: ignore[attr-defined]

    def _each(self, messages: Iterable[Message]) -> list[Message]:
        return [self.named(message) for message in messages]

    def _series(self, series: Mapping[str, Value]) -> dict[str, Value]:
        found = {}
        for name, value in series.items():
            node, dot, port = name.partition(".")
            found[self.path(node) + dot + port] = value
        return found

    def _checked(self, event: Checked) -> Checked:
        nodes, wires = self._each(event.nodes), self._each(event.wires)
        nodes += self._instances({info.node: info for info in nodes})
        wires += self._outputs({(info.node, info.port): info for info in wires})
        return replace(event, nodes=nodes, wires=wires, problems=self._each(event.problems))

    def _instances(self, known: Mapping[str, NodeInfo]) -> list[NodeInfo]:
        """Return what is known of each instance: the sum of its weights."""
        found = []
        for instance, leaves in self.expanded.leaves.items():
            below = [info for leaf in leaves if (info := known.get(self.path(leaf)))]
            weights = [info.weights for info in below if info.weights is not None]
            states = {info.state for info in below}
            count = self._times(instance)
            words = "{times} × {count} nodes" if count > 1 else "{count} nodes"
            found.append(
                NodeInfo(
                    node=instance,
                    sign=say(words, times=count, count=len(leaves) // count),
                    weights=sum(weights) if weights else None,
                    state="changed" if "changed" in states else "",
                    held=any(info.held for info in below),
                )
            )
        return found

    def _times(self, instance: str) -> int:
        """Return how many copies an instance stands for."""
        *way, node = (part.partition("#")[0] for part in instance.split("/"))
        board = board_at(self.expanded.document, tuple(way))
        return board.nodes[board.owner(node)].times

    def _outputs(self, known: Mapping[Port, WireInfo]) -> list[WireInfo]:
        """Return what leaves each instance."""
        graph, found = self.expanded.document, []
        for instance in self.expanded.leaves:
            if "#" in instance:
                continue
            *way, node = instance.split("/")
            place = board_at(graph, tuple(way)).nodes[node]
            for port in graph.groups[place.group].outputs:
                source = source_of(graph, tuple(way), node, port.name)
                info = known.get(source) if source else None
                if info is not None:
                    found.append(replace(info, node=instance, port=port.name))
        return found


Turn = Callable[[Paths, Any], Any]
_EVENTS: dict[type, Turn] = {
    Checked: Paths._checked,
    Mended: lambda paths, e: replace(e, problem=paths.named(e.problem)),
    Fault: lambda paths, e: replace(e, problem=paths.named(e.problem)),
    Scalars: lambda paths, e: replace(e, series=paths._series(e.series)),
    History: lambda paths, e: replace(e, series=paths._series(e.series)),
    Past: lambda paths, e: replace(
        e, figures=paths._each(e.figures), metrics=paths._each(e.metrics)
    ),
    Glanced: lambda paths, e: replace(e, figures=paths._each(e.figures)),
    **dict.fromkeys(
        (Progress, NodeState, Signed, Told, Looked, Figure, Metric, Problem),
        lambda paths, e: paths.named(e),
    ),
}
_REQUESTS: dict[type, Turn] = {
    Look: lambda paths, r: replace(r, node=paths.identity(r.node)),
    Keep: lambda paths, r: replace(r, node=paths.identity(r.node)),
    Refresh: lambda paths, r: replace(r, nodes=[*map(paths.identity, r.nodes)]),
    Glance: lambda paths, r: replace(r, nodes=[*map(paths.identity, r.nodes)]),
    SetGraph: lambda paths, r: replace(
        r,
        first=[*map(paths.identity, r.first)],
        permitted=None if r.permitted is None else [*map(paths.identity, r.permitted)],
    ),
}

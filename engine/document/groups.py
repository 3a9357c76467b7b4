"""The groups of a document: what they hold, and each as a kind of node.

All is read off the definitions, never off what they expand to: groups may hold each other, or more
nodes than a computer holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.graph import (
    GROUP,
    MOST_NODES,
    Board,
    Graph,
    Group,
    GroupPort,
    Place,
    Promoted,
    Target,
    Wire,
)
from engine.document.naming import IN, OUT
from engine.document.walks import by_source, by_target, on_circles, topological
from engine.document.wiring import MODEL
from nodes.params import ParamInfo

DEEPEST = 12  # levels of groups in groups
CATEGORY = "groups"
_TOO_MANY = MOST_NODES + 1
PLAIN_MODEL = "Network"
"""The type of the model of a group that has no role."""


@dataclass
class Sizes:
    """How many nodes each group expands to, itself counted as one, and how many levels deep.

    `endless` groups hold themselves, or hold one that does; they have no size. Each is given with
    one that holds itself. Counts end above the limit.
    """

    nodes: dict[str, int]
    levels: dict[str, int]
    endless: dict[str, str]

    def of(self, board: Board) -> tuple[int, int]:
        """Return the number of nodes and of levels of a board."""
        count, levels = 0, 0
        for place in board.nodes.values():
            copies = max(1, place.times) if place.group else 1
            count = min(_TOO_MANY, count + copies * self.nodes.get(place.group, 1))
            levels = max(levels, self.levels.get(place.group, 0))
        return count, levels


def measured(groups: Mapping[str, Group]) -> Sizes:
    """Return the sizes of all groups, in time that depends on the definitions only."""
    inside = [Wire(p.group, "", name, "") for name, p in _instances(groups) if p.group in groups]
    order = topological(list(groups), inside)
    stuck = groups.keys() - set(order)
    sizes = Sizes({}, {}, _led_to(on_circles(stuck, inside), inside))
    for name in order:
        count, levels = sizes.of(groups[name])
        sizes.nodes[name], sizes.levels[name] = count + 1, levels + 1
    return sizes


def _led_to(circles: Iterable[str], inside: Sequence[Wire]) -> dict[str, str]:
    """Return the groups on circles and all that hold them, each with one on a circle."""
    found, holders = {name: name for name in sorted(circles)}, by_source(inside)
    todo = [*found]
    for name in todo:
        for wire in holders.get(name, ()):
            if wire.target not in found:
                found[wire.target] = found[name]
                todo.append(wire.target)
    return found


def _instances(groups: Mapping[str, Group]) -> Iterator[tuple[str, Place]]:
    """Yield the instances in groups, each with the group that holds it."""
    return ((name, p) for name, group in groups.items() for p in group.nodes.values() if p.group)


def with_groups(catalogue: Catalogue, graph: Graph) -> Catalogue:
    """Return a catalogue with each group of a graph as a kind, `group:res`."""
    if not graph.groups:
        return catalogue
    known = replace(catalogue, kinds=dict(catalogue.kinds))
    inside = [
        Wire(p.group, "", n, "") for n, p in _instances(graph.groups) if p.group in graph.groups
    ]
    order = dict.fromkeys([*topological(list(graph.groups), inside), *graph.groups])
    for name in order:
        known.kinds[GROUP + name] = _Describing(known, graph.groups[name]).kind(name)
    return known


def held_by(graph: Graph, board: Board) -> list[str]:
    """Return the groups of a graph that the instances on a board need, in each other too."""
    found: dict[str, None] = {}
    todo = [board]
    for held in todo:
        for place in held.nodes.values():
            if place.group in graph.groups and place.group not in found:
                found[place.group] = None
                todo.append(graph.groups[place.group])
    return list(found)


def described(group: Group, known: Catalogue) -> KindInfo:
    """Return a group as a kind; the catalogue has the groups in it."""
    return _Describing(known, group).kind("")


class _Describing:
    """Describe a group as a kind; the groups in it are known already."""

    def __init__(self, known: Catalogue, group: Group) -> None:
        self.known, self.group = known, group
        self.out, self.into = by_source(group.wires), by_target(group.wires)

    def kind(self, name: str) -> KindInfo:
        inner = [k for p in self.group.nodes.values() if (k := self.known.of(p))]
        inputs = [self._input(port) for port in self.group.inputs]
        outputs = [self._output(port) for port in self.group.outputs]
        role = self.known.roles.get(self.group.acts_as)
        own = any(port.name == MODEL for port in outputs)
        plain = bool(self.group.acts_as) or all(k.role == "node" for k in inner)
        called = bool(inputs and outputs) and not own and plain
        params = [i for n, p in self.group.params.items() if (i := self.param(n, p))]
        if called:
            outputs.append(
                PortInfo(name=MODEL, type=role.outputs[-1].type if role else PLAIN_MODEL)
            )
            params += [i for i in (role.params if role else ()) if i.name not in self.group.params]
        return KindInfo(
            kind=GROUP + name,
            title=self.group.title or name,
            category=CATEGORY,
            icon=str(self.group.extra.get("icon") or "group"),
            summary=self.group.help,
            doc=self.group.help,
            inputs=inputs,
            outputs=outputs,
            params=params,
            weights=any(k.weights for k in inner),
            called=called,
            source="document",
        )

    def _input(self, port: GroupPort) -> PortInfo:
        """Return an input as what it feeds takes it: the narrowest type, open if all are."""
        wires = [w for w in self.out.get(IN, ()) if w.output == port.name]
        fed = [p for w in wires if (p := self._port(w.target, w.input, "input"))]
        kinds = [port.type] if port.type else self._common(fed)
        first = next((p for p in fed if kinds[:1] == _wanted(p)[:1]), fed[0] if fed else None)
        lows = [p.low for p in fed if p.low is not None]
        highs = [p.high for p in fed if p.high is not None]
        return PortInfo(
            name=port.name,
            type=kinds[0] if kinds else "",
            accepts=kinds if len(kinds) > 1 else [],
            axes=first.axes if first else None,
            optional=all(p.optional for p in fed),
            many=bool(fed) and all(p.many for p in fed),
            stream=any(p.stream for p in fed),
            low=max(lows, default=None),
            high=min(highs, default=None),
            help=port.help or (first.help if first else ""),
        )

    def _common(self, fed: list[PortInfo]) -> list[str]:
        """Return the types that all these ports take; where there is none, those of the first."""
        found = [
            name
            for port in fed
            for name in _wanted(port)
            if all(self.known.lineage(name) & {*_wanted(other)} for other in fed)
        ]
        return list(dict.fromkeys(found)) or (_wanted(fed[0]) if fed else [])

    def _output(self, port: GroupPort) -> PortInfo:
        wire = next((w for w in self.into.get(OUT, ()) if w.input == port.name), None)
        given: PortInfo | None = None
        if wire is not None and wire.source == IN:
            passed = next((p for p in self.group.inputs if p.name == wire.output), None)
            given = self._input(passed) if passed else None
        elif wire is not None:
            given = self._port(wire.source, wire.output, "output")
        return PortInfo(
            name=port.name,
            type=port.type or (given.type if given else ""),
            axes=given.axes if given else None,
            stream=given.stream if given else False,
            help=port.help or (given.help if given else ""),
        )

    def _port(self, node: str, port: str, side: str) -> PortInfo | None:
        place = self.group.nodes.get(node)
        kind = self.known.of(place) if place else None
        found: PortInfo | None = getattr(kind, side)(port) if kind else None
        return found

    def param(self, name: str, promoted: Promoted) -> ParamInfo | None:
        """Return a promoted parameter: the tightest limits, the first target's value as default."""
        found = targets(self.known, self.group, promoted)
        if not found:
            return None
        _, first, value = found[0]
        infos = [info for _, info, _ in found]
        lows = [i.low for i in infos if i.low is not None]
        highs = [i.high for i in infos if i.high is not None]
        return replace(
            first,
            name=name,
            title=promoted.title or first.title,
            help=promoted.help or first.help,
            default=value,
            low=max(lows, default=None),
            high=min(highs, default=None),
            choices=[c for c in first.choices if all(c in i.choices for i in infos)],
            live=all(i.live for i in infos),
            optional=all(i.optional for i in infos),
        )


def targets(
    known: Catalogue, group: Group, promoted: Promoted
) -> list[tuple[Target, ParamInfo, Any]]:
    """Return the targets that are there and of the first one's type, with their values."""
    found: list[tuple[Target, ParamInfo, Any]] = []
    for target in promoted.to:
        if target.node not in group.nodes:
            continue
        place = group.nodes[group.owner(target.node)]
        kind = known.of(place)
        info = kind.param(target.param) if kind else None
        if info is not None and (not found or info.type == found[0][1].type):
            found.append((target, info, place.params.get(target.param, info.default)))
    return found


def _wanted(port: PortInfo) -> list[str]:
    return port.accepts or [port.type]

"""What node kinds there are, as data: all that the window knows of nodes.

The engine describes the installed nodes (`engine.describe`), sends the catalogue at hello, and the
window caches it on disk. Checks that need no tensor live here and run in both processes.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from engine.graph import Graph, Wire
from engine.wiring import acting_wires, crowded, downstream_ids, gaps, switched_off
from nodes.params import ParamInfo, value_fault

Family = Literal[
    "images", "points", "labels", "distribution", "molecules", "score", "loss", "model", "object"
]


class TypeInfo(Struct, kw_only=True):
    """A kind of value on a wire. `axes` are named and spaced, `"b c h w"`; "..." is any number."""

    name: str
    parents: list[str] = field(default_factory=list)
    family: Family = "object"
    glyph: str = "ring"
    axes: str | None = None
    help: str = ""


class PortInfo(Struct, kw_only=True):
    """One port. `type` names a `TypeInfo`; `low`/`high` say the range where it matters."""

    name: str
    type: str
    accepts: list[str] = field(default_factory=list)
    axes: str | None = None
    optional: bool = False
    many: bool = False
    stream: bool = False
    low: float | None = None
    high: float | None = None
    help: str = ""


class KindInfo(Struct, kw_only=True):
    """One node kind: what the palette, the inspector and the canvas show of it."""

    kind: str
    title: str
    category: str
    icon: str = "box"
    summary: str = ""
    doc: str = ""
    formula: str = ""
    paper: str = ""
    paper_url: str = ""
    inputs: list[PortInfo] = field(default_factory=list)
    outputs: list[PortInfo] = field(default_factory=list)
    params: list[ParamInfo] = field(default_factory=list)
    role: Literal["node", "optimizer", "trainer", "view", "metric"] = "node"
    figure: str = ""
    unit: str = ""
    weights: bool = False
    source: str = "built-in"

    def input(self, name: str) -> PortInfo | None:
        return next((p for p in self.inputs if p.name == name), None)

    def output(self, name: str) -> PortInfo | None:
        return next((p for p in self.outputs if p.name == name), None)

    def param(self, name: str) -> ParamInfo | None:
        return next((p for p in self.params if p.name == name), None)


class Failure(Struct, kw_only=True):
    """A node file that could not be imported: shown on the palette, harms nothing."""

    file: str
    sentence: str


class Fix(Struct, kw_only=True):
    """A mend that one click makes: a label and the puts of a `Change`.

    With `ask` the value of its puts is asked of the user: a folder or a file.
    """

    label: str
    puts: list[tuple[list[str], Any]] = field(default_factory=list)
    ask: Literal["", "folder", "file"] = ""


class Problem(Struct, kw_only=True):
    """One fault of a graph: where, what must be and what is, and a fix.

    `port` or `param` is empty where the fault is of the node; `node` where it is of the graph.
    """

    sentence: str
    node: str = ""
    port: str = ""
    param: str = ""
    hint: str = ""
    fix: Fix | None = None
    level: Literal["error", "warning"] = "error"
    trace: str = ""


class Catalogue(Struct, kw_only=True):
    """All kinds and types, and the files that failed."""

    kinds: dict[str, KindInfo] = field(default_factory=dict)
    types: dict[str, TypeInfo] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    version: str = ""

    def fits(self, output: PortInfo, input: PortInfo) -> bool:
        """Tell whether a wire joins a type to itself, to a parent, or an open type to a child.

        A type is open where its axes say `...`: a `Batch` may turn out to be `Images`, and the
        engine's check holds its shape against the axes that are asked.
        """
        wanted = input.accepts or [input.type]
        if any(name in self.lineage(output.type) for name in wanted):
            return True
        return self._open(output.type) and any(output.type in self.lineage(n) for n in wanted)

    def _open(self, name: str) -> bool:
        return name in self.types and "..." in (self.types[name].axes or "")

    def lineage(self, name: str) -> set[str]:
        """Return the type's name and the names of all its ancestors."""
        found: set[str] = set()
        todo = [name]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += self.types[name].parents if name in self.types else []
        return found

    def refusal(self, graph: Graph, wire: Wire) -> Problem | None:
        """Say why `wire` cannot join `graph`, or return None where it can."""
        misfit = self._misfit(graph, wire)
        if misfit is None and reaches(graph, wire.target, wire.source):
            return _circle(wire.target, wire.input)
        return misfit

    def _misfit(self, graph: Graph, wire: Wire) -> Problem | None:
        output, input = self._ends(graph, wire)
        if output is None or input is None or self.fits(output, input):
            return None  # an unknown kind: its wires are kept as they are
        must = " or ".join(input.accepts or [input.type])
        return Problem(
            node=wire.target,
            port=wire.input,
            sentence=f"{wire.input} takes {must}; {wire.output} is {output.type}.",
        )

    def _ends(self, graph: Graph, wire: Wire) -> tuple[PortInfo | None, PortInfo | None]:
        source, target = self._kind(graph, wire.source), self._kind(graph, wire.target)
        return (
            source.output(wire.output) if source else None,
            target.input(wire.input) if target else None,
        )

    def _kind(self, graph: Graph, node: str) -> KindInfo | None:
        return self.kinds.get(graph.nodes[node].kind) if node in graph.nodes else None

    def problems(self, graph: Graph) -> list[Problem]:
        """Return the faults that can be seen without a tensor: kinds, params, wires, circles."""
        acting = acting_wires(graph, self)
        empty: dict[str, list[PortInfo]] = {}
        for name, port in gaps(graph, self, acting):
            empty.setdefault(name, []).append(port)
        into: dict[str, list[Wire]] = {}
        for wire in graph.wires:
            into.setdefault(wire.target, []).append(wire)
        found: list[Problem] = []
        for name in graph.nodes:
            found += self._node_problems(graph, name)
            found += [self._empty(graph, name, port) for port in empty.get(name, ())]
            found += self._crowded(graph, name, into.get(name, []))
        for wire in graph.wires:
            found += self._wire_problems(graph, wire)
        return found + circle_problems(graph)

    def _node_problems(self, graph: Graph, name: str) -> list[Problem]:
        place = graph.nodes[name]
        info = self.kinds.get(place.kind)
        if info is None:
            return [
                Problem(
                    node=name,
                    sentence=f"The kind {place.kind} is not installed.",
                    hint="Install the plug-in that brings it, or remove the node.",
                )
            ]
        if place.twin:
            return self._twin_problems(graph, name)
        return [p for key, v in place.params.items() if (p := param_problem(info, name, key, v))]

    def _empty(self, graph: Graph, name: str, port: PortInfo) -> Problem:
        """Say that an input gets nothing, and how it could."""
        off = switched_off(graph, name, port.name)
        if not off:
            must = " or ".join(port.accepts or [port.type])
            return Problem(node=name, port=port.name, sentence=f"{port.name} needs a wire: {must}.")
        other = graph.nodes[off]
        said = {
            "muted": "is muted",
            "bypassed": "is bypassed and is given nothing that fits here",
        }[other.mode]
        title = other.title or self.kinds[other.kind].title if other.kind in self.kinds else off
        return Problem(
            node=name,
            port=port.name,
            sentence=f"{port.name} gets nothing: {title} {said}.",
            fix=Fix(label=f"Switch {title} on", puts=[(["nodes", off, "mode"], "on")]),
        )

    def _crowded(self, graph: Graph, name: str, wires: list[Wire]) -> list[Problem]:
        kind = self.kinds.get(graph.nodes[name].kind)
        return [
            Problem(
                node=name,
                port=port,
                sentence=f"{port} takes one wire; several lead to it.",
                hint="Remove all but one.",
            )
            for port in (crowded(kind, wires) if kind else ())
        ]

    def _twin_problems(self, graph: Graph, name: str) -> list[Problem]:
        place = graph.nodes[name]
        other = graph.nodes.get(place.twin)
        if other is not None and other.kind == place.kind and not other.twin:
            return []
        return [
            Problem(
                node=name,
                sentence=f"{name} shares the weights of {place.twin}, which is not there.",
                hint="Remove it, or make it a twin of another node.",
            )
        ]

    def _wire_problems(self, graph: Graph, wire: Wire) -> list[Problem]:
        for node, port, side in (
            (wire.source, wire.output, "output"),
            (wire.target, wire.input, "input"),
        ):
            if node not in graph.nodes:
                end = next((n for n in (wire.target, wire.source) if n in graph.nodes), "")
                sentence = f"The wire {wire} ends at {node}, which is not there."
                return [Problem(node=end, sentence=sentence)]
            info = self.kinds.get(graph.nodes[node].kind)
            if info and getattr(info, side)(port) is None:
                return [Problem(node=node, sentence=f"{info.title} has no {side} named {port}.")]
        problem = self._misfit(graph, wire)
        return [problem] if problem else []


def circle_problems(graph: Graph) -> list[Problem]:
    """Name every node that lies on a circle of wires."""
    waiting = dict.fromkeys(graph.nodes, 0)
    onward: dict[str, list[str]] = {}
    for wire in graph.wires:
        if wire.target in waiting and wire.source in waiting:
            waiting[wire.target] += 1
            onward.setdefault(wire.source, []).append(wire.target)
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        for target in onward.get(ready.pop(), ()):
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    stuck = [name for name, count in waiting.items() if count]
    return [
        _circle(name)
        for name in stuck
        if any(reaches(graph, target, name) for target in onward.get(name, ()))
    ]


def _circle(node: str, port: str = "") -> Problem:
    return Problem(
        node=node,
        port=port,
        sentence=f"{port or node} would feed on itself: the wires must not make a circle.",
        hint="Wire it from a node that does not depend on this one.",
    )


def reaches(graph: Graph, start: str, goal: str) -> bool:
    """Tell whether wires lead from `start` to `goal` (a node reaches itself)."""
    return goal in downstream_ids(graph.wires, [start])


def param_problem(info: KindInfo, node: str, name: str, value: Any) -> Problem | None:
    """Say what is wrong with a parameter's value, or return None where nothing is."""
    param = info.param(name)
    if param is None:
        known = ", ".join(p.name for p in info.params) or "none"
        return Problem(
            node=node,
            param=name,
            level="warning",
            sentence=f"{info.title} has no parameter {name}; it is kept and not used.",
            hint=f"Parameters are {known}.",
        )
    sentence = value_fault(param, value)
    if not sentence:
        return None
    puts = [(["nodes", node, "params", name], param.default)]
    return Problem(
        node=node,
        param=name,
        sentence=sentence,
        fix=Fix(label=f"Set {param.title or name} to {param.default}", puts=puts),
    )

"""What node kinds there are, as data: all that the window knows of nodes.

The engine describes the installed nodes (`engine.check.describe`) and sends the catalogue at hello;
the window caches it on disk. Checks that need no tensor live here and run in both processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from engine.document.graph import Graph, Wire
from engine.document.walks import by_target, circle_through, downstream_ids, topological
from engine.document.wiring import acting_wires, crowded, gaps, switched_off
from nodes.params import ParamInfo, value_fault
from nodes.sentences import (
    Listed,
    NodeName,
    Part,
    PortName,
    Sentence,
    Text,
    Word,
    either,
    listed,
    part_of,
    say,
)

Family = Literal[
    "images", "points", "labels", "distribution", "molecules", "score", "loss", "model", "object"
]


NEEDS_WIRE = "{port} needs a wire: {must}."
ABSENT_KIND = "The kind {kind} is not installed."
CIRCLE = "{part} would feed on itself: the wires must not make a circle."
TAKES = "{input} takes {must}; {output} gives {found}."


class TypeInfo(Struct, kw_only=True):
    """A kind of value on a wire. `axes` are named and spaced, `"b c h w"`; "..." is any number.

    `words` are what a course calls such values, `pictures`.
    """

    name: str
    parents: list[str] = field(default_factory=list)
    family: Family = "object"
    glyph: str = "ring"
    axes: str | None = None
    words: str = ""
    help: str = ""

    @property
    def said(self) -> Word:
        """Return what a person calls it; a plug-in's type that does not say goes by its name."""
        return Word(self.words or self.name)


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
    synonyms: str = ""
    paper: str = ""
    paper_url: str = ""
    inputs: list[PortInfo] = field(default_factory=list)
    outputs: list[PortInfo] = field(default_factory=list)
    params: list[ParamInfo] = field(default_factory=list)
    role: Literal["node", "optimizer", "trainer", "view", "metric"] = "node"
    figure: str = ""
    unit: str = ""
    weights: bool = False
    called: bool = False
    """Whether the node itself is its output `model`."""
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
    sentence: Text


class Fix(Struct, kw_only=True):
    """A mend that one click makes: a label and the puts of a `Change`.

    `cut` wires go and `wires` come, whatever else the graph has since. With `ask` the value of its
    puts is asked of the user: a folder or a file.
    """

    label: Text
    puts: list[tuple[list[str], Any]] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    cut: list[Wire] = field(default_factory=list)
    ask: Literal["", "folder", "file"] = ""


class Problem(Struct, kw_only=True):
    """One fault of a graph: where, what must be and what is, and a fix.

    `port` or `param` is empty where the fault is of the node; `node` where it is of the graph.
    `others` are fixes that do as well as the first.
    """

    sentence: Text
    node: str = ""
    port: str = ""
    param: str = ""
    hint: Text = ""
    fix: Fix | None = None
    level: Literal["error", "warning"] = "error"
    trace: str = ""
    others: Sequence[Fix] = field(default_factory=list)

    @property
    def fixes(self) -> Sequence[Fix]:
        return [self.fix, *self.others] if self.fix else []

    def fixed_by(self, fixes: Sequence[Fix]) -> Problem:
        """Return this problem with fixes; the first is the most likely one."""
        return replace(self, fix=fixes[0], others=fixes[1:]) if fixes else self


def worded(problem: Problem, speak: Callable[[Text], str]) -> Problem:
    """Return a problem with finished sentences, as `speak` says them."""
    fixes = [replace(fix, label=speak(fix.label)) for fix in problem.fixes]
    told = replace(problem, sentence=speak(problem.sentence), hint=speak(problem.hint))
    return told.fixed_by(fixes)


def in_english(problem: Problem) -> Problem:
    """Return a problem with finished sentences, for those who read no parts."""
    return worded(problem, str)


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
        return self.open(output.type) and any(output.type in self.lineage(n) for n in wanted)

    def open(self, name: str) -> bool:
        """Tell whether a type leaves the number of axes open."""
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
        ends = self.ends(graph, wire)
        if ends is None or self.fits(*ends):
            return None  # an unknown kind: its wires are kept as they are
        output, input = ends
        sentence = say(
            TAKES,
            input=PortName(wire.input),
            must=self.taken(input),
            output=PortName(wire.output),
            found=self.type_words(output.type),
        )
        return Problem(node=wire.target, port=wire.input, sentence=sentence)

    def type_words(self, name: str) -> Word:
        """Return what a person calls the values of a type."""
        return self.types[name].said if name in self.types else Word(name)

    def taken(self, input: PortInfo) -> Listed:
        """Return what a person calls the values that an input takes."""
        return either(self.type_words(name) for name in input.accepts or [input.type])

    def name(self, graph: Graph, node: str) -> NodeName:
        """Return a node as a part of a sentence; a twin is called as its owner is."""
        if node not in graph.nodes:
            return NodeName(node)
        place = graph.nodes[node]
        return NodeName(node, place.title or graph.nodes[graph.owner(node)].title, place.kind)

    def ends(self, graph: Graph, wire: Wire) -> tuple[PortInfo, PortInfo] | None:
        """Return the two ports that a wire joins, None where one of them is not known."""
        source, target = self._kind(graph, wire.source), self._kind(graph, wire.target)
        output = source.output(wire.output) if source else None
        input = target.input(wire.input) if target else None
        return (output, input) if output and input else None

    def _kind(self, graph: Graph, node: str) -> KindInfo | None:
        return self.kinds.get(graph.nodes[node].kind) if node in graph.nodes else None

    def problems(self, graph: Graph) -> list[Problem]:
        """Return the faults that can be seen without a tensor: kinds, params, wires, circles."""
        acting = acting_wires(graph, self)
        empty: dict[str, list[PortInfo]] = {}
        for name, port in gaps(graph, self, acting):
            empty.setdefault(name, []).append(port)
        into = by_target(graph.wires)
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
                    level="error" if place.mode == "on" else "warning",
                    sentence=say(ABSENT_KIND, kind=place.kind),
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
            return Problem(
                node=name,
                port=port.name,
                sentence=say(NEEDS_WIRE, port=PortName(port.name), must=self.taken(port)),
            )
        parts = {"port": PortName(port.name), "node": self.name(graph, off)}
        return Problem(
            node=name,
            port=port.name,
            sentence=say(_UNGIVEN[graph.nodes[off].mode], **parts),
            fix=Fix(
                label=say("Switch on {nodes}", nodes=parts["node"]),
                puts=[(["nodes", off, "mode"], "on")],
            ),
        )

    def _crowded(self, graph: Graph, name: str, wires: list[Wire]) -> list[Problem]:
        kind = self.kinds.get(graph.nodes[name].kind)
        return [
            Problem(
                node=name,
                port=port,
                sentence=say("{port} takes one wire; several lead to it.", port=PortName(port)),
                hint="Remove all but one.",
                fix=Fix(
                    label="Keep the last wire",
                    cut=[w for w in wires if w.input == port][:-1],
                ),
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
                sentence=say(
                    "{node} shares the weights of {other}, which is not there.",
                    node=self.name(graph, name),
                    other=place.twin,
                ),
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
                return [Problem(node=end, sentence=_lost(wire, node), fix=_cutting(wire))]
            info = self.kinds.get(graph.nodes[node].kind)
            if info and getattr(info, side)(port) is None:
                sentence = _portless(side, info, port)
                return [Problem(node=node, sentence=sentence, fix=_cutting(wire))]
        problem = self._misfit(graph, wire)
        return [problem] if problem else []


_UNGIVEN = {
    "muted": "{port} gets nothing: {node} is muted.",
    "bypassed": "{port} gets nothing: {node} is bypassed and is given nothing that fits here.",
}


def _cutting(wire: Wire) -> Fix:
    return Fix(label="Remove the wire", cut=[wire])


def _lost(wire: Wire, node: str) -> Sentence:
    return say("The wire {wire} ends at {node}, which is not there.", wire=wire, node=node)


def _portless(side: str, info: KindInfo, port: str) -> Sentence:
    known = {"input": "{kind} has no input {port}.", "output": "{kind} has no output {port}."}
    return say(known[side], kind=NodeName(kind=info.kind), port=PortName(port))


def circle_problems(graph: Graph) -> list[Problem]:
    """Name every node that lies on a circle of wires."""
    wires = [w for w in graph.wires if w.target in graph.nodes and w.source in graph.nodes]
    placed = set(topological(list(graph.nodes), wires))
    stuck = [name for name in graph.nodes if name not in placed]
    return [_circle(name) for name in stuck if circle_through(wires, name)]


def _circle(node: str, port: str = "") -> Problem:
    part = PortName(port) if port else NodeName(node)
    return Problem(
        node=node,
        port=port,
        sentence=say(CIRCLE, part=part),
        hint="Wire it from a node that does not depend on this one.",
    )


def reaches(graph: Graph, start: str, goal: str) -> bool:
    """Tell whether wires lead from `start` to `goal` (a node reaches itself)."""
    return goal in downstream_ids(graph.wires, [start])


def param_problem(info: KindInfo, node: str, name: str, value: Any) -> Problem | None:
    """Say what is wrong with a parameter's value, or return None where nothing is."""
    param = info.param(name)
    if param is None:
        known = listed(Word(p.title or p.name) for p in info.params)
        return Problem(
            node=node,
            param=name,
            level="warning",
            sentence=say(
                "{kind} has no parameter {name}; it is kept and not used.",
                kind=NodeName(kind=info.kind),
                name=name,
            ),
            hint=say("Parameters are {known}.", known=known) if info.params else "",
        )
    sentence = value_fault(param, value)
    if not sentence:
        return None
    return Problem(
        node=node, param=name, sentence=sentence, fix=setting(node, param, param.default)
    )


def setting(node: str, param: ParamInfo, value: Any) -> Fix:
    """Return the fix that sets a parameter."""
    label = say("Set {param} to {value}", param=Word(param.title or param.name), value=shown(value))
    return Fix(label=label, puts=[(["nodes", node, "params", param.name], value)])


def shown(value: Any) -> Part:
    """Return a parameter's value as a part of a sentence."""
    if value is None:
        return Word("empty")
    if isinstance(value, bool):
        return Word("yes" if value else "no")
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return Word(value) if isinstance(value, str) else part_of(value)

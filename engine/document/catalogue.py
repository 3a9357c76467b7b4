"""The catalogue of node kinds as data: all that the window knows of nodes.

The engine describes the installed nodes (`engine.check.describe`) and sends the catalogue in
`Welcome`; the window caches it on disk. Checks without tensors are here and run in both processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from engine.document.graph import GROUP, Board, Graph, Group, Place, Wire
from engine.document.kinds import KindInfo as KindInfo
from engine.document.kinds import PortInfo as PortInfo
from engine.document.kinds import Role as Role
from engine.document.kinds import TypeInfo as TypeInfo
from engine.document.naming import IN, OUT
from engine.document.walks import by_target, downstream_ids, on_circles, topological
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

NEEDS_WIRE = "{port} needs a wire: {must}."
ABSENT_KIND = "The kind {kind} is not installed."
CIRCLE = "{part} would feed on itself: the wires must not make a circle."
TAKES = "{input} takes {must}; {output} gives {found}."


class Failure(Struct, kw_only=True):
    """A node file that could not be imported: shown in the palette, otherwise ignored."""

    file: str
    sentence: Text


class Fix(Struct, kw_only=True):
    """A fix that one click applies: a label and the puts of a `Change`.

    `cut` wires are removed and `wires` added, whatever else has changed in the graph since. With
    `ask` the user is asked for the value of the puts: a folder or a file.
    """

    label: Text
    puts: list[tuple[list[str], Any]] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    cut: list[Wire] = field(default_factory=list)
    ask: Literal["", "folder", "file"] = ""


class Problem(Struct, kw_only=True):
    """A problem of a graph: its place, a sentence with the expected and the actual value, a fix.

    `port` and `param` are empty where the problem concerns the node, `node` where it concerns the
    graph. `others`: alternative fixes.
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
        """Return all fixes, the most likely one first."""
        return [self.fix, *self.others] if self.fix else []

    def fixed_by(self, fixes: Sequence[Fix]) -> Problem:
        """Return this problem with these fixes, the most likely one first."""
        return replace(self, fix=fixes[0], others=fixes[1:]) if fixes else self


def in_english(problem: Problem) -> Problem:
    """Return a problem with its texts as English strings, for readers without a translator."""
    fixes = [replace(fix, label=str(fix.label)) for fix in problem.fixes]
    words = replace(problem, sentence=str(problem.sentence), hint=str(problem.hint))
    return words.fixed_by(fixes)


class Catalogue(Struct, kw_only=True):
    """All kinds and types, and the node files that failed."""

    kinds: dict[str, KindInfo] = field(default_factory=dict)
    roles: dict[str, KindInfo] = field(default_factory=dict)
    """What groups may act as; the last output of each is the `model` that it gives."""
    types: dict[str, TypeInfo] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    version: str = ""

    def of(self, place: Place) -> KindInfo | None:
        """Return the kind of a placed node with its own ports, or None where it is not installed.

        A twin has no parameters: none of them is an input, and a text of its own must name inputs.
        """
        kind = self.kinds.get(place.kind)
        if kind is None or not (kind.by_name or place.driven):
            return kind
        return kind.of_object(place.params, () if place.twin else place.driven)

    def __getitem__(self, place: Place) -> KindInfo:
        """Return the kind, with its own ports, of a placed node whose kind is installed."""
        kind = self.of(place)
        if kind is None:
            raise KeyError(place.kind)
        return kind

    def role(self, place: Place) -> Role | Literal[""]:
        """Return the role of a placed node, "" where its kind is not installed."""
        kind = self.kinds.get(place.kind)
        return kind.role if kind else ""

    def fits(self, output: PortInfo, input: PortInfo) -> bool:
        """Return whether an output's type equals an input's, descends from it, or is open to it.

        A type is open where its axes contain `...`: a `Batch` may turn out to be `Images`. The
        engine's check then compares its shape with the axes of the input.
        """
        wanted = input.accepts or [input.type]
        if not (output.type and input.type):  # a port of a group that nothing inside is wired to
            return True
        if any(name in self.lineage(output.type) for name in wanted):
            return True
        return self.open(output.type) and any(output.type in self.lineage(n) for n in wanted)

    def open(self, name: str) -> bool:
        """Return whether a type leaves the number of axes open."""
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
        """Return the problem that prevents `wire` from being added to `graph`, or None."""
        misfit = self._misfit(graph, wire)
        if misfit is None and reaches(graph, wire.target, wire.source):
            return _circle(wire.target, wire.input)
        return misfit

    def _misfit(self, graph: Board, wire: Wire) -> Problem | None:
        ends = self.ends(graph, wire)
        if ends is None or self.fits(*ends):
            return None  # wires of an unknown kind are kept
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
        """Return the name for users of a type's values."""
        return self.types[name].said if name in self.types else Word(name)

    def taken(self, input: PortInfo) -> Listed:
        """Return the names for users of the values that an input accepts."""
        return either(self.type_words(name) for name in input.accepts or [input.type])

    def name(self, graph: Board, node: str) -> NodeName:
        """Return a node as a part of a sentence; a twin without a title has its owner's."""
        if node not in graph.nodes:
            return NodeName(node)
        place = graph.nodes[node]
        title = place.title or graph.nodes[graph.owner(node)].title
        if place.group and not title and (kind := self.of(place)):
            title = kind.title
        return NodeName(node, title, place.kind)

    def ends(self, graph: Board, wire: Wire) -> tuple[PortInfo, PortInfo] | None:
        """Return the two ports of a wire, or None where one of them is unknown."""
        source, target = self._kind(graph, wire.source), self._kind(graph, wire.target)
        output = source.output(wire.output) if source else None
        input = target.input(wire.input) if target else None
        return (output, input) if output and input else None

    def _kind(self, graph: Board, node: str) -> KindInfo | None:
        return self.of(graph.nodes[node]) if node in graph.nodes else None

    def problems(self, graph: Graph) -> list[Problem]:
        """Return the problems that need no tensors: kinds, parameters, wires, cycles.

        Those of a document with groups are `engine.document.faults.problems`.
        """
        acting = acting_wires(graph, self)
        empty: dict[str, list[PortInfo]] = {}
        for name, port in gaps(graph, self, acting):
            empty.setdefault(name, []).append(port)
        into = by_target(graph.wires)
        found: list[Problem] = []
        for name in graph.nodes:
            found += self.node_problems(graph, name)
            wires = into.get(name, [])
            found += [self.empty(graph, name, port, wires) for port in empty.get(name, ())]
            if len(wires) > 1:
                found += self.crowded(graph, name, wires)
        for wire in graph.wires:
            found += self.wire_problems(graph, wire)
        return found + circle_problems(graph)

    def node_problems(self, graph: Board, name: str) -> list[Problem]:
        """Return the problems of a node's kind, of its parameters and of what it is a twin of."""
        place = graph.nodes[name]
        info = self.of(place)
        if info is None:
            return [_absent(name, place)]
        if place.twin:
            return self._twin_problems(graph, name)
        return [p for key, v in place.params.items() if (p := param_problem(info, name, key, v))]

    def empty(self, graph: Board, name: str, port: PortInfo, wires: list[Wire]) -> Problem:
        """Return the problem of an input without a value, with a fix where there is one."""
        off = switched_off(graph, port.name, wires)
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

    def crowded(self, graph: Board, name: str, wires: list[Wire]) -> list[Problem]:
        """Return a problem for each port of a node that takes one wire and has several."""
        kind = self.of(graph.nodes[name])
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

    def _twin_problems(self, graph: Board, name: str) -> list[Problem]:
        place = graph.nodes[name]
        other = graph.nodes.get(place.twin)
        if other is not None and other.kind == place.kind and not other.twin:
            return self._unshared(graph, name, other)
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

    def _unshared(self, graph: Board, name: str, other: Place) -> list[Problem]:
        """Return a problem where a node shares with another what names its inputs."""
        place = graph.nodes[name]
        if self.kinds[place.kind].by_name is None:
            return []
        alone = replace(place, twin="", params=dict(other.params))
        words = "{node} shares the text of {other}, but its inputs are named by a text of its own."
        return [
            Problem(
                node=name,
                sentence=say(
                    words, node=self.name(graph, name), other=self.name(graph, place.twin)
                ),
                fix=Fix(label="Give it a copy of the text", puts=[(["nodes", name], alone)]),
            )
        ]

    def wire_problems(self, graph: Board, wire: Wire) -> list[Problem]:
        """Return the problem of a wire: an end or a port that is not there, or types.

        An end at a group's border is the group's own (see `engine.document.faults`).
        """
        for node, port, side in (
            (wire.source, wire.output, "output"),
            (wire.target, wire.input, "input"),
        ):
            if isinstance(graph, Group) and node == (IN if side == "output" else OUT):
                continue
            if node not in graph.nodes:
                end = next((n for n in (wire.target, wire.source) if n in graph.nodes), "")
                return [Problem(node=end, sentence=_lost(wire, node), fix=_cutting(wire))]
            info = self.of(graph.nodes[node])
            if info and getattr(info, side)(port) is None:
                sentence = _portless(side, info, port)
                return [Problem(node=node, sentence=sentence, fix=_cutting(wire))]
        problem = self._misfit(graph, wire)
        return [problem] if problem else []


def _absent(name: str, place: Place) -> Problem:
    """Return the problem of a kind, or of a group, that is not there."""
    level: Literal["error", "warning"] = "error" if place.mode == "on" else "warning"
    if place.group:
        return Problem(
            node=name,
            level=level,
            sentence=say("The group {group} is not in this graph.", group=place.group),
            hint="Paste it from the graph that has it, or remove the node.",
        )
    return Problem(
        node=name,
        level=level,
        sentence=say(ABSENT_KIND, kind=place.kind),
        hint="Install the plug-in that brings it, or remove the node.",
    )


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
    return say(known[side], kind=_named(info), port=PortName(port))


def _named(info: KindInfo) -> NodeName:
    """Return a kind as a part of a sentence; a group is called as its author called it."""
    return NodeName(title=info.title if info.kind.startswith(GROUP) else "", kind=info.kind)


def circle_problems(graph: Graph) -> list[Problem]:
    """Return a problem for every node on a cycle of wires."""
    wires = [w for w in graph.wires if w.target in graph.nodes and w.source in graph.nodes]
    placed = set(topological(list(graph.nodes), wires))
    stuck = [name for name in graph.nodes if name not in placed]
    circles = on_circles(stuck, wires) if stuck else set()
    return [_circle(name) for name in stuck if name in circles]


def _circle(node: str, port: str = "") -> Problem:
    part = PortName(port) if port else NodeName(node)
    return Problem(
        node=node,
        port=port,
        sentence=say(CIRCLE, part=part),
        hint="Wire it from a node that does not depend on this one.",
    )


def reaches(graph: Graph, start: str, goal: str) -> bool:
    """Return whether wires lead from `start` to `goal`; a node reaches itself."""
    return goal in downstream_ids(graph.wires, [start])


def param_problem(info: KindInfo, node: str, name: str, value: Any) -> Problem | None:
    """Return the problem of a parameter's value, or None."""
    param = info.param(name)
    if param is None:
        known = listed(Word(p.title or p.name) for p in info.params)
        return Problem(
            node=node,
            param=name,
            level="warning",
            sentence=say(
                "{kind} has no parameter {name}; it is kept and not used.",
                kind=_named(info),
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

"""Edits of the definitions of groups: their ports, and what they show outside.

They edit the document wherever a group is open: a definition lies in the document.
"""

from __future__ import annotations

import re
from typing import Any

from engine.document.catalogue import Catalogue
from engine.document.graph import (
    ABSENT,
    GROUP,
    Board,
    Change,
    Graph,
    GroupPort,
    Promoted,
    Put,
    Target,
    Wire,
    copy,
)
from engine.document.groups import targets
from engine.document.naming import IN, OUT
from engine.document.wiring import MODEL
from nodes.errors import Refusal
from nodes.sentences import NodeName, PortName, Text, say
from workbench.edits.base import name_of, put_wires
from workbench.edits.names import end_of, moved_names

Head = tuple[str, ...]


def make_single(graph: Graph, instance: str, within: str = "") -> Change:
    """Give an instance, in the document or in the group `within`, a definition of its own.

    Its weights stay.
    """
    board: Board = graph.groups[within] if within else graph
    place = board.nodes[instance]
    definition = graph.groups.get(place.group)
    if definition is None:
        raise Refusal("{node} is no group.", node=name_of(board, instance))
    name, number = f"{place.group}_2", 3
    while name in graph.groups:
        name, number = f"{place.group}_{number}", number + 1
    head: Head = ("groups", within) if within else ()
    puts = (
        Put(("groups", name), copy(definition)),
        Put((*head, "nodes", instance, "kind"), GROUP + name),
    )
    return Change(say("Make {node} single", node=name_of(board, instance)), puts)


def repeat(graph: Graph, instance: str, name: str, value: Any) -> Change:
    """Set how often an instance stands in a row, `times`, or whether its copies are `shared`.

    The first copy keeps its weights.
    """
    label = say("Repeat {node}", node=name_of(graph, instance))
    return Change(label, (Put(("nodes", graph.owner(instance), name), value),))


def show_outside(
    graph: Graph,
    group: str,
    node: str,
    param: str,
    title: str = "",
    to: str = "",
    known: Catalogue | None = None,
) -> Change:
    """Show a parameter of an inner node at the group's instances.

    With `to`, let a parameter that is shown already set this one as well; `known` has the kinds of
    the groups too, and says whether both are of one type.
    """
    definition = graph.groups[group]
    target, name = Target(node, param), PortName(param, definition.nodes[node].kind)
    if any(target in promoted.to for promoted in definition.params.values()):
        raise Refusal("{param} is shown outside already.", param=name)
    label = say("Show {param} outside", param=name)
    if to in definition.params:
        promoted = copy(definition.params[to])
        promoted.to = [*promoted.to, target]
        if known and target not in [found for found, _, _ in targets(known, definition, promoted)]:
            raise Refusal(
                "{param} and {other} take values of different types: show it by itself.",
                param=name,
                other=PortName(to, GROUP + group),
            )
        return Change(label, (Put(("groups", group, "params", to), promoted),))
    own, number = param, 2
    while own in definition.params:
        own, number = f"{param}_{number}", number + 1
    promoted = Promoted(title=title, to=[target])
    return Change(label, (Put(("groups", group, "params", own), promoted),))


def keep_inside(graph: Graph, group: str, name: str) -> Change:
    """Show a parameter at the group's instances no longer; the values there go."""
    puts = [Put(("groups", group, "params", name), ABSENT)]
    for head, board in boards_of(graph):
        for node, place in board.nodes.items():
            if place.group == group and name in place.params:
                puts.append(Put((*head, "nodes", node, "params", name), ABSENT))
    return Change(say("Keep {param} inside", param=PortName(name, GROUP + group)), tuple(puts))


def boards_of(graph: Graph) -> list[tuple[Head, Board]]:
    """Return the document and its groups, each with the head of the paths of its parts."""
    inner: list[tuple[Head, Board]] = [(("groups", n), group) for n, group in graph.groups.items()]
    return [((), graph), *inner]


def add_port(graph: Graph, group: str, node: str, port: str, *, output: bool) -> Change:
    """Lead an inner port to the border, by a port of the group with its name."""
    definition = graph.groups[group]
    ports = definition.outputs if output else definition.inputs
    wanted = node if port == MODEL else port
    name, number = wanted, 2
    while name in {p.name for p in ports}:
        name, number = f"{wanted}_{number}", number + 1
    wire = Wire(node, port, OUT, name) if output else Wire(IN, name, node, port)
    side = "outputs" if output else "inputs"
    puts = (
        Put(("groups", group, side), [*copy(ports), GroupPort(name=name)]),
        Put(("groups", group, "wires"), [*definition.wires, wire]),
    )
    return Change(say("Add the port {port}", port=PortName(name)), puts)


def remove_port(graph: Graph, group: str, name: str, *, output: bool) -> Change:
    """Remove a port of a group with all wires at it, inside and at each instance."""
    definition = graph.groups[group]
    side = "outputs" if output else "inputs"
    ports = [p for p in getattr(definition, side) if p.name != name]
    puts = [Put(("groups", group, side), copy(ports))]
    for head, board in boards_of(graph):
        kinds = {node: place.group for node, place in board.nodes.items()}
        own = head == ("groups", group)
        kept = [w for w in board.wires if not _at_port(w, kinds, group, name, output, own)]
        if kept != board.wires:
            puts += [Put((*head, *put.path), put.value) for put in put_wires(board, kept)]
    return Change(say("Remove the port {port}", port=PortName(name)), tuple(puts))


def _at_port(
    wire: Wire, kinds: dict[str, str], group: str, name: str, output: bool, own: bool
) -> bool:
    """Tell whether a wire ends at this port, of an instance or, inside it, of the border."""
    inner = (wire.target, wire.input) if output else (wire.source, wire.output)
    if own and inner == (OUT if output else IN, name):
        return True
    node, port = (wire.source, wire.output) if output else (wire.target, wire.input)
    return kinds.get(node) == group and port == name


def rename_group(graph: Graph, group: str, title: str) -> Change:
    """Name a group; "" takes its id."""
    label = say("Rename {node}", node=NodeName(group, title=graph.groups[group].title))
    return Change(label, (Put(("groups", group, "title"), " ".join(title.split())),))


def act_as(graph: Graph, group: str, role: str) -> Change:
    """Let a group act as a role; "" as a network whose inputs are its own."""
    label = say("Say what {node} acts as", node=NodeName(group, title=graph.groups[group].title))
    return Change(label, (Put(("groups", group, "acts_as"), role),))


def count_of(graph: Graph, group: str) -> int:
    """Return how many instances of a group a document has, those within other groups too."""
    boards = (board for _, board in boards_of(graph))
    return sum(place.group == group for board in boards for place in board.nodes.values())


def followed_by(graph: Graph, change: Change) -> Text:
    """Return that several instances follow a change of a group, "" where none or one does."""
    for put in change.puts:
        if put.path[0] == "groups" and put.path[2:] and put.path[2] != "layout":
            group = put.path[1]
            count = count_of(graph, group) if group in graph.groups else 0
            if count > 1:
                name = NodeName(group, title=graph.groups[group].title)
                return say("{count} instances of {group} follow.", count=count, group=name)
    return ""


def rename_port(graph: Graph, group: str, name: str, to: str, *, output: bool) -> Change:
    """Name a port of a group anew; the wires at it, inside and at each instance, go with it."""
    to = " ".join(to.split())
    side = "outputs" if output else "inputs"
    ports = copy(getattr(graph.groups[group], side))
    if to in {port.name for port in ports}:
        raise Refusal("The group has a port named {name} already.", name=to)
    if not re.fullmatch(r"[\w -]+", to):
        raise Refusal(
            "A port's name has letters, digits, spaces, - and _; {name} has more.", name=to
        )
    for port in ports:
        port.name = to if port.name == name else port.name
    puts = [Put(("groups", group, side), ports)]
    for head, board in boards_of(graph):
        kinds = {node: place.group for node, place in board.nodes.items()}
        own = head == ("groups", group)
        wires = [
            _renamed(w, to, output, own and _at_border(w, output))
            if _at_port(w, kinds, group, name, output, own)
            else w
            for w in board.wires
        ]
        if wires != board.wires:
            moved = dict(zip(board.wires, wires, strict=True))
            ends = {
                end_of(a.source, a.output): end_of(b.source, b.output) for a, b in moved.items()
            }
            inside = [*put_wires(board, wires, moved), *moved_names(board, ends)]
            puts += [Put((*head, *put.path), put.value) for put in inside]
    return Change(say("Rename the port {port}", port=PortName(name)), tuple(puts))


def move_port(graph: Graph, group: str, name: str, by: int, *, output: bool) -> Change:
    """Move a port of a group up or down among those of its side, where there is room."""
    side = "outputs" if output else "inputs"
    ports = copy(getattr(graph.groups[group], side))
    at = next((place for place, port in enumerate(ports) if port.name == name), -1)
    if at < 0 or not 0 <= at + by < len(ports):
        return Change("", ())
    ports.insert(at + by, ports.pop(at))
    return Change(
        say("Move the port {port}", port=PortName(name)), (Put(("groups", group, side), ports),)
    )


def _at_border(wire: Wire, output: bool) -> bool:
    return wire.target == OUT if output else wire.source == IN


def _renamed(wire: Wire, to: str, output: bool, inside: bool) -> Wire:
    """Return a wire whose end at a port has another name: the border's, or an instance's."""
    return wire._replace(input=to) if output == inside else wire._replace(output=to)

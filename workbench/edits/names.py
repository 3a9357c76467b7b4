"""Named wires: those of an output that is used often are drawn as pills with a name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engine.document.graph import ABSENT, Board, Change, Graph, Put, Wire
from nodes.errors import Refusal
from nodes.sentences import PortName, say

MOST_DRAWN = 3  # wires of an output that are drawn in any case
LONGEST = 40  # letters


def end_of(node: str, port: str) -> str:
    """Return what a layout calls an output by."""
    return f"{node}.{port}"


def name_of_wires(board: Board, node: str, port: str) -> str:
    """Return the name of an output's wires, "" if they are drawn."""
    return board.layout.names.get(end_of(node, port), "")


def can_name(board: Board, node: str, port: str) -> bool:
    """Return whether an output is used often enough for a name, or has one."""
    used = sum(w.source == node and w.output == port for w in board.wires)
    return used > MOST_DRAWN or bool(name_of_wires(board, node, port))


def name_wires(graph: Graph, node: str, port: str, name: str) -> Change:
    """Name the wires of an output; "" draws them again."""
    old, name = name_of_wires(graph, node, port), " ".join(name.split())[:LONGEST]
    if name == old:
        return Change("", ())
    if not can_name(graph, node, port):
        raise Refusal(
            "{port} has too few wires for a name.",
            "Name an output with more than {count}.",
            place=end_of(node, port),
            port=PortName(port),
            count=MOST_DRAWN,
        )
    others = [n for end, n in graph.layout.names.items() if end != end_of(node, port)]
    name = free_name(name, others)
    put = Put(("layout", "names", end_of(node, port)), name or ABSENT)
    label = say("Name wires {name}", name=name) if name else say("Draw the wires {name}", name=old)
    return Change(label, (put,))


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name, with a number if another output has it."""
    found, number = name, 2
    while found and found in taken:
        found, number = f"{name} {number}", number + 1
    return found


def moved_names(board: Board, ends: Mapping[str, str]) -> list[Put]:
    """Return the puts after which outputs that are called otherwise keep their names."""
    names = board.layout.names
    moved = {old: new for old, new in ends.items() if old in names and old != new}
    puts = [Put(("layout", "names", old), ABSENT) for old in moved]
    return [*puts, *(Put(("layout", "names", new), names[old]) for old, new in moved.items())]


def across(board: Board, wires: Iterable[Wire], ends: Mapping[str, str]) -> dict[str, str]:
    """Return the names of outputs on the other side of a group's border.

    `ends` maps outputs to what leads their values on there; `wires` are those of that side. Where
    they are few, they are drawn.
    """
    used: dict[str, int] = {}
    for wire in wires:
        end = end_of(wire.source, wire.output)
        used[end] = used.get(end, 0) + 1
    names = board.layout.names
    return {
        new: names[old]
        for old, new in ends.items()
        if old in names and used.get(new, 0) > MOST_DRAWN
    }

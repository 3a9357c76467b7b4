"""Shared by the edits: names for labels, snapping, changing wires."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.document.graph import Board, Put, Wire
from engine.document.naming import IN, OUT
from nodes.errors import Refusal
from nodes.sentences import NodeName, Part, Text, say

SNAP = 8.0
BORDER = (IN, OUT)
"""The two places that stand for a group's border in its graph."""
Point = tuple[float, float]
WIDTH, HEIGHT = 144.0, 96.0  # default size of a node


def snapped(point: Sequence[float]) -> list[float]:
    return [round(value / SNAP) * SNAP for value in point]


def name_of(graph: Board, node: str) -> NodeName:
    """Return the title of a node, a frame or a note, or its kind or id."""
    if node in graph.nodes:
        place = graph.nodes[node]
        return NodeName(node, place.title, place.kind)
    part = graph.layout.frames.get(node) or graph.layout.notes.get(node) or {}
    return NodeName(node, title=str(part.get("title") or ""))


def names_of(graph: Board, ids: Iterable[str]) -> Part:
    ids = list(ids)
    if len(ids) == 1:
        return name_of(graph, ids[0])
    return say("{count} nodes", count=len(ids))


def disconnecting(count: int) -> Text:
    """Return the label of a change that removes wires."""
    return "Disconnect" if count == 1 else say("Disconnect {count} wires", count=count)


def known(graph: Board, ids: Iterable[str]) -> list[str]:
    """Return those of `ids` that are nodes of the graph, in its order, without a group's border."""
    wanted = set(ids).difference(BORDER)
    return [node for node in graph.nodes if node in wanted]


def must_be_node(graph: Board, node: str) -> None:
    if node not in graph.nodes:
        raise Refusal("{node} is not in this graph any more.", node=node)


def free_id(graph: Board, node: str) -> str:
    """Return `node` if it is free, else the next free number of its stem: `encoder_3`."""
    return node if node not in graph.nodes else graph.fresh_id(re.sub(r"_\d+$", "", node))


def free_name(stem: str, taken: Iterable[str]) -> str:
    """Return the first of `stem`, `stem_2`, `stem_3`... that is not taken."""
    held, name, number = {*taken}, stem, 2
    while name in held:
        name, number = f"{stem}_{number}", number + 1
    return name


def put_wires(
    graph: Board, wires: list[Wire], reroutes: dict[Wire, Wire] | None = None
) -> list[Put]:
    """Set the list of wires; reroutes of removed wires are removed, those of moved ones move."""
    puts = [Put(("wires",), wires)]
    staying = {str(wire) for wire in wires}
    moved = {str(old): str(new) for old, new in (reroutes or {}).items()}
    kept: dict[str, list[list[float]]] = {}
    for key, points in graph.layout.reroutes.items():
        key = moved.get(key, key)
        if key in staying:
            kept[key] = points
    if kept != graph.layout.reroutes:
        puts.append(Put(("layout", "reroutes"), kept))
    return puts

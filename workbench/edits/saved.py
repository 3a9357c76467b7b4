"""Edits with saved kinds: a group is dressed to be saved, and a saved one comes into a document."""

from __future__ import annotations

from engine.document.graph import ABSENT, GROUP, Change, Graph, Place, Put, copy
from nodes.sentences import NodeName, say
from workbench.edits.base import Point, free_name, snapped


def dress(graph: Graph, group: str, title: str, help: str, icon: str) -> Change:
    """Give a group its title, a sentence about it, and an icon."""
    label = say("Name the group {group}", group=NodeName(group, title=title))
    head = ("groups", group)
    return Change(
        label,
        (
            Put((*head, "title"), " ".join(title.split())),
            Put((*head, "help"), " ".join(help.split())),
            Put((*head, "extra", "icon"), icon or ABSENT),
        ),
    )


def add_saved(graph: Graph, saved: Graph, position: Point) -> Change:
    """Add the instance in a saved graph, with the groups it needs: those that are here are used."""
    part = copy(saved)
    (old,) = part.nodes
    groups = bring_groups(graph, part)
    place = part.nodes[old]
    title = saved.title or place.group
    node = graph.fresh_id(title)
    puts = [
        Put(("nodes", node), Place(kind=place.kind)),
        Put(("layout", "positions", node), snapped(position)),
        *groups,
    ]
    return Change(say("Add {node}", node=NodeName(kind=place.kind, title=title)), tuple(puts))


def bring_groups(graph: Graph, part: Graph) -> list[Put]:
    """Return the puts of the groups that a part brings, renamed in it where others are called so.

    The instances in the part are renamed in place.
    """
    new = {n: g for n, g in part.groups.items() if graph.groups.get(n, g) != g}
    names: dict[str, str] = {}
    for name, definition in new.items():
        there = next((n for n, g in graph.groups.items() if g == definition), "")
        names[name] = there or free_name(name, {*graph.groups, *part.groups, *names.values()})
    for board in (part, *part.groups.values()):
        for place in board.nodes.values():
            if place.group in names:
                place.kind = GROUP + names[place.group]
    brought = {names.get(name, name): definition for name, definition in part.groups.items()}
    return [Put(("groups", n), g) for n, g in brought.items() if graph.groups.get(n) != g]

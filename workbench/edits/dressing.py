"""What nodes wear on the canvas besides their place: collapsed, pinned, a colour, fields, names.

It goes along wherever nodes go: into a copy, into a group and out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.document.graph import ABSENT, Change, Graph, Layout, Put
from nodes.sentences import say
from workbench.edits.base import known, name_of, names_of
from workbench.edits.layout import listing
from workbench.edits.names import free_name

LISTED = ("collapsed", "pinned")  # parts of a layout that list nodes
MAPPED = ("colours", "fields", "names")  # those that hold a value for a node, or its outputs


def worn(layout: Layout, nodes: Collection[str]) -> dict[str, Any]:
    """Return the parts of a layout that say what these nodes wear."""
    listed = {part: [n for n in getattr(layout, part) if n in nodes] for part in LISTED}
    mapped = {
        part: {k: v for k, v in getattr(layout, part).items() if _node(k) in nodes}
        for part in MAPPED
    }
    return {**listed, **mapped}


def put_on(
    layout: Layout, other: Layout, names: Mapping[str, str], gone: Collection[str] = ()
) -> list[Put]:
    """Return the puts after which nodes wear in `layout` what they wear in `other`.

    `names` maps their ids there to those here. `gone` are taken off before, by `take_off`.
    """
    puts: list[Put] = []
    for part in LISTED:
        new = [names[n] for n in getattr(other, part) if n in names]
        if new:
            old = [n for n in getattr(layout, part) if n not in gone]
            puts.append(Put(("layout", part), [*old, *new]))
    for part in MAPPED:
        there = getattr(other, part)
        here = getattr(layout, part).items() if part == "names" else ()
        taken = [name for key, name in here if _node(key) not in gone]
        for key, word in there.items():
            if (node := _node(key)) in names:
                new = names[node] + key.removeprefix(node)
                puts.append(Put(("layout", part, new), free_name(word, taken)))
    return puts


def take_off(layout: Layout, gone: Collection[str]) -> list[Put]:
    """Return the puts after which a layout says nothing of nodes that are gone."""
    puts: list[Put] = []
    for part in LISTED:
        listed = getattr(layout, part)
        if any(node in gone for node in listed):
            puts.append(Put(("layout", part), [n for n in listed if n not in gone]))
    for part in MAPPED:
        puts += [
            Put(("layout", part, k), ABSENT) for k in getattr(layout, part) if _node(k) in gone
        ]
    return puts


def _node(key: str) -> str:
    """Return the node of a key: of `time.y`, `time`."""
    return key.partition(".")[0]


def colour(graph: Graph, ids: Iterable[str], hue: str) -> Change:
    """Give nodes and frames a colour, by its name in the theme; "" takes it off."""
    ids = list(ids)
    nodes = known(graph, ids)
    frames = [i for i in ids if i in graph.layout.frames]
    value = hue or ABSENT
    puts = [Put(("layout", "colours", node), value) for node in nodes]
    puts += [Put(("layout", "frames", frame, "colour"), value) for frame in frames]
    if not puts:
        return Change("", ())
    about = name_of(graph, frames[0]) if len(frames) == 1 and not nodes else names_of(graph, nodes)
    words = "Colour {nodes}" if hue else "Take the colour off {nodes}"
    return Change(say(words, nodes=about), tuple(puts))


def pin(graph: Graph, ids: Iterable[str]) -> Change:
    """Let Tidy leave nodes where they are; all of them pinned already: no longer."""
    nodes = known(graph, ids)
    about = names_of(graph, nodes)
    on, off = say("Pin {nodes}", nodes=about), say("Unpin {nodes}", nodes=about)
    return listing(graph.layout.pinned, "pinned", nodes, on, off)

"""Random edits of a document with groups: all undone, all redone, saved and read."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from engine.document.expand import expand
from engine.document.graph import Change, Graph, Wire, copy, dumps, loads
from nodes.errors import Refusal
from tests.grouped import SMALL, closed
from workbench import edits
from workbench.bench.document import Document

MOST = 12  # nodes on a board, so that edits stay cheap


def some(graph: Graph, chance: Random) -> list[str]:
    names = list(graph.nodes)
    return closed(graph, chance.sample(names, chance.randint(0, len(names))))


def add(graph: Graph, chance: Random) -> Change:
    kind = chance.choice(list(SMALL.kinds))
    return edits.add_node(graph, kind, (chance.randint(0, 99), 0), catalogue=SMALL)


def connect(graph: Graph, chance: Random) -> Change:
    source, target = chance.choice(list(graph.nodes)), chance.choice(list(graph.nodes))
    output = chance.choice(["y", "z", "model", "x"])
    wire = Wire(source, output, target, chance.choice(["x", "a", "xs", "models"]))
    return edits.connect(graph, wire, SMALL)


def remove(graph: Graph, chance: Random) -> Change:
    return edits.remove(graph, [chance.choice(list(graph.nodes))])


def size(graph: Graph, chance: Random) -> Change:
    return edits.set_param(graph, chance.choice(list(graph.nodes)), "size", chance.randint(0, 9))


def paste(graph: Graph, chance: Random) -> Change:
    return edits.paste(graph, edits.copy_text(graph, some(graph, chance)[:2]), None, SMALL)


def group(graph: Graph, chance: Random) -> Change:
    within = chance.choice(["", *graph.groups])
    board = graph.groups[within] if within else graph
    names = chance.sample(list(board.nodes), chance.randint(0, len(board.nodes)))
    return edits.group(graph, closed(board, names), SMALL, within)


def ungroup(graph: Graph, chance: Random) -> Change:
    within = chance.choice(["", *graph.groups])
    board = graph.groups[within] if within else graph
    return edits.ungroup(graph, chance.choice(list(board.nodes)), SMALL, within)


DOINGS: list[Callable[[Graph, Random], Change]]
DOINGS = [add, add, connect, connect, connect, remove, size, paste, group, group, ungroup, ungroup]


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_random_edits_are_undone_redone_and_saved(count: int) -> None:
    chance, document = Random(count), Document(Graph())
    start, done = copy(document.graph), 0
    while done < count:
        graph = document.graph
        many = len(expand(graph, SMALL).graph.nodes) >= MOST
        doing = chance.choice([remove, ungroup]) if many else chance.choice(DOINGS)
        before = expand(graph, SMALL).flat or dict.fromkeys(graph.nodes)
        try:
            document.push(doing(graph, chance))
        except (Refusal, IndexError):  # nothing to choose from, or not possible here
            assert (expand(graph, SMALL).flat or dict.fromkeys(graph.nodes)) == before
            document.push(add(graph, chance)) if not many else None
        done += 1
    end = copy(document.graph)
    assert loads(dumps(end)) == end
    assert end.groups or count < 1000
    document.history.go_to(0)
    assert document.graph == start
    document.history.go_to(len(document.history.edits))
    assert document.graph == end

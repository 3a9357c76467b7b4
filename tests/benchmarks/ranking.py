"""`python -m tests.benchmarks.ranking`: how often the list after a dropped wire begins right.

Each wire of each example, and of its groups, is dropped twice, from its output and from its input,
with the node at its other end removed; right is that node's kind. Once more, from outputs, only
what comes before that node is drawn. The wires of the example's family are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from engine.document.graph import Graph, Wire
from engine.document.walks import topological
from tests.shipped import catalogue
from tests.wire_counts import examples
from workbench.canvas.fitting import candidates
from workbench.canvas.ranking import Ranking
from workbench.search.habits import Habits, count
from workbench.widgets.ports import Port, Side, ports_of


@cache
def graphs() -> list[Graph]:
    return examples()


@cache
def habits_without(family: str) -> Habits:
    own = count(g for g in graphs() if g.lesson == family)
    return Habits(count(graphs()) - own)


def places(step: int = 1) -> Iterator[tuple[int, str, str]]:
    """Yield where the right kind stands in the list of each `step`-th wire, its family, its case.

    The case is `whole` with the rest of the graph there, `inside` of a group, and `begun` where
    only what comes before the node is drawn.
    """
    wires = [(board, w, case) for board, case in boards() for w in board.wires]
    for board, wire, case in wires[::step]:
        for side in ("output", "input"):
            other = wire.target if side == "output" else wire.source
            found = _place(board, {*board.nodes} - {other}, wire, side)
            if found is not None:
                yield found, board.lesson, case
    for board, wire, before in list(_growing())[::step]:
        found = _place(board, before, wire, "output")
        if found is not None:
            yield found, board.lesson, "begun"


def boards() -> Iterator[tuple[Graph, str]]:
    """Yield each graph, and each of its groups as a graph."""
    for graph in graphs():
        for board in (graph, *graph.groups.values()):
            wires = [w for w in board.wires if w.source in board.nodes and w.target in board.nodes]
            yield (
                replace(graph, nodes=board.nodes, wires=wires),
                "whole" if board is graph else "inside",
            )


def _growing() -> Iterator[tuple[Graph, Wire, set[str]]]:
    """Yield the first wire to each node from those before it, with these."""
    for board, _ in boards():
        before: set[str] = set()
        for node in topological([*board.nodes], board.wires, []):
            wires = (w for w in board.wires if w.target == node and w.source in before)
            if (wire := next(wires, None)) is not None:
                yield board, wire, {*before}
            before.add(node)


def _place(graph: Graph, there: set[str], wire: Wire, side: Side) -> int | None:
    node, other = (wire.source, wire.target) if side == "output" else (wire.target, wire.source)
    if graph.nodes[node].group or graph.nodes[other].group:
        return None  # the list offers kinds
    port = _port(graph.nodes[node].kind, side, wire.output if side == "output" else wire.input)
    if port is None:
        return None
    left = Graph(
        nodes={name: place for name, place in graph.nodes.items() if name in there},
        wires=[w for w in graph.wires if w.source in there and w.target in there],
    )
    ranking = Ranking(left, catalogue(), node, port, habits_without(graph.lesson))
    own = catalogue()[graph.nodes[node]]
    kinds = [c.kind.kind for c in candidates(catalogue(), port, own, ranking)]
    return kinds.index(graph.nodes[other].kind)


@cache
def _port(kind: str, side: Side, name: str) -> Port | None:
    inputs, outputs = ports_of(catalogue(), catalogue().kinds[kind])
    return next((p for p in (outputs if side == "output" else inputs) if p.name == name), None)


def main() -> None:
    found = list(places())
    for case in ("whole", "inside", "begun"):
        _print(case, [place for place, _, of in found if of == case])
    for family in sorted({g.lesson for g in graphs()}):
        _print(family, [place for place, of, case in found if (of, case) == (family, "whole")])


def _print(title: str, here: list[int]) -> None:
    shares = [sum(place < most for place in here) / len(here) for most in (1, 3, 5)]
    print(f"{title:18}", len(here), *(f"{share:.1%}" for share in shares))


if __name__ == "__main__":
    main()

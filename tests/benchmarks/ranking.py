"""`python -m tests.benchmarks.ranking`: how often the list after a dropped wire begins right.

Each wire of each example is dropped twice, from its output and from its input, with the node at its
other end removed; right is that node's kind. The wires of the example's family are not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from engine.document.graph import Graph, Wire
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


def places(step: int = 1) -> Iterator[tuple[int, str, Side]]:
    """Yield where the right kind stands in the list of each `step`-th wire, its family, its end."""
    wires = [(g, w) for g in graphs() for w in g.wires]
    for graph, wire in wires[::step]:
        for side in ("output", "input"):
            found = _place(graph, wire, side)
            if found is not None:
                yield found, graph.lesson, side


def _place(graph: Graph, wire: Wire, side: Side) -> int | None:
    node, other = (wire.source, wire.target) if side == "output" else (wire.target, wire.source)
    if graph.nodes[node].group or graph.nodes[other].group:
        return None  # the list offers kinds
    port = _port(graph.nodes[node].kind, side, wire.output if side == "output" else wire.input)
    if port is None:
        return None
    left = Graph(
        nodes={name: place for name, place in graph.nodes.items() if name != other},
        wires=[w for w in graph.wires if other not in (w.source, w.target)],
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
    for family in ("", *sorted({g.lesson for g in graphs()})):
        here = [place for place, of, _ in found if family in ("", of)]
        shares = [sum(place < most for place in here) / len(here) for most in (1, 3, 5)]
        print(f"{family or 'all':18}", len(here), *(f"{share:.1%}" for share in shares))
    print(Counter(min(place, 9) for place, _, _ in found))


if __name__ == "__main__":
    main()

"""What people wire to a port: the wires of the examples, counted, and the user's own.

`resources/wires.json` holds the counts; `python -m tests.wire_counts` makes it from the examples.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

import resources
from engine.document.graph import Graph
from workbench.widgets.ports import Side

FEW = 2  # wires
MOST_OWN = 500


def count(graphs: Iterable[Graph]) -> Counter[str]:
    """Return how often each wire is drawn, in groups too, named by its kinds and ports."""
    return Counter(
        name_of(board.nodes[w.source].kind, w.output, board.nodes[w.target].kind, w.input)
        for graph in graphs
        for board in (graph, *graph.groups.values())
        for w in board.wires
        if w.source in board.nodes and w.target in board.nodes
    )


def name_of(source: str, output: str, target: str, input: str) -> str:
    return f"{source}.{output}>{target}.{input}"


class Habits:
    """Counted wires. `own` are the user's; its oldest entries are forgotten."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.own: dict[str, int] = {}
        self._counts = counts
        self._totals: dict[tuple[Side, str], int] = defaultdict(int)
        self._named: Counter[tuple[Side, str, str]] = Counter()
        self._beside: dict[str, Counter[str]] = defaultdict(Counter)
        for name, number in counts.items():
            (out, source), (into, target) = _ends(name)
            for end in ((out, source), (into, target)):
                self._totals[end] += number
            giver, output = _parted(source)
            taker, input = _parted(target)
            self._named.update({(out, output, taker): number, (into, input, giver): number})
            self._named.update({(out, output, ""): number, (into, input, ""): number})
            self._beside[giver][taker] += number
            self._beside[taker][giver] += number

    def share(self, side: Side, port: str, name: str) -> float:
        """Return the share of a wire among all at one of its ends, the port `KIND.NAME`."""
        return self._counts.get(name, 0) / (self._totals.get((side, port), 0) + 1)

    def share_named(self, side: Side, name: str, kind: str) -> float:
        """Return the share of the wires at ports of a name, of any kind, that lead to a kind."""
        return self._named[side, name, kind] / (self._named[side, name, ""] + 1)

    def beside(self, kind: str, kinds: Iterable[str]) -> float:
        """Return the share of the wires of a kind whose other end is one of `kinds`."""
        others = self._beside.get(kind)
        return sum(others[k] for k in kinds) / (others.total() + 1) if others else 0.0

    def own_share(self, side: Side, port: str, name: str) -> float:
        """Return the same of the user's wires; a few of them do not say much yet."""
        whole = sum(n for wire, n in self.own.items() if (side, port) in _ends(wire))
        return self.own.get(name, 0) / (whole + FEW)

    def note(self, name: str) -> None:
        """Count a wire that the user drew."""
        self.own[name] = self.own.pop(name, 0) + 1
        while len(self.own) > MOST_OWN:
            del self.own[next(iter(self.own))]


def _ends(name: str) -> tuple[tuple[Side, str], tuple[Side, str]]:
    source, _, target = name.partition(">")
    return ("output", source), ("input", target)


def _parted(end: str) -> tuple[str, str]:
    kind, _, port = end.rpartition(".")
    return kind, port


@lru_cache(maxsize=1)
def habits() -> Habits:
    """Return the counts that all canvases share."""
    return Habits(json.loads(resources.path("wires.json").read_text("utf-8")))

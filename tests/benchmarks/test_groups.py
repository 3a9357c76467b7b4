"""What groups cost before anything runs: expanding them, and finding their problems."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from engine.document.expand import expand
from engine.document.faults import problems_of
from engine.document.graph import Graph, Group, GroupPort, Place, Promoted, Target, Wire
from tests.engine.toy import toy_catalogue

pytestmark = pytest.mark.bench


def chain(instances: int, inner: int) -> Graph:
    """Return data and a row of instances of a group, each a row of networks."""
    names = [f"n{k}" for k in range(inner)]
    ends = [("in", "x"), *((name, "y") for name in names)]
    targets = [*((name, "x") for name in names), ("out", "y")]
    group = Group(
        inputs=[GroupPort(name="x")],
        outputs=[GroupPort(name="y")],
        nodes={name: Place(kind="Map", params={"width": 2}) for name in names},
        wires=[Wire(*end, *target) for end, target in zip(ends, targets, strict=True)],
        params={"width": Promoted(to=[Target("n0", "width")])},
    )
    graph = Graph(groups={"row": group}, nodes={"line": Place(kind="Line")})
    end = ("line", "points")
    for number in range(instances):
        graph.nodes[f"r{number}"] = Place(kind="group:row", params={"width": 3})
        graph.wires.append(Wire(*end, f"r{number}", "x"))
        end = (f"r{number}", "y")
    return graph


def least(act: Callable[[], object], times: int = 15) -> float:
    """Return the least processor time of some calls, in milliseconds."""
    found = []
    for _ in range(times):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return min(found) * 1e3


def test_a_thousand_nodes_in_a_hundred_instances() -> None:
    graph, known = chain(100, 10), toy_catalogue()
    expanded = expand(graph, known)
    flat = expanded.graph
    print(f"\nexpand {least(lambda: expand(graph, known)):.1f} ms")
    print(f"problems {least(lambda: problems_of(expanded)):.1f} ms", end=", ")
    print(f"of the flat graph {least(lambda: known.problems(flat)):.1f} ms")

"""Checks and training steps leave next to nothing that only Python's collector can free.

An old program with its networks goes at once then, and the collector may run seldom.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine.document.graph import Change, Graph, Put, load
from engine.run.session import Session
from nodes.library import Library
from tests.benchmarks.test_groups import chain
from tests.engine.alterations import altered
from tests.engine.test_total import EXAMPLES
from tests.engine.toy import Listener, toy_library
from tests.running import run
from tests.shipped import library
from tests.workbench.test_pace import rows

Kinds = Callable[[], Library]


@contextmanager
def circles() -> Iterator[list[object]]:
    """Give the objects that are in circles, or held by one, at the end."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    found: list[object] = []
    try:
        yield found
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


ROWS = rows(33), Change("", (Put(("wires",), rows(33).wires[1:]),)), library
GROUPS = chain(20, 5), Change("", (Put(("nodes", "r19", "params", "width"), 5),)), toy_library


@pytest.mark.parametrize(("graph", "edit", "kinds"), [ROWS, GROUPS], ids=["rows", "groups"])
def test_a_check_leaves_no_program_in_circles(graph: Graph, edit: Change, kinds: Kinds) -> None:
    session = Session(library=kinds())
    session.update(graph)
    other, _ = altered(graph, edit)
    with circles() as found:
        session.update(other)
        session.update(graph)
    assert not {"Program", "Call", "Sketch", "NodeInfo", "Tensor"} & {
        type(x).__name__ for x in found
    }


@pytest.mark.parametrize("name", ["gan-ring", "vae-from-layers", "gpt-addition", "realnvp-moons"])
def test_a_step_leaves_nothing_in_circles(name: str) -> None:
    graph, session = load(EXAMPLES[name]), Session(library=library())
    for place in graph.nodes.values():
        if place.kind == "Trainer":
            place.params["steps"] = 6
        elif session.catalogue.role(place) in ("view", "metric"):
            place.mode = "muted"
    session.update(graph)
    counts: list[int] = []
    watch = circles()

    def between(host: Listener, nested: bool) -> None:
        if session.step == 2 and not nested:
            host.found = watch.__enter__()  # type: ignore[attr-defined]
        elif session.step == 5 and not nested and not counts:
            watch.__exit__(None, None, None)
            counts.append(len(host.found))  # type: ignore[attr-defined]

    run(session, Listener(between), view_share=0.0)
    assert counts == [0]

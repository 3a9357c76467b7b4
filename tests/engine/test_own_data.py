"""A file of the user in place of an example's data: refused in words, or trained and shown.

No error of torch or Python is quoted: a node says which sizes it takes, and how many items.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.document.graph import Graph, Place, load
from engine.document.messages import Fault
from engine.run.session import Session
from tests.engine.test_total import EXAMPLES
from tests.engine.toy import Listener
from tests.running import run
from tests.shipped import catalogue, library
from tests.test_examples import shorten

CHANCE = np.random.default_rng(0)


def pixels(*shape: int) -> Any:
    return CHANCE.integers(0, 256, shape).astype(np.uint8)


OWN = {
    "one picture": {"x": pixels(1, 28, 28), "y": np.zeros(1, int)},
    "one colour": {"x": np.zeros((60, 28, 28), np.uint8), "y": np.zeros(60, int)},
    "single pixels": {"x": pixels(60, 1, 1), "y": CHANCE.integers(0, 3, 60)},
    "odd sizes": {"x": pixels(60, 7, 9), "y": CHANCE.integers(0, 12, 60)},
    "three channels": {"x": pixels(60, 8, 8, 3), "y": CHANCE.integers(0, 3, 60)},
    "one point": {"x": CHANCE.normal(size=(1, 2))},
    "points at one place": {"x": np.ones((60, 2)), "y": CHANCE.integers(0, 2, 60)},
    "points in space": {"x": CHANCE.normal(size=(60, 3)), "y": CHANCE.integers(0, 2, 60)},
    "numbers": {"x": CHANCE.normal(size=(60, 1)), "y": CHANCE.integers(0, 2, 60)},
}


def with_own(name: str, file: Path) -> Graph | None:
    """Return an example, shortened, that draws its items from a file; None where it draws none."""
    graph, known = load(EXAMPLES[name]), catalogue()
    shorten(graph)
    drawn = [n for n, p in graph.nodes.items() if not p.group and _gives_items(known.of(p))]
    for node in drawn:
        graph.nodes[node] = Place(kind="ArrayFile", params={"file": str(file)})
    for place in graph.nodes.values():
        if place.kind == "Trainer":
            place.params["steps"] = 2
    return graph if drawn else None


def _gives_items(kind: Any) -> bool:
    outputs = {port.name for port in kind.outputs} if kind else set()
    return bool(outputs & {"images", "points"}) and not kind.inputs


def answered(name: str, file: Path) -> None:
    graph = with_own(name, file)
    if graph is None:
        return
    session = Session(library=library())
    session.update(graph)
    told = list(session.problems)
    if not any(problem.level == "error" for problem in told):
        listener = Listener()
        run(session, listener, fresh=True)
        told += [event.problem for event in listener.of(Fault)]
    assert [problem.sentence for problem in told if problem.trace] == []


@pytest.fixture(params=OWN)
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    np.savez(tmp_path / "own.npz", **OWN[request.param])
    return tmp_path / "own.npz"


@pytest.mark.parametrize("name", ["vae-gan", "score-moons", "gan-ring"])
def test_an_own_file_is_answered(name: str, own: Path) -> None:
    answered(name, own)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_own_file_is_answered_in_each_example(name: str, own: Path) -> None:
    answered(name, own)

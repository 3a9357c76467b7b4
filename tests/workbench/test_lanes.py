"""Tidy arranges training in lanes, keeps frames whole, and puts what looks below."""

from __future__ import annotations

from itertools import combinations

import pytest

import resources
from engine.document import graph as graphs
from engine.document.graph import SUFFIX, Graph, apply, copy
from tests.shipped import catalogue
from workbench import edits

NAMES = ("gan-ring", "vae-mnist", "langevin-mixture", "compare-mnist")
SIZES = (160.0, 136.0)


def role(graph: Graph):
    return lambda node: catalogue()[graph.nodes[node]].role


@pytest.fixture(params=NAMES)
def tidied(request: pytest.FixtureRequest) -> tuple[Graph, Graph]:
    """Return an example, and what Tidy makes of it."""
    before = graphs.load(resources.path("examples", request.param + SUFFIX))
    after = copy(before)
    apply(after, edits.tidy(after, None, dict.fromkeys(after.nodes, SIZES), role(after)))
    return before, after


def areas(graph: Graph) -> dict[str, tuple[float, float, float, float]]:
    found = {n: (x, y, *SIZES) for n, (x, y) in graph.layout.positions.items()}
    return found | {n: tuple(note["rect"]) for n, note in graph.layout.notes.items()}


def meet(a, b, gap: float = 0.0) -> bool:
    across = a[0] < b[0] + b[2] + gap and b[0] < a[0] + a[2] + gap
    return across and a[1] < b[1] + b[3] + gap and b[1] < a[1] + a[3] + gap


def test_nothing_lies_on_anything(tidied: tuple[Graph, Graph]) -> None:
    _, graph = tidied
    for (one, a), (other, b) in combinations(areas(graph).items(), 2):
        assert not meet(a, b, 31), f"{one} is too near to {other}"
    assert all(x % 8 == 0 and y % 8 == 0 for x, y in graph.layout.positions.values())


def inside(graph: Graph, frame: str) -> set[str]:
    x, y, wide, high = graph.layout.frames[frame]["rect"]
    return {
        n
        for n, (left, top, w, h) in areas(graph).items()
        if left >= x and top >= y and left + w <= x + wide and top + h <= y + high
    }


def test_frames_stay_whole(tidied: tuple[Graph, Graph]) -> None:
    _, graph = tidied
    again = copy(graph)
    apply(again, edits.tidy(again, None, dict.fromkeys(again.nodes, SIZES), role(again)))
    for frame, fields in graph.layout.frames.items():
        held = inside(graph, frame)
        assert held and held == inside(again, frame)
        cut = [n for n, a in areas(graph).items() if n not in held and meet(a, fields["rect"])]
        assert not cut


def test_training_goes_to_the_right_a_lane_for_each_optimizer() -> None:
    graph = graphs.load(resources.path("examples", "gan-ring" + SUFFIX))
    apply(graph, edits.tidy(graph, None, dict.fromkeys(graph.nodes, SIZES), role(graph)))
    at = graph.layout.positions
    for loss, end in (("critic_loss", "adam_critic"), ("generator_loss", "adam_generator")):
        assert at[loss][0] < at[end][0] and at[loss][1] == at[end][1]
    assert at["adam_critic"][0] == at["adam_generator"][0]
    assert at["adam_critic"][1] != at["adam_generator"][1]
    lowest = max(at[n][1] for n in ("generator", "generator_loss", "adam_generator"))
    assert graph.layout.frames["look"]["rect"][1] > lowest, "looking is below"


def test_tidy_is_one_step_that_undoes_exactly(tidied: tuple[Graph, Graph]) -> None:
    before, _ = tidied
    graph = copy(before)
    change = edits.tidy(graph, None, dict.fromkeys(graph.nodes, SIZES), role(graph))
    apply(graph, apply(graph, change))
    assert graph == before

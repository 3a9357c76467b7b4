"""Reflow: pairs of a flow's ends, and paths that get straighter."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nodes.matching.flow_matching import FlowMatchingLoss
from nodes.matching.ode_sampler import ODESampler
from nodes.matching.rectify import Rectify
from nodes.views.base import relative_length
from tests.nodes.matching.exact import Known, between_gaussians, independent_gaussians, seeded

LAWS = (-1.0, 1.5, 2.0, 0.5)


def test_pairs_are_joined_by_the_flow() -> None:
    start = seeded(0, 40, 2)
    pairs = Rectify()(start, independent_gaussians(*LAWS))
    assert torch.equal(pairs.source, start)
    torch.testing.assert_close(pairs.target, 2 + (start + 1) / 3, rtol=1e-3, atol=1e-3)


def test_on_a_line_reflow_finds_the_optimal_map() -> None:
    """There a flow keeps the order, so its pairs are optimal: nothing is left to guess."""
    start = -1 + 1.5 * seeded(1, 500, 1)
    pairs = Rectify(steps=50)(start, independent_gaussians(*LAWS))
    torch.manual_seed(0)
    loss = FlowMatchingLoss(coupling="as paired")
    assert float(loss(pairs.source, pairs.target, between_gaussians(*LAWS))) < 1e-6


def test_reflow_straightens() -> None:
    """A turn by 120 degrees: the flow turns, the second goes straight between the same ends."""
    angle = torch.tensor(2.0944, dtype=torch.float64)
    turn = angle * torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    first = Known(lambda x, t: x @ turn, "velocity")
    start = seeded(2, 400, 2)
    pairs = Rectify()(start, first)
    second = _fitted(pairs.source, pairs.target)
    bent, straight = (last(ODESampler()(f, start)) for f in (first, second))
    torch.testing.assert_close(straight[-1], bent[-1], rtol=0.02, atol=0.02)
    assert relative_length(bent) > 1.15
    assert relative_length(straight) < 1.01


def last(frames: object) -> Tensor:
    *_, frame = frames  # type: ignore[misc]
    path: Tensor = frame.value.path
    return path


def _fitted(x_0: Tensor, x_1: Tensor) -> nn.Module:
    """The velocity that flow matching of these pairs has its least at, linear in x at each time."""
    moved = torch.linalg.lstsq(x_0, x_1).solution  # x_1 = x_0 M

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        way = (1 - t[0]) * torch.eye(2, dtype=x.dtype) + t[0] * moved
        return torch.linalg.solve(way.T, x.T).T @ (moved - torch.eye(2, dtype=x.dtype))

    return Known(velocity, "velocity")

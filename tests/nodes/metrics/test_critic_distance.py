"""The critic's distance: Wasserstein's from below, whatever the critic's scale."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from nodes.metrics.critic_distance import CriticDistance
from nodes.metrics.wasserstein import exact_wasserstein
from tests.nodes.metrics.streams import Draws

SHIFT = 2.5


class Slanted(nn.Module):
    """f(x) = steepness * x_1: the best critic between two laws that one shift makes equal."""

    def __init__(self, steepness: float) -> None:
        super().__init__()
        self.steepness = steepness

    def forward(self, x: Tensor) -> Tensor:
        return self.steepness * x[:, 0]


@pytest.mark.parametrize("steepness", [0.5, 1.0, 3.0])
def test_the_best_critic_over_its_slope_is_the_distance(steepness: float) -> None:
    y = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    x = y + torch.tensor([SHIFT, 0.0])
    found = CriticDistance(count=200)(Draws(lambda: x), Draws(lambda: y), Slanted(steepness))
    assert found.value == pytest.approx(steepness * SHIFT, rel=1e-5)
    assert found.others["slope"] == pytest.approx(steepness)
    assert found.others["bound"] == pytest.approx(exact_wasserstein(x, y, 1), rel=1e-5)


def test_another_critic_stays_below() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(200, 2) + 1, torch.rand(200, 2)
    critic = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1), nn.Flatten(0))
    found = CriticDistance(count=200)(Draws(lambda: x), Draws(lambda: y), critic)
    assert abs(found.others["bound"]) <= exact_wasserstein(x, y, 1)

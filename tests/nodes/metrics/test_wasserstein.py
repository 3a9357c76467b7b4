"""Wasserstein distances: known answers, and agreement with POT."""

import math

import numpy as np
import pytest
import torch

from nodes.metrics.wasserstein import (
    Wasserstein,
    along_a_line,
    exact_wasserstein,
    sliced_wasserstein,
)

ot = pytest.importorskip("ot")


def normal(n: int, d: int = 3, mean: float = 0.0) -> torch.Tensor:
    return mean + torch.randn(n, d, dtype=torch.float64)


def middles(n: int) -> torch.Tensor:
    """Return the even quantiles of U(0, 1)."""
    return (torch.arange(n, dtype=torch.float64) + 0.5)[:, None] / n


def test_w2_of_two_uniform_laws_is_known() -> None:
    """The plan stretches: W2^2 is the integral of t^2."""
    x = middles(2000)
    assert Wasserstein().measure(x, 2 * x).value == pytest.approx(1 / math.sqrt(3), rel=1e-6)
    assert Wasserstein(order=1).measure(x, 2 * x).value == pytest.approx(0.5, rel=1e-6)


def test_w2_of_samples_of_two_uniform_laws() -> None:
    torch.manual_seed(0)
    x, y = torch.rand(2, 20_000, 1, dtype=torch.float64)
    assert Wasserstein().measure(x, 2 * y).value == pytest.approx(1 / math.sqrt(3), rel=0.03)


def test_samples_of_different_sizes_on_a_line() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(60, dtype=torch.float64), torch.randn(45, dtype=torch.float64)
    for p in (1, 2):
        ours = along_a_line(x[None], y[None], p).item()
        theirs = ot.wasserstein_1d(x.numpy(), y.numpy(), p=p)
        assert ours == pytest.approx(float(theirs))


def test_the_exact_distance_is_that_of_the_best_of_all_plans() -> None:
    from scipy.optimize import linear_sum_assignment

    torch.manual_seed(0)
    x, y = normal(40), normal(40, mean=1.0)
    cost = torch.cdist(x, y).square().numpy()
    best = cost[linear_sum_assignment(cost)].mean()
    assert exact_wasserstein(x, y, 2) == pytest.approx(math.sqrt(best))


def test_a_shift_is_its_own_length() -> None:
    torch.manual_seed(0)
    x = normal(200)
    way = torch.tensor([1.0, 2.0, 2.0], dtype=torch.float64)
    assert exact_wasserstein(x, x + way, 2) == pytest.approx(3)
    assert exact_wasserstein(x, x + way, 1) == pytest.approx(3)


def test_the_sliced_distance_agrees_with_pot() -> None:
    torch.manual_seed(0)
    x, y = normal(100), normal(80, mean=1.0)
    lines = np.random.default_rng(0).normal(size=(3, 500))
    lines /= np.linalg.norm(lines, axis=0)
    theirs = ot.sliced_wasserstein_distance(x.numpy(), y.numpy(), projections=lines, p=2)
    way = torch.from_numpy(lines)
    ours = along_a_line((x @ way).T, (y @ way).T, 2).mean().sqrt().item()
    assert ours == pytest.approx(float(theirs))
    assert sliced_wasserstein(x, y, 2, 1000) == pytest.approx(ours, rel=0.1)


def test_the_sliced_distance_of_a_shift_is_known() -> None:
    """Along a random line in d dimensions a shift of length 3 is 3 / sqrt d in the square mean."""
    torch.manual_seed(0)
    x = normal(50)
    way = torch.tensor([1.0, 2.0, 2.0], dtype=torch.float64)
    measured = Wasserstein(method="sliced", lines=20_000).measure(x, x + way)
    assert measured.value == pytest.approx(math.sqrt(3), rel=0.02)


def test_it_can_be_told_in_floors() -> None:
    from tests.nodes.metrics.streams import Draws, Fixed, Test

    torch.manual_seed(0)
    data = Fixed(torch.randn(600, 2), torch.randn(300, 2))
    fake = 1.0 + torch.randn(300, 2)
    plain, told = (
        Wasserstein(count=300, show=show)(Test(data), Draws(lambda: fake))  # type: ignore[arg-type]
        for show in ("distance", "floors")
    )
    assert told.value == pytest.approx(plain.value / plain.others["floor"])
    assert told.others["distance"] == plain.value
    assert told.unit == "floors"

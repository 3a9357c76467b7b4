"""KID and MMD: known answers, no bias, a test that keeps its level."""

import math

import pytest
import torch
from torch import Tensor

from nodes.metrics.kernels import KID, MMD, cubic_kernels, mmd2


def normal(n: int, d: int = 1, mean: float = 0.0) -> Tensor:
    return mean + torch.randn(n, d, dtype=torch.float64)


def test_kid_of_two_normals_on_a_line_is_22() -> None:
    """E (xy + 1)^3 is 4 within N(0, 1), 32 within N(1, 1), 7 between them: 4 + 32 - 14."""
    nodes, weights = quadrature()
    x, y = nodes[:, None], nodes[:, None] + 1
    means = [weights @ k @ weights for k in cubic_kernels(x, y)]
    assert [m.item() for m in means] == pytest.approx([4, 32, 7])
    assert (means[0] + means[1] - 2 * means[2]).item() == pytest.approx(22)


def quadrature() -> tuple[Tensor, Tensor]:
    import numpy as np

    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    return torch.from_numpy(nodes), torch.from_numpy(weights / math.sqrt(2 * math.pi))


def test_kid_of_samples_comes_near_22() -> None:
    torch.manual_seed(0)
    measured = KID().measure(normal(40_000), normal(40_000, mean=1.0))
    assert measured.value == pytest.approx(22, rel=0.05)
    assert abs(measured.value - 22) < 4 * measured.others["error"]


def test_kid_of_equal_laws_is_zero_on_average_and_its_error_honest() -> None:
    torch.manual_seed(0)
    measured = [KID(size=100).measure(normal(2000, 4), normal(2000, 4)) for _ in range(40)]
    values = torch.tensor([m.value for m in measured])
    assert abs(values.mean().item()) < 4 * values.std().item() / math.sqrt(40)
    error = sum(m.others["error"] for m in measured) / 40
    assert error == pytest.approx(values.std().item(), rel=0.4)


def test_kid_of_few_items_is_one_block() -> None:
    measured = KID().measure(normal(50, 3), normal(60, 3))
    assert math.isfinite(measured.value)
    assert math.isnan(measured.others["error"])


def test_mmd_needs_no_pair_of_an_item_with_itself() -> None:
    x, y = normal(5, 2), normal(7, 2)
    k = cubic_kernels(x, y)
    within = [sum(m[i, j] for i in range(len(m)) for j in range(len(m)) if i != j) for m in k[:2]]
    expected = within[0] / 20 + within[1] / 42 - 2 * k[2].mean()
    assert mmd2(*k) == pytest.approx(float(expected))


def test_mmd_of_two_normals_has_its_closed_form() -> None:
    """For N(m, 1) and a kernel of width s: E k = s / sqrt(s^2 + 2) exp(-m^2 / 2 (s^2 + 2))."""
    torch.manual_seed(0)
    measured = MMD(bandwidth=1.0).measure(normal(1500), normal(1500, mean=1.0))
    expected = 2 / math.sqrt(3) * (1 - math.exp(-1 / 6))
    assert measured.value == pytest.approx(expected, rel=0.1)
    assert measured.others["p"] == 0


def test_the_test_of_mmd_keeps_its_level() -> None:
    torch.manual_seed(0)
    p = torch.tensor([MMD().measure(normal(60), normal(60)).others["p"] for _ in range(60)])
    assert p.mean().item() == pytest.approx(0.5, abs=0.15)
    assert (p < 0.05).float().mean() < 0.2


def test_the_bandwidth_is_the_median_distance() -> None:
    x = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)
    assert MMD().measure(x, x + 1).others["bandwidth"] == 2

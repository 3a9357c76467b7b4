"""Precision, recall, density and coverage."""

import pytest
import torch
from torch import Tensor

from nodes.metrics.precision_recall import PrecisionRecall, coverage, radii


def normal(n: int, d: int = 2) -> Tensor:
    return torch.randn(n, d, dtype=torch.float64)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_coverage_of_equal_laws_is_known(k: int) -> None:
    torch.manual_seed(0)
    found = coverage(normal(4000), normal(4000), k)
    assert found.coverage == pytest.approx(1 - 2.0**-k, abs=0.03)
    assert found.density == pytest.approx(1, abs=0.05)
    assert found.precision == pytest.approx(found.recall, abs=0.03)


def test_what_lies_far_off_is_neither_precise_nor_covering() -> None:
    assert coverage(normal(100), normal(100) + 100, 5) == (0, 0, 0, 0)


def test_a_collapsed_model_is_precise_and_recalls_nothing() -> None:
    torch.manual_seed(0)
    real = normal(2000)
    found = coverage(real, 0.01 * normal(2000), 5)
    assert found.precision == 1
    assert found.recall < 0.01
    assert found.coverage < 0.05


def test_half_the_modes_are_half_recalled() -> None:
    torch.manual_seed(0)
    modes = torch.tensor([[0.0, 0.0], [50.0, 0.0]], dtype=torch.float64)
    real = normal(2000) + modes[torch.arange(2000) % 2]
    found = coverage(real, normal(2000), 5)
    assert found.precision > 0.9
    assert found.recall == pytest.approx(0.5, abs=0.05)
    assert found.coverage == pytest.approx(0.5, abs=0.05)


def test_radii_reach_to_the_kth_other_item() -> None:
    x = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)
    assert radii(x, 1).tolist() == [1, 1, 2]
    assert radii(x, 2).tolist() == [3, 2, 3]


def test_the_rows_agree_with_the_whole() -> None:
    """More items than rows held at once."""
    torch.manual_seed(0)
    real, fake = normal(1300), normal(900)
    d, k = torch.cdist(real, fake), 3
    inside = d <= radii(real, k)[:, None]
    measured = PrecisionRecall(k=k).measure(real, fake)
    assert measured.value == inside.any(0).double().mean().item()
    assert measured.others["coverage"] == inside.any(1).double().mean().item()
    assert measured.others["density"] == pytest.approx(inside.sum().item() / (k * 900))
    assert measured.others["recall"] == (d <= radii(fake, k)).any(1).double().mean().item()

"""Losses and what goes with them: known values, and where gradients end."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from nodes.autoencoders.prior import Prior
from nodes.data.class_labels import ClassLabels
from nodes.diffusion.random_times import RandomTimes
from nodes.errors import InputRefused
from nodes.training.cross_entropy import CrossEntropy
from nodes.training.freeze import Freeze
from nodes.training.loss_sum import LossSum
from nodes.training.regression_loss import RegressionLoss

SHAPES = [(6,), (6, 2), (6, 1, 4, 4)]


@pytest.mark.parametrize("shape", SHAPES)
def test_errors_are_told_for_each_item_and_their_mean_is_the_loss(shape: tuple[int, ...]) -> None:
    y, target = torch.randn(shape), torch.randn(shape)
    gap = (y - target).abs()
    huber = torch.where(gap < 0.5, gap.square() / 2, 0.5 * (gap - 0.25))
    known = {"squared": gap.square(), "absolute": gap, "Huber": huber}
    for distance, each in known.items():
        loss, error = RegressionLoss(distance=distance, delta=0.5)(y, target)
        torch.testing.assert_close(loss, each.mean())
        torch.testing.assert_close(error, each.view(6, -1).mean(1))


def test_whole_numbers_are_compared_too() -> None:
    assert RegressionLoss()(torch.tensor([[1, 2]]), torch.tensor([[1, 4]])).loss == 2


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(InputRefused, match="target must have the shape of y, 6 2; it has 6 3"):
        RegressionLoss()(torch.zeros(6, 2), torch.zeros(6, 3))


def test_equal_logits_lose_the_log_of_the_classes() -> None:
    labels = torch.arange(6) % 4
    loss, nll, _ = CrossEntropy()(torch.full((6, 4), 3.0), labels)
    assert float(loss) == pytest.approx(math.log(4))
    assert nll.tolist() == pytest.approx([math.log(4)] * 6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_is_that_of_torch(smoothing: float) -> None:
    logits, labels = torch.randn(20, 5), torch.randint(5, (20,))
    found = CrossEntropy(smoothing=smoothing)(logits, labels)
    torch.testing.assert_close(
        found.loss, F.cross_entropy(logits, labels, label_smoothing=smoothing)
    )
    assert found.accuracy == (logits.argmax(1) == labels).float().mean()


def test_a_label_is_needed_for_each_item() -> None:
    with pytest.raises(InputRefused, match="a label for each item: 6; there are 5"):
        CrossEntropy()(torch.zeros(6, 4), torch.zeros(5, dtype=torch.long))


def test_freeze_hands_on_the_numbers_and_no_gradient() -> None:
    x = torch.randn(3, 2, requires_grad=True)
    y = Freeze()(x)
    assert torch.equal(x, y) and not y.requires_grad


def test_a_sum_has_a_weight_for_each_loss_in_the_order_of_wires() -> None:
    losses = [torch.tensor(v) for v in (1.0, 2.0, 4.0, 8.0)]
    assert LossSum()(losses) == 15
    assert LossSum(weights=[1, 0.5, -1, 2])(losses) == 14
    assert LossSum()(losses[:1]) == 1
    with pytest.raises(InputRefused, match="a weight for each loss: 4; there are 2"):
        LossSum(weights=[1.0, 2.0])(losses)


@pytest.mark.parametrize("law", ["uniform", "even", "logit-normal"])
def test_times_are_as_many_as_the_batch_and_within(law: str) -> None:
    torch.manual_seed(0)
    node = RandomTimes(law=law, first=1.0, last=3.0)
    t = node(torch.zeros(4000, 1, 2, 2))
    assert t.shape == (4000,) and t.min() >= 1 and t.max() <= 3
    assert float(t.mean()) == pytest.approx(2, abs=0.05)
    middle = float(((t > 1.5) & (t < 2.5)).float().mean())
    assert middle == pytest.approx({"logit-normal": 0.728}.get(law, 0.5), abs=0.03)
    gaps = t.sort().values.diff()
    assert (float(gaps.max()) < 0.0011) == (law == "even")


def test_times_from_late_to_early_are_refused() -> None:
    with pytest.raises(InputRefused, match="at least first"):
        RandomTimes(first=1.0, last=0.0)(torch.zeros(3))


@pytest.mark.parametrize("batch", [torch.zeros(7, 3), torch.zeros(7, dtype=torch.long)])
def test_draws_are_as_many_as_what_is_wired(batch: torch.Tensor) -> None:
    """A test set's last batch is smaller: what goes with it must be too."""
    assert Prior(latent=3)(batch).shape == (7, 3)
    assert Prior(latent=3, seed=1)(batch).shape == (7, 3)
    assert Prior(latent=3).sketch(batch).shape == (7, 3)
    for order in ("in turn", "drawn", "one"):
        assert ClassLabels(order=order)(batch).shape == (7,)


@pytest.mark.parametrize("wrong", [-1, 4])
def test_a_label_that_names_no_class_is_refused(wrong: int) -> None:
    with pytest.raises(InputRefused, match="must lie from 0 to 3, for 4 classes"):
        CrossEntropy()(torch.zeros(2, 4), torch.tensor([0, wrong]))

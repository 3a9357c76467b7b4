"""Slope penalties on critics whose slope is known."""

import pytest
import torch
from torch import Tensor, nn

from nodes.adversarial.critic_loss import CriticLoss
from nodes.adversarial.discriminator import Discriminator
from nodes.adversarial.penalties import interpolates, squared_gradient_norms

SLOPE = torch.tensor([3.0, 4.0])  # of norm 5


class Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(SLOPE.clone())

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w


class Bowl(nn.Module):
    """A critic |x|^2 / 2, whose slope is x."""

    def forward(self, x: Tensor) -> Tensor:
        return x.square().sum(1) / 2


def penalty(name: str, critic: nn.Module, real: Tensor, fake: Tensor) -> float:
    return CriticLoss(penalty=name)(real, fake, critic).penalty.item()


@pytest.mark.parametrize(
    "name, expected",
    [("one-centred", 16.0), ("zero-centred", 25.0), ("R1", 12.5), ("R1 and R2", 25.0)],
)
def test_of_a_linear_critic(name: str, expected: float) -> None:
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    assert penalty(name, Linear(), real, fake) == pytest.approx(expected, rel=1e-5)


def test_the_weight_counts_in_the_loss_only() -> None:
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    bare = CriticLoss(variant="Wasserstein", penalty="none")(real, fake, Linear())
    with_it = CriticLoss(variant="Wasserstein", penalty="one-centred", weight=2.5)
    assert (with_it(real, fake, Linear()).loss - bare.loss).item() == pytest.approx(40, rel=1e-5)


def test_r1_is_at_real_items_and_r2_at_fake_ones() -> None:
    real, fake = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    assert penalty("R1", Bowl(), real, fake) == pytest.approx(0.5)
    assert penalty("R1 and R2", Bowl(), real, fake) == pytest.approx(0.5 + 2.0)


@pytest.mark.parametrize("name, expected", [("one-centred", 0.0), ("R1", 0.5), ("R1 and R2", 2.5)])
def test_a_share_of_the_batch_is_punished_and_all_of_it_judged(name: str, expected: float) -> None:
    """The first half lies at slope 1, or 1 and 2; the rest would change the penalty."""
    real, fake = torch.tensor([[1.0, 0.0], [9.0, 0.0]]), torch.tensor([[0.0, 1.0], [0.0, 9.0]])
    fake = 2 * fake if name == "R1 and R2" else real if name == "one-centred" else fake
    verdict = CriticLoss(penalty=name, share=0.5)(real, fake, Bowl())
    assert verdict.penalty.item() == pytest.approx(expected, abs=1e-6)
    assert verdict.real_score.item() == pytest.approx((1 + 81) / 4)


def test_a_small_share_is_a_pack_at_least() -> None:
    critic = Discriminator(hidden=8, pack=4)
    verdict = CriticLoss(penalty="R1", share=0.01)(torch.rand(8, 3), torch.rand(8, 3), critic)
    assert verdict.penalty.item() > 0


@pytest.mark.parametrize("name", ["one-centred", "zero-centred", "R1", "R1 and R2"])
def test_a_deep_critic_in_bfloat16_is_punished_as_in_float32(name: str) -> None:
    """The slope's gradient goes through convolutions twice, and is right but for rounding."""
    torch.manual_seed(0)
    critic = Discriminator(architecture="convolutional", hidden=16, depth=2)
    real, fake = torch.rand(8, 1, 8, 8), torch.rand(8, 1, 8, 8)
    critic(real)

    def gradient(*, rounded: bool) -> Tensor:
        torch.manual_seed(0)
        critic.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
            said = CriticLoss(variant="Wasserstein", penalty=name, weight=10.0)
            loss = said(real, fake, critic).loss
        loss.backward()
        return torch.cat([p.grad.flatten() for p in critic.parameters() if p.grad is not None])

    exact, rounded = gradient(rounded=False), gradient(rounded=True)
    assert torch.cosine_similarity(exact, rounded, dim=0) > 0.99
    assert rounded.norm() == pytest.approx(exact.norm().item(), rel=0.05)


def test_the_others_are_between() -> None:
    """On the line from (1, 0) to (3, 0) the mean of x^2 is 13/3."""
    real, fake = torch.tensor([[1.0, 0.0]]), torch.tensor([[3.0, 0.0]])
    torch.manual_seed(0)
    many = penalty("zero-centred", Bowl(), real.expand(20_000, 2), fake.expand(20_000, 2))
    assert many == pytest.approx(13 / 3, rel=0.02)


def test_points_between_lie_on_the_lines() -> None:
    real, fake = torch.zeros(100, 3), torch.ones(80, 3)
    x = interpolates(real, fake)
    assert x.shape == (80, 3)
    assert torch.allclose(x, x[:, :1].expand_as(x))
    assert x.min() >= 0 and x.max() <= 1 and x.std() > 0.2


def test_its_gradient_reaches_the_weights() -> None:
    """d (|w| - 1)^2 / dw = 2 (|w| - 1) w / |w|."""
    critic = Linear()
    CriticLoss(variant="Wasserstein", penalty="one-centred", weight=1.0)(
        torch.zeros(4, 2), torch.zeros(4, 2), critic
    ).loss.backward()
    assert torch.allclose(critic.w.grad, 2 * 4 * SLOPE / 5)  # type: ignore[arg-type]


def test_a_flat_critic_has_a_gradient_without_nan() -> None:
    critic = Linear()
    critic.w.data.zero_()
    loss = CriticLoss(penalty="one-centred")(torch.zeros(4, 2), torch.zeros(4, 2), critic).loss
    loss.backward()
    assert critic.w.grad.isfinite().all()  # type: ignore[union-attr]


def test_packed_items_count_together() -> None:
    """A pack's slope is that of all its items: two items of slope 5 make sqrt 50."""
    x = torch.randn(6, 2, requires_grad=True)
    packed = (x @ SLOPE).view(3, 2).sum(1)
    assert torch.allclose(squared_gradient_norms(packed, x), torch.full((3,), 50.0))


@pytest.mark.parametrize("name", ["one-centred", "zero-centred", "R1", "R1 and R2"])
def test_it_is_measured_in_tests_too(name: str) -> None:
    """Views and metrics pull without gradients: the slope is known there as well."""
    critic = Discriminator(hidden=8)
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    critic(real)
    torch.manual_seed(1)
    expected = penalty(name, critic, real, fake)
    torch.manual_seed(1)
    with torch.no_grad():
        verdict = CriticLoss(penalty=name)(real, fake, critic)
    assert verdict.penalty.item() == pytest.approx(expected)
    assert not verdict.loss.requires_grad


@pytest.mark.parametrize("name", ["one-centred", "R1"])
def test_the_data_keep_no_gradient(name: str) -> None:
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    CriticLoss(penalty=name)(real, fake, Linear())
    assert not real.requires_grad and not fake.requires_grad


def test_fakes_that_need_gradients_get_none_from_r2() -> None:
    """The critic's loss is not the generator's: R2 looks at fakes as they are."""
    fake = torch.randn(6, 2, requires_grad=True)
    CriticLoss(penalty="R1 and R2")(torch.randn(6, 2), fake, Linear()).loss.backward()
    assert fake.grad is None

"""Generators and the discriminator: shapes, ranges, classes, packs, spectral norm."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nodes.adversarial.base import with_classes
from nodes.adversarial.critic_loss import CriticLoss
from nodes.adversarial.discriminator import Discriminator, packs
from nodes.adversarial.generator import Generator, PointGenerator
from nodes.adversarial.generator_loss import GeneratorLoss
from nodes.errors import InputRefused
from nodes.types import SIGNED, UNIT, TextVectors

ARCHITECTURES = ["perceptron", "convolutional"]
SHAPES = [[1, 28, 28], [3, 9, 6]]
architectures = pytest.mark.parametrize("architecture", ARCHITECTURES)


@architectures
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("depth", [1, 2])
def test_images_of_any_shape_are_made_and_judged(
    architecture: str, shape: list[int], normalization: str, depth: int
) -> None:
    given: dict[str, Any] = {"architecture": architecture, "normalization": normalization}
    given["depth"] = depth
    images = Generator(shape=shape, hidden=8, **given)(torch.randn(6, 5))
    assert images.shape == (6, *shape)
    assert Discriminator(hidden=8, **given)(images).shape == (6,)


@pytest.mark.parametrize("output, range_", [("signed", SIGNED), ("probabilities", UNIT)])
def test_images_lie_in_the_range_they_promise(output: str, range_: Any) -> None:
    generator = Generator(shape=[1, 4, 4], hidden=8, output=output)
    images = generator(50 * torch.randn(6, 5))
    assert generator.ranges()["x_hat"] == range_
    assert range_.low <= images.min() and images.max() <= range_.high


def test_points_are_made_of_noise_of_any_size() -> None:
    assert PointGenerator(hidden=8, size=3)(torch.randn(6, 5)).shape == (6, 3)


def test_the_depth_of_convolutions_is_told() -> None:
    given: dict[str, Any] = {"architecture": "convolutional", "hidden": 8, "depth": 2}
    generator, critic = Generator(shape=[1, 8, 8], **given), Discriminator(**given)
    critic(generator(torch.randn(2, 5)))
    assert generator.sign() == "5→c8×2→c4×2→64"
    assert critic.sign() == "64→c4×2→c8×2→1"


# --- texts ----------------------------------------------------------------------------------------


def texts(pooled: Tensor) -> TextVectors:
    """Return texts of one token each, as vectors (b, d)."""
    mask = torch.ones(len(pooled), 1, dtype=torch.bool)
    return TextVectors(pooled[:, None], mask, pooled)


@architectures
def test_a_told_generator_heeds_its_text(architecture: str) -> None:
    generator = Generator(
        shape=[1, 8, 8], hidden=8, architecture=architecture, normalization="none"
    )
    z, context = torch.randn(1, 5).expand(3, 5), texts(torch.randn(3, 4))
    images = generator(z, context=context)
    assert torch.pdist(images.flatten(1)).min() > 1e-3  # equal rows differ by rounding alone
    with pytest.raises(InputRefused, match="context needs a wire"):
        generator(z)
    with pytest.raises(InputRefused, match="a text for each item: 3; there are 2"):
        generator(z, context=texts(context.pooled[:2]))


@architectures
def test_a_score_is_a_straight_line_in_the_text(architecture: str) -> None:
    """Its slope is what the critic sees: halfway between two texts the score is the mean."""
    critic = Discriminator(hidden=8, architecture=architecture)
    x, (a, b) = torch.rand(4, 1, 8, 8), torch.randn(2, 4, 6)
    at_a, at_b, between = (critic(x, context=texts(c)) for c in (a, b, (a + b) / 2))
    torch.testing.assert_close(between, (at_a + at_b) / 2)
    assert (at_a != at_b).all()


def test_a_pack_is_told_no_texts() -> None:
    with pytest.raises(InputRefused, match="several items together"):
        Discriminator(hidden=8, pack=2)(torch.rand(4, 1, 8, 8), context=texts(torch.randn(4, 6)))


@pytest.mark.parametrize("penalty", ["none", "R1", "one-centred"])
def test_losses_tell_the_critic_the_texts(penalty: str) -> None:
    critic, context = Discriminator(hidden=8), texts(torch.randn(4, 6))
    real, fake = torch.rand(4, 1, 8, 8), torch.rand(4, 1, 8, 8, requires_grad=True)
    critic(real, context=context)
    said = CriticLoss(variant="Wasserstein", penalty=penalty, share=0.5)
    found = said(real, fake, critic, context=context)
    torch.testing.assert_close(found.real_score, critic(real, context=context).mean())
    loss = GeneratorLoss(variant="Wasserstein")(fake, critic, context=context)
    torch.testing.assert_close(loss, -critic(fake, context=context).mean())


# --- classes --------------------------------------------------------------------------------------


def test_classes_stand_beside_what_is_given() -> None:
    x, labels = torch.randn(3, 2, 4, 4), torch.tensor([2, 0, 1])
    told = with_classes(x, labels, 3)
    assert torch.equal(told[:, :2], x)
    assert torch.equal(told[:, 2:, 1, 3], torch.eye(3)[labels])


@architectures
def test_a_told_generator_heeds_its_class(architecture: str) -> None:
    torch.manual_seed(0)  # 8 hidden units may all be at rest for two classes
    generator = Generator(
        shape=[1, 8, 8], hidden=8, classes=4, architecture=architecture, normalization="none"
    )
    z = torch.randn(1, 5).expand(4, 5)
    images = generator(z, torch.arange(4))
    assert len(torch.unique(images.flatten(1), dim=0)) == 4
    assert torch.allclose(generator(z[:1], torch.tensor([2])), images[2:3], atol=1e-6)


@architectures
def test_a_told_critic_heeds_its_class(architecture: str) -> None:
    torch.manual_seed(0)
    critic = Discriminator(hidden=8, classes=4, architecture=architecture)
    x = torch.rand(1, 1, 8, 8).expand(4, 1, 8, 8)
    assert len(torch.unique(critic(x, torch.arange(4)))) == 4


@pytest.mark.parametrize("penalty", ["none", "one-centred", "R1"])
def test_classes_reach_the_critic_through_the_losses(penalty: str) -> None:
    critic = Discriminator(hidden=8, classes=4)
    real, fake, labels = torch.randn(8, 2), torch.randn(8, 2), torch.arange(8) % 4
    verdict = CriticLoss(penalty=penalty)(real, fake, critic, labels)
    assert verdict.real_score.item() == pytest.approx(critic(real, labels).mean().item())
    loss = GeneratorLoss(variant="Wasserstein")(fake, critic, labels)
    assert loss.item() == pytest.approx(-critic(fake, labels).mean().item())


@pytest.mark.parametrize(
    "classes, labels, sentence",
    [
        (3, None, "labels needs a wire"),
        (0, torch.arange(6), "classes is 0"),
        (3, torch.arange(4) % 3, "There must be a label for each item: 6; there are 4"),
    ],
)
def test_classes_and_labels_go_together(classes: int, labels: Tensor | None, sentence: str) -> None:
    for network in (PointGenerator(classes=classes), Discriminator(classes=classes)):
        with pytest.raises(InputRefused, match=sentence):
            network(torch.randn(6, 2), labels)


# --- packs ----------------------------------------------------------------------------------------


def test_neighbours_are_packed() -> None:
    x = torch.arange(14).view(7, 2)
    assert packs(x, 3).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert packs(torch.zeros(7, 1, 4, 4), 2).shape == (3, 2, 4, 4)


@architectures
@pytest.mark.parametrize("classes", [0, 3])
def test_a_packed_critic_gives_a_score_a_pack(architecture: str, classes: int) -> None:
    critic = Discriminator(architecture=architecture, hidden=8, pack=3, classes=classes)
    labels = torch.arange(12) % 3 if classes else None
    x = torch.rand(12, 1, 8, 8)
    score = critic(x, labels)
    assert score.shape == (4,)
    x[0] += 1  # moves the score of the first pack alone
    assert (critic(x, labels) != score).tolist() == [True, False, False, False]


def test_a_batch_below_a_pack_is_refused() -> None:
    critic = Discriminator(pack=8)
    critic(torch.randn(8, 2))
    with pytest.raises(InputRefused, match="at least 8 items"):
        critic(torch.randn(7, 2))


@pytest.mark.parametrize("penalty", ["one-centred", "zero-centred", "R1", "R1 and R2"])
def test_packs_can_be_punished(penalty: str) -> None:
    critic = Discriminator(hidden=8, pack=2)
    verdict = CriticLoss(penalty=penalty)(torch.randn(7, 2), torch.randn(8, 2), critic)
    verdict.loss.backward()
    assert all(p.grad is not None for p in critic.net[1].parameters())


# --- spectral norm --------------------------------------------------------------------------------


@architectures
def test_spectral_norm_makes_largest_singular_values_one(architecture: str) -> None:
    torch.manual_seed(0)
    critic = Discriminator(architecture=architecture, hidden=16, spectral=True)
    x = torch.rand(6, 1, 8, 8)
    for _ in range(30):
        critic(x)
    critic.eval()
    for layer in critic.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
            assert largest.item() == pytest.approx(1.0, abs=0.02)


def test_spectral_norm_bounds_the_slope() -> None:
    critic = Discriminator(hidden=16, layers=3, spectral=True)
    x = torch.randn(200, 2)
    for _ in range(30):
        critic(x)
    critic.eval()
    a, b = torch.randn(500, 2), torch.randn(500, 2)
    rise = (critic(a) - critic(b)).abs() / (a - b).norm(dim=1)
    assert rise.max() <= 1.02

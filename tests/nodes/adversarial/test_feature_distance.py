"""Likeness in the eyes of a critic, and the sum of losses that a VAE-GAN is trained on."""

import pytest
import torch

from nodes.adversarial.discriminator import Discriminator
from nodes.adversarial.feature_distance import FeatureDistance
from nodes.autoencoders.encoder import Encoder
from nodes.data.class_labels import ClassLabels
from nodes.errors import InputRefused


@pytest.mark.parametrize("architecture", ["perceptron", "convolutional"])
def test_the_last_layer_sees_the_features(architecture: str) -> None:
    critic = Discriminator(architecture=architecture, hidden=8)
    x = torch.rand(6, 1, 8, 8)
    features = critic.features(x)
    assert torch.allclose(critic.net[-1](features).squeeze(1), critic(x))


def test_it_is_half_the_squared_distance() -> None:
    critic = Discriminator(hidden=8)
    x, y = torch.randn(6, 3), torch.randn(6, 3)
    difference = critic.features(x) - critic.features(y)
    expected = difference.square().sum(1).mean() / 2
    assert FeatureDistance()(x, y, critic).item() == pytest.approx(expected.item())
    assert FeatureDistance()(x, x, critic).item() == 0


def test_gradients_reach_the_reconstruction() -> None:
    y = torch.randn(6, 3, requires_grad=True)
    FeatureDistance()(torch.randn(6, 3), y, Discriminator(hidden=8)).backward()
    assert (y.grad != 0).any()  # type: ignore[union-attr]


def test_another_network_has_no_features() -> None:
    with pytest.raises(InputRefused, match="must be a discriminator"):
        FeatureDistance()(torch.randn(6, 3), torch.randn(6, 3), Encoder())


def test_labels_come_in_turn_drawn_or_all_the_same() -> None:
    assert ClassLabels(count=5, classes=3)().tolist() == [0, 1, 2, 0, 1]
    assert ClassLabels(count=3, order="one", only=7)().tolist() == [7, 7, 7]
    drawn = ClassLabels(count=3000, classes=3, order="drawn")()
    assert torch.bincount(drawn).tolist() == pytest.approx([1000] * 3, abs=120)


def test_drawn_labels_keep_the_shares_that_are_given() -> None:
    """Each class comes its share of the count, up to rounding, in another order at each pull."""
    labels = ClassLabels(count=250, classes=4, order="drawn", shares=[40, 0, 100, 61])
    first, second = labels(), labels()
    assert torch.bincount(first, minlength=4).tolist() == pytest.approx(
        [49.8, 0, 124.4, 75.9], abs=1
    )
    assert first.bincount(minlength=4)[1] == 0
    assert not first.equal(second) and not first.equal(first.sort().values)
    ones = ClassLabels(count=1, classes=2, order="drawn", shares=[1, 3])
    assert sum(ones().item() for _ in range(400)) == pytest.approx(300, abs=45)
    with pytest.raises(InputRefused, match="a share for each class, 3, not all 0; there are 2"):
        ClassLabels(classes=3, order="drawn", shares=[1, 2])()
    with pytest.raises(InputRefused, match="not all 0"):
        ClassLabels(classes=2, order="drawn", shares=[0, 0])()


def test_reconstructions_of_another_size_are_refused() -> None:
    critic = Discriminator(hidden=8)
    with pytest.raises(InputRefused, match="x_hat must have the shape of x, 1 7 9; it has 1 8 8"):
        FeatureDistance()(torch.rand(6, 1, 7, 9), torch.rand(6, 1, 8, 8), critic)

"""Sounds made and judged sample by sample: lengths, phases, classes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nodes.adversarial.base import of_class
from nodes.adversarial.critic_loss import CriticLoss
from nodes.adversarial.waves import (
    PhaseShuffle,
    WaveCritic,
    WaveGenerator,
    layer_lengths,
)
from nodes.errors import InputRefused
from nodes.layers.order import shift_mirrored


@pytest.mark.parametrize("samples", [1, 7, 64, 1001])
@pytest.mark.parametrize("layers", [1, 3])
def test_sounds_of_any_length_are_made_and_judged(samples: int, layers: int) -> None:
    sounds = WaveGenerator(samples=samples, layers=layers, hidden=8)(torch.randn(3, 5))
    assert sounds.shape == (3, 1, samples)
    assert sounds.abs().max() <= 1
    assert WaveCritic(layers=layers, hidden=8)(sounds).shape == (3,)


def test_each_layer_leaves_a_quarter_rounded_up() -> None:
    assert layer_lengths(4096, 3) == [4096, 1024, 256, 64]
    assert layer_lengths(9, 2) == [9, 3, 1]


@pytest.mark.parametrize(
    "by, heard", [(0, [0, 1, 2, 3]), (2, [2, 1, 0, 1]), (-2, [2, 3, 2, 1]), (9, [0, 0, 0, 0])]
)
def test_what_is_moved_is_mirrored_at_its_ends(by: int, heard: list[int]) -> None:
    x = torch.arange(4.0).view(1, 1, 4)
    if by == 9:  # further than the sound is long: some sample of it
        assert shift_mirrored(x, torch.tensor([by])).shape == x.shape
    else:
        assert shift_mirrored(x, torch.tensor([by]))[0, 0].tolist() == heard


def test_phases_are_shuffled_only_while_it_learns() -> None:
    torch.manual_seed(0)
    x, layer = torch.arange(50.0).view(1, 1, 50), PhaseShuffle(3)
    found = {int(layer(x)[0, 0, 20]) - 20 for _ in range(200)}
    assert found == {-3, -2, -1, 0, 1, 2, 3}
    assert torch.equal(layer.eval()(x), x)


def test_a_told_generator_heeds_its_class() -> None:
    generator = WaveGenerator(samples=64, layers=1, hidden=8, classes=3, normalization="none")
    sounds = generator(torch.randn(1, 5).expand(3, 5), torch.arange(3))
    assert len(torch.unique(sounds.flatten(1), dim=0)) == 3


def test_of_scores_an_item_s_own_counts() -> None:
    scores = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert of_class(scores, torch.tensor([2, 0]), 3).tolist() == [3, 4]
    assert of_class(scores[:, :1], None, 0).tolist() == [1, 4]


@pytest.mark.parametrize(
    "classes, labels, sentence",
    [(3, None, "labels needs a wire"), (0, torch.arange(2), "classes is 0")],
)
def test_classes_and_labels_go_together(classes: int, labels: Tensor | None, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        WaveCritic(hidden=8, classes=classes)(torch.randn(2, 1, 64), labels)


def test_a_slope_of_the_critic_can_be_punished() -> None:
    critic = WaveCritic(hidden=8, layers=2, classes=3)
    real, fake, labels = torch.randn(3, 1, 64), torch.randn(3, 1, 64), torch.arange(3)
    critic(real, labels)
    CriticLoss(penalty="R1", weight=1.0)(real, fake, critic, labels).loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in critic.parameters())

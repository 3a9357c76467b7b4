"""The critic over the plane."""

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nodes.adversarial.discriminator import Discriminator
from nodes.errors import InputRefused
from nodes.types import Figure, Stream
from nodes.views.critic_field import CriticField


class Batches(Stream[Any]):
    def __init__(self, values: Iterable[Any]) -> None:
        self.values = iter(values)

    def __next__(self) -> Any:
        return next(self.values)


class Slope(nn.Module):
    """A critic x + 2 y, with a slope that is the same everywhere."""

    def forward(self, x: Tensor) -> Tensor:
        return x @ torch.tensor([1.0, 2.0])


REAL, FAKE = torch.tensor([[1.0, 1.0], [-1.0, 1.0]]), torch.tensor([[0.0, -1.0], [1.0, -1.0]])


def shown(critic: nn.Module, **given: Any) -> Figure:
    with torch.no_grad():  # as views are pulled
        return CriticField(**given)(critic, Batches([REAL]), Batches([FAKE]))


def test_arrows_are_the_critics_slope() -> None:
    arrays = shown(Slope(), arrows=5).arrays
    assert torch.allclose(arrays["u"], torch.ones(5, 5))
    assert torch.allclose(arrays["v"], torch.full((5, 5), 2.0))


def test_scores_lie_as_the_plane_does_with_zero_between_real_and_fake() -> None:
    arrays = shown(Slope(), span=4.0, cells=4, arrows=4).arrays
    assert arrays["x"].tolist() == arrays["y"].tolist() == [-3.0, -1.0, 1.0, 3.0]
    middle = (2.0 - 1.5) / 2  # real points score 2 in the mean, fake ones -1.5
    assert arrays["density"][0].tolist() == [-9 - middle, -7 - middle, -5 - middle, -3 - middle]
    assert arrays["density"][3, 0] == 3 - middle


def test_one_point_has_a_plane_around_it() -> None:
    with torch.no_grad():
        figure = CriticField()(Slope(), Batches([REAL[:1]]), Batches([FAKE]))
    assert figure.arrays["x"].diff().min() > 0
    assert figure.arrays["y"].diff().min() > 0


def test_it_says_how_far_the_critic_tells_them_apart() -> None:
    assert shown(Slope()).facts["subtitle"] == "real 3.5 above fake"


def test_the_points_are_there() -> None:
    arrays = shown(Slope()).arrays
    assert torch.equal(arrays["points"], REAL) and torch.equal(arrays["generated"], FAKE)


def test_a_packed_critic_can_be_shown() -> None:
    critic = Discriminator(hidden=8, pack=2)
    critic(torch.randn(4, 2))
    assert shown(critic, arrows=4).arrays["u"].shape == (4, 4)


def test_nothing_is_left_in_the_critic() -> None:
    critic = Discriminator(hidden=8)
    critic(REAL)
    shown(critic, arrows=4)
    assert all(p.grad is None for p in critic.parameters())


def test_what_lies_in_no_plane_is_refused() -> None:
    with pytest.raises(InputRefused, match="lie in the plane; they have 3"):
        CriticField().sketch(Slope(), Batches([torch.zeros(2, 3)]), Batches([FAKE]))

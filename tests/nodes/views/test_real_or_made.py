"""What a blind test holds: half real, half made, mixed, and no sign of which is which."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nodes.errors import InputRefused
from nodes.views.real_or_made import RealOrMade


def lot(count: int, first: int) -> torch.Tensor:
    """Return pictures whose pixels are their numbers over 255."""
    return ((torch.arange(count) + first) / 255).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


@given(
    count=st.integers(2, 30),
    real=st.integers(1, 60),
    made=st.integers(1, 60),
    seed=st.integers(0, 9),
)
def test_each_test_is_half_real_and_shows_no_picture_twice(count, real, made, seed) -> None:
    figure = RealOrMade(count=count, seed=seed)(lot(real, 0), lot(made, 100))
    pixels = figure.arrays["images"][:, 0, 0, 0]
    truth, size = figure.arrays["real"], figure.facts["count"]
    assert torch.equal(pixels < 100, truth)
    assert len(set(pixels.tolist())) == len(pixels) and len(pixels) % size == 0
    assert all(2 * test.sum() == size for test in truth.split(size))
    assert size == min(count // 2 * 2, 2 * real, 2 * made)


def test_the_order_is_that_of_the_seed_and_tells_nothing() -> None:
    def orders(seed: int) -> list[bool]:
        return RealOrMade(seed=seed)(lot(48, 0), lot(48, 100)).arrays["real"].tolist()

    assert orders(1) == orders(1)
    assert len({tuple(orders(seed)) for seed in range(20)}) == 20
    first = torch.tensor([orders(seed) for seed in range(200)]).float().mean(0)
    assert (first - 0.5).abs().max() < 0.2


def test_both_lie_within_one_scale() -> None:
    figure = RealOrMade(count=2)(torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), -1.0))
    real = figure.arrays["real"]
    assert figure.arrays["images"][real].unique().tolist() == [128]
    assert figure.arrays["images"][~real].unique().tolist() == [0]


def test_pictures_of_two_shapes_are_refused() -> None:
    with pytest.raises(InputRefused, match="shape"):
        RealOrMade().sketch(torch.rand(4, 1, 8, 8), torch.rand(4, 1, 4, 4))

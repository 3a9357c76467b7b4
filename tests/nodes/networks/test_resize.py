"""Laws of pictures that change their size."""

import pytest
import torch

from nodes.errors import InputRefused
from nodes.networks.resize import Resize
from nodes.types import SIGNED

METHODS = ["area", "nearest", "bilinear", "bicubic"]


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_picture_stays_flat(method: str) -> None:
    flat = torch.full((2, 3, 28, 28), 0.3)
    for size in ([7, 7], [5, 40], [28, 28]):
        resized = Resize(size=size, method=method)(flat)
        assert resized.shape == (2, 3, *size)
        torch.testing.assert_close(resized, torch.full((2, 3, *size), 0.3))


def test_area_takes_the_mean_of_what_a_pixel_covers() -> None:
    x = torch.randn(2, 1, 8, 8)
    small = Resize(size=[2, 4])(x)
    torch.testing.assert_close(small[1, 0, 1, 2], x[1, 0, 4:, 4:6].mean())
    torch.testing.assert_close(small.mean((2, 3)), x.mean((2, 3)))


def test_what_is_stretched_shrinks_back() -> None:
    small = torch.randn(2, 1, 7, 7)
    stretched = Resize(size=[28, 28], method="nearest")(small)
    torch.testing.assert_close(Resize(size=[7, 7])(stretched), small)


def test_bicubic_overshoots_and_says_so() -> None:
    edge = torch.ones(1, 1, 4, 4)
    edge[..., :2] = -1
    assert Resize(size=[16, 16], method="bicubic")(edge).max() > 1.01
    assert "x" not in Resize(method="bicubic").ranges(images=SIGNED)
    assert Resize().ranges(images=SIGNED)["x"] == SIGNED


def test_a_size_is_two_numbers() -> None:
    with pytest.raises(InputRefused, match="rows and columns"):
        Resize(size=[7])(torch.zeros(1, 1, 4, 4))

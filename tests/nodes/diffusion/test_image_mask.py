"""What is hidden of an image, and how much."""

from __future__ import annotations

import pytest
import torch

from nodes.diffusion.image_mask import HIDDEN, ImageMask


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (0.5, 0.15, 0.6), (1, 1, 1)])
def test_as_much_is_hidden_as_asked(hidden: str, share: float, least: float, most: float) -> None:
    torch.manual_seed(0)
    images = torch.randn(50, 3, 8, 10)
    mask, shown = ImageMask(hidden=hidden, share=share)(images)
    assert set(mask.unique().tolist()) <= {0.0, 1.0}
    assert least <= 1 - mask.mean() <= most
    assert torch.equal(shown, torch.where(mask == 1, images, 0))
    assert (mask == mask[:, :1]).all(), "colours go together"


def test_halves_and_centre_lie_where_they_say() -> None:
    images = torch.ones(1, 1, 4, 4)
    assert ImageMask(hidden="bottom")(images).mask[0, 0, :, 0].tolist() == [1, 1, 0, 0]
    assert ImageMask(hidden="right")(images).mask[0, 0, 0].tolist() == [1, 1, 0, 0]
    assert ImageMask(hidden="centre")(images).mask[0, 0, 1].tolist() == [1, 0, 0, 1]

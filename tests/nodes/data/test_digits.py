"""The embedded digits: those of scikit-learn, and in range."""

import torch
from sklearn.datasets import load_digits

from nodes.data.digits import Digits
from nodes.types import SIGNED, UNIT


def rows(images: torch.Tensor, labels: torch.Tensor) -> list[list[float]]:
    return sorted(torch.cat([images, labels[:, None]], 1).tolist())


def test_digits_are_those_of_scikit_learn() -> None:
    node = Digits(test_share=0.0, batch=1797)
    images, labels = node()
    known = load_digits()
    theirs = torch.from_numpy(known.data).float(), torch.from_numpy(known.target)
    assert rows(images.flatten(1) * 16, labels) == rows(*theirs)
    assert images.shape == (1797, 1, 8, 8)
    assert images.dtype == torch.float32


def test_pixels_lie_in_the_range_that_is_declared() -> None:
    for text, limits in (("[0, 1]", UNIT), ("[-1, 1]", SIGNED)):
        node = Digits(range=text, batch=1000)
        images = node().images
        assert (float(images.min()), float(images.max())) == tuple(limits)
        assert node.ranges()["images"] == limits


def test_the_foot_of_the_node_tells_the_count_before_and_after_loading() -> None:
    node = Digits(test_share=0.2)
    before = node.sign()
    node()
    assert before == node.sign() == "train 1,438"

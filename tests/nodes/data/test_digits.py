"""Scikit-learn's digits: whole, quick, and in range."""

import subprocess
import sys

import torch
from sklearn.datasets import load_digits

from nodes.data import digits
from nodes.data.digits import Digits
from nodes.types import SIGNED, UNIT


def test_digits_are_those_of_scikit_learn() -> None:
    node = Digits(test_share=0.0, batch=1797)
    images, labels = node()
    ours = images.mul(16).flatten(1).sum(1).mul(10).add(labels).sort().values
    known = load_digits()
    theirs = torch.from_numpy(known.data.sum(1) * 10 + known.target).float().sort().values
    assert torch.equal(ours, theirs)
    assert images.shape == (1797, 1, 8, 8)
    assert images.dtype == torch.float32


def test_a_new_layout_of_scikit_learn_is_survived() -> None:
    assert torch.equal(
        torch.from_numpy(digits._through_library()), torch.from_numpy(digits._table())
    )


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


def test_the_first_batch_imports_no_scikit_learn() -> None:
    code = (
        "import sys; from nodes.data.digits import Digits; Digits()(); "
        "print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr

"""What is read back from pictures, and the network that answers several questions at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import resources
from nodes.data.base import Split
from nodes.data.drawing import SPANS, corners
from nodes.data.shapes import Shapes
from nodes.errors import InputRefused
from nodes.metrics.feature_files import network_for, opened, read, save
from nodes.metrics.features import CloseReader, Features
from nodes.metrics.inception_score import must_tell_classes
from nodes.metrics.read_back import ReadBack
from nodes.metrics.train_features import accuracy, shuffled, train
from nodes.types import Shape
from tests.nodes.metrics.streams import Draws


class Written(Features):
    """Reads what is written in the first row of a picture: five answers, then two."""

    groups = (5, 2)

    def __init__(self) -> None:
        super().__init__("told features")

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def logits(self, x: Tensor) -> Tensor:
        return x[:, 0, 0, :7]

    def must_fit(self, x: Tensor) -> None:
        pass


def pictures(answers: Tensor) -> Tensor:
    """Return pictures that say these answers (b, 2)."""
    x = torch.zeros(len(answers), 1, 8, 8)
    each = torch.arange(len(answers))
    x[each, 0, 0, answers[:, 0]] = x[each, 0, 0, 5 + answers[:, 1]] = 1
    return x


ASKED = torch.stack([torch.arange(100) % 5, torch.arange(100) % 2], 1)


def measured(answers: Tensor, signed: bool = False):  # type: ignore[no-untyped-def]
    x = pictures(answers)
    x = 2 * x - 1 if signed else x
    return ReadBack(count=100)(Draws(lambda: x), Draws(lambda: ASKED), Written())


@pytest.mark.parametrize("signed", [False, True])
def test_what_is_there_is_read(signed: bool) -> None:
    found = measured(ASKED, signed)
    assert (found.value, found.others["thing"], found.others["size"]) == (1, 1, 1)
    assert found.others["error"] == 0


def test_all_answers_must_be_right() -> None:
    answers = ASKED.clone()
    answers[:20, 0] = (answers[:20, 0] + 1) % 5
    answers[10:40, 1] = 1 - answers[10:40, 1]
    found = measured(answers)
    assert found.value == found.others["exact"] == pytest.approx(0.6)
    assert (found.others["thing"], found.others["size"]) == pytest.approx((0.8, 0.7))
    assert found.others["error"] == pytest.approx((0.6 * 0.4 / 100) ** 0.5)


def test_other_questions_than_are_answered_are_refused() -> None:
    x = Draws(lambda: pictures(ASKED))
    with pytest.raises(InputRefused, match="tell 2 things"):
        ReadBack()(x, Draws(lambda: ASKED[:, :1]), Written())
    with pytest.raises(InputRefused, match="as many"):
        ReadBack()(x, Draws(lambda: ASKED[:9]), Written())


def test_a_network_of_several_questions_is_saved_and_read(tmp_path: Path) -> None:
    network = network_for("x", Shape((3, 28, 28)), [4, 2], width=4).eval()
    save(network, tmp_path / "own.safetensors", {"data": "Own"})
    again, x = read(tmp_path / "own.safetensors"), torch.rand(5, 3, 28, 28)
    assert again.groups == (4, 2)
    assert torch.equal(again.told(x), network.told(x))
    assert again.told(x).shape == (5, 2)


def test_the_second_look_sees_things_in_the_middle_and_large() -> None:
    """Whatever its place and size, a full square fills the middle of what is seen nearby."""
    node = CloseReader("x", Shape((1, 28, 28)), width=4, sorts=(10, 2, 9, 1), spans=SPANS, rows=3)
    size, place = torch.cartesian_prod(torch.arange(2), torch.arange(9)).unbind(1)
    x = torch.zeros(18, 1, 28, 28)
    for image, s, p in zip(x, size.tolist(), place.tolist(), strict=True):
        top, left = (corners(SPANS[s])[n] for n in divmod(p, 3))
        image[:, top : top + SPANS[s], left : left + SPANS[s]] = 0.8
    seen = node.enlarged(x, size, place)
    expected = torch.nn.functional.pad(torch.ones(18, 1, 20, 20), (4, 4, 4, 4))
    assert (seen - expected).abs().mean() < 0.05
    assert seen[..., 7:21, 7:21].min() > 0.95 and seen[..., :2, :].max() < 0.05


def test_it_learns_to_say_where_things_are() -> None:
    torch.manual_seed(0)
    node = Shapes(batch=600, count=600, test_count=200).train()
    batch = node()
    split = Split(batch.images, batch.drawing[:, 1:3], batch.images[:200], batch.drawing[:200, 1:3])
    network = train(split, shuffled(split, 12), name="Shapes")
    assert network.groups == (2, 9)
    assert accuracy(network, split.test_items, split.test_labels) > 0.9


def test_a_judge_of_many_things_is_no_classifier() -> None:
    """The best of all its answers would be taken for a class: a size, as likely as not."""
    with pytest.raises(InputRefused, match="told features tell 2 things of a picture"):
        must_tell_classes(pictures(ASKED), Written())


@pytest.mark.parametrize(
    ("name", "groups"), [("placed-digits", "10 2 9 1"), ("shapes", "14 2 9 6")]
)
def test_the_shipped_judges_are_small_and_good(name: str, groups: str) -> None:
    file = resources.path("features", f"{name}.safetensors")
    facts, _ = opened(file)
    assert file.stat().st_size < 2_000_000
    assert float(facts["accuracy"]) >= 0.99
    assert facts["classes"] == groups

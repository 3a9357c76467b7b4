"""Laws of what is counted in generated images: shares of classes, and the area of ink."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from nodes.data.digits import Digits
from nodes.errors import InputRefused, ParamRefused
from nodes.metrics.class_shares import ClassShares
from nodes.metrics.ink_area import InkArea, area
from nodes.types import SIGNED, UNIT, Stream
from tests.nodes.metrics.streams import Draws


class Judge:
    """Read the class that is written into the first pixel, in tenths."""

    name = "by hand"

    def must_fit(self, x: Tensor) -> None:
        pass

    def logits(self, x: Tensor) -> Tensor:
        return 50 * torch.eye(10)[(10 * x[:, 0, 0, 0]).round().long()]


class Batches(Stream[Tensor]):
    """Some batches, once."""

    def __init__(self, *batches: Tensor) -> None:
        self.modules = ()
        self.left: Iterator[Tensor] = iter(batches)

    def __next__(self) -> Tensor:
        return next(self.left)


def images_of(classes: list[int]) -> Tensor:
    return (torch.tensor(classes) / 10.0)[:, None, None, None].expand(-1, 1, 8, 8).clone()


@pytest.mark.parametrize("sixes", [0, 1, 20])
def test_the_rarest_class_of_the_data_is_counted(sixes: int) -> None:
    labels = torch.tensor([3] * 90 + [6] * 10)
    drawn = [6] * sixes + [3] * (38 - sixes) + [9] * 2
    node = ClassShares(count=40)
    node.class_names = {"labels": [str(n) for n in range(10)]}
    found = node(Batches(images_of(drawn)), Batches(labels[:50], labels[50:]), Judge())
    assert found.value == pytest.approx(sixes / 40)
    assert found.others["of data"] == pytest.approx(0.1)
    assert found.others["no class"] == pytest.approx(0.05)
    assert found.others["class 3"] == pytest.approx((38 - sixes) / 40)
    assert found.others["error"] == pytest.approx((found.value * (1 - found.value) / 40) ** 0.5)


@pytest.mark.parametrize("shares", [[9, 1], [0, 0, 0, 9, 0, 0, 1], [1] * 10, [0, 5]])
def test_classes_come_in_the_shares_that_are_asked_for(shares: list[int]) -> None:
    data, whole = Digits(shares=shares), Digits()
    for node in (data, whole):
        node.ensure_loaded()
    for labels, all_labels in ((data.labels, whole.labels), (data.test_labels, whole.test_labels)):
        counts = torch.bincount(labels, minlength=10)
        wanted = torch.tensor(shares + [0] * (10 - len(shares))) / sum(shares)
        there = torch.bincount(all_labels, minlength=10)
        assert (counts - wanted * counts.sum()).abs().max() <= 2
        assert (counts <= there).all() and (there - counts)[wanted > 0].min() <= 1, (
            "as many as can be"
        )
    assert data.shares == shares


def test_before_it_is_read_a_set_of_few_promises_no_number() -> None:
    data = Digits(shares=[9, 1])
    assert data.sign() == "shares 9 1"
    data.ensure_loaded()
    assert data.sign() == f"train {len(data.labels)}"


@pytest.mark.parametrize("shares", [[0, 0], [1] * 11, [0] * 12 + [1]])
def test_shares_of_classes_that_are_not_there_are_refused(shares: list[int]) -> None:
    with pytest.raises(ParamRefused, match="must be in the set") as caught:
        Digits(shares=shares).ensure_loaded()
    assert caught.value.place == "shares"


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_a_stroke_takes_its_pixels_and_a_smear_takes_all(share: float) -> None:
    stroke, smear = torch.zeros(1, 1, 10, 10), torch.full((1, 1, 10, 10), 0.3)
    stroke[..., :2] = 1.0
    both = area(torch.cat([stroke, smear, torch.zeros_like(stroke)]), share)
    assert both.tolist() == [round(20 * share), round(100 * share), 0]
    assert torch.equal(area(stroke, share), area(stroke * 0.1, share)), "ink, however thin"


def test_the_area_stands_beside_that_of_real_images() -> None:
    torch.manual_seed(0)
    found = InkArea(share=1.0, count=8)(
        Draws(lambda: torch.rand(4, 1, 6, 6)), Batches(torch.ones(4, 1, 2, 2))
    )
    assert found.value == 36 and found.others["real"] == 4 and found.others["items"] == 8


def test_ink_is_0_to_1() -> None:
    assert InkArea().ranges(images=UNIT) == {}
    with pytest.raises(InputRefused, match="Paper must be 0"):
        InkArea().ranges(images=SIGNED)

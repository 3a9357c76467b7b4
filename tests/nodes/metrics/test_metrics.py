"""Measures over the test set."""

import math
from collections.abc import Iterable
from typing import Any

import pytest
import torch

from nodes.errors import InputRefused
from nodes.metrics.average import Average
from nodes.metrics.gathering import collect
from nodes.metrics.reconstruction import Reconstruction
from nodes.types import Stream
from tests.nodes.metrics.streams import Fixed, Test


class Batches(Stream[Any]):
    def __init__(self, values: Iterable[Any]) -> None:
        self.values = iter(values)

    def __next__(self) -> Any:
        return next(self.values)


def test_every_item_counts_once_in_a_small_last_batch_too() -> None:
    values = torch.arange(10.0)
    measured = Average(unit="nats")(Batches(values.split(4)))
    assert measured.value == 4.5
    assert measured.unit == "nats"
    assert measured.others["items"] == 10
    assert measured.others["error"] == pytest.approx(values.std().item() / math.sqrt(10))


def test_a_stream_that_never_ends_is_left() -> None:
    endless = Batches(torch.ones(4, 2) for _ in iter(int, 1))
    assert Average(count=10)(endless).others["items"] == 10
    assert Reconstruction(count=10)(endless, endless).others["items"] == 10


def test_one_item_has_no_error() -> None:
    measured = Average()(Batches([torch.tensor([3.0])]))
    assert measured.value == 3
    assert math.isnan(measured.others["error"])


def test_the_error_is_that_of_the_mean() -> None:
    """Means of many samples scatter as the standard error says."""
    torch.manual_seed(0)
    samples = torch.randn(2000, 50)
    errors = [Average()(Batches([sample])).others["error"] for sample in samples]
    assert torch.tensor(errors).mean().item() == pytest.approx(
        samples.mean(1).std().item(), rel=0.05
    )


def test_a_known_error_gives_known_decibels() -> None:
    x = torch.rand(6, 1, 4, 4)
    measured = Reconstruction()(Batches(x.split(4)), Batches((x + 0.1).split(4)))
    assert measured.value == pytest.approx(0.01, rel=1e-4)
    assert measured.others["psnr"] == pytest.approx(20.0, abs=1e-3)
    assert measured.others["items"] == 6


def test_a_wider_range_counts_for_the_ratio() -> None:
    x = torch.rand(6, 4)
    measured = Reconstruction(peak=2.0)(Batches([x]), Batches([x + 0.2]))
    assert measured.others["psnr"] == pytest.approx(20.0, abs=1e-3)


def test_a_perfect_copy_is_finite() -> None:
    x = torch.rand(6, 4)
    measured = Reconstruction()(Batches([x]), Batches([x]))
    assert (measured.value, measured.others["psnr"]) == (0.0, pytest.approx(120.0))


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(InputRefused, match="must have the shape of x, 1 4 4; it has 9"):
        Reconstruction()(Batches([torch.rand(2, 1, 4, 4)]), Batches([torch.rand(2, 9)]))


def test_some_items_are_drawn_from_all_test_items() -> None:
    """The first of a set may be easier than the rest, as MNIST's are: no figure takes those."""
    ordered = torch.linspace(0, 1, 1000)[:, None]
    data = Fixed(ordered.flip(0), ordered)
    few = 200
    assert Average(count=few)(Test(data)).value == pytest.approx(0.5, abs=0.06)
    assert Average(count=few)(Test(data)).others["items"] == few
    far = Reconstruction(count=few)(Test(data), Batches(torch.zeros(9, 100, 1)))
    assert far.value == pytest.approx(1 / 3, abs=0.06)
    drawn = collect(Test(data), few)
    assert torch.equal(drawn, collect(Test(data), few))
    assert len(drawn.unique()) == few


def test_all_items_come_in_their_order() -> None:
    ordered = torch.linspace(0, 1, 250)[:, None]
    assert torch.equal(collect(Test(Fixed(ordered, ordered)), 250), ordered)


def test_a_view_sees_the_first_items_after_a_figure_of_few() -> None:
    ordered = torch.linspace(0, 1, 1000)[:, None]
    data = Fixed(ordered, ordered)
    collect(Test(data), 10)
    assert torch.equal(next(Test(data)), ordered[:100])

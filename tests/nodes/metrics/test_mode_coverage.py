"""Mode coverage of samples whose modes are known."""

import math
from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.data.toys import Checkerboard, GridMixture, Mixture, RingMixture, Toy
from nodes.errors import InputRefused
from nodes.metrics.mode_coverage import ModeCoverage
from nodes.types import Measured, Stream

from .streams import Draws


class Batches(Stream[Any]):
    def __init__(self, values: Iterable[Any], behind: Toy | None = None) -> None:
        self.values = iter(values)
        self.modules = (behind,) if behind else ()

    def __next__(self) -> Any:
        return next(self.values)


def measured(toy: Mixture, samples: Tensor, **given: Any) -> Measured:
    metric = ModeCoverage(**{"count": len(samples)} | given)
    return metric(Batches(samples.split(1000)), Batches([], toy))


@pytest.mark.parametrize("toy", [RingMixture(), GridMixture()], ids=["ring", "grid"])
def test_the_data_themselves_are_perfect(toy: Mixture) -> None:
    samples, _ = toy.draw(200_000, torch.Generator().manual_seed(0))
    found = measured(toy, samples)
    assert found.value == found.others["of"] == len(toy.centres())
    assert found.others["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=1e-3)
    assert found.others["reverse_kl"] == pytest.approx(0, abs=1e-3)


def test_one_mode_of_eight() -> None:
    found = measured(RingMixture(), torch.tensor([[1.0, 0.0]]).repeat(100, 1))
    assert (found.value, found.others["high_quality"]) == (1, 1)
    assert found.others["reverse_kl"] == pytest.approx(math.log(8))


def test_a_mode_is_covered_by_a_sample_that_lies_close() -> None:
    far = torch.tensor([[1.0, 0.0], [0.0, 1.031], [0.0, -1.029]])  # of sd 0.01
    found = measured(RingMixture(), far)
    assert found.value == 2
    assert found.others["high_quality"] == pytest.approx(2 / 3)


def test_a_least_share_leaves_strays_out() -> None:
    centres = RingMixture().centres()
    samples = torch.cat([centres[:1].repeat(990, 1), centres[1:2].repeat(10, 1)])
    assert measured(RingMixture(), samples).value == 2
    assert measured(RingMixture(), samples, share=0.1).value == 1
    assert measured(RingMixture(), samples, share=0.08).value == 2


def test_any_of_its_numbers_may_stand_first() -> None:
    samples, _ = RingMixture().draw(500, torch.Generator().manual_seed(0))
    plain = measured(RingMixture(), samples)
    quality = measured(RingMixture(), samples, show="high quality")
    assert quality.value == plain.others["high_quality"]
    assert quality.others["modes"] == plain.value
    shown = ("modes", "high quality", "reverse KL", "largest share")
    units = [str(measured(RingMixture(), samples, show=first).unit) for first in shown]
    assert units == ["of 8", "of the samples", "nats", "of 0.125"]


def test_as_many_samples_as_asked_for_are_looked_at() -> None:
    samples, _ = RingMixture().draw(5000, torch.Generator().manual_seed(0))
    assert measured(RingMixture(), samples, count=2500).others["samples"] == 2500


def test_with_labels_a_sample_is_of_the_class_of_its_neighbour() -> None:
    corners = torch.tensor([[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0]])
    torch.manual_seed(0)
    real = corners.repeat(50, 1) + torch.randn(200, 2)
    labels = torch.arange(4).repeat(50)
    fake = corners[[0, 0, 3, 0]].repeat(50, 1) + torch.randn(200, 2)
    streams = (Batches(values.split(64)) for values in (fake, real, labels))
    found = ModeCoverage(count=200)(*streams)
    assert (found.value, found.others["of"]) == (2, 4)
    expected = 0.75 * math.log(3) + 0.25 * math.log(1)
    assert found.others["reverse_kl"] == pytest.approx(expected, abs=1e-6)


def test_images_and_few_samples_a_pull_will_do() -> None:
    real = torch.stack([torch.zeros(1, 4, 4), torch.ones(1, 4, 4)]).repeat(20, 1, 1, 1)
    fake, labels = torch.full((40, 1, 4, 4), 0.9), torch.arange(2).repeat(20)
    streams = (Batches(values.split(8)) for values in (fake, real, labels))
    assert ModeCoverage()(*streams).value == 1


def test_no_more_samples_are_made_than_are_looked_at() -> None:
    real, labels = torch.rand(400, 1, 4, 4), torch.arange(2).repeat(200)
    fake = Draws(lambda: torch.rand(8, 1, 4, 4))
    ModeCoverage(count=16)(fake, Batches(real.split(8)), Batches(labels.split(8)))
    assert fake.pulls == 2


def test_data_whose_modes_nobody_knows_are_refused() -> None:
    with pytest.raises(InputRefused, match="ring or a grid"):
        ModeCoverage().sketch(Batches([]), Batches([], Checkerboard()))


def test_samples_of_another_shape_are_refused() -> None:
    streams = Batches([torch.zeros(3, 5)]), Batches([torch.zeros(3, 2)], RingMixture())
    with pytest.raises(InputRefused, match="must have the shape of real, 2; it has 5"):
        ModeCoverage().sketch(*streams)


def test_modes_of_unequal_weights_are_held_against_these() -> None:
    toy = RingMixture(modes=2, weights=[1, 2])
    samples, _ = toy.draw(4000, torch.Generator().manual_seed(0))
    found = measured(toy, samples, show="largest share", count=4000)
    assert found.value == pytest.approx(2 / 3, abs=0.03)
    assert found.others["share_of_data"] == pytest.approx(2 / 3)
    assert found.others["reverse_kl"] == pytest.approx(0, abs=2e-3)
    even = measured(toy, toy.centres().repeat(500, 1), show="reverse KL")
    assert even.value == pytest.approx(0.5 * math.log(9 / 8), abs=1e-6)

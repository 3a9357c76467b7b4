"""The gap to the entropy."""

import math

import pytest
import torch
from torch import Tensor

from nodes.data.toys import Checkerboard, GaussianPoints, Toy
from nodes.errors import InputRefused
from nodes.metrics.gap import Gap
from tests.nodes.test_laws import Batches


def stream(values: Tensor, *toys: Toy) -> Batches:
    batches = Batches(list(values.split(64)))
    batches.modules = toys  # type: ignore[assignment]
    return batches


def test_the_gap_of_the_true_law_is_zero_within_its_error() -> None:
    toy = GaussianPoints(test_size=4096, batch=4096)
    nll = -toy.eval().log_density(toy().points)
    measured = Gap()(stream(nll, toy))
    assert abs(measured.value) < 4 * measured.others["error"]
    assert measured.others["entropy"] == pytest.approx(1 + math.log(2 * math.pi), rel=1e-6)
    assert measured.unit == "nats"


def test_the_gap_of_another_law_is_the_divergence() -> None:
    toy = GaussianPoints(test_size=65_536, batch=65_536)
    x = toy.eval()().points
    wide = GaussianPoints(sd=2.0)
    measured = Gap()(stream(-wide.log_density(x), toy))
    divergence = 2 * (math.log(2) + 1 / 8 - 1 / 2)
    assert measured.value == pytest.approx(divergence, abs=4 * measured.others["error"])


def test_the_entropy_follows_the_settings() -> None:
    gap, toy = Gap(), GaussianPoints()
    nll = torch.zeros(10)
    first = gap(stream(nll, toy)).value
    toy.set("sd", 2.0)
    assert first - gap(stream(nll, toy)).value == pytest.approx(2 * math.log(2))


@pytest.mark.parametrize("toys", [(), (GaussianPoints(), Checkerboard())])
def test_data_of_unknown_entropy_are_refused(toys: tuple[Toy, ...]) -> None:
    with pytest.raises(InputRefused) as refused:
        Gap().sketch(stream(torch.zeros(4), *toys))
    assert refused.value.fix

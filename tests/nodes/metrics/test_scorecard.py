"""One card of a model: its figures, looked at once for each state of the weights."""

import math

import pytest
import torch
from torch import Tensor, nn

from nodes.metrics.fid import FID
from nodes.metrics.precision_recall import coverage
from nodes.metrics.scorecard import Scorecard, setback, weights
from nodes.metrics.wasserstein import exact_wasserstein
from nodes.types import Stream
from tests.nodes.metrics.streams import Fixed, Test


class Made(Stream[Tensor]):
    """Samples of a network of one weight."""

    def __init__(self, width: float = 1.0) -> None:
        self.net = nn.Linear(2, 2, bias=False)
        self.net.weight.data = width * torch.eye(2)
        self.modules = (self.net,)
        self.pulls = 0

    def __next__(self) -> Tensor:
        self.pulls += 1
        return self.net(torch.randn(100, 2)).detach()


@pytest.fixture
def real() -> Test:
    torch.manual_seed(0)
    return Test(Fixed(torch.randn(500, 2), torch.randn(400, 2)))


def test_it_gives_the_figures_of_the_single_measures(real: Test) -> None:
    fake = Made(0.5)
    torch.manual_seed(1)
    card = Scorecard(count=400)(real, fake, models=[fake.net, fake.net])
    torch.manual_seed(1)
    fid = FID(count=400)(real, fake)
    torch.manual_seed(1)
    drawn = torch.cat([next(fake) for _ in range(4)]).double()
    found = coverage(real.data.test_items.double(), drawn, 5)
    assert card.value == card.others["FID"] == pytest.approx(fid.value)
    assert card.others["floor"] == pytest.approx(fid.others["floor"])
    assert card.others["precision"] == pytest.approx(found.precision)
    assert card.others["coverage"] == pytest.approx(found.coverage)
    assert card.others["weights"] == 4  # shared ones once
    assert card.others["ms each"] > 0
    assert math.isnan(card.others["setback"])


def test_points_are_held_against_the_data_by_their_transport() -> None:
    training, test = torch.randn(2, 400, 2, dtype=torch.float64)
    real, fake = Test(Fixed(training.float(), test.float())), Made(0.5)
    torch.manual_seed(1)
    card = Scorecard(count=400, distance="W1")(real, fake)
    torch.manual_seed(1)
    drawn = torch.cat([next(fake) for _ in range(4)]).double()
    assert card.value == card.others["W1"] == pytest.approx(exact_wasserstein(test, drawn, 1), 1e-5)
    assert card.others["floor"] == pytest.approx(exact_wasserstein(test, training, 1), 1e-5)
    assert "FID" not in card.others


def test_the_same_weights_are_looked_at_once(real: Test) -> None:
    card, fake = Scorecard(count=200), Made()
    first = card(real, fake)
    assert card(real, fake) is first
    assert fake.pulls == 2
    fake.net(torch.ones(1, 2)).sum().backward()
    torch.optim.AdamW(fake.net.parameters(), lr=0.5, fused=True).step()
    assert card(real, fake).value > first.value
    assert fake.pulls == 4


def test_data_that_are_read_at_the_first_pull_are_no_change(real: Test) -> None:
    data = Fixed(torch.randn(20, 2), torch.randn(20, 2))
    card, fake = Scorecard(count=200), Made()
    fake.modules = (fake.net, data)  # type: ignore[assignment]
    first = card(real, fake)
    data.next_batch()
    assert card(real, fake) is first


def test_a_setback_is_seen_over_the_training(real: Test) -> None:
    card, fake = Scorecard(count=400), Made(3.0)
    for factor in (0.5, 2.0, 0.5):
        with torch.no_grad():
            fake.net.weight.mul_(factor)
        measured = card(real, fake)
    assert measured.others["setback"] > 1
    assert math.isnan(card(real, Made()).others["setback"])  # another training


def test_the_setback_is_of_the_best_so_far() -> None:
    assert setback([9.0, 4.0, 6.0, 2.0, 2.5]) == pytest.approx(0.5)
    assert setback([9.0, 4.0, 2.0]) == 0
    assert math.isnan(setback([1.0, 2.0]))


def test_weights_that_models_share_count_once() -> None:
    one, other = nn.Linear(3, 2), nn.Linear(3, 2)
    assert weights([one, other, nn.Sequential(one)]) == 16

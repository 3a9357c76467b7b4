"""Memorisation is told from learning."""

import pytest
import torch

from nodes.errors import InputRefused
from nodes.metrics.neighbours import NearestImages, NearestNeighbours, mann_whitney, nearest
from tests.nodes.metrics.streams import Draws, Fixed, Test


@pytest.fixture
def data() -> Fixed:
    torch.manual_seed(0)
    return Fixed(torch.rand(500, 1, 4, 4), torch.rand(300, 1, 4, 4))


def test_a_model_of_the_same_law_is_even_with_the_test_items(data: Fixed) -> None:
    fake = Draws(lambda: torch.rand(100, 1, 4, 4))
    measured = NearestNeighbours()(Test(data), fake)
    assert measured.value == pytest.approx(0.5, abs=0.06)
    assert abs(measured.others["z"]) < 3


def test_copies_are_found(data: Fixed) -> None:
    copies = Draws(lambda: data.items[:50] + 0.01 * torch.rand(50, 1, 4, 4))
    measured = NearestNeighbours()(Test(data), copies)
    assert measured.value == 1
    assert measured.others["z"] > 10
    assert measured.others["distance"] < measured.others["test distance"] / 5


def test_what_strays_from_the_data_is_farther(data: Fixed) -> None:
    measured = NearestNeighbours()(Test(data), Draws(lambda: 2 + torch.rand(100, 1, 4, 4)))
    assert measured.value == 0


def test_without_training_items_there_is_nothing_to_copy() -> None:
    noise = Draws(lambda: torch.rand(10, 1, 4, 4))
    with pytest.raises(InputRefused, match="real must come from one data set"):
        NearestNeighbours()(noise, noise)


def test_pictures_show_the_nearest_pairs_first(data: Fixed) -> None:
    fresh = torch.rand(20, 1, 4, 4)
    batch = torch.cat([fresh, data_item(data, 7) + 0.01])
    figure = NearestImages(count=21, shown=16)(Test(data), Draws(lambda: batch))
    images = figure.arrays["images"]
    assert images.shape == (32, 1, 4, 4)
    assert figure.facts["columns"] == 8
    torch.testing.assert_close(images[0], batch[-1])
    torch.testing.assert_close(images[8], data_item(data, 7)[0])


def data_item(data: Fixed, place: int) -> torch.Tensor:
    data.ensure_loaded()
    return data.items[place : place + 1]


def test_nearest_and_the_chance_to_be_nearer() -> None:
    pool = torch.tensor([[0.0], [10.0]])
    found = nearest(torch.tensor([[1.0], [7.0]]), pool)
    assert (found.distance.tolist(), found.place.tolist()) == ([1, 3], [0, 1])
    assert mann_whitney(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]))[0] == 0.625

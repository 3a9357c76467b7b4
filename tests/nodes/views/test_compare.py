"""Models side by side."""

import math

import pytest
import torch

from nodes.errors import InputRefused
from nodes.types import Figure, Measured
from nodes.views.compare import Compare, CompareImages

CARDS = [
    Measured(12.34567, {"FID": 12.34567, "recall": 0.5, "items": 100}, "MNIST features"),
    Measured(3.0, {"FID": 3.0, "recall": math.nan, "weights": 1234567}, "MNIST features"),
]


def heads(figure: Figure) -> list[str]:
    return [str(head) for head in figure.facts["columns"]]


def test_a_row_is_a_model_and_a_column_a_figure() -> None:
    figure = Compare(names="VAE, GAN")(CARDS)
    assert figure.kind == "table"
    assert heads(figure) == ["", "FID", "recall", "weights"]
    assert figure.facts["rows"] == [["VAE", 12.3, 0.5, ""], ["GAN", 3.0, "", 1230000.0]]
    assert str(figure.facts["subtitle"]) == "MNIST features"


def test_a_floor_that_all_share_stands_beside_the_title() -> None:
    cards = [Measured(v, {"FID": v, "floor": 0.04294}, "MNIST features") for v in (1.0, 2.0)]
    figure = Compare(names="VAE, GAN")(cards)
    assert str(figure.facts["subtitle"]) == "floor 0.0429, MNIST features"
    assert heads(figure) == ["", "FID"]


def test_rows_without_a_name_are_numbered_and_values_without_one_shown() -> None:
    figure = Compare(names="VAE")([Measured(1.0, {"error": 0.25}), Measured(2.0)])
    assert heads(figure) == ["", "value", "error"]
    assert figure.facts["rows"] == [["VAE", 1.0, 0.25], ["2", 2.0, ""]]


def test_what_is_said_stands_before_the_figures() -> None:
    figure = Compare(names="VAE, GAN", said="stability: high, low; cost: little")(CARDS)
    assert heads(figure)[:4] == ["", "stability", "cost", "FID"]
    assert [row[:4] for row in figure.facts["rows"]] == [
        ["VAE", "high", "little", 12.3],
        ["GAN", "low", "", 3.0],
    ]


def test_samples_stand_in_rows_of_equal_length() -> None:
    vae, gan = torch.rand(4, 1, 8, 8), 2 * torch.rand(9, 1, 8, 8) - 1
    figure = CompareImages(names="VAE, GAN", count=6)([vae, gan])
    images = figure.arrays["images"]
    assert images.shape == (8, 1, 8, 8)
    assert (figure.facts["columns"], figure.facts["rows"]) == (4, ["VAE", "GAN"])
    assert images[4, 0, 0, 0].item() == round(255 * (gan[0, 0, 0, 0].item() + 1) / 2)


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(InputRefused, match="shape of the first, 1 8 8; some have 1 4 4"):
        CompareImages().sketch([torch.rand(2, 1, 8, 8), torch.rand(2, 1, 4, 4)])


def test_figures_are_left_out_by_name_or_by_how_they_begin() -> None:
    one = Measured(0.5, {"worst": 0.1, "class 0": 0.1, "class 1": 0.9, "items": 2}, "")
    figure = Compare(names="a", left_out="items, class *")([one])
    assert heads(figure) == ["", "value", "worst"]
    assert figure.facts["rows"] == [["a", 0.5, 0.1]]

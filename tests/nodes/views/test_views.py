"""What views put into their figures."""

from collections.abc import Iterable
from typing import Any

import pytest
import torch

from nodes.errors import InputRefused, ParamRefused
from nodes.language.words import of_words
from nodes.types import Gaussian, Measured, Stream
from nodes.views.curve import Curve
from nodes.views.image_grid import ImageGrid
from nodes.views.scatter import Scatter


class Batches(Stream[Any]):
    def __init__(self, values: Iterable[Any]) -> None:
        self.values = iter(values)
        self.pulled = 0

    def __next__(self) -> Any:
        value = next(self.values)
        self.pulled += 1
        return value


def numbered(count: int) -> torch.Tensor:
    """Return images whose pixels are their numbers over 255."""
    return (torch.arange(count) / 255).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def test_images_come_as_bytes() -> None:
    figure = ImageGrid(count=3)(torch.tensor([0.0, 0.5, 1.0, 0.2]).view(4, 1, 1, 1))
    assert figure.kind == "images"
    assert figure.arrays["images"].flatten().tolist() == [0, 128, 255]
    assert figure.arrays["images"].dtype == torch.uint8
    assert "ids" not in figure.arrays


@pytest.mark.parametrize(
    ("scale", "low", "black", "white"),
    [
        ("automatic", -1.0, 0, 255),
        ("automatic", -0.1, 0, 255),
        ("[0, 1]", -1.0, 0, 255),
        ("least to most", 0.4, 0, 255),
    ],
)
def test_black_and_white_follow_the_scale(scale: str, low: float, black: int, white: int) -> None:
    images = torch.tensor([low, 1.0]).view(2, 1, 1, 1)
    assert ImageGrid(scale=scale)(images).arrays["images"].flatten().tolist() == [black, white]


def test_a_little_below_zero_is_still_black_and_half_is_grey() -> None:
    images = torch.tensor([-0.1, 0.5]).view(2, 1, 1, 1)
    assert ImageGrid()(images).arrays["images"].flatten().tolist() == [0, 128]


def test_what_is_no_number_is_black() -> None:
    images = torch.tensor([torch.nan, 0.5]).view(2, 1, 1, 1)
    assert ImageGrid(scale="[0, 1]")(images).arrays["images"].flatten().tolist() == [0, 128]


def test_rows_of_inputs_and_outputs_take_turns_and_keep_their_ids() -> None:
    figure = ImageGrid(count=7, columns=3)(numbered(10), numbered(20)[10:])
    shown = figure.arrays["images"][:, 0, 0, 0].tolist()
    assert shown == [0, 1, 2, 10, 11, 12, 3, 4, 5, 13, 14, 15], "whole rows only"
    assert figure.arrays["ids"].tolist() == [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]
    assert figure.facts["columns"] == 3


def test_few_pairs_fill_one_row() -> None:
    figure = ImageGrid()(numbered(3), numbered(3))
    assert figure.facts["columns"] == 3
    assert len(figure.arrays["images"]) == 6


def test_a_grid_without_gaps_is_square() -> None:
    assert ImageGrid(count=144, gap=0)(numbered(144)).facts["columns"] == 12
    assert ImageGrid(count=144)(numbered(144)).facts["columns"] == 0, "the view may choose"


def test_one_caption_of_all_stands_beside_the_title() -> None:
    said = of_words(["a large three"])
    tokens = said.encode("a large three").expand(4, -1)
    facts = ImageGrid(columns=2)(numbered(4), None, None, tokens, said).facts
    assert facts["subtitle"] == "a large three" and facts["named"] == ["a large three"] * 4
    assert "heads" not in facts and "labels" not in facts


def test_pairs_of_other_shapes_are_refused() -> None:
    with pytest.raises(InputRefused, match="below must have the shape of images"):
        ImageGrid()(torch.rand(2, 1, 4, 4), torch.rand(2, 1, 5, 5))


def test_a_cloud_is_gathered_until_there_is_enough() -> None:
    points = Batches(torch.randn(10, 4, 2))
    labels = Batches(torch.arange(40).view(10, 4))
    figure = Scatter(count=10)(points, labels)
    assert figure.arrays["points"].shape == (10, 2)
    assert figure.arrays["labels"].tolist() == figure.arrays["ids"].tolist() == list(range(10))
    assert points.pulled == labels.pulled == 3
    assert figure.facts["equal"] is True


def test_real_points_lie_behind_in_the_same_plane() -> None:
    drawn, data = torch.randn(6, 5), torch.randn(9, 5)
    figure = Scatter(count=8, across=4, up=1)(Batches([drawn]), None, Batches([data]))
    assert torch.equal(figure.arrays["points"], drawn[:, [3, 0]])
    assert torch.equal(figure.arrays["real"], data[:8, [3, 0]])
    with pytest.raises(InputRefused, match="5 dimensions of points; they have 2"):
        Scatter()(Batches([drawn]), None, Batches([data[:, :2]]))


def test_a_cloud_ends_with_the_test_set() -> None:
    figure = Scatter(count=100)(Batches([torch.randn(4, 2), torch.randn(3, 2)]))
    assert len(figure.arrays["points"]) == 7
    assert "ids" not in figure.arrays


def test_gaussians_are_shown_by_their_means() -> None:
    q = Gaussian(torch.randn(5, 2), torch.randn(5, 2))
    assert torch.equal(Scatter()(Batches([q])).arrays["points"], q.mean)


def test_two_of_many_dimensions_are_shown() -> None:
    z = torch.randn(6, 5)
    figure = Scatter(across=4, up=1)(Batches([z]))
    assert torch.equal(figure.arrays["points"], z[:, [3, 0]])
    assert figure.facts["names"] == ["z₄", "z₁"]
    with pytest.raises(ParamRefused, match="one of 5 dimensions"):
        Scatter(up=6)(Batches([z]))


def test_principal_axes_carry_most_of_the_variance_and_do_not_flip() -> None:
    torch.manual_seed(0)
    z = torch.randn(500, 6) * torch.tensor([1.0, 9.0, 1.0, 1.0, 5.0, 1.0])
    plane = Scatter(axes="principal")(Batches([z])).arrays["points"]
    assert plane.var(0).tolist() == pytest.approx([81, 25], rel=0.2)
    again = Scatter(axes="principal")(Batches([z + 0.001 * torch.randn_like(z)])).arrays["points"]
    torch.testing.assert_close(plane, again, atol=0.05, rtol=0)


def test_numbers_on_a_line_are_shown_over_their_index() -> None:
    figure = Scatter()(Batches([torch.tensor([[5.0], [7.0]])]))
    assert figure.arrays["points"].tolist() == [[0, 5], [1, 7]]


def pulled(curve: Curve, step: int, *values: float) -> dict[str, Any]:
    curve.step = step
    figure = curve([torch.tensor(v) for v in values])
    return {k: v.tolist() for k, v in figure.arrays.items()} | {"facts": figure.facts}


def test_a_curve_grows_with_each_pull() -> None:
    curve = Curve(names="loss", unit="nats")
    pulled(curve, 0, 3.0, 1.0)
    made = pulled(curve, 10, 2.0, 1.5)
    assert (made["x"], made["y:0"], made["y:1"]) == ([0, 10], [3.0, 2.0], [1.0, 1.5])
    assert made["facts"]["names"] == {"0": "loss", "1": "line 2"}


def test_a_second_pull_at_a_step_replaces_the_first() -> None:
    curve = Curve()
    pulled(curve, 5, 3.0)
    assert pulled(curve, 5, 2.0)["y:0"] == [2.0]


def test_a_new_run_begins_a_new_curve() -> None:
    curve = Curve()
    pulled(curve, 50, 3.0)
    assert pulled(curve, 0, 2.0)["x"] == [0]
    assert pulled(curve, 10, 2.0, 4.0)["x"] == [10], "other wires, other lines"


def test_a_curve_takes_the_mean_of_values() -> None:
    curve = Curve()
    assert curve([torch.tensor([1.0, 3.0])]).arrays["y:0"].tolist() == [2.0]


def test_a_curve_takes_the_value_of_a_measure() -> None:
    curve = Curve()
    assert curve([Measured(0.25, {"error": 9.0})]).arrays["y:0"].tolist() == [0.25]


def test_a_curve_survives_a_checkpoint() -> None:
    curve, other = Curve(), Curve()
    pulled(curve, 0, 3.0)
    pulled(curve, 10, 2.0)
    other.load_state_dict(curve.state_dict())
    assert pulled(other, 20, 1.0)["y:0"] == [3.0, 2.0, 1.0]

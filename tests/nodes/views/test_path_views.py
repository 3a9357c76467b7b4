"""Trajectories, film strips and morphs."""

import math

import pytest
import torch
from torch import Tensor

from nodes.errors import InputRefused
from nodes.views.base import relative_length, sectors, state_at
from nodes.views.film_strip import FilmStrip
from nodes.views.moment import Moment
from nodes.views.morph import Morph
from nodes.views.trajectories import Trajectories


def straight(count: int = 5, steps: int = 4) -> Tensor:
    """Return paths from the origin to the corners of a circle, (s, b, 2)."""
    turn = torch.arange(count) / count * 2 * math.pi
    end = torch.stack([turn.cos(), turn.sin()], 1)
    return torch.linspace(0, 1, steps)[:, None, None] * end


def test_between_two_states_items_move_straight() -> None:
    path = torch.tensor([0.0, 1.0, 10.0]).view(3, 1, 1)
    places = [state_at(path, at).item() for at in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert places == [0.0, 0.5, 1.0, 5.5, 10.0]
    assert state_at(path[:1], 0.7).item() == 0.0


def test_a_detour_is_one_where_all_is_straight() -> None:
    assert relative_length(straight()) == pytest.approx(1.0)
    corner = torch.tensor([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])[:, None]
    assert relative_length(corner) == pytest.approx(7 / 5)


def test_sectors_turn_and_do_not_move_with_the_points() -> None:
    turn = (torch.arange(8) + 0.5) / 8 * 2 * math.pi
    ring = torch.stack([turn.cos(), turn.sin()], 1)
    assert sectors(ring).tolist() == [4, 5, 6, 7, 0, 1, 2, 3]
    assert torch.equal(sectors(ring), sectors(3 * ring + 7))


def test_trajectories_hold_the_whole_path_and_the_time() -> None:
    figure = Trajectories(at=0.3, count=3)(straight())
    assert figure.arrays["paths"].shape == (4, 3, 2)
    assert figure.facts["at"] == 0.3 and figure.facts["length"] == pytest.approx(1.0)
    labels = torch.tensor([4, 2, 0, 1, 3])
    shown = Trajectories(count=3)(straight(), labels=labels).arrays["labels"]
    assert shown.tolist() == [4, 2, 0]


@pytest.mark.parametrize(
    ("view", "given", "said"),
    [
        (
            Trajectories(),
            (torch.zeros(4, 5, 1, 8, 8),),
            "of points with 2 or more numbers; it has the shape 4 5 1 8 8",
        ),
        (FilmStrip(), (straight(),), "of pictures; it has the shape 4 5 2"),
        (Trajectories(), (straight(), None, torch.zeros(3)), "as many as the items of path, 5"),
        (Moment(), (torch.zeros(4, 5, 3),), "pictures or points"),
        (Morph(), (torch.zeros(5, 2), torch.zeros(5, 3)), "the shape of x, 2; it has 3"),
        (Morph(), (torch.zeros(5, 3), torch.zeros(5, 3)), "pictures or points"),
        (Morph(), (torch.zeros(5, 2), torch.zeros(4, 2), torch.zeros(4, 5)), "5 by 4"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_a_run(view, given, said: str) -> None:
    for way in (view.sketch, view):
        with pytest.raises(InputRefused, match=said):
            way(*given)


def test_a_film_strip_has_an_item_in_each_row() -> None:
    path = torch.arange(7.0)[:, None] + 10 * torch.arange(3.0)  # state and item, in one number
    path = (path / 30)[:, :, None, None, None].expand(7, 3, 1, 4, 4)
    figure = FilmStrip(count=2, frames=4, scale="[0, 1]")(path, torch.tensor([8, 5, 1]))
    shown = figure.arrays["images"][:, 0, 0, 0].view(2, 4).double() / 255 * 30
    assert torch.allclose(shown, torch.tensor([[0.0, 2, 4, 6], [10, 12, 14, 16]]).double(), atol=1)
    assert figure.facts["heads"] == [0, 0.33, 0.67, 1]
    assert figure.facts["columns"] == 4 and figure.facts["rows"] == ["8", "5"]


def test_a_strip_has_no_more_frames_than_states() -> None:
    assert FilmStrip(frames=10)(torch.zeros(3, 2, 1, 4, 4)).facts["columns"] == 3


@pytest.mark.parametrize("way", ["forwards", "back"])
def test_noise_takes_the_black_and_white_of_the_images(way: str) -> None:
    images, noise = torch.rand(1, 2, 1, 4, 4), 5 * torch.randn(1, 2, 1, 4, 4)
    path = torch.cat([images, noise] if way == "forwards" else [noise, images])
    films = FilmStrip(frames=2)(path).arrays["images"].view(2, 2, 4, 4)
    place = 0 if way == "forwards" else 1
    assert torch.allclose(films[:, place] / 255.0, images[0, :, 0], atol=0.003)


def test_a_morph_without_a_plan_joins_equal_places() -> None:
    x, y = torch.randn(5, 2), torch.randn(7, 2)
    figure = Morph(t=0.25)(x, y)
    assert torch.equal(figure.arrays["paths"], torch.stack([x, y[:5]]))
    assert figure.facts["at"] == 0.25


def test_a_morph_follows_its_plan() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(4, 2), torch.randn(4, 2)
    order = torch.tensor([2, 0, 3, 1])
    plan = torch.zeros(4, 4, dtype=torch.float64)
    plan[torch.arange(4), order] = 0.25
    mean = Morph(way="mean")(x, y, plan).arrays["paths"]
    assert torch.allclose(mean, torch.stack([x, y[order]]))
    split = Morph(count=8)(x, y, plan).arrays["paths"]
    assert torch.equal(split, torch.stack([x, y[order]]).repeat_interleave(2, 1))


def test_a_split_gives_each_pair_its_share() -> None:
    x, y = torch.zeros(2, 2), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    plan = torch.tensor([[0.3, 0.2], [0.0, 0.5]])
    ends = Morph(count=1000)(x, y, plan).arrays["paths"][1]
    assert ends.mean(0).tolist() == pytest.approx([0.3, 0.7], abs=0.002)


def test_images_are_shown_as_they_are_then() -> None:
    x, y = torch.zeros(3, 1, 4, 4), torch.ones(3, 1, 4, 4)
    figure = Morph(t=0.2)(x, y)
    assert figure.kind == "images" and figure.arrays["images"].unique().tolist() == [51]


def test_a_moment_of_images_and_of_points() -> None:
    x, y = torch.zeros(3, 1, 4, 4), torch.ones(3, 1, 4, 4)
    shown = Moment(at=0.25, count=2)(torch.stack([x, y, x])).arrays["images"]
    assert shown.unique().tolist() == [128] and len(shown) == 2
    figure = Moment(at=0.5)(straight(), torch.arange(5))
    assert torch.allclose(figure.arrays["points"], straight()[-1] / 2)
    assert figure.kind == "points" and figure.arrays["labels"].tolist() == [0, 1, 2, 3, 4]

"""The density and the warp of a flow."""

import math

import pytest
import torch

from nodes.errors import InputRefused
from nodes.flows.affine_coupling import AffineCoupling
from nodes.flows.base import Flow
from nodes.flows.base_law import BaseLaw
from nodes.flows.continuous import STOPS, Continuous
from nodes.views.density import DEPTH, Density
from nodes.views.warp import VERTICES, Warp
from tests.nodes.test_laws import Batches


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def bent(repeat: int = 3) -> Flow:
    flow = AffineCoupling(repeat=repeat)(BaseLaw()())
    for p in flow.parameters():
        p.data += 0.1 * torch.randn_like(p)
    return flow.eval()


@torch.no_grad()
def test_the_map_holds_the_exact_density() -> None:
    figure = Density(span=5.0, cells=51)(BaseLaw()())
    values = figure.arrays["values"]
    assert values.shape == (51, 51)
    assert values[25, 25].item() == pytest.approx(1 / (2 * math.pi), rel=1e-5)  # the middle cell
    assert figure.facts["extent"] == [-5, 5, -5, 5]
    assert figure.facts["subtitle"] == "mass within the map 1"


@torch.no_grad()
def test_rows_go_up_and_columns_to_the_right() -> None:
    flow = bent()
    figure = Density(span=3.0, cells=20)(flow)
    x = -3 + 6 * (torch.tensor([12.0, 4.0]) + 0.5) / 20  # column 12, row 4
    assert figure.arrays["values"][4, 12].item() == pytest.approx(
        flow.log_prob(x[None]).exp().item(), rel=1e-4
    )


@torch.no_grad()
def test_the_map_reaches_as_far_as_the_data() -> None:
    points = torch.rand(2000, 2) * torch.tensor([4.0, 1.0])
    figure = Density(count=500)(BaseLaw()(), Batches(list(points.split(256))))
    left, right, low, high = figure.facts["extent"]
    assert -0.5 < left < 0.1 and 3.9 < right < 4.5 and -0.2 < low < 0.1 and 0.9 < high < 1.2
    assert figure.arrays["points"].shape == (500, 2)


@pytest.mark.parametrize("count", [30, 99, 100])
@torch.no_grad()
def test_the_map_of_few_points_holds_the_mass(count: int) -> None:
    within = []
    for seed in range(20):
        torch.manual_seed(seed)
        figure = Density()(BaseLaw()(), Batches([torch.randn(count, 2)]))
        left, right, low, high = figure.facts["extent"]
        within.append(figure.arrays["values"].mean().item() * (right - left) * (high - low))
    assert sorted(within)[2] > 0.95


@torch.no_grad()
def test_fewer_points_drawn_leave_the_map_as_it_is() -> None:
    parts = list((torch.randn(2000, 2) ** 3).split(256))
    maps = [Density(count=count)(BaseLaw()(), Batches(parts)) for count in (20, 100)]
    assert maps[0].facts["extent"] == maps[1].facts["extent"]
    assert len(maps[0].arrays["points"]) == 20


@torch.no_grad()
def test_the_logarithm_shows_tails_down_to_a_depth() -> None:
    figure = Density(show="log-density", span=4.0)(BaseLaw()())
    highest = figure.arrays["values"].max().item()
    assert highest == pytest.approx(-math.log(2 * math.pi), abs=0.01)
    assert figure.facts["low"] == pytest.approx(highest - DEPTH)


@torch.no_grad()
def test_the_grid_starts_straight_and_ends_where_the_flow_leads() -> None:
    flow = bent()
    start, end = (Warp(at=at, lines=5, count=10)(flow) for at in (0.0, 1.0))
    straight = start.arrays["paths"]
    assert straight.shape == (VERTICES, 10, 2)
    assert (straight[:, :5, 1].diff(dim=0) == 0).all()  # level lines
    assert (straight[:, 5:, 0].diff(dim=0) == 0).all()  # upright lines
    led = flow.inverse(straight.reshape(-1, 2))[0].view_as(straight)
    torch.testing.assert_close(end.arrays["paths"], led)
    assert start.facts["subtitle"] == "noise" and end.facts["subtitle"] == "after 3 of 3 steps"


@torch.no_grad()
def test_a_path_has_a_stop_after_each_layer_and_within_a_continuous_one() -> None:
    paths = Warp(show="paths", count=7)(bent(4)).arrays["paths"]
    assert paths.shape == (5, 7, 2)
    flow = Continuous(hidden=8)(BaseLaw()())
    paths = Warp(show="paths", count=7)(flow).arrays["paths"]
    assert paths.shape == (1 + STOPS, 7, 2)
    torch.testing.assert_close(paths[-1], flow.inverse(paths[0])[0], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("view", [Density(), Warp()])
def test_what_is_not_in_a_plane_is_refused(view: Density | Warp) -> None:
    with pytest.raises(InputRefused, match="plane"):
        view.sketch(BaseLaw(shape=[3])())

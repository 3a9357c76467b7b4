"""The score of a model, and the density that is recovered from it."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.diffusion.base import Predictor
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.schedules import cosine
from nodes.errors import InputRefused
from nodes.views.score_field import ScoreField, centres, log_density
from tests.nodes.test_laws import Batches

SCHEDULE = cosine()
SPREAD = 0.5  # of the data, a Gaussian about the origin


class Exact(Predictor):
    """A model of Gaussian data that knows what it should say."""

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        alpha, sigma = SCHEDULE.alpha(t)[:, None], SCHEDULE.sigma(t)[:, None]
        score = -x / (alpha.square() * SPREAD**2 + sigma.square())
        return {"score": score, "noise": -sigma * score}[self.predicts]


def gaussian(at: Tensor, variance: float) -> Tensor:
    return -at.square().sum(-1) / (2 * variance) - math.log(2 * math.pi * variance)


def data(count: int = 4000) -> Batches:
    torch.manual_seed(0)
    return Batches([SPREAD * torch.randn(count, 2)])


@torch.no_grad()
def shown(model: Any, *given: Any, **settings: Any) -> Any:
    return ScoreField(**settings)(model, *given)


@pytest.mark.parametrize(("rows", "columns"), [(80, 80), (40, 80), (80, 33)])
def test_a_gradient_gives_its_density_back(rows: int, columns: int) -> None:
    part = centres(torch.tensor([-4.0, -4.0]), torch.tensor([4.0, 4.0]), 80)[:rows, :columns]
    exact = gaussian(part, 1.0)
    exact = exact - (exact.exp().sum() * 0.01).log()  # the mass within the part is 1
    assert torch.allclose(log_density(-part, [0.1, 0.1]), exact, atol=1e-3)


def test_what_turns_has_no_density_and_adds_nothing() -> None:
    at = centres(torch.tensor([-4.0, -4.0]), torch.tensor([4.0, 4.0]), 81)
    round_ = torch.stack([-at[..., 1], at[..., 0]], -1) * torch.exp(-at.square().sum(-1))[..., None]
    both = log_density(round_ - at, [8 / 81, 8 / 81])
    assert torch.allclose(both, log_density(-at, [8 / 81, 8 / 81]), atol=0.02)


@pytest.mark.parametrize("predicts", ["score", "noise"])
def test_arrows_are_the_score_whatever_the_model_predicts(predicts: Any) -> None:
    figure = shown(Exact(predicts=predicts), SCHEDULE, t=0.4, span=2.0, arrows=8)
    t = torch.tensor(0.4)
    variance = (SCHEDULE.alpha(t) ** 2 * SPREAD**2 + SCHEDULE.sigma(t) ** 2).item()
    x, y = figure.arrays["x"], figure.arrays["y"]
    assert torch.allclose(figure.arrays["u"], (-x / variance).expand(8, 8), atol=1e-5)
    assert torch.allclose(figure.arrays["v"], (-y / variance)[:, None].expand(8, 8), atol=1e-5)


def test_the_density_behind_is_that_of_the_noisy_data() -> None:
    figure = shown(Exact(predicts="noise"), SCHEDULE, t=0.3, span=4.0, cells=80)
    t = torch.tensor(0.3)
    variance = (SCHEDULE.alpha(t) ** 2 * SPREAD**2 + SCHEDULE.sigma(t) ** 2).item()
    at = centres(torch.tensor([-4.0, -4.0]), torch.tensor([4.0, 4.0]), 80)
    assert torch.allclose(figure.arrays["density"], gaussian(at, variance).exp(), atol=2e-3)


def test_points_have_the_noise_of_their_time() -> None:
    spreads = [
        shown(Exact(predicts="score"), SCHEDULE, data(), t=t, count=4000).arrays["points"].std()
        for t in (0.0, 1.0)
    ]
    assert spreads[0].item() == pytest.approx(SPREAD, rel=0.03)
    assert spreads[1].item() == pytest.approx(1.0, rel=0.03)


def test_points_at_one_place_have_a_plane_around_them() -> None:
    figure = shown(Exact(predicts="score"), None, Batches([torch.ones(5, 2)]))
    assert figure.arrays["x"].diff().min() > 0
    assert all(value.isfinite().all() for value in figure.arrays.values())


def test_at_no_noise_the_score_is_finite() -> None:
    figure = shown(DenoiserMLP(hidden=[8]), SCHEDULE, t=0.0)
    assert figure.arrays["u"].isfinite().all() and figure.arrays["density"].isfinite().all()


def test_a_velocity_is_shown_as_it_is_and_has_no_density() -> None:
    def model(x: Tensor, t: Tensor) -> Tensor:
        return x * t[:, None]

    figure = shown(model, None, data(100), t=0.5)
    assert torch.equal(figure.arrays["u"][0], 0.5 * figure.arrays["x"])
    assert "density" not in figure.arrays and figure.arrays["points"].shape == (100, 2)
    assert "density" in shown(model, behind="length").arrays


@pytest.mark.parametrize(
    ("built", "predicts", "points", "said"),
    [
        ((3, 3), "score", (5, 2), "model must be of points in the plane"),
        ((2,), "noise", (5, 2), "has a score only with a schedule"),
        ((2,), "score", (5, 3), "points must lie in the plane; they have 3"),
    ],
)
def test_what_has_no_field_in_the_plane_is_refused(
    built: tuple[int, ...], predicts: Any, points: tuple[int, int], said: str
) -> None:
    model = DenoiserMLP(predicts=predicts, hidden=[4])
    model(torch.zeros(1, *built), torch.zeros(1))
    with pytest.raises(InputRefused, match=said):
        ScoreField().sketch(model, None, Batches([torch.zeros(points)]))

"""The losses of score matching: the exact score is their minimum, and they are what they say."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nodes.data.toys import GaussianPoints
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.schedules import Geometric, Schedule, cosine
from nodes.errors import InputRefused
from nodes.score.exact_score import MixtureScore
from nodes.score.score_matching_loss import ScoreMatchingLoss
from nodes.types import Shape
from tests.nodes.diffusion.exact import Exact

TOY = GaussianPoints(dims=2, mean=0.5, sd=0.8, correlation=0.6)
METHODS = ["denoising", "sliced", "exact trace"]
each_method = pytest.mark.parametrize("method", METHODS)
SIGMA = 0.3


def points(count: int) -> Tensor:
    return TOY.draw(count, torch.Generator().manual_seed(0))[0]


class Linear(nn.Module):
    """The score of a Gaussian: a linear map, whose weights are to be found."""

    predicts = "score"

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Linear(2, 2)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        found: Tensor = self.map(x)
        return found


@each_method
def test_its_minimum_on_gaussian_data_is_the_exact_score(method: Any) -> None:
    """Solved, not trained: the loss is a quadratic of the weights, so one step of Newton's ends."""
    torch.manual_seed(0)
    node = ScoreMatchingLoss(method=method, sigma=SIGMA)
    model = Linear().double()
    x = points(20_000).double()
    weights, bias = minimum(lambda: node(x, model), model.map)
    law = TOY.gaussians()
    precision = (law.covariance + SIGMA**2 * torch.eye(2)).double().inverse()
    torch.testing.assert_close(weights, -precision, atol=0.06, rtol=0.06)
    torch.testing.assert_close(bias, precision @ law.centres[0].double(), atol=0.06, rtol=0.06)


def minimum(loss: Any, layer: nn.Linear) -> tuple[Tensor, Tensor]:
    """Return the weights and bias at which a quadratic loss is least; its noise is fixed."""

    def value(flat: Tensor) -> Tensor:
        torch.manual_seed(1)
        weight, bias = flat[:4].view(2, 2), flat[4:]
        layer.forward = lambda x: x @ weight.T + bias  # type: ignore[method-assign]
        found: Tensor = loss()
        return found

    start = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(value(start), start)
    rows = [gradient_at(value, start.detach() + step) - slope for step in torch.eye(6).double()]
    flat = start.detach() - torch.linalg.solve(torch.stack(rows), slope)
    return flat[:4].view(2, 2), flat[4:]


def gradient_at(value: Any, at: Tensor) -> Tensor:
    at = at.clone().requires_grad_()
    return torch.autograd.grad(value(at), at)[0]


@each_method
@pytest.mark.parametrize("schedule", [cosine(), Geometric(0.05, 10.0)], ids=["cosine", "exploding"])
@pytest.mark.parametrize("off", [0.9, 1.1])
def test_a_score_that_is_off_loses_more_at_all_levels(
    method: Any, schedule: Schedule, off: float
) -> None:
    torch.manual_seed(0)
    node = ScoreMatchingLoss(method=method)
    exact = MixtureScore(TOY.gaussians(), schedule)
    x = points(4000)
    assert loss_of(node, x, exact, schedule) < loss_of(node, x, Scaled(exact, off), schedule)


def loss_of(node: ScoreMatchingLoss, x: Tensor, model: Any, schedule: Schedule) -> float:
    torch.manual_seed(1)
    return node(x, model, schedule).item()


@pytest.mark.parametrize("schedule", [cosine(), Geometric(0.05, 10.0)], ids=["cosine", "exploding"])
def test_all_methods_weigh_the_levels_alike(schedule: Schedule) -> None:
    """Two scores are as far apart by one method as by another: they differ by a constant only."""
    x, near = points(20_000), MixtureScore(TOY.gaussians(), schedule)
    found = []
    for method in METHODS:
        node = ScoreMatchingLoss(method=method)
        far = loss_of(node, x, Scaled(near, 0.5), schedule)
        found.append(far - loss_of(node, x, near, schedule))
    assert found[1:] == pytest.approx(found[:1] * 2, rel=0.05)


def test_denoising_without_a_schedule_weighs_by_sigma_squared() -> None:
    x = points(20_000)
    gaps = {}
    for method in METHODS:
        torch.manual_seed(0)
        model, node = Linear(), ScoreMatchingLoss(method=method, sigma=SIGMA)
        with torch.no_grad():
            gaps[method] = float(drawn(node, x, Scaled(model, 3.0)) - drawn(node, x, model))
    assert gaps["denoising"] == pytest.approx(SIGMA**2 * gaps["exact trace"], rel=0.05)
    assert gaps["sliced"] == pytest.approx(gaps["exact trace"], rel=0.05)


def drawn(node: ScoreMatchingLoss, x: Tensor, model: nn.Module) -> Tensor:
    torch.manual_seed(1)
    found: Tensor = node(x, model)
    return found


class Scaled(nn.Module):
    """Another's score, too long or too short."""

    predicts = "score"

    def __init__(self, inner: nn.Module, factor: float) -> None:
        super().__init__()
        self.inner, self.factor = inner, factor

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        found: Tensor = self.factor * self.inner(x, t)
        return found


def test_sliced_is_the_exact_trace_on_average() -> None:
    """In the mean over directions: v' J v has the mean tr J."""
    torch.manual_seed(0)
    model = DenoiserMLP(predicts="score", hidden=[16, 16])
    model.build_for({"x": Shape((2,))})
    x = points(50)
    exact = ScoreMatchingLoss(method="exact trace", sigma=0.0)(x, model)
    sliced = ScoreMatchingLoss(method="sliced", sigma=0.0, slices=1000)(x, model)
    torch.testing.assert_close(sliced, exact, atol=0.01, rtol=0.01)


@each_method
def test_it_trains_all_weights_and_measures_without_gradients(method: Any) -> None:
    model = DenoiserMLP(hidden=[16, 16])
    node = ScoreMatchingLoss(method=method)
    loss = node(points(64), model, cosine())
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    with torch.no_grad():
        assert not node(points(64), model, cosine()).requires_grad


def test_it_works_on_images() -> None:
    exact = Exact(cosine(), mean=torch.zeros(1, 4, 4), sd=torch.ones(1, 4, 4))
    for method in METHODS:
        assert ScoreMatchingLoss(method=method)(torch.randn(5, 1, 4, 4), exact, cosine()).isfinite()


def test_it_refuses_what_cannot_be() -> None:
    x = points(5)
    with pytest.raises(InputRefused, match="needs noise"):
        ScoreMatchingLoss(sigma=0.0)(x, Linear())
    with pytest.raises(InputRefused, match="must predict the score"):
        ScoreMatchingLoss()(x, Exact(cosine(), "noise"))
    wide = Exact(cosine(), mean=torch.zeros(100), sd=torch.ones(100))
    with pytest.raises(InputRefused, match="at most 64"):
        ScoreMatchingLoss(method="exact trace")(torch.randn(5, 100), wide, cosine())

"""The exact score is the gradient of the exact density, clean and noisy."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nodes.data.toys import (
    Checkerboard,
    EightGaussians,
    GaussianPoints,
    GridMixture,
    RingMixture,
    Toy,
)
from nodes.diffusion.base import predicted
from nodes.diffusion.schedules import Geometric, Schedule, cosine
from nodes.errors import InputRefused
from nodes.score.exact_score import ExactScore, MixtureScore
from nodes.types import Stream

TOYS = [
    EightGaussians(),
    RingMixture(modes=3, sd=0.3, weights=[1, 2]),
    GridMixture(side=3, sd=0.4),
    GaussianPoints(dims=4, mean=1.0, sd=0.7, correlation=-0.6),
]
each_toy = pytest.mark.parametrize("toy", TOYS, ids=lambda toy: type(toy).__name__)


class Drawn(Stream[Any]):
    def __init__(self, toy: Toy) -> None:
        self.modules = (toy,)


def points(toy: Toy) -> torch.Tensor:
    return toy.draw(200, torch.Generator().manual_seed(0))[0].double()


@each_toy
def test_it_is_the_gradient_of_the_toy_s_own_density(toy: Toy) -> None:
    x = points(toy).requires_grad_()
    (gradient,) = torch.autograd.grad(toy.log_density(x).sum(), x)
    score = ExactScore()(Drawn(toy))(x.detach(), torch.zeros(200))
    torch.testing.assert_close(score, gradient, atol=1e-5, rtol=1e-5)


@each_toy
@pytest.mark.parametrize("schedule", [cosine(), Geometric(0.01, 50.0)], ids=["cosine", "exploding"])
@pytest.mark.parametrize("t", [0.1, 0.5, 1.0])
def test_with_noise_it_is_the_gradient_of_what_noise_makes_of_it(
    toy: Toy, schedule: Schedule, t: float
) -> None:
    model = ExactScore()(Drawn(toy), schedule)
    at = torch.tensor(t, dtype=torch.float64)
    x_t = schedule.add_noise(points(toy), torch.randn_like(points(toy)), at).requires_grad_()
    shown = x_t / schedule.size(at)
    (gradient,) = torch.autograd.grad(model.log_density(shown, at.expand(200)).sum(), x_t)
    score = predicted(model, schedule, x_t.detach(), at).score
    torch.testing.assert_close(score, gradient, atol=1e-5, rtol=1e-5)


def test_its_noisy_density_is_that_of_noisy_draws() -> None:
    """For one Gaussian all is known: covariance alpha^2 C + sigma^2 I."""
    toy, schedule, t = TOYS[3], cosine(), torch.tensor(0.4)
    alpha, sigma = float(schedule.alpha(t)), float(schedule.sigma(t))
    law = toy.gaussians()
    assert law is not None
    covariance = alpha**2 * law.covariance + sigma**2 * torch.eye(4)
    x = torch.randn(50, 4)
    expected = -(x - alpha * law.centres) @ covariance.inverse()
    score = MixtureScore(law, schedule)(x, t.expand(50))
    torch.testing.assert_close(score, expected, atol=1e-4, rtol=1e-4)


def test_it_refuses_data_whose_noisy_score_nobody_knows() -> None:
    with pytest.raises(InputRefused, match="mixture of Gaussians"):
        ExactScore().sketch(Drawn(Checkerboard()))

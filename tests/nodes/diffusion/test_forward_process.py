"""The forward process and the node of schedules."""

from __future__ import annotations

import pytest
import torch

from nodes.base import Node
from nodes.diffusion.forward_process import ForwardProcess
from nodes.diffusion.noise_schedule import SCHEDULES, NoiseSchedule
from nodes.diffusion.schedules import Discrete, linear
from nodes.errors import ParamRefused


def test_it_adds_the_noise_that_it_gives() -> None:
    schedule, x_0 = linear(), torch.randn(5, 1, 4, 4)
    noisy = ForwardProcess(t=0.3, frames=4)(x_0, schedule)
    t = torch.tensor(0.3)
    torch.testing.assert_close(noisy.x_t, schedule.add_noise(x_0, noisy.noise, t))
    assert noisy.path.shape == (4, 5, 1, 4, 4)
    torch.testing.assert_close(noisy.path[0], x_0)
    torch.testing.assert_close(noisy.path[-1], schedule.add_noise(x_0, noisy.noise, torch.ones(())))


def test_its_time_is_live() -> None:
    node, x_0 = ForwardProcess(t=0.0), torch.randn(3, 2)
    assert torch.equal(node(x_0, linear()).x_t, x_0)
    node.set("t", 1.0)
    assert (node(x_0, linear()).x_t - x_0).abs().max() > 0.1


def test_steps_one_by_one_lead_where_the_jump_does() -> None:
    """q(x_t|x_0) of the course is the law of T steps q(x_k|x_(k-1)): mean and spread agree."""
    torch.manual_seed(0)
    schedule = linear(20)
    assert isinstance(schedule, Discrete)
    x = torch.full((20_000,), 2.0)
    for beta in schedule.betas.float():
        x = (1 - beta).sqrt() * x + beta.sqrt() * torch.randn_like(x)
    t = torch.ones(())
    assert x.mean().item() == pytest.approx(2 * schedule.alpha(t).item(), abs=0.02)
    assert x.std().item() == pytest.approx(schedule.sigma(t).item(), rel=0.02)


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_kind_makes_its_schedule(kind: str) -> None:
    schedule = NoiseSchedule(kind=kind, steps=50)()
    assert schedule.steps == 50
    t = torch.linspace(0, 1, 9)
    assert (schedule.sigma(t).diff() > 0).all()


@pytest.mark.parametrize(
    "given",
    [
        {"beta_1": 0.1},
        {"beta_min": 30.0},
        {"sigma_min": 5.0, "sigma_max": 1.0},
        {"start": 2.0, "end": -2.0},
    ],
)
def test_ends_the_wrong_way_round_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ParamRefused, match="must be above"):
        NoiseSchedule(**given)()


def test_parameters_go_without_building() -> None:
    assert issubclass(NoiseSchedule, Node) and not NoiseSchedule.has_weights()
    schedule = NoiseSchedule(kind="linear", beta_1=1e-3, beta_t=1e-2)()
    expected = torch.linspace(1e-3, 1e-2, 1000, dtype=torch.float64)
    torch.testing.assert_close(schedule.betas, expected)

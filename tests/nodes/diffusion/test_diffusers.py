"""Our chains and those of Hugging Face's diffusers: same network, same noise, same samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nodes.diffusion.guided import Guided
from nodes.diffusion.levels import levels
from nodes.diffusion.schedules import Schedule, linear
from nodes.diffusion.solvers import SOLVERS, SolverSettings

diffusers = pytest.importorskip("diffusers")
SCHEDULE = linear(1000)
BETAS = {"num_train_timesteps": 1000, "beta_start": 1e-4, "beta_end": 0.02}
CLOSE = {"atol": 1e-4, "rtol": 1e-4}


class Network(nn.Module):
    """Some function of an image and its time."""

    predicts = "noise"

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Conv2d(2, 8, 3, padding=1)
        self.last = nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        time = t.view(-1, 1, 1, 1).expand_as(x)
        return x + 0.5 * torch.tanh(self.last(torch.tanh(self.first(torch.cat([x, time], 1)))))


class Tape:
    """Noise drawn once, for both."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(5)

    def __call__(self, x: Tensor) -> Tensor:
        return torch.randn(x.shape, generator=self.generator)


@torch.no_grad()
def theirs(scheduler: Any, x: Tensor, **given: Any) -> Tensor:
    """Sample as diffusers' pipelines do; their step k is our time (k + 1) / T."""
    network = Network()
    for k in scheduler.timesteps:
        t = ((k + 1) / 1000).expand(len(x)).to(x.dtype)
        x = scheduler.step(network(x, t), k, x, **given).prev_sample
    return x


@torch.no_grad()
def ours(name: str, steps: Iterable[int], x: Tensor, **given: float) -> Tensor:
    times = torch.tensor([*((int(k) + 1) / 1000 for k in steps), 0.0])
    return walked(name, SCHEDULE, times, x, SolverSettings(**given))


def walked(
    name: str, schedule: Schedule, times: Tensor, x: Tensor, settings: SolverSettings
) -> Tensor:
    solver = SOLVERS[name](schedule, Guided(Network(), schedule), Tape(), settings)
    for _, state in solver.walk(x, levels(schedule, times)):
        x = state
    return x


def noise() -> Tensor:
    return torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(11))


@pytest.mark.parametrize(
    ("name", "variance"), [("DDPM", "fixed_small"), ("DDPM, beta", "fixed_large")]
)
def test_ddpm(name: str, variance: str) -> None:
    scheduler = diffusers.DDPMScheduler(**BETAS, variance_type=variance, clip_sample=False)
    scheduler.set_timesteps(1000)
    there = theirs(scheduler, noise(), generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(ours(name, scheduler.timesteps, noise()), there, **CLOSE)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("steps", [10, 50])
def test_ddim(steps: int, eta: float) -> None:
    scheduler = diffusers.DDIMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=True)
    scheduler.set_timesteps(steps)
    there = theirs(scheduler, noise(), eta=eta, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(ours("DDIM", scheduler.timesteps, noise(), eta=eta), there, **CLOSE)


@pytest.mark.parametrize("steps", [5, 20, 50])
def test_dpm_solver(steps: int) -> None:
    scheduler = diffusers.DPMSolverMultistepScheduler(
        **BETAS, algorithm_type="dpmsolver++", solver_order=2, final_sigmas_type="zero"
    )
    scheduler.set_timesteps(steps)
    there = theirs(scheduler, noise())
    here = ours("DPM-Solver++ 2M", scheduler.timesteps, noise())
    torch.testing.assert_close(here, there, **CLOSE)

"""How near a learned score comes to the exact one: `python -m pytest tests/benchmarks -m bench -s`.

Eight Gaussians, whose score is known at every level of noise. The figure is the root mean square of
the error over that of the score, on fresh noisy points; the aim is 5 % at sigma >= .1.
"""

from __future__ import annotations

import math
import time

import pytest
import torch

from nodes.data.toys import EightGaussians
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.diffusion_loss import DiffusionLoss
from nodes.diffusion.schedules import Schedule, cosine
from nodes.score.base import score_of
from nodes.score.exact_score import MixtureScore
from nodes.types import Shape

STEPS, BATCH, RATE, DECAY = 20_000, 256, 5e-3, 0.999
LEVELS = (0.1, 0.2, 0.5, 0.9)

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]


def test_learned_score_of_eight_gaussians() -> None:
    torch.manual_seed(0)
    schedule, start = cosine(), time.process_time()
    model = trained(schedule)
    seconds = time.process_time() - start
    print(f"\n{STEPS:,} steps of {BATCH}, {seconds:.0f} CPU seconds")
    for sigma in LEVELS:
        print(f"sigma {sigma}: {off(model, schedule, sigma):.3f} of the exact score's size")


def trained(schedule: Schedule) -> DenoiserMLP:
    """Train by Adam with a falling rate; return the average of the weights."""
    model, average = DenoiserMLP(predicts="v"), DenoiserMLP(predicts="v")
    for network in (model, average):
        network.build_for({"x": Shape((2,))})
    average.load_state_dict(model.state_dict())
    toy, stream = EightGaussians(), torch.Generator().manual_seed(1)
    loss = DiffusionLoss(drop=0.0)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    for step in range(STEPS):
        adam.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / STEPS)) / 2
        adam.zero_grad()
        loss(toy.draw(BATCH, stream)[0], model, schedule).backward()
        adam.step()
        with torch.no_grad():
            for mean, weight in zip(average.parameters(), model.parameters(), strict=True):
                mean.lerp_(weight, 1 - min(DECAY, (1 + step) / (10 + step)))
    return average


@torch.no_grad()
def off(model: DenoiserMLP, schedule: Schedule, sigma: float) -> float:
    """Return the error of the learned score at a level, over the size of the exact one."""
    t = schedule.time_of(torch.tensor(math.log((1 - sigma**2) / sigma**2)))
    x_0 = EightGaussians().draw(20_000, torch.Generator().manual_seed(9))[0]
    x = schedule.add_noise(x_0, torch.randn_like(x_0), t)
    law = EightGaussians().gaussians()
    exact = score_of(MixtureScore(law, schedule), schedule, x, t)
    error = score_of(model, schedule, x, t) - exact
    return float((error.square().sum() / exact.square().sum()).sqrt())

"""How near a learned score comes to the exact one: `python -m pytest tests/benchmarks -m bench -s`.

Eight Gaussians, whose score is known at every level of noise, and a graph of ordinary nodes that is
told nothing but points. The figure is the root mean square of the error over that of the score, on
fresh noisy points x_0 + sigma eps.
"""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
import torch
from torch import nn

from engine.document.graph import Graph, from_plain
from engine.run.session import Session
from nodes.data.toys import EightGaussians
from nodes.diffusion.schedules import Geometric, Schedule
from nodes.score.base import score_of
from nodes.score.exact_score import MixtureScore
from tests.benchmarks.test_speed import Host
from tests.running import run

STEPS, AIM = 20_000, 0.05
LEVELS = (0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0)
RANGE = {"sigma_min": 0.05, "sigma_max": 5.0}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]


def graph() -> Graph:
    nodes: dict[str, dict[str, Any]] = {
        "data": {"kind": "EightGaussians", "params": {"batch": 2048}},
        "schedule": {"kind": "NoiseSchedule", "params": {"kind": "variance exploding"} | RANGE},
        "net": {"kind": "DenoiserMLP", "params": {"predicts": "v", "activation": "GELU"}},
        "loss": {"kind": "DiffusionLoss", "params": {"target": "pooled", "share": 0.125}},
        "adam": {"kind": "Optimizer", "params": {"rate": 5e-3, "schedule": "cosine"}},
        "trainer": {"kind": "Trainer", "params": {"steps": STEPS, "ema": 0.999}},
    }
    wires = [
        ["data", "points", "loss", "data"],
        ["net", "model", "loss", "model"],
        ["schedule", "schedule", "loss", "schedule"],
        ["loss", "loss", "adam", "loss"],
        ["net", "model", "adam", "models"],
        ["adam", "optimizer", "trainer", "optimizers"],
    ]
    head = {"format": "genworkbench.graph", "version": 1}
    return from_plain({**head, "nodes": nodes, "wires": wires})


@pytest.mark.parametrize("seed", [0, 1])
def test_learned_score_of_eight_gaussians(seed: int) -> None:
    torch.set_num_threads(1)
    session, start = Session(device="cpu", seed=seed), time.process_time()
    session.update(graph())
    run(session, Host(lambda: None), fresh=True, view_share=0.0)
    seconds = time.process_time() - start
    schedule = Geometric(**RANGE)
    with session.lives["trainer"].node.averaged():
        errors = {s: off(session.lives["net"].node, schedule, s) for s in LEVELS}
    print(f"\nseed {seed}: {STEPS:,} steps, {seconds:.0f} CPU seconds")
    for sigma, error in errors.items():
        print(f"sigma {sigma}: {error:.3f} of the exact score's size")
    assert max(errors.values()) <= AIM


@torch.no_grad()
def off(model: nn.Module, schedule: Schedule, sigma: float) -> float:
    """Return the error of the learned score at a level, over the size of the exact one."""
    stream = torch.Generator().manual_seed(9)
    t = schedule.time_of(torch.tensor(-2 * math.log(sigma)))
    x_0 = EightGaussians().draw(20_000, stream)[0]
    x = schedule.add_noise(x_0, torch.randn(x_0.shape, generator=stream), t)
    exact = score_of(MixtureScore(EightGaussians().gaussians(), schedule), schedule, x, t)
    error = score_of(model, schedule, x, t) - exact
    return float((error.square().sum() / exact.square().sum()).sqrt())

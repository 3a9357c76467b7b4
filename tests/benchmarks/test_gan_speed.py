"""What the graph costs a WGAN-GP: steps against a loop written by hand in the same process.

Five turns of the critic and one of the generator a step, 784-256-256-1 against 64-256-256-784, in
batches of 64. Turns of a fraction of a second, the median of their ratios counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import resources
from engine.document.graph import load
from engine.run.session import Session
from tests.benchmarks.test_speed import Host, InTurns, pixels
from tests.running import run

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

HERE = Path(__file__).parent
DATA = Path(os.environ.get("GENWORKBENCH_DATA", HERE.parent.parent / "shared/data"))
BATCH, LATENT, HIDDEN, TURNS, WEIGHT = 64, 64, 256, 5, 10.0
RATE, BETAS = 2e-4, (0.5, 0.9)
STEPS = 8  # a turn of the measurement


def perceptron(*sizes: int, activation: type[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for below, above in pairwise(sizes):
        layers += [nn.Linear(below, above), activation()]
    return nn.Sequential(*layers[:-1])


def by_hand(images: Tensor) -> Iterator[None]:
    """WGAN-GP as a person writes it who knows torch. `images` (n, 784) in [-1, 1]."""
    generator = perceptron(LATENT, HIDDEN, HIDDEN, 784, activation=nn.ReLU)
    critic = perceptron(784, HIDDEN, HIDDEN, 1, activation=nn.LeakyReLU)
    critic_adam = torch.optim.Adam(critic.parameters(), RATE, BETAS, fused=True)
    generator_adam = torch.optim.Adam(generator.parameters(), RATE, BETAS, fused=True)
    batches = shuffled(images)
    while True:
        critic.requires_grad_(True)
        for _ in range(TURNS):
            real = next(batches)
            with torch.no_grad():
                fake = torch.tanh(generator(torch.randn(BATCH, LATENT)))
            x = torch.lerp(fake, real, torch.rand(BATCH, 1)).requires_grad_()
            (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
            penalty = (slope.norm(dim=1) - 1).square().mean()
            loss = critic(fake).mean() - critic(real).mean() + WEIGHT * penalty
            critic_adam.zero_grad(set_to_none=True)
            loss.backward()
            critic_adam.step()
        critic.requires_grad_(False)
        loss = -critic(torch.tanh(generator(torch.randn(BATCH, LATENT)))).mean()
        generator_adam.zero_grad(set_to_none=True)
        loss.backward()
        generator_adam.step()
        yield


def shuffled(images: Tensor) -> Iterator[Tensor]:
    while True:
        for index in torch.randperm(len(images)).split(BATCH):
            if len(index) == BATCH:
                yield images.index_select(0, index)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    if not (DATA / "mnist").is_dir():
        pytest.skip("MNIST is not in GENWORKBENCH_DATA")
    monkeypatch.setenv("GENWORKBENCH_DATA", str(DATA))
    graph = load(resources.path("examples", "wgan-gp-mnist.graph.json"))
    graph.nodes["trainer"].params |= {"steps": 10**6, "ema": 0.0, "precision": "float32"}
    graph.nodes["critic_loss"].params["share"] = 1.0
    plain = {"architecture": "perceptron", "hidden": HIDDEN, "layers": 2, "normalization": "none"}
    for name in ("generator", "critic"):
        graph.nodes[name].params |= plain
    for name, every in (("adam_critic", TURNS), ("adam_generator", 1)):
        graph.nodes[name].params |= {"every": every, "schedule": "constant"}
    graph.nodes["data"].params["batch"] = graph.nodes["noise"].params["count"] = BATCH
    graph.nodes["noise"].params["latent"] = graph.nodes["fixed"].params["latent"] = LATENT
    made = Session(device="cpu", seed=0)
    made.update(graph)
    return made


def test_steps_against_a_loop_by_hand(session: Session, benchmark: Any) -> None:
    torch.set_num_threads(1)
    turns = InTurns({"by hand": by_hand(pixels(session))}, length=STEPS, most=20)
    host = Host(turns)
    benchmark.pedantic(
        lambda: run(session, host, fresh=True, view_share=0.0), rounds=1, iterations=1
    )
    ratio = turns.ratio("by hand")
    benchmark.extra_info["ours / by hand"] = round(ratio, 3)
    print(f"\nWGAN-GP, steps a second, ours / by hand: {ratio:.3f}")
    assert ratio >= 0.95

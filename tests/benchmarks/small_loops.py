"""Loops by hand for networks so small that each operation counts, as a person would write them.

Data sets as tensors, batches by indexing, fused Adam, no number read back, no more than the method
needs: DDPM takes whole steps of its schedule from tables, flow matching pairs as they come.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BATCH, HIDDEN, RATE = 256, (64, 64, 64), 2e-3
STEPS = 1000  # of the noise schedule
RING, RING_BETAS, TURN_RATES = 128, (0.0, 0.99), (1e-3, 2e-3)


def perceptron(*sizes: int, activation: type[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for below, above in pairwise(sizes):
        layers += [nn.Linear(below, above), activation()]
    return nn.Sequential(*layers[:-1])


class Timed(nn.Module):
    """A perceptron of points that is told the time: what our Denoiser MLP is."""

    frequencies: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.logspace(0, math.log10(64), 16))
        self.time = nn.Linear(32, HIDDEN[0])
        self.first = nn.Linear(2, HIDDEN[0])
        self.rest = nn.Sequential(nn.SiLU(), perceptron(*HIDDEN, 2, activation=nn.SiLU))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        angles = t[:, None] * self.frequencies
        told = self.time(torch.cat([angles.sin(), angles.cos()], 1))
        return self.rest(self.first(x) + told)


def batches(items: Tensor, size: int) -> Iterator[Tensor]:
    while True:
        for index in torch.randperm(len(items), device=items.device).split(size):
            if len(index) == size:
                yield items[index]


def flow_matching(source: Tensor, target: Tensor) -> Iterator[None]:
    """Pairs as they come; both sets are shuffled. `source` and `target` (n, 2)."""
    model = Timed().to(source.device)
    adam = torch.optim.Adam(model.parameters(), RATE, fused=True)
    sources, targets = batches(source, BATCH), batches(target, BATCH)
    while True:
        x_0, x_1 = next(sources), next(targets)
        t = torch.rand(BATCH, device=source.device)
        x_t = torch.lerp(x_0, x_1, t[:, None])
        loss = F.mse_loss(model(x_t, t), x_1 - x_0)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        yield


def ddpm(points: Tensor) -> Iterator[None]:
    """The simple loss at whole steps. `points` (n, 2)."""
    device = points.device
    model = Timed().to(device)
    adam = torch.optim.Adam(model.parameters(), RATE, fused=True)
    alpha_bar = (1 - torch.linspace(1e-4, 0.02, STEPS, device=device)).cumprod(0)
    alphas, sigmas = alpha_bar.sqrt()[:, None], (1 - alpha_bar).sqrt()[:, None]
    for x_0 in batches(points, BATCH):
        k = torch.randint(STEPS, (BATCH,), device=device)
        eps = torch.randn_like(x_0)
        x_t = alphas[k] * x_0 + sigmas[k] * eps
        loss = F.mse_loss(model(x_t, (k + 1) / STEPS), eps)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        yield


class Coupling(nn.Module):
    """One affine coupling of points in the plane."""

    def __init__(self, turn: int) -> None:
        super().__init__()
        self.turn = turn
        self.net = perceptron(1, 64, 64, 2, activation=nn.ReLU)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        first, second = x.chunk(2, 1)
        stays, moves = (second, first) if self.turn else (first, second)
        s, t = self.net(stays).chunk(2, 1)
        s = 2 * torch.tanh(s / 2)
        moved = moves * s.exp() + t
        return torch.cat([moved, stays] if self.turn else [stays, moved], 1), s.sum(1)


def realnvp(points: Tensor) -> Iterator[None]:
    """Eight couplings, maximum likelihood. `points` (n, 2)."""
    layers = nn.ModuleList(Coupling(number % 2) for number in range(8)).to(points.device)
    adam = torch.optim.Adam(layers.parameters(), RATE, fused=True)
    for x in batches(points, BATCH):
        log_det: Tensor | float = 0.0
        for layer in layers:
            x, part = layer(x)
            log_det = log_det + part
        log_p = -0.5 * (x.square() + math.log(2 * math.pi)).sum(1) + log_det
        adam.zero_grad(set_to_none=True)
        (-log_p.mean()).backward()
        adam.step()
        yield


def ring(points: Tensor) -> Iterator[None]:
    """A non-saturating GAN with a zero-centred penalty between real and fake. `points` (n, 2)."""
    device = points.device
    generator = perceptron(2, 64, 64, 64, 64, 64, 2, activation=nn.ReLU).to(device)
    critic = perceptron(2, 128, 128, 128, 1, activation=lambda: nn.LeakyReLU(0.2)).to(device)  # type: ignore[arg-type]
    critic_adam = torch.optim.Adam(critic.parameters(), TURN_RATES[0], RING_BETAS, fused=True)
    adam = torch.optim.Adam(generator.parameters(), TURN_RATES[1], RING_BETAS, fused=True)
    for real in batches(points, RING):
        with torch.no_grad():
            fake = generator(torch.randn(RING, 2, device=device))
        critic.requires_grad_(True)
        x = torch.lerp(fake, real, torch.rand(RING, 1, device=device)).requires_grad_()
        (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        penalty = slope.square().sum(1).mean()
        loss = F.softplus(-critic(real)).mean() + F.softplus(critic(fake)).mean()
        critic_adam.zero_grad(set_to_none=True)
        (loss + 0.1 * penalty).backward()
        critic_adam.step()
        critic.requires_grad_(False)
        loss = F.softplus(-critic(generator(torch.randn(RING, 2, device=device)))).mean()
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        yield


def unet(model: nn.Module, images: Tensor, labels: Tensor, size: int) -> Iterator[None]:
    """The loop alone: the network is ours, v is predicted, a tenth of the classes is hidden."""
    adam = torch.optim.Adam(model.parameters(), RATE, fused=True)
    alpha_bar = (1 - torch.linspace(1e-4, 0.02, STEPS)).cumprod(0)
    alphas, sigmas = (a.view(-1, 1, 1, 1) for a in (alpha_bar.sqrt(), (1 - alpha_bar).sqrt()))
    while True:
        for index in torch.randperm(len(images)).split(size):
            if len(index) < size:
                continue
            x_0 = images[index]
            told = torch.where(torch.rand(size) < 0.1, 10, labels[index])
            k = torch.randint(STEPS, (size,))
            eps = torch.randn_like(x_0)
            alpha, sigma = alphas[k], sigmas[k]
            found = model(alpha * x_0 + sigma * eps, (k + 1) / STEPS, labels=told)
            adam.zero_grad(set_to_none=True)
            F.mse_loss(found, alpha * eps - sigma * x_0).backward()
            adam.step()
            yield

"""Velocities and scores that are known: what matching must find."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Known(nn.Module):
    """A function of (x, t) in a network's place; counts its calls."""

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor], predicts: str) -> None:
        super().__init__()
        self.function, self.predicts, self.calls = function, predicts, 0

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        self.calls += 1
        return self.function(x, t[:, None].to(x))


def between_gaussians(m_0: float, s_0: float, m_1: float, s_1: float) -> Known:
    """The velocity of the optimal map of N(m_0, s_0^2) to N(m_1, s_1^2), number by number.

    Every point goes straight: x_t = m_t + s_t (x_0 - m_0) / s_0 with m_t and s_t linear in t.
    """

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        m_t, s_t = (1 - t) * m_0 + t * m_1, (1 - t) * s_0 + t * s_1
        return m_1 - m_0 + (s_1 - s_0) / s_t * (x - m_t)

    return Known(velocity, "velocity")


def independent_gaussians(m_0: float, s_0: float, m_1: float, s_1: float) -> Known:
    """The velocity E[x_1 - x_0 | x_t] of independent pairs; its paths bend."""

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        m_t = (1 - t) * m_0 + t * m_1
        variance = ((1 - t) * s_0) ** 2 + (t * s_1) ** 2
        return m_1 - m_0 + (t * s_1**2 - (1 - t) * s_0**2) / variance * (x - m_t)

    return Known(velocity, "velocity")


def seeded(seed: int, *size: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*size, generator=generator, dtype=torch.float64)

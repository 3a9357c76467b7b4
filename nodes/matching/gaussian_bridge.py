"""The Schrödinger bridge between two Gaussians, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class GaussianBridge:
    """The bridge of N(m_0, S_0) to N(m_1, S_1) over a Brownian motion of standard deviation sigma.

    The Schrödinger Bridge between Gaussian Measures has a Closed Form (Bunne, Hsieh, Cuturi &
    Krause, 2023), arXiv:2202.05722. Means (d,), covariances (d, d), float64.
    """

    m_0: Tensor
    S_0: Tensor
    m_1: Tensor
    S_1: Tensor
    sigma: float

    @property
    def C(self) -> Tensor:
        """Return the covariance of x_0 with x_1 in the entropic plan, (d, d)."""
        root = matrix_power(self.S_0, 0.5)
        unit = torch.eye(len(self.m_0), dtype=self.S_0.dtype)
        D = matrix_power(4 * root @ self.S_1 @ root + self.sigma**4 * unit, 0.5)
        return (root @ D @ matrix_power(self.S_0, -0.5) - self.sigma**2 * unit) / 2

    def marginal(self, t: float) -> tuple[Tensor, Tensor]:
        """Return the mean (d,) and the covariance (d, d) of x_t."""
        unit = torch.eye(len(self.m_0), dtype=self.S_0.dtype)
        m_t = (1 - t) * self.m_0 + t * self.m_1
        mixed = self.C + self.C.T + self.sigma**2 * unit
        return m_t, (1 - t) ** 2 * self.S_0 + t**2 * self.S_1 + t * (1 - t) * mixed

    def score(self, x: Tensor, t: float) -> Tensor:
        """Return the gradient of log p_t at x (b, d)."""
        m_t, S_t = self.marginal(t)
        return -torch.linalg.solve(S_t, (x - m_t).T).T

    def velocity(self, x: Tensor, t: float) -> Tensor:
        """Return E[u_t | x_t = x]: the velocity that carries the marginals, (b, d)."""
        unit = torch.eye(len(self.m_0), dtype=self.S_0.dtype)
        moved = (1 - t) * (self.C.T - self.S_0) + t * (self.S_1 - self.C)
        moved = moved + self.sigma**2 * (1 - 2 * t) / 2 * unit
        return self.m_1 - self.m_0 - self.score(x, t) @ moved.T


def matrix_power(S: Tensor, power: float) -> Tensor:
    """Return a power of a symmetric positive matrix, (d, d)."""
    values, vectors = torch.linalg.eigh(S)
    return vectors * values.clamp(min=0).pow(power) @ vectors.T


def kl(m: Tensor, S: Tensor, m_t: Tensor, S_t: Tensor) -> float:
    """Return KL(N(m, S) || N(m_t, S_t)) in nats."""
    away = m_t - m
    trace = torch.linalg.solve(S_t, S).trace()
    distance = away @ torch.linalg.solve(S_t, away)
    return float((trace - len(m) + distance + torch.logdet(S_t) - torch.logdet(S)) / 2)

"""The pinwheel: a toy density of bent Gaussians, with the exact change of area."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Generator, Tensor

from nodes.base import param
from nodes.data.density import LOG_2PI, in_pieces
from nodes.data.toys import Toy, spread

BITS = 20


class Pinwheel(Toy):
    """Draw Gaussian arms, bent the more the farther out.

    Composing graphical models with neural networks for structured representations and fast
    inference (Johnson et al., 2016), arXiv:1603.06277.

    Points (b, 2), labels of the arms (b,). Entropy 2.318 nats as it stands.
    """

    synonyms = "toy data, 2d dataset, spiral arms, points, dataset, données jouets, jeu de données"
    title = "Pinwheel"
    icon = "wind"
    formula = (
        r"x = 2\,\mathrm{Rot}\!\left(\tfrac{2\pi k}{K} + a e^{f_1}\right) f,\quad "
        r"f \sim \mathcal{N}\!\left((1, 0), \mathrm{diag}(\sigma_r^2, \sigma_t^2)\right)"
    )
    SCALE: ClassVar[float] = 2.0
    ANGLES: ClassVar[int] = 256

    arms: int = param(default=5, low=1, high=50, unit="arms", help="Number of arms.")
    radial: float = spread(0.3, title="Radial SD", help="Standard deviation along an arm.")
    tangential: float = spread(0.1, title="Tangential SD", help="Standard deviation across an arm.")
    rate: float = param(default=0.25, low=0.0, high=2.0, help="How much the arms are bent.")

    @property
    def grain(self) -> float:
        """Six tenths of the smaller of both deviations."""
        return 0.6 * min(self.radial, self.tangential)

    @property
    def margin(self) -> float:
        """Five times the larger deviation, in the scale of the points."""
        return 5 * self.SCALE * max(self.radial, self.tangential)

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and the arm of each, (count,)."""
        arm = torch.randint(self.arms, (count,), generator=generator)
        f = torch.randn(count, 2, generator=generator) * torch.tensor(
            [self.radial, self.tangential]
        )
        f[:, 0] += 1
        angle = arm * (2 * math.pi / self.arms) + self.rate * f[:, 0].exp()
        cos, sin = angle.cos(), angle.sin()
        turned = torch.stack([cos * f[:, 0] - sin * f[:, 1], sin * f[:, 0] + cos * f[:, 1]], 1)
        return self.SCALE * turned, arm

    def log_density(self, x: Tensor) -> Tensor:
        """Sum over all f that are turned into x (n, 2); log p is (n,), in nats.

        In polar coordinates f has x's radius ρ, and its angle ψ solves ψ + a exp(ρ cos ψ) = φ up to
        whole arms; bending changes areas by |1 - a f_2 exp(f_1)|.
        """
        return in_pieces(self._log_density, x, 4 * self.ANGLES)

    def _log_density(self, x: Tensor) -> Tensor:
        y = x / self.SCALE
        rho, phi = y.square().sum(1).sqrt(), torch.atan2(y[:, 1], y[:, 0])
        psi, row = self._angles(rho, phi)
        f_1, f_2 = rho[row] * psi.cos(), rho[row] * psi.sin()
        squares = ((f_1 - 1) / self.radial) ** 2 + (f_2 / self.tangential) ** 2
        bent = (1 - self.rate * f_2 * f_1.exp()).abs().log()
        log_p = -squares / 2 - bent - LOG_2PI - math.log(self.radial * self.tangential)
        p = torch.zeros_like(rho).index_add(0, row, log_p.exp())
        return p.log() - math.log(self.arms) - 2 * math.log(self.SCALE)

    def _angles(self, rho: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
        """Return all angles ψ and the row that each belongs to: bracketed, then halved."""
        step, arm = 2 * math.pi / self.ANGLES, 2 * math.pi / self.arms
        grid = torch.arange(self.ANGLES + 1).to(rho) * step - math.pi
        whole = ((self._turned(grid, rho[:, None]) - phi[:, None]) / arm).floor()
        row, left = (whole[:, 1:] != whole[:, :-1]).nonzero(as_tuple=True)
        below, above = whole[row, left], whole[row, left + 1]
        rho, goal = rho[row], phi[row] + arm * torch.maximum(below, above)
        psi, rising = grid[left], (above > below)
        for _ in range(BITS):
            step /= 2
            psi = torch.where((self._turned(psi + step, rho) < goal) == rising, psi + step, psi)
        slope = 1 - self.rate * rho * psi.sin() * (rho * psi.cos()).exp()
        return psi - (self._turned(psi, rho) - goal) / slope, row  # by Newton: has a gradient

    def _turned(self, psi: Tensor, rho: Tensor) -> Tensor:
        return psi + self.rate * (rho * psi.cos()).exp()

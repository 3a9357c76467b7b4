"""Toy densities of curves with noise around them; the noise is integrated exactly."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Generator, Tensor

from nodes.base import param
from nodes.data.density import (
    box,
    curve_panels,
    gauss_legendre,
    in_pieces,
    log_box,
    log_mixture,
    log_ring,
)
from nodes.data.toys import Toy, spread

TINY = 1e-290


class Curve(Toy):
    """Draw evenly in the parameter of a curve, in one or more strands, and add Gaussian noise."""

    strands: ClassVar[int] = 1
    noise: float = spread(0.1)

    @abstractmethod
    def path(self, t: Tensor, strand: Tensor) -> Tensor:
        """Return the places (n, 2) at t in [0, 1] of strands, both (n,)."""

    @property
    def grain(self) -> float:
        """The standard deviation of the noise."""
        return self.noise

    def peek_classes(self) -> list[str]:
        return [str(n) for n in range(self.strands)]

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and the strand of each, (count,)."""
        strand = torch.randint(self.strands, (count,), generator=generator)
        t = torch.rand(count, generator=generator)
        noise = self.noise * torch.randn(count, 2, generator=generator)
        return self.path(t, strand) + noise, strand

    def log_density(self, x: Tensor) -> Tensor:
        """Integrate the noise along the strands: a mixture with a Gaussian at each node.

        x (n, 2) gives log p, (n,), in nats.
        """
        parts = [self._log_strand(x, strand) for strand in range(self.strands)]
        return torch.logsumexp(torch.stack(parts), 0) - math.log(self.strands)

    def _log_strand(self, x: Tensor, strand: int) -> Tensor:
        def path(t: Tensor) -> Tensor:
            return self.path(t, torch.full_like(t, strand))

        t, weights = gauss_legendre(curve_panels(path, self.noise))
        return log_mixture(x, path(t), self.noise, weights.log())


class TwoMoons(Curve):
    """Draw two half circles that reach into each other.

    Scikit-learn: Machine Learning in Python (Pedregosa et al., 2011), `make_moons`,
    https://jmlr.org/papers/v12/pedregosa11a.html.

    Points (b, 2), labels 0 (upper) and 1 (lower) (b,). Entropy 0.289, 1.008, 1.677 nats with noise
    0.05, 0.1, 0.2.
    """

    synonyms = (
        "moons, make_moons, half moons, crescents, toy data, 2d dataset, points, dataset, lune, "
        "lunes, croissants, données jouets, jeu de données"
    )
    title = "Two moons"
    icon = "moon"
    formula = r"x = c_k(\theta) + \sigma\epsilon,\quad \theta \sim \mathcal{U}(0, \pi)"
    strands = 2

    noise: float = spread(0.1)

    def path(self, t: Tensor, strand: Tensor) -> Tensor:
        """Return the places (n, 2) on the upper half circle at strand 0, on the lower at 1."""
        upper = torch.stack([(math.pi * t).cos(), (math.pi * t).sin()], 1)
        return torch.where(strand[:, None] == 0, upper, upper.new_tensor([1.0, 0.5]) - upper)


class SwissRoll(Curve):
    """Draw a rolled-up sheet seen from the side.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Points (b, 2), labels 0 to 3 (b,), the quarter of the roll from the inside.
    """

    synonyms = "manifold, toy data, 2d dataset, points, dataset, données jouets, jeu de données"
    title = "Swiss roll"
    formula = (
        r"x = \tfrac{1}{5}(\theta \cos\theta, \theta \sin\theta) + \sigma\epsilon,"
        r"\quad \theta \sim \mathcal{U}(\tfrac{3\pi}{2}, \tfrac{9\pi}{2})"
    )
    strands = 4

    noise: float = spread(0.2)

    def path(self, t: Tensor, strand: Tensor) -> Tensor:
        """Return the places (n, 2) on the roll, of which each strand is a quarter."""
        theta = 1.5 * math.pi * (1 + 2 * (strand + t) / 4)
        return torch.stack([theta * theta.cos(), theta * theta.sin()], 1) / 5


class TwoSpirals(Toy):
    """Draw two spirals that wind into each other.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Each point of a spiral is shifted evenly by up to 1/6 each way, then noise is added. Points
    (b, 2), labels 0 and 1 (b,). Entropy 2.645 nats as it stands.
    """

    synonyms = (
        "spiral, toy data, 2d dataset, points, dataset, spirale, données jouets, jeu de données"
    )
    title = "Two spirals"
    formula = (
        r"x = \pm\left(\tfrac{1}{3}(-\theta\cos\theta, \theta\sin\theta) + u\right)"
        r" + \sigma\epsilon,\quad \theta = 3\pi\sqrt{t},\; u \sim \mathcal{U}(0, \tfrac{1}{6})^2"
    )
    BOX: ClassVar[float] = 1 / 6

    noise: float = spread(0.1)

    @property
    def grain(self) -> float:
        """The standard deviation of the noise."""
        return self.noise

    def path(self, t: Tensor) -> Tensor:
        """Return the places (n, 2) of one arm at t (n,) in [0, 1]."""
        theta = 3 * math.pi * t.sqrt()
        return torch.stack([-theta * theta.cos(), theta * theta.sin()], 1) / 3

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and the arm of each, (count,)."""
        arm = torch.randint(2, (count,), generator=generator)
        base = self.path(torch.rand(count, generator=generator))
        base += self.BOX * torch.rand(count, 2, generator=generator)
        noise = self.noise * torch.randn(count, 2, generator=generator)
        return torch.where(arm[:, None] == 0, base, -base) + noise, arm

    def log_density(self, x: Tensor) -> Tensor:
        """Integrate over the share of the angle, θ / 3π, which has the density 2 share.

        x (n, 2) gives log p, (n,), in nats.
        """

        def path(share: Tensor) -> Tensor:
            return self.path(share.square())

        share, weights = gauss_legendre(curve_panels(path, self.noise))
        arm = path(share).to(x.device)
        log_weights = (share * weights).log().to(x.device)  # 2 share, and half for each arm

        def near(x: Tensor) -> Tensor:
            a, b = (box(c, self.BOX, self.noise) for c in _offsets(x, arm))
            return (a * b * log_weights.exp()).sum((0, 2))

        def far(x: Tensor) -> Tensor:
            a, b = (log_box(c, self.BOX, self.noise) for c in _offsets(x, arm))
            return (a + b + log_weights).logsumexp((0, 2))

        wide = x.double()
        p = in_pieces(near, wide, 4 * len(arm))
        log_p, tiny = p.clamp_min(TINY).log(), p <= TINY
        if tiny.any():
            log_p[tiny] = in_pieces(far, wide[tiny], 4 * len(arm))
        return log_p.to(x.dtype)


def _offsets(x: Tensor, arm: Tensor) -> list[Tensor]:
    """Return, for each axis, how far x and -x (n, 2) are from an arm's nodes, (2, n, k)."""
    both = torch.stack([x, -x])
    return [both[:, :, i, None] - arm[:, i] for i in range(2)]


class Circular(Toy):
    """Draw evenly on circles around 0 and add Gaussian noise."""

    radius: float = param(default=3.0, low=0.01, high=100.0, help="Radius of the largest circle.")
    noise: float = spread(0.1)

    @abstractmethod
    def radii(self) -> Tensor:
        """Return the radius of each circle, (k,), from the largest."""

    @property
    def grain(self) -> float:
        """The standard deviation of the noise."""
        return self.noise

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and the circle of each, (count,)."""
        radii = self.radii()
        circle = torch.randint(len(radii), (count,), generator=generator)
        angle = 2 * math.pi * torch.rand(count, generator=generator)
        places = radii[circle, None] * torch.stack([angle.cos(), angle.sin()], 1)
        return places + self.noise * torch.randn(count, 2, generator=generator), circle

    def log_density(self, x: Tensor) -> Tensor:
        """Return the log-density of x (n, 2) in nats, (n,): the mean of the circles' densities."""
        radii = self.radii().tolist()
        parts = torch.stack([log_ring(x, radius, self.noise) for radius in radii])
        return torch.logsumexp(parts, 0) - math.log(len(radii))


class Circles(Circular):
    """Draw two circles, one in the other.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Points (b, 2), labels 0 (outer) and 1 (inner) (b,).
    """

    synonyms = "toy data, 2d dataset, points, dataset, données jouets, jeu de données"
    title = "Circles"
    icon = "target"
    formula = r"x = R_k (\cos\theta, \sin\theta) + \sigma\epsilon,\quad R = (r, f r)"

    factor: float = param(default=0.5, low=0.0, high=1.0, help="Inner radius over outer radius.")
    noise: float = spread(0.24)

    def radii(self) -> Tensor:
        """Return the outer and the inner radius, (2,)."""
        return torch.tensor([self.radius, self.factor * self.radius])


class Rings(Circular):
    """Draw rings around each other, evenly spaced.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Points (b, 2), labels from the outermost ring, 0, inwards (b,).
    """

    synonyms = (
        "toy data, 2d dataset, concentric circles, points, dataset, cercles, données jouets, "
        "jeu de données"
    )
    title = "Rings"
    icon = "target"
    formula = r"x = R_k (\cos\theta, \sin\theta) + \sigma\epsilon,\quad R_k = r\,(1 - k/K)"

    count: int = param(default=4, low=1, high=100, unit="rings", help="Number of rings.")
    noise: float = spread(0.08)

    def radii(self) -> Tensor:
        """Return radius (1 - k / count) for k = 0, 1, ..., (count,)."""
        return self.radius * (1 - torch.arange(self.count) / self.count)

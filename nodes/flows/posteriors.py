"""Posteriors in the plane whose evidence and moments are known, by quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nodes.types import PortType

GRID = 401
"""Places along each axis at which a density is summed."""
PIECE = 20_000
"""Places at which a density is computed at once."""
LogJoint = Callable[[Tensor], Tensor]


class Grid(NamedTuple):
    """Places (n, 2), the steps between them (2,), the mass at each (n,), the log-evidence."""

    places: Tensor
    steps: Tensor
    masses: Tensor
    log_evidence: float


class Posterior:
    """A law of theta (b, 2) known up to a factor, log p(data, theta), with quadrature on a grid.

    The box must hold nearly all of the mass, and the grid must resolve its narrowest part.
    """

    port: ClassVar[PortType] = PortType(
        "Posterior",
        family="distribution",
        glyph="bell",
        help="A law of parameters, known up to a factor: log p(data, theta).",
        words="a posterior",
        still=True,
    )

    def __init__(self, log_joint: LogJoint, low: tuple[float, float], high: tuple[float, float]):
        self.log_joint, self.low, self.high = log_joint, low, high

    @cached_property
    def _grid(self) -> Grid:
        ends = zip(self.low, self.high, strict=True)
        axes = [torch.linspace(a, b, GRID, dtype=torch.float64) for a, b in ends]
        steps = torch.stack([axis[1] - axis[0] for axis in axes])
        places = torch.cartesian_prod(*axes)
        log_p = torch.cat([self.log_joint(part) for part in places.split(PIECE)])
        evidence = float(torch.logsumexp(log_p, 0) + steps.log().sum())
        return Grid(places, steps, torch.softmax(log_p, 0), evidence)

    @property
    def log_evidence(self) -> float:
        """Return log p(data) in nats, by quadrature on a grid."""
        return self._grid.log_evidence

    def log_prob(self, theta: Tensor) -> Tensor:
        """Return log p(theta | data) in nats, (b,), for theta (b, 2)."""
        return self.log_joint(theta) - self.log_evidence

    def moments(self) -> tuple[Tensor, Tensor]:
        """Return the mean and the standard deviations, (2,) in float64."""
        mean = self._grid.masses @ self._grid.places
        return mean, (self._grid.masses @ (self._grid.places - mean).square()).sqrt()

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Return draws (count, 2): cells of the grid by their mass, evenly within a cell."""
        cells = torch.multinomial(self._grid.masses, count, replacement=True, generator=generator)
        within = torch.rand(count, 2, generator=generator, dtype=torch.float64) - 0.5
        return (self._grid.places[cells] + within * self._grid.steps).float()


class Experiment(NamedTuple):
    """What was observed: inputs (n,) and outcomes (n,), 0 or 1."""

    x: Tensor
    y: Tensor


def observed(count: int) -> Experiment:
    """Return `count` outcomes of a logistic law with slope 2 and threshold 0.5, always the same."""
    stream = Generator().manual_seed(3)
    x = 3 * torch.randn(count, generator=stream, dtype=torch.float64)
    chance = torch.sigmoid(2 * (x - 0.5))
    return Experiment(x, (torch.rand(count, generator=stream) < chance).double())


def logistic(count: int) -> Posterior:
    """Return the posterior of bias and slope of a logistic regression; their prior is N(0, 3^2)."""
    data = observed(count)

    def log_joint(theta: Tensor) -> Tensor:
        x, y = data.x.to(theta), data.y.to(theta)
        logits = theta[:, :1] + theta[:, 1:] * x
        likelihood = (y * logits - F.softplus(logits)).sum(1)
        prior = -(theta / 3).square().sum(1) / 2 - math.log(2 * math.pi * 9)
        return likelihood + prior

    return Posterior(log_joint, (-14.0, -14.0), (14.0, 14.0))


def banana(count: int) -> Posterior:
    """Return the posterior of two numbers whose sum of theta_2 and theta_1^2 was observed.

    Each observation, all 0, is theta_2 + theta_1^2 - 2 with noise of deviation 2; the prior is
    N(0, 2^2).
    """

    def log_joint(theta: Tensor) -> Tensor:
        seen = theta[:, 1] + theta[:, 0].square() - 2
        likelihood = -count * (seen.square() / 8 + math.log(2 * math.sqrt(2 * math.pi)))
        prior = -(theta / 2).square().sum(1) / 2 - math.log(2 * math.pi * 4)
        return likelihood + prior

    return Posterior(log_joint, (-7.0, -14.0), (7.0, 10.0))


POSTERIORS: Mapping[str, Callable[[int], Posterior]] = {
    "banana": banana,
    "logistic regression": logistic,
}

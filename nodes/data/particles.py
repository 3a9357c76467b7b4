"""A few particles in the plane with a known energy, drawn from the Boltzmann law."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Generator, Tensor

from nodes.base import param
from nodes.data.base import Dataset, LabelledPoints, Loading, Split
from nodes.sentences import Part, say
from nodes.types import Frame

Potential = Literal["double well", "Lennard-Jones"]
CHAINS = 1024
"""Walks at once; each gives an item every `APART` sweeps."""
BURN_IN, APART = 600, 20
STRIDES = (0.25, 0.8, 2.5)
"""Widths of proposals, one after another: to settle, to move, to cross a barrier."""
TEST = 2
BLOCK = 100
"""Sweeps between two frames."""


def potential_param() -> Potential:
    """Declare the energy of a pair of particles by their distance."""
    return param(
        default="double well",
        help="Of a pair at distance d: 0.9 (d - 4)^4 - 4 (d - 4)^2, two distances that suit; or "
        "4 (d^-12 - d^-6) with a weak spring to the middle.",
    )


class Particles(Dataset):
    """Draw states of a few particles in the plane from the Boltzmann law of their energy.

    Equivariant Flows: Exact Likelihood Generative Learning for Symmetric Densities (Köhler, Klein &
    Noé, 2020), arXiv:2006.02425: four particles in the double well.

    Points (b, 2 n): the coordinates of particle after particle, their middle at 0; labels all 0. At
    temperature T a state has the density exp(-U / T) / Z. States come from many walks of Metropolis
    that take turns in three widths of step, made once when the set is loaded.
    """

    synonyms = (
        "molecules, physics, boltzmann, energy, double well, lennard-jones, metropolis, mcmc, "
        "particules, physique, énergie"
    )
    title = "Particles"
    icon = "atom"
    formula = r"p(x) \propto e^{-U(x) / T}, \qquad U = \sum_{i < j} u(|x_i - x_j|)"

    potential: Potential = potential_param()
    particles: int = param(default=4, low=2, high=32, unit="particles", help="How many.")
    temperature: float = param(
        default=1.0, low=0.01, high=100.0, title="Temperature", help="In units of the energy."
    )
    size: int = param(
        default=16_384, low=128, high=1_000_000, unit="states", help="States to train on."
    )
    test_size: int = param(
        default=4096, low=2, high=1_000_000, unit="states", title="Test states",
        help="States that views and measures see, from walks of their own.",
    )  # fmt: skip

    def loading(self) -> Loading:
        """Draw the states, (size, 2 n) and (test_size, 2 n), by Metropolis walks.

        Equation of State Calculations by Fast Computing Machines (Metropolis et al., 1953),
        doi:10.1063/1.1699114.
        """
        parts: list[Tensor] = []
        for number, count in enumerate((self.size, self.test_size)):
            walk = _Walk(self, count, self.generator(TEST, number, self.seed or 0))
            yield from walk.run()
            parts.append(walk.states)
        labels = [torch.zeros(len(part), dtype=torch.int64) for part in parts]
        return Split(parts[0], labels[0], parts[1], labels[1])

    def energy(self, x: Tensor) -> Tensor:
        """Return U of states x (..., n, 2), (...)."""
        return energy(x, self.potential)

    def item_shape(self) -> tuple[int, ...]:
        """Return (2 n,): two coordinates of each particle."""
        return (2 * self.particles,)

    def peek(self) -> int:
        return self.size

    def pack(self, items: Tensor, labels: Tensor) -> LabelledPoints:
        """Return points (b, 2 n) and labels (b,), all 0."""
        return LabelledPoints(items, labels)

    def forward(self) -> LabelledPoints:
        """Return the next batch of states, points (b, 2 n)."""
        return self.next_batch()

    def sign(self) -> Part:
        return say("{n} particles, T {t}", n=self.particles, t=self.temperature)


class _Walk:
    """Many walks of Metropolis at once, of which states are kept now and then."""

    def __init__(self, law: Particles, count: int, stream: Generator) -> None:
        self.law, self.count, self.stream = law, count, stream
        self.chains = min(CHAINS, count)
        self.x = 3.0 * torch.randn(self.chains, law.particles, 2, generator=stream)
        self.u = law.energy(self.x)
        self.states = torch.empty(0)

    def run(self) -> Loading:
        kept = math.ceil(self.count / self.chains)
        sweeps = BURN_IN + APART * (kept - 1)
        found: list[Tensor] = []
        for sweep in range(1, sweeps + 1):
            self._sweep(STRIDES[sweep % len(STRIDES)])
            if sweep >= BURN_IN and (sweep - BURN_IN) % APART == 0:
                found.append(centred(self.x).flatten(1))
            if sweep % BLOCK == 0:
                yield Frame(sweep, sweeps)
        self.states = torch.cat(found)[: self.count].clone()
        return Split(*4 * (self.states,))

    def _sweep(self, width: float) -> None:
        """Propose to move one particle of each walk."""
        rows = torch.arange(self.chains)
        which = torch.randint(self.law.particles, (self.chains,), generator=self.stream)
        moved = self.x.clone()
        moved[rows, which] += width * torch.randn(self.chains, 2, generator=self.stream)
        u = self.law.energy(moved)
        chance = torch.rand(self.chains, generator=self.stream)
        taken = chance < torch.exp((self.u - u) / self.law.temperature)
        self.x = torch.where(taken[:, None, None], moved, self.x)
        self.u = torch.where(taken, u, self.u)


def centred(x: Tensor) -> Tensor:
    """Return states (..., n, 2) with their middle at 0."""
    return x - x.mean(-2, keepdim=True)


def distances(x: Tensor) -> Tensor:
    """Return the distances of all pairs, (..., n (n - 1) / 2), of states (..., n, 2)."""
    i, j = torch.triu_indices(x.shape[-2], x.shape[-2], 1, device=x.device)
    return (x[..., i, :] - x[..., j, :]).norm(dim=-1)


def energy(x: Tensor, potential: Potential) -> Tensor:
    """Return the energy of states x (..., n, 2), (...): that of all pairs and of the spring."""
    return _OF_PAIRS[potential](distances(x)).sum(-1) + _SPRING[potential] * centred(
        x
    ).square().sum((-2, -1))


def _double_well(d: Tensor) -> Tensor:
    away = (d - 4.0).square()
    return 0.9 * away.square() - 4.0 * away


def _lennard_jones(d: Tensor) -> Tensor:
    six = d.clamp_min(0.3).pow(-6)
    return 4.0 * (six.square() - six)


_OF_PAIRS: Mapping[Potential, Callable[[Tensor], Tensor]] = {
    "double well": _double_well,
    "Lennard-Jones": _lennard_jones,
}
_SPRING: Mapping[Potential, float] = {"double well": 0.0, "Lennard-Jones": 0.5}

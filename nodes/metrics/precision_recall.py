"""Quality and diversity as separate figures: precision, recall, density, coverage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.base import param
from nodes.metrics.comparison import Comparison
from nodes.metrics.gathering import count_param
from nodes.types import Measured

ROWS = 1000
"""Rows of distances held at once."""


class PrecisionRecall(Comparison):
    """Measure how many generated items are like real ones, and how many real ones are reached.

    Reliable Fidelity and Diversity Metrics for Generative Models (Naeem, Oh, Uh, Choi & Yoo, 2020),
    arXiv:2002.09797; precision and recall by Kynkäänniemi et al. (2019), arXiv:1904.06991.

    Around each item lies a ball that reaches to its k-th neighbour. The value is `precision`: the
    share of generated items in the ball of some real one. `recall`: of real items in the ball of a
    generated one. `density` counts in how many balls, over k. `coverage`: the share of real items
    whose ball holds a generated one. Of two samples of the same law density is 1 and coverage
    1 - 2^-k.
    """

    synonyms = (
        "fidelity and diversity, density, coverage, quality, evaluation, fidélité, diversité, "
        "qualité, évaluation"
    )
    title = "Precision & recall"
    formula = (
        r"\frac{1}{m} \sum_j \mathbf{1}\left[y_j \in \bigcup_i B(x_i, \mathrm{NND}_k(x_i))\right]"
    )
    icon = "target"
    better = "more"
    floored = False

    count: int = count_param(3000)
    k: int = param(default=5, low=1, high=100, help="Each ball reaches to the k-th neighbour.")

    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Return precision, recall, density and coverage of fake (m, d) against real (n, d)."""
        k = min(self.k, len(real) - 1, len(fake) - 1)
        found = coverage(real, fake, k)
        return Measured(found.precision, found._asdict())

    def sign(self) -> str:
        return f"k {self.k}"


class Coverage(NamedTuple):
    """The four shares of one comparison."""

    precision: float
    recall: float
    density: float
    coverage: float


def coverage(real: Tensor, fake: Tensor, k: int) -> Coverage:
    """Return precision, recall, density and coverage of fake (m, d) against real (n, d)."""
    reach_real, reach_fake = radii(real, k), radii(fake, k)
    balls = torch.zeros(len(fake), dtype=torch.int64, device=real.device)  # a fake item lies in
    covered, recalled = [], []
    for distances, reach in zip(rows(real, fake), reach_real.split(ROWS), strict=True):
        inside = distances <= reach[:, None]
        balls += inside.sum(0)
        covered.append(inside.any(1))
        recalled.append((distances <= reach_fake).any(1))
    shares = (balls > 0), torch.cat(recalled), balls.double() / k, torch.cat(covered)
    return Coverage(*(share.double().mean().item() for share in shares))


def radii(x: Tensor, k: int) -> Tensor:
    """Return the distance from each item to its k-th neighbour, itself not counted, (n,)."""
    return torch.cat([d.kthvalue(k + 1, dim=1).values for d in rows(x, x)])


def rows(x: Tensor, y: Tensor) -> Iterator[Tensor]:
    """Yield the distances (r, m) from some items of x (n, d) at a time to all of y (m, d)."""
    for part in x.split(ROWS):
        yield torch.cdist(part, y)

"""Wasserstein distances: exact between samples, and along random lines."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from nodes.base import param
from nodes.metrics.comparison import Comparison
from nodes.metrics.gathering import count_param
from nodes.sentences import Sentence, Word, say
from nodes.types import Measured

LINES = 64
"""Projections held at once."""


class Wasserstein(Comparison):
    """Measure how far generated items must be moved, at the least, to become the real ones.

    Computational Optimal Transport (Peyré & Cuturi, 2019), arXiv:1803.00567; sliced by Sliced and
    Radon Wasserstein Barycenters of Measures (Bonneel et al., 2015),
    doi:10.1007/s10851-014-0506-3.

    Exact: the optimal plan between the two samples, in time that grows with the cube of the count;
    in one dimension by sorting. Sliced: the mean over random lines of the distance along them,
    quick in any dimension, smaller than the exact one. The value is the distance itself, the p-th
    root. Samples of the same law are some way apart too, the `floor`: in `floors` a perfect model
    has 1.
    """

    synonyms = (
        "earth mover's distance, emd, w1, w2, optimal transport, sliced, distance du "
        "terrassier, transport optimal"
    )
    formula = r"W_p(\mu, \nu) = \left(\min_\pi \int \|x - y\|^p \, d\pi(x, y)\right)^{1/p}"
    icon = "move"
    better = "less"

    count: int = count_param(1000)
    method: Literal["exact", "sliced"] = param(
        default="exact", help="The optimal plan, or the mean over random lines."
    )
    order: int = param(default=2, low=1, high=8, title="Order p", help="Power of the distance.")
    lines: int = param(
        default=256, low=1, high=100_000, unit="lines", help="Random lines of the sliced distance."
    )
    show: Literal["distance", "floors"] = param(
        default="distance",
        help="The distance, or how many times it is that of training items from test items.",
    )

    in_floors = True

    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Return W_p, in the unit of the data, of real (n, d) and fake (m, d)."""
        if real.shape[1] == 1:
            return Measured(along_a_line(real.T, fake.T, self.order).pow(1 / self.order).item())
        return Measured(_METHODS[self.method](self, real, fake))

    def _exact(self, real: Tensor, fake: Tensor) -> float:
        return exact_wasserstein(real, fake, self.order)

    def _sliced(self, real: Tensor, fake: Tensor) -> float:
        return sliced_wasserstein(real, fake, self.order, self.lines)

    def told(self, measured: Measured, dims: int) -> Measured:
        """Return the distance, or the distance over its floor, as `show` selects."""
        floors = measured.others.get("floors")
        if self.show == "distance" or floors is None:
            return measured
        others = {k: v for k, v in measured.others.items() if k != "floors"}
        return Measured(floors, {"distance": measured.value} | others, say("floors"))

    def sign(self) -> Sentence:
        return say("{method} W{order}", method=Word(self.method), order=self.order)


_METHODS: dict[str, Callable[[Wasserstein, Tensor, Tensor], float]] = {
    "exact": Wasserstein._exact,
    "sliced": Wasserstein._sliced,
}


def exact_wasserstein(x: Tensor, y: Tensor, p: int) -> float:
    """Return W_p between samples x (n, d) and y (m, d) by the network simplex."""
    import ot  # takes a second, and most graphs need it never

    cost = torch.cdist(x, y).pow(p).cpu().numpy()
    return float(ot.emd2([], [], cost, numItermax=10_000_000)) ** (1 / p)


def sliced_wasserstein(x: Tensor, y: Tensor, p: int, lines: int) -> float:
    """Return the sliced W_p of x (n, d) and y (m, d) along random lines.

    It is the p-th mean of the distances along `lines` of them.
    """
    total = torch.zeros((), dtype=x.dtype, device=x.device)
    for first in range(0, lines, LINES):
        count = min(LINES, lines - first)
        way = torch.randn(x.shape[1], count, dtype=x.dtype, device=x.device)
        way = way / way.norm(dim=0)
        total += along_a_line((x @ way).T, (y @ way).T, p).sum()
    return float(total / lines) ** (1 / p)


def along_a_line(x: Tensor, y: Tensor, p: int) -> Tensor:
    """Return W_p^p of samples x (l, n) and y (l, m) on each of l lines.

    On a line the optimal plan pairs equal ranks. Samples of different sizes are compared on the
    pieces between all ranks.
    """
    x, y = x.sort(1).values, y.sort(1).values
    n, m = x.shape[1], y.shape[1]
    if n == m:
        return (x - y).abs().pow(p).mean(1)
    # edges of the steps of both quantile functions, in units of 1 / lcm
    common = math.lcm(n, m)
    edges = torch.cat([torch.arange(0, common, common // n), torch.arange(0, common, common // m)])
    edges = torch.cat([edges.unique(), torch.tensor([common])]).to(x.device)
    starts, widths = edges[:-1], edges.diff().double() / common
    gaps = x[:, starts * n // common] - y[:, starts * m // common]
    return gaps.abs().pow(p) @ widths.to(gaps)

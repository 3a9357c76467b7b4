"""Densities of numbers, bin by bin."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.types import Points, Values

MOST = 1_000_000
"""Numbers whose quantiles are taken; torch takes no more than 16 million."""


class Binned(NamedTuple):
    """The density of each law in each bin, and the middles of the bins; all (bins,)."""

    first: Values
    second: Values
    middles: Values


class Histograms(Node):
    """Count how often numbers of two laws fall into each of some bins, as densities.

    `first` and `second` (bins,) integrate to the share of the numbers that lies between the ends;
    these are quantiles of the first law, so that a few stray numbers of the second do not stretch
    the picture.
    """

    synonyms = "distribution, density, bins, frequency, histogramme, densité, fréquence"
    title = "Histograms"
    icon = "chart-column"
    formula = r"h_k = \frac{\#\{i : x_i \in B_k\}}{n\, |B_k|}"
    unreached = EVERY

    bins: int = param(default=60, low=2, high=1000, unit="bins", help="How many.")
    beyond: float = param(
        default=0.002, low=0.0, high=0.4, help="Share of the first law left out at each end."
    )

    def forward(self, first: Points, second: Points) -> Binned:
        """Return the densities of the numbers of first (n, ...) and of second (m, ...)."""
        a, b = (x.detach().double().flatten().cpu() for x in (first, second))
        low, high = torch.quantile(a[:MOST], torch.tensor([self.beyond, 1 - self.beyond]).double())
        low, high = low.item(), max(high.item(), low.item() + 1e-6)
        edges = torch.linspace(low, high, self.bins + 1, dtype=torch.float64)
        wide = (high - low) / self.bins
        counts = (torch.histogram(x, edges).hist / (len(x) * wide) for x in (a, b))
        one, other = (c.float() for c in counts)
        return Binned(one, other, ((edges[1:] + edges[:-1]) / 2).float())

    def sketch(self, first: Tensor, second: Tensor) -> Binned:
        bins = first.new_empty(self.bins)
        return Binned(bins, bins, bins)

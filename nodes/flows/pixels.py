"""Dequantisation and logits: from grey levels to real numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import param
from nodes.data.pixels import RANGES, PixelRange
from nodes.errors import InputRefused
from nodes.flows.base import Bijection, FlowStep, Layer
from nodes.sentences import Part, rounded, say
from nodes.types import Range, Shape

SLACK = 1e-3
"""How far from a grey level a number may lie, in levels."""


class DequantizeMap(Bijection):
    """y = (level + u) / levels with u from U(0, 1): a density of y is a probability of the level.

    Back, the noise is cut off. No bijection in the strict sense: `forward` draws, and its
    log|det| makes of log p(y) a lower bound of log P(level), tight where p is flat in a cell.
    """

    def __init__(self, levels: int, among: Range) -> None:
        super().__init__()
        self.levels, self.among = levels, among
        self.looked = False

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return y in [0, 1), shaped as x (b, ...), and log|det| = -d log(levels), ().

        Raise `InputRefused` where the first training batch does not consist of grey levels.
        """
        low, high = self.among
        level = (x - low) / (high - low) * (self.levels - 1)
        if self.training and not self.looked:
            self._must_be_grey_levels(level)
        y = (level.round() + torch.rand_like(x)) / self.levels
        return y, -x[0].numel() * math.log(self.levels) * x.new_ones(())

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the grey level of each number in the range of the data, and d log(levels), ().

        Numbers outside of [0, 1] go to the first or the last level.
        """
        low, high = self.among
        level = (z * self.levels).floor().clamp(0, self.levels - 1)
        x = low + level / (self.levels - 1) * (high - low)
        return x, z[0].numel() * math.log(self.levels) * z.new_ones(())

    def _must_be_grey_levels(self, level: Tensor) -> None:
        """Refuse a first batch that does not consist of grey levels."""
        self.looked = True
        off = (level - level.round().clamp(0, self.levels - 1)).abs().max().item()
        if off > SLACK:
            raise InputRefused(
                "Dequantize needs {levels} grey levels from {low} to {high}; values are up to "
                "{off} levels off.",
                "Set its levels and its range to those of the data.",
                levels=self.levels,
                low=self.among.low,
                high=self.among.high,
                off=rounded(off, 2),
            )


class Dequantize(Layer):
    """Spread each grey level evenly over its cell, so that a density can be learned.

    A note on the evaluation of generative models (Theis, van den Oord & Bethge, 2016),
    arXiv:1511.01844.

    Stands last, next to the images, and gives numbers in [0, 1] to the layers before it. The
    negative log-likelihood beyond it is that of the levels themselves (an upper bound of it), which
    divided by dimensions and ln 2 is the "bits per dimension" of papers.
    """

    synonyms = (
        "dequantization, uniform noise, grey levels, bruit uniforme, déquantification, niveaux "
        "de gris"
    )
    formula = (
        r"y = \frac{k + u}{K}, \quad u \sim \mathcal{U}(0, 1), \qquad"
        r" \log P(k) \ge \mathbb{E} \log \frac{p(y)}{K^d}"
    )
    icon = "grid-3x3"

    levels: int = param(
        default=256, low=2, high=65536, unit="levels", help="Grey levels of the data (K)."
    )
    range: PixelRange = param(default="[0, 1]", help="Where the data's pixel values lie.")

    def steps(self, shape: Shape) -> Sequence[FlowStep]:
        """Return the one step, which has no weights."""
        return [DequantizeMap(self.levels, RANGES[self.range])]

    def sign(self) -> Part:
        return say("{n} levels", n=self.levels)


class LogitMap(Bijection):
    """z = logit(margin + (1 - 2 margin) x)."""

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits, shaped as x (b, ...), and log|det dz/dx|, (b,)."""
        p = self.margin + (1 - 2 * self.margin) * x
        log_p, log_q = p.log(), torch.log1p(-p)
        return log_p - log_q, self._log_det(log_p, log_q)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return numbers shaped as z (b, ...), and log|det dx/dz|, (b,).

        They lie within [0, 1] but for a margin / (1 - 2 margin) on either side.
        """
        x = (torch.sigmoid(z) - self.margin) / (1 - 2 * self.margin)
        return x, -self._log_det(F.logsigmoid(z), F.logsigmoid(-z))

    def _log_det(self, log_p: Tensor, log_q: Tensor) -> Tensor:
        return (math.log(1 - 2 * self.margin) - log_p - log_q).flatten(1).sum(1)


class Logit(Layer):
    """Stretch numbers in [0, 1] over the whole line.

    Density estimation using Real NVP (Dinh, Sohl-Dickstein & Bengio, 2017), section 4.1,
    arXiv:1605.08803.

    Stands before Dequantize. The margin keeps 0 and 1 from infinity: RealNVP has 0.05, MAF 1e-6.
    """

    synonyms = "sigmoid inverse, preprocessing, inverse sigmoïde, prétraitement"
    formula = r"z = \mathrm{logit}(\alpha + (1 - 2\alpha)\,x)"
    icon = "function-square"

    margin: float = param(
        default=0.05, low=1e-7, high=0.49, title="Margin α", help="Room left at 0 and at 1."
    )

    def steps(self, shape: Shape) -> Sequence[FlowStep]:
        """Return the one step, which has no weights."""
        return [LogitMap(self.margin)]

    def sign(self) -> Part:
        return say("α {margin}", margin=self.margin)

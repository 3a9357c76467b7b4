"""The bias of Langevin sampling by the length of its steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.base import Source, param
from nodes.data.toys import Gaussians
from nodes.diffusion.levels import CLEAN
from nodes.score.exact_score import MixtureScore, mixture_behind
from nodes.score.langevin import GuidedDrift, LangevinState, adjusted, unadjusted
from nodes.score.langevin_sampler import SHARES, Convention
from nodes.sentences import Part, say
from nodes.types import Frame, Points, Stream, Values

SETTLED = 6.0
"""Relaxation times that a walk is given: what it began with is down to exp(-12) of the variance."""


class Biases(NamedTuple):
    """The variance that steps leave, in units of the data's, at each step length eta; all (k,)."""

    eta: Values
    unadjusted: Values
    adjusted: Values
    law: Values


class BiasAgainstStep(Source):
    """Measure what variance Langevin's steps of several lengths leave of the data.

    Exponential convergence of Langevin distributions and their discrete approximations (Roberts &
    Tweedie, 1996), doi:10.2307/3318418.

    `points` come from a Gaussian or a mixture, whose score is exact: all that is wrong comes from
    the steps. With x + eta/2 s + sqrt(eta) eps on N(0, 1) the `law` is 1 / (1 - eta/4), and from
    eta = 4 on the walk explodes; `adjusted` by Metropolis and Hastings it leaves 1. Of a mixture no
    law is known. All in units of the data's variance, the mean over its axes.
    """

    synonyms = (
        "ula, mala, step size, discretization error, langevin, taille du pas, erreur de "
        "discrétisation"
    )
    title = "Bias against η"
    formula = r"\mathrm{Var}[x_\infty] = \frac{1}{1 - \eta / 4}, \qquad x \sim \mathcal{N}(0, 1)"
    icon = "chart-spline"

    convention: Convention = param(
        default="x + η/2 s + √η ε", help="How a step is written: both are one for η twice as large."
    )
    least: float = param(default=0.05, low=1e-3, high=1e3, help="The shortest step.")
    largest: float = param(default=3.0, low=1e-2, high=1e4, help="The longest step.")
    values: int = param(
        default=9, low=2, high=100, help="How many lengths, each the same factor from the next."
    )
    count: int = param(default=4000, low=10, high=1_000_000, unit="points", help="How many walk.")

    def forward(self, points: Stream[Points]) -> Iterator[Frame[Biases]]:
        """Measure one step length after another; yield a frame each, NaN for lengths to come.

        Raise `InputRefused` where the points (b, d) do not come from a Gaussian or a mixture.
        """
        law = mixture_behind(points)
        eta = torch.logspace(math.log10(self.least), math.log10(self.largest), self.values)
        found = Biases(eta, *(torch.full_like(eta, math.nan) for _ in range(3)))
        for k, step in enumerate(eta.tolist()):
            a = SHARES[self.convention] * step
            for method, column in ((unadjusted, found.unadjusted), (adjusted, found.adjusted)):
                column[k] = self._variance(law, method, a)
            found.law[k] = law_of(law, a)
            yield Frame(k + 1, self.values, found)

    def sketch(self, points: Stream[Tensor]) -> Biases:
        mixture_behind(points)
        return Biases(*(torch.empty(self.values) for _ in Biases._fields))

    def _variance(self, law: Gaussians, method: Any, a: float) -> Tensor:
        """Return the variance that is left, in units of the data's; not a number if it explodes."""
        slope = GuidedDrift(MixtureScore(law))
        v, axes = torch.linalg.eigh(law.covariance)
        mode = torch.multinomial(law.shares, self.count, replacement=True)
        x = law.centres[mode] + torch.randn(self.count, len(v)) * v.sqrt() @ axes.T
        walker = LangevinState(x, slope(x, CLEAN))
        for _ in range(math.ceil(SETTLED * float(v.max()) / a)):
            walker = method(walker, partial(slope, level=CLEAN), a, torch.randn_like)
        left = variances(walker.x, axes) / variances(x, axes)
        return left.mean() if bool(left.isfinite().all()) else left.new_tensor(math.nan)

    def sign(self) -> Part:
        return say("η {least} – {largest}", least=self.least, largest=self.largest)


def law_of(law: Gaussians, a: float) -> float:
    """Return the variance that Langevin steps leave of a Gaussian, in units of its own.

    The steps are x + a s + sqrt(2 a) eps; NaN for a mixture, infinite where they diverge.
    """
    if len(law.centres) > 1:
        return math.nan
    v = torch.linalg.eigvalsh(law.covariance)
    return float((1 / (1 - a / (2 * v)).clamp(min=0)).mean())


def variances(x: Tensor, axes: Tensor) -> Tensor:
    """Return the variance of points x (b, d) along each column of `axes` (d, k): (k,)."""
    return (x @ axes).var(0)

"""The exact score of mixtures of Gaussians."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nodes.base import Node
from nodes.data.toys import Gaussians, Toy
from nodes.diffusion.base import Predicts
from nodes.diffusion.schedules import Schedule, expand
from nodes.errors import InputRefused
from nodes.types import Denoiser, Points, Shape, Stream


class MixtureScore(nn.Module):
    """The score of a mixture of Gaussians with the noise of a schedule, called like a network.

    x_t = alpha x_0 + sigma eps is a mixture again, of N(alpha c_k, alpha^2 C + sigma^2 I).
    """

    predicts: ClassVar[Predicts] = "score"
    classes = 0

    def __init__(self, mixture: Gaussians, schedule: Schedule | None = None) -> None:
        super().__init__()
        variances, self.axes = torch.linalg.eigh(mixture.covariance)
        self.centres, self.variances = mixture.centres @ self.axes, variances
        self.log_shares = mixture.shares.log()
        self.schedule = schedule
        self.built = {"x": Shape(mixture.centres.shape[1:])}

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the gradient of log p_t at x (b, d), which comes as networks are shown it."""
        x_t, centres, variances = self._at(x, t)
        which = torch.softmax(self._log_parts(x_t, centres, variances), 1)  # (b, k)
        mean = (which[:, :, None] * centres).sum(1)
        return ((mean - x_t) / variances) @ self.axes.to(x).T

    def log_density(self, x: Tensor, t: Tensor) -> Tensor:
        """Return log p_t at x, (b,), but for a constant of the time."""
        return torch.logsumexp(self._log_parts(*self._at(x, t)), 1)

    def _at(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_t, centres (b or 1, k, d) and variances (b or 1, d) along the axes of C."""
        axes, centres, variances = (v.to(x) for v in (self.axes, self.centres, self.variances))
        if self.schedule is None:
            return x @ axes, centres[None], variances[None]
        alpha, sigma = (expand(part(t), x) for part in (self.schedule.alpha, self.schedule.sigma))
        size = 1.0 if self.schedule.preserves_variance else torch.hypot(alpha, sigma)
        noisy = (alpha**2 * variances + sigma**2).expand(len(x), -1)
        return (size * x) @ axes, alpha[..., None] * centres, noisy

    def _log_parts(self, x: Tensor, centres: Tensor, variances: Tensor) -> Tensor:
        squares = (x[:, None] - centres).square() / variances[:, None]
        return self.log_shares.to(x) - 0.5 * squares.sum(2)


class ExactScore(Node):
    """Give the exact score of data that are a mixture of Gaussians, in a network's place.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456.

    `points` come from a Gaussian or a mixture of the toys. With a schedule the score is that of
    data with the noise of each time; without, that of the data at all times. `score` can take the
    place of a trained denoiser: the error is then that of the sampler alone.
    """

    synonyms = (
        "true score, analytic score, gaussian mixture, gradient of log density, vrai score, "
        "mélange, gradient de la densité"
    )
    title = "Exact score"
    formula = (
        r"\nabla_x \log p_t(x) = \sum_k w_k(x)\,"
        r"\frac{\alpha_t \mu_k - x}{\alpha_t^2 s^2 + \sigma_t^2}"
    )
    icon = "compass"
    returns = "score"

    def forward(self, points: Stream[Points], schedule: Schedule | None = None) -> Denoiser:
        """Return the score as a network: x (b, d) and t (b,) or () → (b, d).

        Raise `InputRefused` where `points` do not come from a Gaussian or a mixture of Gaussians.
        """
        return MixtureScore(mixture_behind(points), schedule)


def mixture_behind(stream: Stream[Any]) -> Gaussians:
    """Return the Gaussians that a stream's points are drawn from, or raise `InputRefused`."""
    toys = [m for m in stream.modules if isinstance(m, Toy)]
    found = toys[0].gaussians() if len(toys) == 1 else None
    if found is None:
        raise InputRefused(
            "{points} must come from one Gaussian or mixture of Gaussians: others have no "
            "score that is known at all levels of noise.",
            "Take a ring of Gaussians, or train a network by a loss.",
        )
    return found

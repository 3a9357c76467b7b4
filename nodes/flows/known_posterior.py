"""Posteriors with a known evidence, the loss of variational inference, and its error."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import torch
from torch import Generator, Tensor

from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused
from nodes.flows.base import Flow
from nodes.flows.posteriors import POSTERIORS, Posterior
from nodes.sentences import Part, Word, say
from nodes.types import Loss, Measured, Points, Scalar


class Known(NamedTuple):
    """The posterior, and draws from it, (draws, 2)."""

    posterior: Posterior
    points: Points


class KnownPosterior(Node):
    """Give a posterior of two parameters whose evidence is known by quadrature.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    Logistic regression: bias and slope, prior N(0, 3^2), from so many outcomes of a law with slope
    2. Banana: two numbers with the prior N(0, 2^2), of which theta_2 + theta_1^2 - 2 was seen to be
    0 with noise of deviation 2. `points` (draws, 2) are exact draws, the same each time.
    """

    synonyms = (
        "bayes, bayesian inference, variational inference, target density, energy, inférence "
        "bayésienne, loi a posteriori"
    )
    title = "Known posterior"
    formula = r"p(\theta | D) = \frac{p(D | \theta)\, p(\theta)}{p(D)}"
    icon = "mountain"
    unreached = EVERY

    of: Literal["banana", "logistic regression"] = param(
        default="banana", title="Of", help="What was observed."
    )
    observations: int = param(
        default=4, low=1, high=100, unit="items", help="The more, the narrower the posterior."
    )
    draws: int = param(default=1000, low=1, high=1_000_000, unit="points", help="To look at.")

    def __init__(self, **given: Any) -> None:
        self._made: Known | None = None
        super().__init__(**given)

    def forward(self) -> Known:
        """Return the posterior and its draws; the draws are the same at each pull."""
        if self._made is None:
            posterior = POSTERIORS[self.of](self.observations)
            self._made = Known(posterior, posterior.draw(self.draws, Generator().manual_seed(1)))
        return Known(self._made.posterior, self._made.points.to(self.device))

    def sketch(self) -> Known:
        return Known(
            POSTERIORS[self.of](self.observations), torch.empty(self.draws, 2, device=self.device)
        )

    def changed(self, name: str) -> None:
        self._made = None

    def sign(self) -> Part:
        return say("{of}, {n}", of=Word(self.of), n=self.observations)


class Bound(NamedTuple):
    """The loss and its negative, the bound of the log-evidence: scalars, in nats."""

    loss: Loss
    elbo: Scalar


class ReverseKL(Node):
    """Compare a flow with a posterior by the flow's own draws: the loss of variational inference.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    `loss` is the mean of log q(theta) - log p(D, theta) over draws of the flow, -log p(D) at the
    least: KL(q || p) is what lies between. No data are drawn from p. Where p has several modes q
    may choose one of them.
    """

    synonyms = (
        "variational inference, elbo, evidence lower bound, exclusive kl, mode seeking, inférence "
        "variationnelle"
    )
    title = "Reverse KL"
    formula = r"\mathbb{E}_{\theta \sim q}\left[\log q(\theta) - \log p(D, \theta)\right]"
    icon = "sigma"
    measured_in = "nats"

    count: int = param(default=256, low=1, high=1_000_000, unit="draws", help="Draws a step.")

    def forward(self, flow: Flow, posterior: Posterior) -> Bound:
        """Return the loss over `count` draws of the flow, a scalar in nats.

        Raise `InputRefused` where the flow is not of points in the plane.
        """
        theta, log_q = drawn(flow, self.count, self.device)
        loss = (log_q - posterior.log_joint(theta)).mean()
        return Bound(loss, -loss.detach())

    def sketch(self, flow: Flow, posterior: Any) -> Bound:
        _must_be_in_the_plane(flow)
        number = torch.empty((), device=self.device)
        return Bound(number, number)


class PosteriorGap(Node):
    """Measure KL(q || p) of a flow to a posterior whose evidence is known, and how moments miss.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    The value is the mean of log q - log p over draws of the flow, in nats, `error` its standard
    error. `mean off` is how far the means lie apart, in standard deviations of the posterior, the
    worse of both parameters; `spread` the ratio of standard deviations, flow over posterior, the
    one farther from 1.
    """

    synonyms = "kl divergence, variational gap, elbo gap, écart, divergence"
    title = "Posterior gap"
    formula = r"\mathrm{KL}(q\,\|\,p) = \log p(D) - \mathrm{ELBO}"
    icon = "ruler"
    role = "metric"
    better = "less"

    count: int = param(default=20_000, low=2, high=10_000_000, unit="draws", help="Draws of q.")

    def forward(self, flow: Flow, posterior: Posterior) -> Measured:
        """Return the mean of log q - log p in nats, with its standard error and errors of moments.

        Raise `InputRefused` where the flow is not of points in the plane.
        """
        with torch.no_grad():
            theta, log_q = drawn(flow, self.count, self.device)
            apart = (log_q - posterior.log_prob(theta)).double()
        mean, sd = posterior.moments()
        own = theta.double().cpu()
        off = ((own.mean(0) - mean) / sd).abs().max().item()
        ratios = own.std(0) / sd
        others = {
            "error": apart.std().item() / math.sqrt(self.count),
            "mean off": off,
            "spread": ratios[ratios.log().abs().argmax()].item(),
            "log evidence": posterior.log_evidence,
        }
        return Measured(apart.mean().item(), others, "nats")

    def sketch(self, flow: Flow, posterior: Any) -> None:
        _must_be_in_the_plane(flow)


def drawn(flow: Flow, count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return draws of a flow (count, 2) and their log-density under it, with gradients."""
    z = flow.law.draw(count, flow.item.numel, generator=None, device=device)
    theta, log_det = flow.inverse(z)
    return theta, flow.law.log_prob(z).sum(1) - log_det


def _must_be_in_the_plane(flow: Flow) -> None:
    if flow.item.numel != 2:
        raise InputRefused(
            "The posterior has 2 parameters; the flow is of {found}.",
            "Set the shape of the base law to 2.",
            found=flow.item.numel,
        )

"""The loss of a denoiser: the error of its prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.diffusion.base import Predicts, denoiser
from nodes.diffusion.conditioning import conditions_of, drop_conditions, drop_param
from nodes.diffusion.contexts import Context, rows_of
from nodes.diffusion.schedules import Schedule, expand
from nodes.errors import InputRefused
from nodes.sentences import Part, Word
from nodes.types import Batch, Denoiser, Gaussian, Images, Labels, Loss, Shape, TextVectors

Weight = Literal["simple", "min-SNR", "likelihood"]
Times = Literal["stratified", "uniform", "logit-normal"]
Axis = Literal["continuous", "discrete"]
Origin = Literal["own", "pooled"]


class Noised(NamedTuple):
    """A batch on its way to noise: x_t = alpha x_0 + sigma eps, alpha and sigma (b, 1, ...)."""

    x_0: Tensor
    eps: Tensor
    alpha: Tensor
    sigma: Tensor

    @property
    def size(self) -> Tensor:
        """Return sqrt(alpha^2 + sigma^2), (b, 1, ...)."""
        return torch.hypot(self.alpha, self.sigma)

    @property
    def v(self) -> Tensor:
        """Return (alpha eps - sigma x_0) / sqrt(alpha^2 + sigma^2), shaped as x_0 (b, ...)."""
        return (self.alpha * self.eps - self.sigma * self.x_0) / self.size

    @property
    def x_t(self) -> Tensor:
        """Return alpha x_0 + sigma eps, shaped as x_0 (b, ...)."""
        return self.alpha * self.x_0 + self.sigma * self.eps


class Target(NamedTuple):
    """What a prediction should be; its error, times `unit`, is what is squared.

    All take a noised batch and give (b, ...) or (b, 1, ...). Times `to_eps` besides, it is an error
    of eps. `unit` None: 1.
    """

    value: Callable[[Noised], Tensor]
    to_eps: Callable[[Noised], Tensor]
    unit: Callable[[Noised], Tensor] | None = None


TARGETS: dict[str, Target] = {
    "noise": Target(lambda n: n.eps, lambda n: torch.ones_like(n.sigma)),
    "data": Target(lambda n: n.x_0, lambda n: n.alpha / n.sigma),
    "v": Target(lambda n: n.v, lambda n: n.alpha / n.size),
    "score": Target(
        lambda n: -n.eps / n.sigma, lambda n: torch.ones_like(n.sigma), lambda n: n.sigma
    ),
}


def _min_snr(n: Noised, diffusion: Callable[[], Tensor], gamma: float) -> Tensor:
    return (gamma * (n.sigma / n.alpha).square()).clamp(max=1)


def _likelihood(n: Noised, diffusion: Callable[[], Tensor], gamma: float) -> Tensor:
    return diffusion() / (2 * n.sigma.square())


WEIGHTS: dict[str, Callable[[Noised, Callable[[], Tensor], float], Tensor]] = {
    "min-SNR": _min_snr,
    "likelihood": _likelihood,
}
"""What multiplies the squared error of eps; simple leaves each error in its own unit."""


class DiffusionLoss(Node):
    """Measure how badly a network estimates from x_t and t the noise or the data.

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239.

    The target is what `model` declares as its prediction: noise, data, v (arXiv:2202.00512) or the
    score, whose error is multiplied by sigma. Weights: simple, none; min-SNR, min(SNR, gamma) on
    the error of x_0 (arXiv:2303.09556); likelihood, g^2 / 2 on the error of the score
    (arXiv:2101.09258), which is noisy where sigma is small. The mean is over items, their numbers
    and the times drawn: with logit-normal times, as of arXiv:2403.03206, those in the middle count
    for more besides. `labels` (b,) are inputs of the network, but for the share `drop`, for
    guidance without a classifier (arXiv:2207.12598); so are `context` and the pictures `beside`,
    hidden as zeros.

    Pooled targets (Stable Target Field, arXiv:2302.00670) are means over all items of the batch
    with the same label, each weighted by its posterior probability given x_t. The minimiser is the
    same and the noise of its gradient less, the more items lie within sigma of each other: much in
    the plane, nothing for images. A large batch of which a small `share` is made noisy costs
    little.

    `drawn_from` is the Gaussian that each item is a draw of, as a code is of an encoder's: the
    target is then its mean over the item's Gaussian, given x_t. The minimiser is the same again,
    and the loss lacks the part that nothing could predict.
    """

    synonyms = (
        "ddpm loss, denoising loss, noise prediction, eps prediction, v prediction, loss, "
        "simple loss, perte, débruitage, bruit"
    )
    formula = (
        r"\mathcal{L}(\theta) = \mathbb{E}_{x_0, \epsilon, t}\left[ w(t)"
        r"\| \epsilon - \epsilon_\theta(x_t, t) \|^2 \right]"
    )
    title = "Diffusion loss"
    icon = "sigma"
    drawn = True

    weight: Weight = param(default="simple", help="How much each time counts.")
    gamma: float = param(
        default=5.0, low=0.01, high=1e6, title="γ", help="Min-SNR: the largest weight of x_0."
    )
    drop: float = drop_param()
    times: Times = param(
        default="stratified",
        help="Uniform draws each time alone; stratified spreads a batch over [0, 1] evenly; "
        "logit-normal more over the middle, where digits and things take shape.",
    )
    axis: Axis = param(
        default="continuous",
        title="Time axis",
        help="Any time from the schedule's least to 1, or its T steps only.",
    )
    target: Origin = param(
        default="own",
        help="What was done to the item itself, or pooled: in the mean over all items of the batch "
        "that may have become the noisy one.",
    )
    share: float = param(
        default=1.0,
        low=0.0,
        high=1.0,
        title="Noisy share",
        help="Share of the batch that is made noisy, at least one item; the rest counts in pooled "
        "targets alone.",
    )

    def forward(
        self,
        data: Batch,
        model: Denoiser,
        schedule: Schedule,
        labels: Labels | None = None,
        context: Context | None = None,
        beside: Images | None = None,
        drawn_from: Gaussian | None = None,
    ) -> Loss:
        """Return the loss, a scalar, on the first `share` of the items data (b, ...).

        `labels` (b,), `context`, `beside` and `drawn_from` (b, d) have a row for each item of data.
        Raise `InputRefused` where the model does not predict noise, data, v or the score, where
        pooled targets meet a context or Gaussians, or where these have other sizes than the items.
        """
        network = denoiser(model)
        x_0 = data if self.share == 1 else data[: max(1, round(self.share * len(data)))]
        t = self.draw_times(x_0, schedule)
        noised = _noised(x_0, schedule, t)
        x = noised.x_t if schedule.preserves_variance else noised.x_t / noised.size
        told = conditions_of(labels, context, beside)
        told = {n: rows_of(part, slice(len(x))) for n, part in told.items()}
        shown = drop_conditions(network, told, self.drop)
        output = network(x, t, **shown)
        if self.target == "pooled":
            must_be_items(drawn_from)
            noised = pooled(noised, data, labels, context if beside is None else beside)
        elif drawn_from is not None:
            noised = averaged(noised, rows_of_gaussian(drawn_from, data, len(x_0)))

        def diffusion() -> Tensor:
            return expand(schedule.diffusion(t), x_0)

        return self._weighted(output, noised, diffusion, network.predicts)

    def draw_times(self, data: Tensor, schedule: Schedule) -> Tensor:
        """Return a time for each item, (b,)."""
        count = len(data)
        share = torch.rand(count, device=data.device)
        if self.times != "uniform":
            share.add_(torch.arange(count, dtype=share.dtype, device=data.device)).div_(count)
        if self.times == "logit-normal":
            share = torch.sigmoid(torch.special.ndtri(share))
        if self.axis == "discrete":
            return ((share * schedule.steps).floor() + 1).clamp(max=schedule.steps) / schedule.steps
        return schedule.from_least(share)

    def _weighted(
        self,
        output: Tensor,
        noised: Noised,
        diffusion: Callable[[], Tensor],
        predicts: Predicts,
    ) -> Tensor:
        """Return the mean squared error, (), each number's times the weight of its time."""
        target = TARGETS[predicts]
        if self.weight == "simple" and target.unit is None:
            return F.mse_loss(output, target.value(noised))
        error = output - target.value(noised)
        error = (error if target.unit is None else target.unit(noised) * error).square()
        if self.weight == "simple":
            return error.mean()
        weight = WEIGHTS[self.weight](noised, diffusion, self.gamma)
        return (weight * target.to_eps(noised).square() * error).mean()

    def sign(self) -> Part:
        return Word(self.weight)


def _noised(x_0: Tensor, schedule: Schedule, t: Tensor) -> Noised:
    alpha, sigma = schedule.factors(expand(t, x_0))
    return Noised(x_0, torch.randn_like(x_0), alpha, sigma)


def pooled(
    noised: Noised,
    among: Tensor,
    labels: Tensor | None = None,
    context: Tensor | TextVectors | None = None,
) -> Noised:
    """Return E[x_0 | x_t] and E[eps | x_t] if x_0 is one of `among` (n, ...), each as likely.

    Stable Target Field for Reduced Variance Score Estimation in Diffusion Models (Xu, Tong &
    Jaakkola, 2023), arXiv:2302.00670. The noisy items (b, ...) are the first of `among`; with
    `labels` (n,) their x_0 had theirs. Raise `InputRefused` where there is a context.
    """
    if context is not None:
        raise InputRefused(
            "Pooled targets know no context: no two items of a batch have the same.",
            "Set {target} to own, or remove the wire into {context}.",
        )
    items, x_t = among.flatten(1), noised.x_t.flatten(1)
    alpha, sigma = noised.alpha.flatten(1), noised.sigma.flatten(1)
    # log N(x_t; alpha x_0, sigma^2 I), without what is the same for all x_0
    ratio = alpha / sigma
    told = torch.cat([x_t * ratio / sigma, -ratio.square() / 2], 1)
    log_likely = told @ torch.cat([items, items.square().sum(1, keepdim=True)], 1).T  # (b, n)
    if labels is not None:
        other = labels[: len(x_t), None] != labels
        log_likely = log_likely.masked_fill(other, -torch.inf)
    x_0 = (torch.softmax(log_likely, 1) @ items).view_as(noised.x_0)
    return noised._replace(x_0=x_0, eps=(noised.x_t - noised.alpha * x_0) / noised.sigma)


def must_be_items(drawn_from: Gaussian | None) -> None:
    """Raise `InputRefused` where pooled targets meet Gaussians: they are means over items."""
    if drawn_from is not None:
        raise InputRefused(
            "Pooled targets are means over the items of the batch, not over their Gaussians.",
            "Set {target} to own, or remove the wire into {drawn_from}.",
        )


def rows_of_gaussian(q: Gaussian, data: Tensor, count: int) -> Gaussian:
    """Return the Gaussians (count, ...) of the first items of data (b, ...).

    Raise `InputRefused` where q (b, d) has not one number for each of theirs.
    """
    if q.mean.shape != data.flatten(1).shape:
        raise InputRefused(
            "{drawn_from} must be {must}, a number for each of {data}; it is {found}.",
            "Wire the Gaussian that {data} is drawn from.",
            must=Shape(data.flatten(1).shape),
            found=Shape(q.mean.shape),
        )
    return Gaussian(*(part[:count].view_as(data[:count]) for part in q))


def averaged(noised: Noised, q: Gaussian) -> Noised:
    """Return E[x_0 | x_t] and E[eps | x_t] if each x_0 (b, ...) is a draw of its own Gaussian.

    x_t is then Gaussian too, with mean alpha mu and variance alpha^2 s^2 + sigma^2, and both means
    are linear in it. `q` is shaped as x_0.
    """
    variance = q.log_var.exp()
    spread = noised.alpha.square() * variance + noised.sigma.square()
    r = (noised.x_t - noised.alpha * q.mean) / spread
    return noised._replace(x_0=q.mean + noised.alpha * variance * r, eps=noised.sigma * r)

"""Losses that fit a network to the score of data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.diffusion.schedules import Schedule, expand
from nodes.errors import InputRefused
from nodes.score.base import per_item, score_of
from nodes.sentences import Part, Word
from nodes.types import Batch, Denoiser, Loss

Method = Literal["denoising", "sliced", "exact trace"]
MOST_NUMBERS = 64
"""Numbers of an item up to which an exact trace is taken: it asks a backward pass for each."""


class ScoreMatchingLoss(Node):
    """Measure how far a network is from the score of the data, without knowing the score.

    Estimation of Non-Normalized Statistical Models by Score Matching (Hyvärinen, 2005),
    https://jmlr.org/papers/v6/hyvarinen05a.html.

    All three are the mean of w ||s - grad log p||^2 / 2 over items, up to a constant. Denoising
    (arXiv:1907.05600) compares s of noisy items with the noise that was added; sliced
    (arXiv:1905.07088) and exact trace take derivatives of s, along random directions or all axes
    (of at most 64 numbers).

    With a schedule the score is that of p_t at times drawn evenly, all levels of noise at once, and
    w is sigma^2. Without one it is that of data with `sigma` of noise, the network, which must
    predict the score, gets t = 0, and w is 1, but sigma^2 for denoising.
    """

    synonyms = (
        "denoising score matching, dsm, sliced, hyvärinen, ncsn, loss, appariement de score, "
        "perte, débruitage"
    )
    title = "Score matching"
    formula = (
        r"\mathbb{E}\left[\mathrm{tr}\,\nabla_x s_\theta(x) + \tfrac{1}{2}\|s_\theta(x)\|^2\right]"
        r" \;\text{or}\; \tfrac{1}{2}\,\mathbb{E}\,"
        r"\|\sigma s_\theta(x + \sigma \epsilon) + \epsilon\|^2"
    )
    icon = "sigma"
    drawn = True
    returns = "loss"

    method: Method = param(default="denoising", help="How the unknown score is got rid of.")
    sigma: float = param(
        default=0.1,
        low=0.0,
        high=1e3,
        title="Noise σ",
        help="Without a schedule: deviation of the noise that is added to the data.",
    )
    slices: int = param(
        default=1, low=1, high=1000, unit="directions", help="Sliced: directions for each item."
    )

    def forward(self, data: Batch, model: Denoiser, schedule: Schedule | None = None) -> Loss:
        """Return the loss, a scalar, of a model of items data (b, ...).

        Raise `InputRefused` where denoising has no noise, where items are too large for an exact
        trace, or where without a schedule the model does not predict a score.
        """
        t, alpha, sigma = self._level(data, schedule)
        eps = torch.randn_like(data)
        x = alpha * data + sigma * eps

        def score(x: Tensor) -> Tensor:
            return score_of(model, schedule, x, t)

        if self.method == "denoising":
            return 0.5 * per_item((sigma * score(x) + eps).square()).mean()
        weight = sigma.square().flatten() if schedule else 1.0
        return (weight * self._traced(score, x)).mean()

    def _level(self, data: Tensor, schedule: Schedule | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return times (b,), and alpha and sigma, spread over the items."""
        if schedule is None:
            self._must_add_noise()
            t = data.new_zeros(len(data))
            return (
                t,
                torch.ones_like(expand(t, data)),
                torch.full_like(expand(t, data), self.sigma),
            )
        count, device = len(data), data.device
        share = (torch.rand(count, device=device) + torch.arange(count, device=device)) / count
        t = schedule.least + (1 - schedule.least) * share
        alpha, sigma = schedule.factors(t)
        return t, expand(alpha, data), expand(sigma, data)

    def _must_add_noise(self) -> None:
        if self.method == "denoising" and not self.sigma:
            raise InputRefused(
                "Denoising needs noise: {sigma} is 0 and {schedule} has no wire.",
                "Set {sigma} above 0, or wire a schedule.",
            )

    def _traced(self, score: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        """Return tr(ds/dx) + ||s||^2 / 2 of each item, (b,)."""
        graph = torch.is_grad_enabled()
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            s = score(x)
            trace = torch.zeros(len(x), device=x.device)
            directions = self._directions(x)
            for number, v in enumerate(directions):
                last = number == len(directions) - 1
                (along,) = torch.autograd.grad(
                    (s * v).sum(), x, create_graph=graph, retain_graph=graph or not last
                )
                trace = trace + per_item(along * v)
        return trace * self._scale + 0.5 * per_item(s.square())

    @property
    def _scale(self) -> float:
        return 1 / self.slices if self.method == "sliced" else 1.0

    def _directions(self, x: Tensor) -> list[Tensor]:
        """Return random sign vectors, one an item and slice, or all axes."""
        if self.method == "sliced":
            return [torch.randint_like(x, 2) * 2 - 1 for _ in range(self.slices)]
        item = x[0].numel()
        if item > MOST_NUMBERS:
            raise InputRefused(
                "An exact trace takes items of at most {most} numbers; these have {found}.",
                "Take denoising, or sliced.",
                most=MOST_NUMBERS,
                found=item,
            )
        axes = torch.eye(item, dtype=x.dtype, device=x.device)
        return list(axes.view(item, 1, *x.shape[1:]))

    def sign(self) -> Part:
        return Word(self.method)

"""GAN losses: those of generator and critic as functions of scores, in nats.

Scores are logits of D(x) in the games of Goodfellow, and have no unit in the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from torch import Tensor
from torch.nn import functional as F

Variant = Literal["minimax", "non-saturating", "least squares", "hinge", "Wasserstein"]


class Game(NamedTuple):
    """The losses of the two players, scalars of scores (b,).

    `critic` takes the scores of real and fake items and the target of real ones, 1 or less.
    """

    critic: Callable[[Tensor, Tensor, float], Tensor]
    generator: Callable[[Tensor], Tensor]
    smooth: bool
    """Whether the target of real items may be less than 1."""


def _cross_entropy(real: Tensor, fake: Tensor, target: float) -> Tensor:
    """Return -E[t log D(x) + (1 - t) log(1 - D(x))] - E log(1 - D(G(z)))."""
    loss = F.softplus(-real).mean() + F.softplus(fake).mean()
    return loss if target == 1 else loss + (1 - target) * real.mean()


def _least_squares(real: Tensor, fake: Tensor, target: float) -> Tensor:
    return 0.5 * ((real - target).square().mean() + fake.square().mean())


def _hinge(real: Tensor, fake: Tensor, target: float) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def _wasserstein(real: Tensor, fake: Tensor, target: float) -> Tensor:
    return fake.mean() - real.mean()


GAMES: dict[str, Game] = {
    "minimax": Game(_cross_entropy, lambda fake: -F.softplus(fake).mean(), True),
    "non-saturating": Game(_cross_entropy, lambda fake: F.softplus(-fake).mean(), True),
    "least squares": Game(_least_squares, lambda fake: 0.5 * (fake - 1).square().mean(), True),
    "hinge": Game(_hinge, lambda fake: -fake.mean(), False),
    "Wasserstein": Game(_wasserstein, lambda fake: -fake.mean(), False),
}

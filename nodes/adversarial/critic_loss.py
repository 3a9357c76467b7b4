"""The loss of a critic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.adversarial.games import GAMES, Variant
from nodes.adversarial.penalties import (
    PLACES,
    TERMS,
    Penalty,
    interpolates,
    squared_gradient_norms,
    without_compilation,
)
from nodes.base import Node, param
from nodes.diffusion.conditioning import conditions_of
from nodes.diffusion.contexts import rows_of
from nodes.errors import InputRefused
from nodes.ranges import must_share_range
from nodes.sentences import Part, Word, listed, say
from nodes.types import Batch, Critic, Labels, Loss, Range, Scalar, TextVectors

SIGNS = {"one-centred": "GP", "zero-centred": "0-GP", "R1": "R1", "R1 and R2": "R1+R2"}


class CriticLosses(NamedTuple):
    """The loss to train on, the penalty in it before its weight, and mean scores: all scalars."""

    loss: Loss
    penalty: Loss
    real_score: Scalar
    fake_score: Scalar


class CriticLoss(Node):
    """Measure how badly a critic separates real items from fake ones.

    Generative Adversarial Nets (Goodfellow et al., 2014), arXiv:1406.2661.

    Variants: minimax and non-saturating (one loss for the critic: log 4 where D(x) = 1/2
    everywhere), least squares (arXiv:1611.04076), hinge (arXiv:1705.02894), Wasserstein
    (arXiv:1701.07875: minus the loss estimates the distance, times the critic's steepest slope).
    Penalties: on lines between real and fake items of a slope other than 1 (arXiv:1704.00028) or 0
    (arXiv:1902.03984), or of any slope at real items (R1, arXiv:1801.04406) and fake ones (R2). The
    slope may be taken at a share of the batch only, the first items: a slope costs three times a
    score, and the mean stays the same. `labels` (b,) are the classes of `real`, and of `fake` too:
    give them to the generator. So are the texts of `context`. A critic that is only trained to
    separate real from fake may ignore its condition. With μ above 0 it must not: real items with
    the class or text of another item, x with c', count as fake too (GAN-CLS: Reed et al., 2016,
    arXiv:1605.05396, where μ is 1/2). What counts as false is 1 - μ parts fake and μ parts
    mismatched, in every game. An item whose neighbour happens to have the same class or text counts
    as fake too.
    """

    synonyms = (
        "critic, gan loss, discriminator loss, adversarial loss, wgan-gp, gradient penalty, "
        "hinge loss, lsgan, R1, matching-aware, gan-cls, perte du discriminateur, perte adverse, "
        "pénalité de gradient, texte qui ne va pas"
    )
    formula = (
        r"\mathcal{L}_D = -\mathbb{E}_x[\log D(x)] - (1 - \mu)\,\mathbb{E}_z[\log(1 - D(G(z)))]"
        r" - \mu\,\mathbb{E}_{x, c'}[\log(1 - D(x, c'))]"
        r" + \lambda\,\mathbb{E}_{\tilde x}[(\|\nabla D(\tilde x)\| - c)^2]"
    )
    title = "Critic loss"
    icon = "sigma"

    variant: Variant = param(
        default="non-saturating", help="The game; the generator's loss should name the same."
    )
    penalty: Penalty = param(
        default="zero-centred",
        title="Slope penalty",
        help="Which slope of the critic is punished, where.",
    )
    weight: float = param(
        default=0.1,
        low=0.0,
        high=1e6,
        title="λ",
        help="Weight of the penalty; γ of R1.",
        larger="a smoother critic, steadier and slower",
        smaller="a steeper critic: faster, and modes may be lost",
    )
    share: float = param(
        default=1.0,
        low=1e-3,
        high=1.0,
        title="Share punished",
        help="Share of the batch at which the slope is taken: less costs less, and scatters more.",
    )
    smoothing: float = param(
        default=0.0,
        low=0.0,
        high=0.5,
        title="Label smoothing",
        help="The critic should be sure of real items to 1 minus this only (arXiv:1606.03498).",
    )
    mismatch: float = param(
        default=0.0,
        low=0.0,
        high=0.95,
        title="Mismatch μ",
        help="Share of real items with another's class or text in what should be judged false.",
    )

    def forward(
        self,
        real: Batch,
        fake: Batch,
        critic: Critic,
        labels: Labels | None = None,
        context: TextVectors | None = None,
    ) -> CriticLosses:
        """Return the loss of the critic, its penalty and the mean scores of real and fake items.

        `real` and `fake` (b, ...) hold items of one shape; the critic gives scores (b,). Raise
        `InputRefused` where shapes of items differ.
        """
        self._must_be_alike(real, fake)
        conditions = conditions_of(labels, context)
        where = PLACES[self.penalty] if self.weight else ()
        real_score, at_real = self._score(critic, real, conditions, penalised="real" in where)
        fake_score, at_fake = self._score(critic, fake, conditions, penalised="fake" in where)
        if "between" in where:
            _, penalty = self._score_and_penalty(
                critic, *self._part(critic, interpolates(real, fake), conditions)
            )
        else:
            penalty = real.new_zeros(()) if at_real is None else at_real
            penalty = penalty if at_fake is None else penalty + at_fake
        loss = self._game_loss(real_score, fake_score)
        if conditions and self.mismatch:
            mismatched = self._game_loss(
                real_score, critic(real, **mismatched_conditions(conditions, real))
            )
            loss = torch.lerp(loss, mismatched, self.mismatch)
        loss = loss + self.weight * penalty if where else loss
        return CriticLosses(loss, penalty, real_score.detach().mean(), fake_score.detach().mean())

    def _game_loss(self, real_score: Tensor, false_score: Tensor) -> Tensor:
        return GAMES[self.variant].critic(real_score, false_score, 1 - self.smoothing)

    def _score(
        self, critic: Critic, x: Tensor, conditions: Mapping[str, Any], *, penalised: bool
    ) -> tuple[Tensor, Tensor | None]:
        """Return the scores and the penalty at x, None where there is none.

        One pass serves both where all are punished.
        """
        if not penalised:
            return critic(x, **conditions), None
        part, conditions_of_part = self._part(critic, x, conditions)
        score, penalty = self._score_and_penalty(critic, part, conditions_of_part)
        return (score if len(part) == len(x) else critic(x, **conditions)), penalty

    def _part(
        self, critic: Critic, x: Tensor, conditions: Mapping[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        """Return the items whose slope is taken, one pack at least, and their conditions."""
        count = max(math.ceil(self.share * len(x)), getattr(critic, "pack", 1))
        if count >= len(x):
            return x, dict(conditions)
        part = x[:count]
        return part, {n: rows_of(given, slice(len(part))) for n, given in conditions.items()}

    def _score_and_penalty(
        self, critic: Critic, x: Tensor, conditions: Mapping[str, Any]
    ) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            score = without_compilation(critic)(x, **conditions)
        penalty = TERMS[self.penalty](squared_gradient_norms(score, x))
        return (score if torch.is_grad_enabled() else score.detach()), penalty

    def sketch(
        self,
        real: Tensor,
        fake: Tensor,
        critic: Critic,
        labels: Tensor | None = None,
        context: TextVectors | None = None,
    ) -> CriticLosses:
        if self.smoothing and not GAMES[self.variant].smooth:
            raise InputRefused(
                "The loss {loss} has no labels to smooth.",
                "Set {smoothing} to 0, or choose another {variant}.",
                place="smoothing",
                loss=Word(self.variant),
            )
        if self.mismatch and not conditions_of(labels, context):
            raise InputRefused(
                "The critic is told nothing that could belong to another item.",
                "Set {mismatch} to 0, or wire {labels} or {context}.",
                place="mismatch",
            )
        return self.forward(real, fake, critic, labels, context)

    def ranges(
        self, real: Range | None = None, fake: Range | None = None, **_: Range | None
    ) -> Mapping[str, Range]:
        must_share_range(real, fake)
        return {}

    def reached(self, output: str) -> frozenset[str]:
        if output != "penalty":
            return super().reached(output)
        return frozenset({"critic"} if PLACES[self.penalty] and self.weight else ())

    def _must_be_alike(self, real: Tensor, fake: Tensor) -> None:
        if real.shape[1:] != fake.shape[1:]:
            must, found = (" ".join(map(str, v.shape[1:])) for v in (real, fake))
            raise InputRefused(
                "{fake} must have the shape of {real}, {must}; it has {found}.",
                "Give the generator the shape of the data.",
                must=must,
                found=found,
            )

    def sign(self) -> Part:
        if self.penalty == "none":
            return Word(self.variant)
        penalty = say("{penalty} {weight}", penalty=SIGNS[self.penalty], weight=self.weight)
        return listed([Word(self.variant), penalty])


def mismatched_conditions(conditions: Mapping[str, Any], x: Tensor) -> dict[str, Any]:
    """Return the conditions of items x (b, ...), each item having those of the item before it.

    `told` holds labels (b,) or texts by the name of the critic's input.
    """
    before = torch.arange(len(x), device=x.device).roll(1)
    return {name: rows_of(given, before) for name, given in conditions.items()}

"""The loss of a generator."""

from __future__ import annotations

from nodes.adversarial.games import GAMES, Variant
from nodes.base import Node, param
from nodes.diffusion.conditioning import conditions_of
from nodes.sentences import Part, Word
from nodes.types import Batch, Critic, Labels, Loss, TextVectors


class GeneratorLoss(Node):
    """Measure how badly fake items convince a critic.

    Generative Adversarial Nets (Goodfellow et al., 2014), arXiv:1406.2661.

    Minimax is the course's formula: where the critic is certain, its gradient vanishes.
    Non-saturating, -log D(G(z)), has the same equilibrium, and its gradient does not vanish. Least
    squares: (s - 1)^2 / 2; hinge and Wasserstein: -s. Gradients flow through the critic, whose
    weights stay. Its conditions are the `labels` and texts of `context` that the items were
    generated from.
    """

    synonyms = "gan loss, adversarial loss, non-saturating loss, fool the critic, perte adverse"
    formula = (
        r"\mathcal{L}_G = \mathbb{E}_z[\log(1 - D(G(z)))] \quad\text{or}\quad"
        r" -\mathbb{E}_z[\log D(G(z))]"
    )
    title = "Generator loss"
    icon = "sigma"
    returns = "loss"

    variant: Variant = param(
        default="non-saturating", help="The game; the critic's loss should name the same."
    )

    def forward(
        self,
        fake: Batch,
        critic: Critic,
        labels: Labels | None = None,
        context: TextVectors | None = None,
    ) -> Loss:
        """Return the loss, a scalar, of fake items (b, ...).

        `labels` (b,) and `context` go on to the critic.
        """
        told = conditions_of(labels, context)
        return GAMES[self.variant].generator(critic(fake, **told))

    def sign(self) -> Part:
        return Word(self.variant)

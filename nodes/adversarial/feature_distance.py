"""The distance of two images by the features of a critic."""

from __future__ import annotations

from nodes.autoencoders.elbo import aligned
from nodes.base import Node
from nodes.errors import InputRefused
from nodes.types import Batch, Critic, Loss


class FeatureDistance(Node):
    """Measure how far reconstructions are from their originals by a critic's inner features.

    Autoencoding beyond pixels using a learned similarity metric (Larsen et al., 2016),
    arXiv:1512.09300.

    Features are what the critic's method `features` returns, (b, d): what the last layer of a
    Discriminator sees. The loss is the mean over the batch of half their squared distance: -log of
    a Gaussian of variance 1, without its constant. A shift by one pixel costs little, a missing
    stroke much.
    """

    synonyms = (
        "perceptual loss, vae-gan, lpips, feature matching, learned similarity, perte perceptuelle"
    )
    formula = r"\mathcal{L}_{\mathrm{like}} = \tfrac{1}{2}\,\|D_l(x) - D_l(\hat{x})\|^2"
    title = "Feature distance"
    icon = "scan-eye"
    returns = "loss"

    def forward(self, x: Batch, x_hat: Batch, critic: Critic) -> Loss:
        """Return the loss, a scalar in nats: x and x_hat (b, ...) of one shape.

        Raise `InputRefused` where their shapes differ or the critic has no method `features`.
        """
        features = getattr(critic, "features", None)
        if features is None:
            raise InputRefused(
                "{critic} must be a discriminator: its inner features are compared.",
                "Wire the model of a discriminator.",
            )
        aligned(x, x_hat)
        difference = features(x_hat) - features(x)
        return 0.5 * difference.square().sum(1).mean()

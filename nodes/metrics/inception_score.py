"""The Inception score."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.metrics.embedding import CHUNK, double, is_signed, unit_of
from nodes.metrics.features import Features
from nodes.metrics.gathering import collect, count_param
from nodes.types import Images, Measured, Stream


class InceptionScore(Node):
    """Measure whether images are each of one class and together of all classes.

    Improved Techniques for Training GANs (Salimans et al., 2016), arXiv:1606.03498.

    From 1, all images alike or undecided, to the number of classes. The value is the mean over
    `splits` parts of the images, `error` the standard deviation between them. Real images are not
    used: a model with one perfect image of each class gets the best score. Where `real` is wired
    its score is given as `real`.
    """

    synonyms = "is, quality and diversity, image metric, evaluation, qualité, diversité, évaluation"
    title = "Inception score"
    formula = r"\exp\left(\mathbb{E}_x\,\mathrm{KL}(p(y|x)\,\|\,p(y))\right)"
    icon = "tags"
    role = "metric"
    better = "more"

    count: int = count_param(10_000, help="Images that are classed, at most.")
    splits: int = param(default=10, low=1, high=100, help="Parts that are scored one by one.")

    def forward(
        self, images: Stream[Images], features: Features, real: Stream[Images] | None = None
    ) -> Measured:
        """Return the mean score over the splits, from 1 to the number of classes.

        Raise `InputRefused` where the network takes no such images, or classifies more than one
        attribute.
        """
        scores = self._scores(images, features)
        error = scores.std().item() if len(scores) > 1 else math.nan
        others: Mapping[str, float] = {"error": error}
        if real is not None:
            others = {"real": self._scores(real, features).mean().item(), **others}
        return Measured(scores.mean().item(), others, unit_of(features))

    def _scores(self, images: Stream[Images], features: Features) -> Tensor:
        p = collect(images, self.count, lambda x: probabilities(x, features))
        size = max(1, len(p) // self.splits)
        parts = [part for part in p.split(size) if len(part) == size]
        return torch.tensor([inception_score(part) for part in parts])

    def sketch(
        self, images: Stream[Tensor], features: Features, real: Stream[Tensor] | None = None
    ) -> None:
        """Refuse images that the network does not know."""
        for x in images:
            if features is not None:
                must_tell_classes(x, features)


def must_tell_classes(x: Tensor, features: Features) -> None:
    """Raise `InputRefused` where a network gives no single class for images x (b, c, h, w)."""
    features.must_fit(x)
    if len(features.groups) > 1:
        raise InputRefused(
            "{features} tell {count} things of a picture; this measure asks for its class alone.",
            "Choose a feature net of digits or clothes, or measure by Read back.",
            features=features.name,
            count=len(features.groups),
        )


def probabilities(x: Tensor, features: Features) -> Tensor:
    """Return the class probabilities of images x (b, c, h, w), (b, k) float64.

    Images lie in [0, 1], or in [-1, 1] where one value is below -0.05.
    """
    x = ((x + 1) / 2 if is_signed(x) else x).float()
    logits = torch.cat([features.logits(part) for part in x.split(CHUNK)])
    return torch.softmax(double(logits), 1)


def inception_score(p: Tensor) -> float:
    """Return exp(E KL(p(y|x) || p(y))) of class probabilities p (n, k)."""
    marginal = p.mean(0, keepdim=True)
    divergence = (torch.special.xlogy(p, p) - torch.special.xlogy(p, marginal)).sum(1)
    return divergence.mean().exp().item()

"""The accuracy of a classifier on conditional samples or data."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.metrics.by_class import by_class
from nodes.metrics.embedding import RAW, unit_of
from nodes.metrics.features import Features
from nodes.metrics.gathering import count_param, until
from nodes.metrics.inception_score import must_tell_classes, probabilities
from nodes.types import Batch, Labels, Measured, Stream


class ClassifierAccuracy(Node):
    """Measure how often the class with the highest score is the label.

    Conditional Image Synthesis with Auxiliary Classifier GANs (Odena, Olah & Shlens, 2017),
    arXiv:1610.09585.

    With `features` wired, `x` are images, as a conditional generator makes of `labels`, and the
    network classifies them. Without, `x` (b, k) are themselves the scores of a classifier of your
    own. `worst` is the accuracy of the worst class, `error` the standard error; the accuracy of
    each class stands beside them where the labels' classes have names.
    """

    synonyms = (
        "accuracy, classifier, classification, conditional, correct, précision, classifieur, "
        "taux de réussite"
    )
    title = "Class accuracy"
    formula = r"\frac{1}{n} \sum_i \mathbf{1}\left[\arg\max_k\, p(k|x_i) = y_i\right]"
    icon = "circle-check"
    role = "metric"
    better = "more"

    count: int = count_param(10_000, help="Items that are classed, at most.")

    def forward(
        self, x: Stream[Batch], labels: Stream[Labels], features: Features | None = None
    ) -> Measured:
        """Return the share of items that are classed right, its standard error and the worst class.

        Raise `InputRefused` where there is not one label for each item, or the network does not
        know such images.
        """
        right, classes = self._classed(x, labels, features)
        of_class = {c: right[classes == c].mean().item() for c in classes.unique().tolist()}
        value = right.mean().item()
        error = math.sqrt(value * (1 - value) / len(right))
        others = {"worst": min(of_class.values()), "error": error, "items": len(right)}
        others |= by_class(of_class, self.class_names)
        unit = unit_of(features)
        return Measured(value, others, "" if unit == RAW else unit)

    def _classed(
        self, x: Stream[Batch], labels: Stream[Labels], features: Features | None
    ) -> tuple[Tensor, Tensor]:
        """Return for each item whether it is taken for its label, and the label."""
        right: list[Tensor] = []
        classes: list[Tensor] = []
        for batch in until(x, self.count):
            classes.append(next(labels))
            right.append(_right(batch, classes[-1], features))
        return torch.cat(right)[: self.count], torch.cat(classes)[: self.count]

    def sketch(
        self, x: Stream[Tensor], labels: Stream[Tensor], features: Features | None = None
    ) -> None:
        """Refuse images that the network does not know."""
        for batch in x:
            if features is not None:
                must_tell_classes(batch, features)


def _right(x: Tensor, labels: Tensor, features: Features | None) -> Tensor:
    """Return 1 for each item that is taken for its label, else 0."""
    scores = x.flatten(1) if features is None else probabilities(x, features)
    if len(scores) != len(labels):
        raise InputRefused(
            "{labels} must be as many as {x}, {must}; they are {found}.",
            "Wire the labels that these items were made of.",
            must=len(scores),
            found=len(labels),
        )
    return (scores.argmax(1) == labels.to(scores.device)).to(scores.dtype)

"""The loss of a classifier."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.labels import must_name_classes
from nodes.sentences import Part, say
from nodes.types import Labels, Loss, Points, Scalar, Values


class Classed(NamedTuple):
    """The loss to train on, (), the loss of each item, (b,), and the share classed right, ()."""

    loss: Loss
    nll: Values
    accuracy: Scalar


class CrossEntropy(Node):
    """Measure how surprised a classifier is by the classes of its items, in nats.

    Probabilistic Interpretation of Feedforward Classification Network Outputs (Bridle, 1990),
    doi:10.1007/978-3-642-76153-9_28.

    `logits` (b, K) are any real numbers, the log-probabilities of the K classes up to a constant;
    `labels` (b,) count from 0. Equal logits lose log K. `nll` (b,) is the loss of each item,
    without smoothing.
    """

    synonyms = (
        "classification loss, classifier, softmax, nll, loss, logits, perte, classification, "
        "classifieur"
    )
    title = "Cross-entropy"
    formula = r"\mathcal{L} = -\frac{1}{n} \sum_i \log\, \mathrm{softmax}(s_i)_{y_i}"
    icon = "sigma"
    measured_in = "nats per item"

    smoothing: float = param(
        default=0.0,
        low=0.0,
        high=0.9,
        title="Label smoothing",
        help="Share of the target that is spread evenly over all classes (arXiv:1512.00567).",
    )

    def forward(self, logits: Points, labels: Labels) -> Classed:
        """Return the loss of logits (b, K) on labels (b,).

        Raise `InputRefused` where there is not one label for each item, or one is none of 0, ..., K
        - 1.
        """
        must_name_classes(labels, logits.shape[1])
        return self.sketch(logits, labels)

    def sketch(self, logits: Tensor, labels: Tensor) -> Classed:
        if logits.shape[0] != labels.shape[0]:
            raise InputRefused(
                "There must be a label for each item: {found}; there are {found_2}.",
                "Wire the labels of the same batch.",
                found=logits.shape[0],
                found_2=labels.shape[0],
            )
        log_p = F.log_softmax(logits.float(), 1)
        nll = F.nll_loss(log_p, labels, reduction="none")
        loss = nll.mean()
        if self.smoothing:
            loss = (1 - self.smoothing) * loss - self.smoothing * log_p.mean()
        right = (logits.detach().argmax(1) == labels).to(torch.float32)
        return Classed(loss, nll, right.mean())

    def sign(self) -> Part:
        return say("smoothing {smoothing}", smoothing=self.smoothing) if self.smoothing else ""

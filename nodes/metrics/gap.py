"""The gap of a model's log-likelihood to the entropy of the data."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from nodes.base import Node
from nodes.data.toys import Toy
from nodes.errors import InputRefused
from nodes.types import Measured, Stream, Values


class Gap(Node):
    """Measure the mean -log p of the test set minus the data's exact entropy, in nats.

    Elements of Information Theory, section 2.3 (Cover & Thomas, 2006),
    doi:10.1002/047174882X.

    It estimates KL(data || model), which is never negative: a gap below zero by more than a few
    `error`s (the standard error of the mean) means that a density does not integrate to one.
    `nll` (b,) must come from one of the toy data sets, whose entropy is known, and be of its points
    as they are, not scaled.
    """

    synonyms = "kl, kl divergence, entropy, excess loss, divergence, entropie"
    formula = r"-\frac{1}{n} \sum_i \log p_\theta(x_i) - H(p) \approx \mathrm{KL}(p\,\|\,p_\theta)"
    title = "Gap to the entropy"
    icon = "ruler"
    role = "metric"
    better = "less"

    def __init__(self, **given: Any) -> None:
        self._known: tuple[object, float] | None = None
        super().__init__(**given)

    def forward(self, nll: Stream[Values]) -> Measured:
        """Return the mean of nll (b,) minus the entropy of the data, in nats.

        Raise `InputRefused` where the data are no toy whose entropy is known.
        """
        entropy = self._entropy_of(toy_behind(nll))
        values = torch.cat([batch.flatten() for batch in nll]).double()
        mean = values.mean().item()
        error = values.std().item() / math.sqrt(len(values)) if len(values) > 1 else math.nan
        others = {"nll": mean, "entropy": entropy, "error": error, "items": len(values)}
        return Measured(mean - entropy, others, "nats")

    def sketch(self, nll: Stream[Tensor]) -> None:
        """Refuse data whose entropy nobody knows."""
        toy_behind(nll)

    def _entropy_of(self, toy: Toy) -> float:
        """Return the entropy, computed once for each setting: it may take a quadrature."""
        key = type(toy), sorted(toy.param_values().items(), key=str)
        if self._known is None or self._known[0] != key:
            self._known = key, toy.entropy()
        return self._known[1]


def toy_behind(stream: Stream[Any]) -> Toy:
    """Return the data set that a stream comes from, or raise `InputRefused` where it is no toy."""
    toys = [m for m in stream.modules if isinstance(m, Toy)]
    if len(toys) != 1:
        raise InputRefused(
            "{nll} must come from one data set whose entropy is known: the toys in the plane.",
            "Measure other data by Test average.",
        )
    return toys[0]

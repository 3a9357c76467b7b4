"""The mean of a number an item over the test set."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.metrics.embedding import double
from nodes.metrics.gathering import count_param, until
from nodes.types import Measured, Stream, Values


class Average(Node):
    """Average a number over every item of the test set, with the standard error of that mean.

    `values` (b,) come batch by batch; each item counts once, in a small last batch too. The error
    is the sample's standard deviation over the square root of the number of items.
    """

    synonyms = (
        "mean, test loss, validation, generalization, standard error, moyenne, erreur de test"
    )
    formula = (
        r"\bar{v} = \frac{1}{n} \sum_{i=1}^{n} v_i, \qquad"
        r" s_{\bar v} = \sqrt{\frac{\sum_i (v_i - \bar v)^2}{n(n-1)}}"
    )
    title = "Test average"
    icon = "gauge"
    role = "metric"

    unit: str = param(default="", help="What the number is counted in, as nats.")

    count: int = count_param(100_000, help="Items averaged, at most.")

    def forward(self, values: Stream[Values]) -> Measured:
        """Return the mean of values (b,), its standard error, and the number of items."""
        found = [batch.flatten() for batch in until(values, self.count)]
        v = double(torch.cat(found)[: self.count])
        error = v.std().item() / math.sqrt(len(v)) if len(v) > 1 else math.nan
        return Measured(v.mean().item(), {"error": error, "items": len(v)}, self.unit)

    def sketch(self, values: Stream[Tensor]) -> None:
        """Return nothing: there are no numbers in a check."""

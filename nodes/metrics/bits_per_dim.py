"""The likelihood of a test set as papers give it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.types import Batch, Measured, Stream, Values


class BitsPerDim(Node):
    """Measure the mean -log p of test items in bits for each number of an item.

    Density estimation using Real NVP (Dinh, Sohl-Dickstein & Bengio, 2017), arXiv:1605.08803.

    `nll` (b,) is in nats an item, `x` the items it is of. `nats` is the mean of nll itself. For
    images behind Dequantize this is what compresses them; of densities it may be negative.
    """

    formula = r"\frac{1}{n} \sum_i \frac{-\log p(x_i)}{d\,\ln 2}"
    title = "Bits per dimension"
    icon = "ruler"
    role = "metric"

    count: int = param(
        default=10_000, low=1, high=10_000_000, unit="items", help="Most items measured."
    )

    def forward(self, nll: Stream[Values], x: Stream[Batch]) -> Measured:
        values: list[Tensor] = []
        d = 1
        for batch, items in zip(nll, x, strict=False):
            values.append(batch.flatten())
            d = items.shape[1:].numel()
            if sum(map(len, values)) >= self.count:
                break
        nats = torch.cat(values)[: self.count].double()
        bits = nats / (d * math.log(2))
        error = bits.std().item() / math.sqrt(len(bits)) if len(bits) > 1 else math.nan
        others = {"nats": nats.mean().item(), "error": error, "items": len(bits)}
        return Measured(bits.mean().item(), others, "bits/dim")

    def sketch(self, nll: Stream[Tensor], x: Stream[Tensor]) -> None:
        """There is nothing to tell before the numbers are known."""

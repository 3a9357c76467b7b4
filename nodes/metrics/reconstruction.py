"""The error of reconstructions."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.metrics.embedding import double
from nodes.metrics.gathering import count_param, until
from nodes.types import Batch, Measured, Stream

LEAST = 1e-12
"""A mean squared error of 120 dB below a peak of 1: a perfect copy is shown as that."""


class Reconstruction(Node):
    """Measure the mean squared error between two streams of data, and its peak ratio in decibels.

    Image Quality Assessment (Wang, Bovik, Sheikh & Simoncelli, 2004), doi:10.1109/TIP.2003.819861.

    The error is per number (per pixel), averaged over the test set; `psnr` is the mean over items
    of 10 log10(peak^2 / error), and 120 dB for a perfect copy.
    """

    synonyms = (
        "mse, psnr, mean squared error, reconstruction error, erreur quadratique, erreur de "
        "reconstruction"
    )
    formula = (
        r"\mathrm{MSE} = \frac{1}{nd} \sum_i \|x_i - \hat{x}_i\|^2, \qquad"
        r" \mathrm{PSNR} = 10 \log_{10} \frac{L^2}{\mathrm{MSE}}"
    )
    title = "Reconstruction"
    icon = "ruler"
    role = "metric"
    better = "less"

    peak: float = param(
        default=1.0,
        low=1e-6,
        high=1e6,
        title="Peak L",
        help="Width of the range of the data: 1 for [0, 1], 2 for [-1, 1].",
    )

    count: int = count_param(100_000, help="Items compared, at most.")

    def forward(self, x: Stream[Batch], x_hat: Stream[Batch]) -> Measured:
        """Return the mean squared error per number of x (b, ...), with the PSNR in decibels.

        Raise `InputRefused` where both streams differ in shape.
        """
        pairs = zip(until(x, self.count), x_hat, strict=False)
        found = torch.cat([_errors(*pair) for pair in pairs])
        errors = double(found[: self.count])  # (n,)
        psnr = 10 * torch.log10(self.peak**2 / errors.clamp(min=LEAST * self.peak**2))
        return Measured(errors.mean().item(), {"psnr": psnr.mean().item(), "items": len(errors)})

    def sketch(self, x: Stream[Tensor], x_hat: Stream[Tensor]) -> None:
        """Refuse shapes that differ; the rest needs numbers."""
        for pair in zip(x, x_hat, strict=False):
            _errors(*pair)


def _errors(x: Tensor, x_hat: Tensor) -> Tensor:
    """Return the mean squared error of each item, (b,)."""
    if x.flatten(1).shape != x_hat.flatten(1).shape:
        raise InputRefused(
            "{x_hat} must have the shape of {x}, {must}; it has {found}.",
            "Give the decoder the shape of the data.",
            must=" ".join(map(str, x.shape[1:])),
            found=" ".join(map(str, x_hat.shape[1:])),
        )
    return (x.flatten(1) - x_hat.flatten(1)).square().mean(1)

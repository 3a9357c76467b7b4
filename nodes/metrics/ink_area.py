"""The number of pixels that hold most of an image's ink."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.metrics.gathering import collect, count_param
from nodes.sentences import Part, say
from nodes.types import Images, Measured, Range, Stream


class InkArea(Node):
    """Measure how many pixels hold most of an image's ink: few of a stroke, many of a smear.

    The value is the mean over images of the least number of pixels that together hold a `share` of
    what all pixels hold, 0 as paper and 1 as ink; `error` is its standard error. Where `real` is
    wired, its area stands beside it as `real`.
    """

    synonyms = "sharpness, blur, stroke, smear, contrast, netteté, flou, trait"
    title = "Ink area"
    formula = r"\min \{ |S| : \sum_{i \in S} x_i \ge \rho \sum_i x_i \}"
    icon = "droplets"
    role = "metric"

    share: float = param(default=0.9, low=0.01, high=1.0, help="Share of the ink that is held.")
    count: int = count_param(1000, help="Images that are looked at, at most.")

    def forward(self, images: Stream[Images], real: Stream[Images] | None = None) -> Measured:
        """Return the mean area of images (b, c, h, w) in pixels, and its standard error."""
        areas = self._areas(images)
        error = areas.std().item() / math.sqrt(len(areas))
        others = {"error": error, "items": float(len(areas))}
        if real is not None:
            others = {"real": self._areas(real).mean().item()} | others
        return Measured(areas.mean().item(), others, say("pixels"))

    def _areas(self, images: Stream[Images]) -> Tensor:
        return collect(images, self.count, lambda x: area(x, self.share)).double()

    def sketch(self, images: Stream[Tensor], real: Stream[Tensor] | None = None) -> None:
        """Return nothing: there are no pixels in a check."""

    def ranges(self, images: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        if images is not None and images.low < 0:
            raise InputRefused(
                "Paper must be 0 and ink 1; pixels lie in {found}.",
                "Set the range of the data, or the output of what generates, to [0, 1].",
                found=images,
            )
        return {}

    def sign(self) -> Part:
        return say("{share} of the ink", share=self.share)


def area(images: Tensor, share: float) -> Tensor:
    """Return for each image (b, ...) the least number of pixels that hold a share of its ink."""
    ink = images.flatten(1).double().clamp_min(0).sort(1, descending=True).values.cumsum(1)
    wanted = share * ink[:, -1:] * (1 - 1e-9)  # all of it is reached, whatever the rounding
    return (ink < wanted).sum(1) + (ink[:, -1] > 0)

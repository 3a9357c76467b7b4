"""The share of pictures from which a network reads what was asked for."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.base import Node
from nodes.data.drawing import Drawing, Sorts
from nodes.errors import InputRefused
from nodes.metrics.embedding import CHUNK, is_signed, unit_of
from nodes.metrics.features import Features
from nodes.metrics.gathering import count_param, until
from nodes.types import Batch, Measured, Shape, Stream


class ReadBack(Node):
    """Measure how often all attributes of a caption are read from its picture.

    Photorealistic Text-to-Image Diffusion Models with Deep Language Understanding (Saharia et al.,
    2022), arXiv:2205.11487.

    `images` (b, c, h, w) were made of captions of `drawing` (b, k), which the network of `features`
    predicts. `value` is the share of pictures with every attribute right, `error` its standard
    error; beside it is the share of each attribute alone. The network errs too: wire real pictures
    to see how often.
    """

    synonyms = (
        "judge, accuracy, prompt alignment, clip score, compositional, juge, exactitude, fidélité "
        "au texte"
    )
    title = "Read back"
    formula = r"\frac{1}{n} \sum_i \mathbf{1}\left[\hat{y}(x_i) = y_i\right]"
    icon = "scan-eye"
    role = "metric"
    better = "more"

    count: int = count_param(1000, help="Pictures that are read, at most.")

    def forward(
        self, images: Stream[Batch], drawing: Stream[Drawing], features: Features
    ) -> Measured:
        """Return the share of images of which every answer is right, and its standard error.

        Raise `InputRefused` where the network does not classify what the drawing holds.
        """
        right: list[Tensor] = []
        for batch in until(images, self.count):
            asked = next(drawing)
            must_be_asked(batch, asked, features)
            right.append(read(batch, features) == asked.to(batch.device))
        hits = torch.cat(right)[: self.count].double()
        value = hits.all(1).double().mean().item()
        error = math.sqrt(value * (1 - value) / len(hits))
        others = {"exact": value, "error": error, "items": float(len(hits))} | _of_each(
            hits, features
        )
        return Measured(value, others, unit_of(features))

    def sketch(self, images: Stream[Tensor], drawing: Stream[Tensor], features: Features) -> None:
        """Refuse pictures that the network does not know."""
        for batch, asked in zip(images, drawing, strict=False):
            features.must_fit(batch)
            must_be_asked(batch, asked, features)


def read(images: Tensor, features: Features) -> Tensor:
    """Return the network's answers for images in [0, 1] or [-1, 1], (b, k)."""
    unit = (images + 1) / 2 if is_signed(images) else images
    return torch.cat([features.told(part) for part in unit.float().split(CHUNK)])


def must_be_asked(images: Tensor, drawing: Tensor, features: Features) -> None:
    """Raise `InputRefused` where a network does not classify the columns of a drawing (b, k).

    There must be as many images (b, c, h, w) as rows.
    """
    if len(drawing) != len(images):
        raise InputRefused(
            "{drawing} must be as many as {images}, {must}; they are {found}.",
            "Wire what these pictures were made of.",
            must=len(images),
            found=len(drawing),
        )
    if drawing.dim() != 2 or drawing.shape[1] != len(features.groups):
        raise InputRefused(
            "{features} tell {must} things of a picture; {drawing} has {found}.",
            "Choose a feature net that was trained on such pictures.",
            must=len(features.groups),
            found=Shape(drawing.shape[1:]),
        )


def _of_each(hits: Tensor, features: Features) -> dict[str, float]:
    """Return how often each answer alone is right, where there is a choice."""
    asked = zip(Sorts._fields, features.groups, hits.mean(0).tolist(), strict=False)
    return {name: share for name, kinds, share in asked if kinds > 1}

"""Barycentres of images as distributions of ink, and paths between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, Word, say
from nodes.transport.pixel_masses import Barycentre, Blur, barycentres, masses
from nodes.types import Frame, Images, Labels, Path

Way = Literal["transport", "fade"]


class _PixelMasses(Node):
    """A node that takes barycentres of images."""

    unreached = EVERY

    way: Way = param(
        default="transport",
        help="Ink moves over the page, or pixels turn from one grey into another where they are.",
    )
    blur: float = param(
        default=1.5,
        low=0.5,
        high=20.0,
        unit="pixels",
        help="Width of the entropy's blur; epsilon is twice its square. Smaller takes longer.",
    )
    debiased: bool = param(default=True, help="Take the blur of the entropy away from the result.")
    rounds: int = param(default=200, low=1, high=10_000, unit="rounds", help="Iterations, at most.")
    tolerance: float = param(
        default=1e-3, low=1e-12, high=1.0, help="Stop where no image moves more of its mass."
    )

    def iterate(self, images: Tensor, weights: Tensor) -> Iterator[Tensor]:
        """Yield the barycentres of images (n, k, h, w) after each iteration."""
        laws, mass = masses(images)
        share = weights[:, :, None, None].double()
        if self.way == "fade":
            yield (share * images.double()).sum(1).to(images)
            return
        blur = Blur(images.shape[-2], images.shape[-1], self.blur, images.device)
        for found in self._rounds(laws, weights.double(), blur):
            yield (found.law * (share * mass).sum(1)).clamp_max_(1.0).to(images)

    def _rounds(self, laws: Tensor, weights: Tensor, blur: Blur) -> Iterator[Barycentre]:
        for found in barycentres(laws, weights, blur, debiased=self.debiased, rounds=self.rounds):
            yield found
            if found.moved < self.tolerance:
                return

    def sign(self) -> Part:
        return Word(self.way) if self.way == "fade" else say("blur {blur} px", blur=self.blur)


class ImageMorph(_PixelMasses):
    """Turn each image of x into one of y, as distributions of mass moved at the least cost.

    Convolutional Wasserstein Distances (Solomon et al., 2015), doi:10.1145/2766963.

    `path` (frames, b, c, h, w) holds the barycentres of each pair with weights (1 - t, t) on x and
    y. Pixels are from 0 to 1, and each channel is a distribution of its own. The blur of the
    entropy is removed (Debiased Sinkhorn Barycenters, arXiv:2006.02575). `fade` mixes the two
    images linearly.
    """

    synonyms = (
        "morphing, wasserstein barycenter, interpolation, displacement, optimal transport, "
        "métamorphose, barycentre, transport optimal"
    )
    title = "Image morph"
    formula = r"x_t = \arg\min_z\, (1 - t)\, W_2^2(z, x) + t\, W_2^2(z, y)"
    icon = "move-3d"
    returns = "path"

    frames: int = param(default=9, low=2, high=100, unit="frames", help="Moments, both ends too.")

    def forward(self, x: Images, y: Images) -> Iterator[Frame[Path]]:
        """Yield the path (frames, b, c, h, w) after each round, for x and y (b, c, h, w).

        Raise `InputRefused` where images differ in shape.
        """
        x, y = self._pairs(x, y)
        t = torch.linspace(0, 1, self.frames, dtype=torch.float64, device=x.device)
        pairs = torch.stack([x.flatten(0, 1), y.flatten(0, 1)], 1)  # (b c, 2, h, w)
        weights = torch.stack([1 - t, t], 1).repeat_interleave(len(pairs), 0)
        with torch.no_grad():
            found = self.iterate(pairs.repeat(self.frames, 1, 1, 1), weights)
            for number, middle in enumerate(found, 1):
                yield Frame(number, max(number, self.rounds), middle.view(-1, *x.shape))

    def sketch(self, x: Tensor, y: Tensor) -> Tensor:
        x, _ = self._pairs(x, y)
        return x.new_empty(self.frames, *x.shape)

    def _pairs(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        if x.shape[1:] != y.shape[1:]:
            raise InputRefused(
                "{y} must have the shape of {x}, {must}; it has {found}.",
                "Wire items of the same kind to both.",
                must=" ".join(map(str, x.shape[1:])),
                found=" ".join(map(str, y.shape[1:])),
            )
        count = min(x.shape[0], y.shape[0])
        return x[:count], y[:count]


class ImageBarycenter(_PixelMasses):
    """Find the Wasserstein barycentre of many images, as distributions of mass: one for each class.

    Fast Computation of Wasserstein Barycenters (Cuturi & Doucet, 2014), arXiv:1310.4375, by the
    convolutions of Solomon et al. (2015), doi:10.1145/2766963.

    Without `labels` all images have one middle. With them `barycenters` (k, c, h, w) are in the
    order of the classes that come. Pixels are from 0 to 1. `fade` is the mean of each pixel.
    """

    synonyms = (
        "wasserstein barycenter, mean image, average of digits, optimal transport, prototype, "
        "image moyenne, barycentre, transport optimal"
    )
    title = "Image barycenter"
    formula = r"\bar{x} = \arg\min_z \sum_k W_2^2(z, x_k)"
    icon = "target"
    returns = "barycenters"

    count: int = param(
        default=30, low=1, high=100_000, unit="images", help="Images of each class, at most."
    )

    def forward(self, images: Images, labels: Labels | None = None) -> Iterator[Frame[Images]]:
        """Yield the barycentres found so far, (k, c, h, w), of images (n, c, h, w).

        With labels (n,) there is one for each class that comes, in the order of classes.
        """
        groups = [rows[: self.count] for rows in _by_class(images, labels)]
        found: list[Tensor] = []
        with torch.no_grad():
            for number, group in enumerate(groups, 1):
                found.append(self._middle(group))
                yield Frame(number, len(groups), torch.stack(found))

    def _middle(self, group: Tensor) -> Tensor:
        """Return the barycentre (c, h, w) of images (k, c, h, w)."""
        weights = group.new_full((group.shape[1], len(group)), 1 / len(group))
        *_, middle = self.iterate(group.transpose(0, 1), weights)
        return middle

    def sketch(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        classes = 1 if labels is None else len(self.class_names.get("labels", ())) or 1
        return images.new_empty(classes, *images.shape[1:])


def _by_class(images: Tensor, labels: Tensor | None) -> list[Tensor]:
    if labels is None:
        return [images]
    return [images[labels == label] for label in labels.unique()]

"""Networks that turn images into feature vectors, for FID and its like.

A figure is only worth what its features are, so each network carries the name of what it was
trained on, and every measure repeats it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.errors import InputRefused
from nodes.sentences import Text
from nodes.types import PortType, Shape

THIRD = 9
"""Modules up to the third layer of `Convolutions`: each has three."""
POOL = 12
"""Modules before the last layer's places are averaged."""
SHRUNK = 8
"""Pixels to a place of the last layer, each way."""
MIDDLE, BRIGHTER = 20, 1.25
"""Pixels that MNIST's digits take of their picture, and how much light enlarged ones lack."""


class Features(nn.Module, ABC):
    """A network ready to use, fixed: `forward` gives features (b, d), `logits` classes (b, k).

    Images (b, c, h, w) lie in [0, 1].
    """

    port: ClassVar[PortType] = PortType(
        "Features",
        ("Model",),
        "model",
        "diamond",
        None,
        "Tells what is in an image as a vector.",
        words="features",
    )

    fixed: ClassVar[bool] = True
    """Nothing trains it."""

    def __init__(self, name: Text) -> None:
        super().__init__()
        self.name = name
        self.seen: dict[Hashable, Tensor] = {}
        """Features of data that do not change, for all measures that share this network."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Return the features, (b, d)."""

    @abstractmethod
    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of the classes, (b, k)."""

    @property
    def groups(self) -> tuple[int, ...]:
        """How many answers there are to each question it was trained on, in the logits' order."""
        return (int(self.classes),)  # type: ignore[arg-type]

    def told(self, x: Tensor) -> Tensor:
        """Return the answers to all its questions, (b, questions)."""
        parts = self.logits(x).split(self.groups, 1)
        return torch.stack([part.argmax(1) for part in parts], 1)

    @abstractmethod
    def must_fit(self, x: Tensor) -> None:
        """Raise `InputRefused` where x (b, ...) are not images that the network knows."""

    def take(self, weights: dict[str, Tensor]) -> None:
        """Load weights, each in the shape of the network's own.

        Raise `RuntimeError` where they are another network's.
        """
        self.load_state_dict(weights)


class Convolutions(Features):
    """A small classifier of five layers, with w channels in the first and 4w in the last.

    Its features are the channels of the third layer, averaged over each quarter of the image, (b,
    8w). Those of the last layer would hold little more than the class.
    """

    def __init__(self, name: Text, shape: Shape, *, width: int = 32, classes: int = 10) -> None:
        super().__init__(name)
        self.shape, self.width, self.classes = shape, width, classes
        self.net = nn.Sequential(
            *_layer(shape[0], width, 5, stride=2),
            *_layer(width, 2 * width, 3, stride=2),
            *_layer(2 * width, 2 * width, 3, stride=1),
            *_layer(2 * width, 4 * width, 3, stride=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(4 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of images x (b, c, h, w) in [0, 1], (b, 8w)."""
        channels = self.net[:THIRD](2 * x - 1)
        return F.adaptive_avg_pool2d(channels, 2).flatten(1)

    def summary(self, x: Tensor) -> Tensor:
        """Return the input of the classification layer, the mean of the last channels, (b, 4w)."""
        return self.net(2 * x - 1)

    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of the classes, (b, k), of images x (b, c, h, w) in [0, 1]."""
        return self.head(self.summary(x))

    def must_fit(self, x: Tensor) -> None:
        """Raise `InputRefused` where x (b, ...) are not images of the network's shape."""
        if tuple(x.shape[1:]) != tuple(self.shape):
            raise InputRefused(
                "{features} know pictures of the shape {must}; these have {found}.",
                "Give pictures of that shape, or mute this node. Features of other data: "
                "python -m nodes.metrics.train_features.",
                features=self.name,
                must=self.shape,
                found=Shape(x.shape[1:]),
            )


class Reader(Convolutions):
    """The same layers for several questions at once: thing, size, place.

    It keeps the places of the last layer, which the class alone does not need.
    """

    def __init__(self, name: Text, shape: Shape, *, width: int = 32, sorts: Sequence[int]) -> None:
        super().__init__(name, shape, width=width, classes=sum(sorts))
        self.sorts = tuple(sorts)
        rows, columns = (-(-side // SHRUNK) for side in shape[1:])
        self.head = nn.Linear(4 * width * rows * columns, sum(sorts))

    @property
    def groups(self) -> tuple[int, ...]:
        """The number of answers to each of its questions."""
        return self.sorts

    def summary(self, x: Tensor) -> Tensor:
        """Return the channels of all places of the last layer as one row, (b, d)."""
        return self.net[:POOL](2 * x - 1).flatten(1)


class CloseReader(Reader):
    """A reader in two stages: first size and place of a thing, then its class, enlarged.

    The second network knows things in the middle of a picture, as MNIST's digits are; `spans` are
    the pixels that things of each size take, at `rows` places each way.
    """

    def __init__(
        self,
        name: Text,
        shape: Shape,
        *,
        width: int = 32,
        sorts: Sequence[int],
        spans: Sequence[int],
        rows: int,
    ) -> None:
        super().__init__(name, shape, width=width, sorts=sorts)
        self.near = Convolutions(name, shape, width=32, classes=sorts[0])
        self.spans, self.rows = tuple(spans), rows

    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of all questions, (b, k), those of the class from the second look."""
        first = super().logits(x)
        _, size, place = first.split(self.groups, 1)[:3]
        near = self.near.logits(self.enlarged(x, size.argmax(1), place.argmax(1)))
        return torch.cat([near, first[:, self.groups[0] :]], 1)

    def enlarged(self, x: Tensor, size: Tensor, place: Tensor) -> Tensor:
        """Return the things of x (b, c, h, w) enlarged in the middle of pictures of that size.

        `size` and `place` (b,) are their numbers. The pictures are made brighter: shrinking took
        light.
        """
        side = x.shape[-1]
        span = torch.tensor(self.spans, device=x.device)[size]
        corner = torch.stack([place % self.rows, place // self.rows], 1)
        corner = corner * ((side - span) // (self.rows - 1))[:, None]
        middle = (2 * corner + span[:, None]) / side - 1
        scale = (span / MIDDLE)[:, None, None] * torch.eye(2, device=x.device)
        grid = F.affine_grid(torch.cat([scale, middle[..., None]], 2), list(x.shape), False)
        return (BRIGHTER * F.grid_sample(x, grid, "bicubic", align_corners=False)).clamp(0, 1)


def _layer(inputs: int, outputs: int, kernel: int, *, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]

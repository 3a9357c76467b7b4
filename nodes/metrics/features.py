"""Networks that turn images into vectors which say what is in them: what FID and its like compare.

A figure is only worth what its features are, so each network carries the name of what it was
trained on, and every measure repeats it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from nodes.errors import InputRefused
from nodes.sentences import Text
from nodes.types import PortType, Shape

THIRD = 9
"""Modules up to the third layer of `Convolutions`: each has three."""


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

    @abstractmethod
    def must_fit(self, x: Tensor) -> None:
        """Raise `InputRefused` where these are not images that the network knows."""

    def take(self, weights: dict[str, Tensor]) -> None:
        """Take the weights of a file; raise `RuntimeError` where they are another network's."""
        self.load_state_dict(weights)


class Convolutions(Features):
    """A small network of five layers that tells classes; w channels in the first, 4w in the last.

    Its features are the channels of the third layer, averaged over each quarter of the image,
    (b, 8w). Those of the last layer would hold little more than the class.
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
        channels = self.net[:THIRD](2 * x - 1)
        return F.adaptive_avg_pool2d(channels, 2).flatten(1)

    def summary(self, x: Tensor) -> Tensor:
        """Return what the classes are told by, the mean of the last channels, (b, 4w)."""
        return self.net(2 * x - 1)

    def logits(self, x: Tensor) -> Tensor:
        return self.head(self.summary(x))

    def must_fit(self, x: Tensor) -> None:
        if tuple(x.shape[1:]) != tuple(self.shape):
            raise InputRefused(
                "{features} know pictures of the shape {must}; these have {found}.",
                "Train features on this data: python -m nodes.metrics.train_features.",
                features=self.name,
                must=self.shape,
                found=Shape(x.shape[1:]),
            )


def _layer(inputs: int, outputs: int, kernel: int, *, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]

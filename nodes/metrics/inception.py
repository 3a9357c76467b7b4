"""Inception-v3 for the Fréchet distance of papers; its weights are read from a user's file.

Rethinking the Inception Architecture for Computer Vision (Szegedy et al., 2015), arXiv:1512.00567,
table 1 and figures 5 to 7.

Weights carry the names that pytorch-fid gave to those of 2015, with 1008 classes. Means leave out
the padding, and the last block takes the largest in place of a mean: so did the graph that
published figures were measured with, and so must be done to compare with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.errors import InputRefused
from nodes.metrics.features import Features
from nodes.sentences import say

CLASSES = 1008
SIDE = 299
WIDTH = 2048
BATCH = 32
"""Images that go through at once: at 299 x 299 each of the first layers gives 6 MB an image."""


class Layer(NamedTuple):
    """A module by the name its weights have, made once it is known how many channels come in."""

    name: str
    make: Callable[[int], nn.Module]


Step = Layer | list[Layer]
"""One layer, or several that see the same and whose channels are put together."""


class Convolution(nn.Module):
    """Convolution, batch normalisation and ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int], stride: int, padded: bool
    ) -> None:
        super().__init__()
        self.outputs = outputs
        around = (kernel[0] // 2, kernel[1] // 2) if padded else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, around, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        """Return (b, outputs, h, w) of x (b, inputs, h, w), never negative."""
        return F.relu(self.bn(self.conv(x)))


class Paths(nn.Module):
    """Go several paths from what comes in, and put the channels of their ends together."""

    def __init__(self, inputs: int, *paths: Sequence[Step]) -> None:
        super().__init__()
        self.paths: list[list[list[str]]] = []
        self.outputs = sum(self._add_path(path, inputs) for path in paths)

    def _add_path(self, path: Sequence[Step], channels: int) -> int:
        """Make the layers of a path; return how many channels come out."""
        names: list[list[str]] = []
        for step in path:
            layers = [step] if isinstance(step, Layer) else step
            made = {layer.name: layer.make(channels) for layer in layers}
            for name, module in made.items():
                self.add_module(name, module)
            channels = sum(getattr(module, "outputs", channels) for module in made.values())
            names.append(list(made))
        self.paths.append(names)
        return channels

    def forward(self, x: Tensor) -> Tensor:
        """Return the channels of all paths side by side: x (b, c, h, w) → (b, outputs, h', w')."""
        return torch.cat([self._apply_path(path, x) for path in self.paths], 1)

    def _apply_path(self, path: list[list[str]], x: Tensor) -> Tensor:
        for names in path:
            x = torch.cat([self.get_submodule(name)(x) for name in names], 1)
        return x


def conv(
    name: str, outputs: int, rows: int, columns: int = 0, *, stride: int = 1, padded: bool = True
) -> Layer:
    """Return a convolution; a square one where there are no `columns`."""
    kernel = rows, columns or rows
    return Layer(name, lambda inputs: Convolution(inputs, outputs, kernel, stride, padded))


def mixed(name: str, *paths: Sequence[Step]) -> Layer:
    """Return a block of several paths."""
    return Layer(name, lambda inputs: Paths(inputs, *paths))


def mean() -> Layer:
    """Return the mean of 3 x 3, at the borders of what there is."""
    return Layer("mean", lambda _: nn.AvgPool2d(3, 1, 1, count_include_pad=False))


def largest(name: str = "largest", stride: int = 1) -> Layer:
    """Return the largest of 3 x 3."""
    return Layer(name, lambda _: nn.MaxPool2d(3, stride, 1 if stride == 1 else 0))


def five(name: str, pooled: int) -> Layer:
    """Return a block of figure 5, at 35 x 35."""
    return mixed(
        name,
        [conv("branch1x1", 64, 1)],
        [conv("branch5x5_1", 48, 1), conv("branch5x5_2", 64, 5)],
        [
            conv("branch3x3dbl_1", 64, 1),
            conv("branch3x3dbl_2", 96, 3),
            conv("branch3x3dbl_3", 96, 3),
        ],
        [mean(), conv("branch_pool", pooled, 1)],
    )


def seven(name: str, c: int) -> Layer:
    """Return a block of figure 6, at 17 x 17: 7 x 7 as 1 x 7 and 7 x 1."""
    return mixed(
        name,
        [conv("branch1x1", 192, 1)],
        [
            conv("branch7x7_1", c, 1),
            conv("branch7x7_2", c, 1, 7),
            conv("branch7x7_3", 192, 7, 1),
        ],
        [
            conv("branch7x7dbl_1", c, 1),
            conv("branch7x7dbl_2", c, 7, 1),
            conv("branch7x7dbl_3", c, 1, 7),
            conv("branch7x7dbl_4", c, 7, 1),
            conv("branch7x7dbl_5", 192, 1, 7),
        ],
        [mean(), conv("branch_pool", 192, 1)],
    )


def wide(name: str, pool: Layer) -> Layer:
    """Return a block of figure 7, at 8 x 8: 3 x 3 as 1 x 3 beside 3 x 1."""
    return mixed(
        name,
        [conv("branch1x1", 320, 1)],
        [
            conv("branch3x3_1", 384, 1),
            [conv("branch3x3_2a", 384, 1, 3), conv("branch3x3_2b", 384, 3, 1)],
        ],
        [
            conv("branch3x3dbl_1", 448, 1),
            conv("branch3x3dbl_2", 384, 3),
            [conv("branch3x3dbl_3a", 384, 1, 3), conv("branch3x3dbl_3b", 384, 3, 1)],
        ],
        [pool, conv("branch_pool", 192, 1)],
    )


def halving(name: str) -> Layer:
    """Return the block from 35 x 35 to 17 x 17."""
    return mixed(
        name,
        [conv("branch3x3", 384, 3, stride=2, padded=False)],
        [
            conv("branch3x3dbl_1", 64, 1),
            conv("branch3x3dbl_2", 96, 3),
            conv("branch3x3dbl_3", 96, 3, stride=2, padded=False),
        ],
        [largest(stride=2)],
    )


def halving_again(name: str) -> Layer:
    """Return the block from 17 x 17 to 8 x 8."""
    return mixed(
        name,
        [conv("branch3x3_1", 192, 1), conv("branch3x3_2", 320, 3, stride=2, padded=False)],
        [
            conv("branch7x7x3_1", 192, 1),
            conv("branch7x7x3_2", 192, 1, 7),
            conv("branch7x7x3_3", 192, 7, 1),
            conv("branch7x7x3_4", 192, 3, stride=2, padded=False),
        ],
        [largest(stride=2)],
    )


TABLE: list[Step] = [
    conv("Conv2d_1a_3x3", 32, 3, stride=2, padded=False),
    conv("Conv2d_2a_3x3", 32, 3, padded=False),
    conv("Conv2d_2b_3x3", 64, 3),
    largest("pool_2", stride=2),
    conv("Conv2d_3b_1x1", 80, 1),
    conv("Conv2d_4a_3x3", 192, 3, padded=False),
    largest("pool_4", stride=2),
    five("Mixed_5b", 32),
    five("Mixed_5c", 64),
    five("Mixed_5d", 64),
    halving("Mixed_6a"),
    seven("Mixed_6b", 128),
    seven("Mixed_6c", 160),
    seven("Mixed_6d", 160),
    seven("Mixed_6e", 192),
    halving_again("Mixed_7a"),
    wide("Mixed_7b", mean()),
    wide("Mixed_7c", largest()),
]


class Inception(Features):
    """Inception-v3: features are the means of its last 2048 channels, classes 1008.

    Images of any size become 299 x 299; grey ones are given three channels. As papers measure
    pictures in files, numbers are rounded to 256 levels first.
    """

    def __init__(self) -> None:
        super().__init__(say("{data} features", data="Inception-v3"))
        self.net = Paths(3, TABLE)
        self.fc = nn.Linear(WIDTH, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of images x (b, 1 or 3, h, w) in [0, 1], (b, 2048)."""
        return torch.cat([self.net(part).mean((2, 3)) for part in map(shown, x.split(BATCH))])

    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of the classes, (b, 1008)."""
        return self.fc(self(x))

    def must_fit(self, x: Tensor) -> None:
        """Raise `InputRefused` where x is not of images with 1 or 3 channels, (b, c, h, w)."""
        if x.dim() != 4 or x.shape[1] not in (1, 3):
            raise InputRefused(
                "{features} needs pictures of 1 or 3 channels; what comes has the shape {found}.",
                features=self.name,
                found=" ".join(map(str, x.shape)),
            )

    def take(self, weights: dict[str, Tensor]) -> None:
        """Load weights by the names of pytorch-fid, each in the shape of the network's own.

        Raise `RuntimeError` where they are another network's.
        """
        named = {k if k.startswith("fc.") else f"net.{k}": v for k, v in weights.items()}
        counts = {k: v for k, v in self.state_dict().items() if k.endswith("num_batches_tracked")}
        self.load_state_dict(counts | named)


def shown(x: Tensor) -> Tensor:
    """Return images x (b, c, h, w) in [0, 1] as inputs (b, 3, 299, 299) in [-1, 1]."""
    x = x.mul(255).round().clamp(0, 255) / 255
    x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False)
    return 2 * x.expand(-1, 3, -1, -1) - 1

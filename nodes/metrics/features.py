"""Networks that turn images into vectors which say what is in them: what FID and its like compare.

A figure is only worth what its features are, so each network carries the name of what it was
trained on, and every measure repeats it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.errors import DataMissing, InputRefused
from nodes.types import PortType, Shape

FORMAT = "genworkbench.features"
THIRD = 9
"""Modules up to the third layer of `Convolutions`: each has three."""


class Features(nn.Module, ABC):
    """A network ready to use, fixed: `forward` gives features (b, d), `logits` classes (b, k).

    Images (b, c, h, w) lie in [0, 1].
    """

    port: ClassVar[PortType] = PortType(
        "Features", ("Model",), "model", "diamond", None, "Tells what is in an image as a vector."
    )

    def __init__(self, name: str) -> None:
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


class Convolutions(Features):
    """A small network of five layers that tells classes; w channels in the first, 4w in the last.

    Its features are the channels of the third layer, averaged over each quarter of the image,
    (b, 8w). Those of the last layer would hold little more than the class.
    """

    def __init__(self, name: str, shape: Shape, *, width: int = 32, classes: int = 10) -> None:
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
                f"{self.name} know images of {self.shape}; these are {Shape(x.shape[1:])}.",
                "Train features on this data: python -m nodes.metrics.train_features.",
            )


def _layer(inputs: int, outputs: int, kernel: int, *, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


class Script(Features):
    """A TorchScript network from a file: StyleGAN's Inception, or any that gives features.

    Inception's file takes bytes in three channels and tells features and classes apart by
    `return_features`; another network takes [0, 1] and gives features only.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(f"features of {file.name}")
        self.net = torch.jit.load(str(file), map_location="cpu").eval()
        arguments = [a.name for a in self.net.forward.schema.arguments]
        self.inception = "return_features" in arguments

    def forward(self, x: Tensor) -> Tensor:
        if not self.inception:
            return self.net(x).flatten(1)
        return self.net(_coloured(x), return_features=True).flatten(1)

    def logits(self, x: Tensor) -> Tensor:
        if not self.inception:
            raise InputRefused(f"The {self.name} tell no classes.", "Use another feature net.")
        return self.net(_coloured(x)).clamp(min=1e-12).log()

    def must_fit(self, x: Tensor) -> None:
        if x.dim() != 4:
            raise InputRefused(
                f"The {self.name} need images, b c h w; these are {' '.join(map(str, x.shape))}."
            )


def _coloured(x: Tensor) -> Tensor:
    """Return images as bytes in three channels."""
    x = x if x.shape[1] == 3 else x[:, :1].expand(-1, 3, -1, -1)
    return x.mul(255).round().clamp(0, 255).to(torch.uint8)


# --- files ----------------------------------------------------------------------------------------


def save(network: Convolutions, file: Path, facts: dict[str, str]) -> None:
    """Write a network as safetensors, with what is needed to make it again and `facts`."""
    made = {
        "format": FORMAT,
        "shape": str(network.shape),
        "width": str(network.width),
        "classes": str(network.classes),
    }
    state = {k: v.contiguous() for k, v in network.state_dict().items()}
    save_file(state, str(file), metadata=facts | made)


def facts_of(file: Path) -> dict[str, str]:
    """Return what a file of `save` says of itself, or raise `DataMissing`."""
    if not file.is_file():
        raise DataMissing(
            f"There is no feature network {file}.",
            "Name a file made by python -m nodes.metrics.train_features, or a TorchScript file.",
            place="file",
        )
    try:
        with safe_open(str(file), framework="pt") as opened:
            facts: dict[str, str] = opened.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise DataMissing(f"{file} cannot be read: {error}.", place="file") from error
    if facts.get("format") != FORMAT:
        raise DataMissing(
            f"{file} holds no feature network of this program.",
            "Make one by python -m nodes.metrics.train_features.",
            place="file",
        )
    return facts


def bare(facts: dict[str, str]) -> Convolutions:
    """Return the network that `facts` describe, without its weights."""
    shape = Shape(int(n) for n in facts["shape"].split())
    name = f"{facts['data']} features"
    width, classes = int(facts["width"]), int(facts["classes"])
    return Convolutions(name, shape, width=width, classes=classes).eval()


def read(file: Path) -> Features:
    """Read a network: safetensors of this program's own, else TorchScript. Nothing is unpickled."""
    if file.suffix != ".safetensors":
        return _script(file)
    network = bare(facts_of(file))
    try:
        network.load_state_dict(load_file(str(file)))
    except RuntimeError as error:
        raise DataMissing(f"{file} does not hold the weights it says.", place="file") from error
    return fixed(network)


def _script(file: Path) -> Features:
    if not file.is_file():
        raise DataMissing(f"There is no file {file}.", "Choose another.", place="file")
    try:
        return fixed(Script(file))
    except RuntimeError as error:
        raise DataMissing(
            f"{file.name} is no TorchScript file.",
            "Save the network by torch.jit.save; files of torch.save are not opened, for they may "
            "run code.",
            place="file",
        ) from error


def fixed(network: Any) -> Any:
    """Return the network in eval mode, needing no gradient."""
    return network.eval().requires_grad_(False)

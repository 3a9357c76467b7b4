"""Masks of coupling layers, and the networks that compute their parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.errors import InputRefused
from nodes.flows.base import must_be_images
from nodes.networks.blocks import ACTIVATIONS, Activation, perceptron
from nodes.params import param
from nodes.types import Shape

MaskKind = Literal["alternating", "channel", "checkerboard"]


class Mask(nn.Module):
    """Split items into what stays and what moves, and put them together again.

    Both are channels (of points: dimensions): `alternating` moves every second one, `channel` one
    half, `checkerboard` every second pixel, the two colours of 2 x 2 blocks written as channels.
    Odd turns move what even turns leave.
    """

    stays: Tensor
    moves: Tensor
    back: Tensor

    def __init__(self, kind: MaskKind, shape: Shape, turn: int) -> None:
        super().__init__()
        self.folded = kind == "checkerboard"
        self.shape = _folded(shape) if self.folded else shape
        sides: tuple[list[int], list[int]] = [], []
        for channel in range(self.shape[0]):
            sides[_SIDES[kind](channel, self.shape[0]) ^ (turn % 2)].append(channel)
        stays, moves = sides
        if not stays or not moves:
            raise InputRefused(
                "A coupling needs two channels or dimensions to split; this flow has {shape}.",
                "Use the checkerboard mask, or let a Squeeze follow and give the base 4 channels.",
                shape=shape,
            )
        order = stays + moves
        self.in_runs = _is_run(stays) and _is_run(moves)
        self.first_stays = stays[0] < moves[0]
        back = sorted(range(len(order)), key=order.__getitem__)
        self.register_buffer("stays", torch.tensor(stays), persistent=False)
        self.register_buffer("moves", torch.tensor(moves), persistent=False)
        self.register_buffer("back", torch.tensor(back), persistent=False)
        self.sizes = [len(side) for side in sorted(sides)]  # in runs the first begins with 0
        self.network_shape = Shape((len(stays), *self.shape[1:]))
        self.moving = len(moves)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what stays and what moves: x (b, c, ...) → (b, c_stays, ...), (b, c_moves, ...).

        A checkerboard first writes 2 x 2 pixels as channels: then rows and columns are half as
        many.
        """
        x = F.pixel_unshuffle(x, 2) if self.folded else x
        if self.in_runs:  # views instead of copies
            first, second = x.split_with_sizes(self.sizes, 1)
            return (first, second) if self.first_stays else (second, first)
        return x.index_select(1, self.stays), x.index_select(1, self.moves)

    def join(self, stayed: Tensor, moved: Tensor) -> Tensor:
        """Undo `split`: (b, c_stays, ...), (b, c_moves, ...) → (b, c, ...)."""
        if self.in_runs:
            x = torch.cat([stayed, moved] if self.first_stays else [moved, stayed], 1)
        else:
            x = torch.cat([stayed, moved], 1).index_select(1, self.back)
        return F.pixel_shuffle(x, 2) if self.folded else x


def _is_run(channels: list[int]) -> bool:
    """Return whether the channels follow one another."""
    return channels == list(range(channels[0], channels[0] + len(channels)))


# What a channel of so many does in even turns: 0 stays, 1 moves.
_SIDES: dict[str, Callable[[int, int], int]] = {
    "alternating": lambda channel, count: channel % 2,
    "channel": lambda channel, count: int(channel >= count // 2),
    "checkerboard": lambda channel, count: int(channel % 4 in (1, 2)),  # of 00 01 10 11
}


def _folded(shape: Shape) -> Shape:
    must_be_images(shape, "A checkerboard")
    channels, height, width = shape
    if height % 2 or width % 2:
        raise InputRefused(
            "A checkerboard needs an even number of rows and columns; there are {height} and "
            "{width}.",
            "Use the channel mask.",
            height=height,
            width=width,
        )
    return Shape((4 * channels, height // 2, width // 2))


class Convolutions(nn.Sequential):
    """Convolutions with the channels last in memory: on a CPU they take half the time."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the layers, (b, c, h, w) → (b, outputs, h, w)."""
        y: Tensor = super().forward(x.contiguous(memory_format=torch.channels_last))
        return y


def width_param(of: str, *, high: int = 4096) -> Any:
    """Declare the width of the network that gives `of`."""
    return param(
        default=64, low=1, high=high, unit="units", title="Hidden width", help=f"Width of {of}."
    )


def depth_param(of: str, *, default: int = 2, low: int = 0) -> Any:
    """Declare the depth of the network that gives `of`."""
    return param(
        default=default,
        low=low,
        high=8,
        unit="layers",
        title="Hidden layers",
        help=f"Layers of {of}.",
    )


def bound_param() -> Any:
    """Declare how large a log-scale may be."""
    return param(
        default=2.0,
        low=0.01,
        high=20.0,
        title="Largest |s|",
        help="Bound of the log-scale, kept by a tanh.",
    )


class Conditioner(NamedTuple):
    """The network of a coupling: how wide, how deep."""

    hidden: int
    layers: int
    activation: Activation

    @classmethod
    def of(cls, layer: Any) -> Conditioner:
        """Return the network settings of a layer's parameters."""
        return cls(layer.hidden, layer.layers, layer.activation)

    def net(self, shape: Shape, outputs: int) -> nn.Sequential:
        """Return a network from what stays, of `shape`, to `outputs` numbers (of images: channels).

        Points (b, d) give (b, outputs), images (b, c, h, w) give (b, outputs, h, w). The last layer
        is zero, so that the coupling begins as the identity (Glow, section 3.3).
        """
        make = self._convolutions if len(shape) == 3 else self._perceptron
        net = make(shape, outputs)
        for weights in net[-1].parameters():
            nn.init.zeros_(weights)
        return net

    def _perceptron(self, shape: Shape, outputs: int) -> nn.Sequential:
        widths = [self.hidden] * self.layers
        return perceptron(shape.numel, widths, outputs, activation=self.activation)

    def _convolutions(self, shape: Shape, outputs: int) -> nn.Sequential:
        """Return 3 x 3 convolutions at both ends and 1 x 1 between, as Glow has them."""
        layers: list[nn.Module] = []
        channels = shape[0]
        for number in range(self.layers):
            kernel = 1 if number else 3
            layers += [nn.Conv2d(channels, self.hidden, kernel, padding=kernel // 2)]
            layers += [ACTIVATIONS[self.activation]()]
            channels = self.hidden
        return Convolutions(*layers, nn.Conv2d(channels, outputs, 3, padding=1))

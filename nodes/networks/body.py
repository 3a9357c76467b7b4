"""Whole networks from images or points to vectors and back, in two architectures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from torch import nn

from nodes.errors import InputRefused
from nodes.networks.blocks import (
    ACTIVATIONS,
    Activation,
    Normalization,
    arrows,
    doubling_convolutions,
    doubling_widths,
    halving_convolutions,
    lay_channels_last,
    normalized,
    perceptron,
    repeated,
)
from nodes.params import param
from nodes.types import Shape

Architecture = Literal["perceptron", "convolutional"]
MapArchitecture = Literal["perceptron", "convolutional", "fully convolutional"]
"""The last has no linear layer: a code keeps rows and columns, channel after channel."""


def architecture_param(*, transposed: bool = False) -> Any:
    """Declare what a network is made of."""
    convolutions = "transposed convolutions" if transposed else "convolutions"
    return param(
        default="perceptron", help=f"Fully connected layers, or {convolutions} of stride 2."
    )


def map_architecture_param(*, transposed: bool = False) -> Any:
    """Declare what a network is made of whose codes may be small pictures."""
    convolutions = "transposed convolutions" if transposed else "convolutions"
    return param(
        default="perceptron",
        help=f"Fully connected layers; or {convolutions} of stride 2, with a linear layer at the "
        "code or, fully convolutional, without: the code is then a small picture.",
    )


def hidden_param(default: int, *, channels: Literal["", "first", "last"] = "") -> Any:
    """Declare the width; `channels`: which convolution has so many of them."""
    more = f"; of convolutions, channels of the {channels}" if channels else ""
    return param(
        default=default,
        low=1,
        high=8192,
        unit="units",
        title="Hidden width",
        larger="can learn more, each step takes longer",
        smaller="quicker, learns coarser things",
        help=f"Width of the hidden layers{more}.",
    )


def layers_param(default: int) -> Any:
    """Declare the depth."""
    return param(default=default, low=0, high=12, unit="layers", help="Hidden layers.")


def depth_param() -> Any:
    """Declare how many convolutions there are at each size."""
    return param(
        default=1,
        low=1,
        high=8,
        unit="convolutions",
        help="Convolutions at each size: one that changes it, the others of 3 × 3.",
    )


class Body(NamedTuple):
    """What a network is made of: `layers` hidden layers, `hidden` wide (channels: at the most).

    Of convolutions there are `depth` a layer.
    """

    architecture: MapArchitecture
    hidden: int
    layers: int
    activation: Activation
    normalization: Normalization = "none"
    depth: int = 1

    @classmethod
    def of(cls, node: Any) -> Body:
        """Return the settings in a node's parameters; the default is a perceptron."""
        said = {name: getattr(node, name) for name in cls._fields if hasattr(node, name)}
        return cls(**{"architecture": "perceptron"} | said)

    def encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        """Return the network from items of shape `x` to (b, outputs)."""
        return _ENCODERS[self.architecture](self, x, outputs)

    def decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        """Return the network from (b, inputs) to (b, x.numel) or items of shape `x`, linear."""
        return _DECODERS[self.architecture](self, inputs, x)

    def sign(self, first: object, last: object) -> str:
        """Write it in a few signs: `784→64→2`, `1×28×28→c32→c64→2`."""
        return arrows(first, *self._widths, last)

    def sign_back(self, first: object, last: object) -> str:
        """Write the decoder in a few signs: `64→c64→c32→784`."""
        return arrows(first, *reversed(self._widths), last)

    @property
    def _widths(self) -> list[str]:
        if self.architecture == "perceptron":
            return repeated([self.hidden] * self.layers)
        times = f"×{self.depth}" if self.depth > 1 else ""
        return [f"c{c}{times}" for c in self._channels]

    @property
    def _channels(self) -> list[int]:
        return doubling_widths(self.hidden, max(1, self.layers))

    @property
    def _convolutions(self) -> dict[str, Any]:
        """What convolutions down and up are given alike."""
        return {name: getattr(self, name) for name in ("activation", "normalization", "depth")}

    def _perceptron(self, inputs: int, outputs: int) -> nn.Sequential:
        return perceptron(
            inputs,
            [self.hidden] * self.layers,
            outputs,
            activation=self.activation,
            normalization=self.normalization,
        )

    def _perceptron_encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), *self._perceptron(x.numel, outputs))

    def _perceptron_decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        return self._perceptron(inputs, x.numel)

    def _convolutional_encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        _must_be_images(x)
        net, inside = halving_convolutions(x, self._channels, **self._convolutions)
        lay_channels_last(net)
        return nn.Sequential(*net, nn.Flatten(), nn.Linear(inside.numel, outputs))

    def _convolutional_decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        _must_be_images(x)
        net, inside = doubling_convolutions(x, self._channels, **self._convolutions)
        lay_channels_last(net)
        start = [nn.Linear(inputs, inside.numel), nn.Unflatten(1, inside)]
        start += normalized(inside[0], self.normalization)
        return nn.Sequential(*start, ACTIVATIONS[self.activation](), *net)

    def _map_encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        _must_be_images(x)
        net, inside = halving_convolutions(x, self._channels, **self._convolutions)
        channels = _channels_of(outputs, inside, each=2)
        lay_channels_last(net)
        return nn.Sequential(*net, nn.Conv2d(inside[0], channels, 3, padding=1), nn.Flatten())

    def _map_decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        _must_be_images(x)
        net, inside = doubling_convolutions(x, self._channels, **self._convolutions)
        channels = _channels_of(inputs, inside)
        lay_channels_last(net)
        first = nn.Conv2d(channels, inside[0], 3, padding=1)
        start = [nn.Unflatten(1, (channels, *inside[1:])), first]
        start += normalized(inside[0], self.normalization)
        return nn.Sequential(*start, ACTIVATIONS[self.activation](), *net)


_ENCODERS: dict[str, Callable[[Body, Shape, int], nn.Sequential]] = {
    "perceptron": Body._perceptron_encoder,
    "convolutional": Body._convolutional_encoder,
    "fully convolutional": Body._map_encoder,
}
_DECODERS: dict[str, Callable[[Body, int, Shape], nn.Sequential]] = {
    "perceptron": Body._perceptron_decoder,
    "convolutional": Body._convolutional_decoder,
    "fully convolutional": Body._map_decoder,
}


def _channels_of(numbers: int, inside: Shape, *, each: int = 1) -> int:
    """Return how many channels so many numbers make, or raise `InputRefused`.

    There are `each` times as many numbers as a code has.
    """
    places = inside[1] * inside[2]
    if numbers % (each * places):
        raise InputRefused(
            "A fully convolutional code has {rows} rows and {columns} columns here: the latent "
            "size must be a multiple of {places}; it is {found}.",
            "Set the latent size to {more}, which is {channels} channels.",
            rows=inside[1],
            columns=inside[2],
            places=places,
            found=numbers // each,
            more=4 * places,
            channels=4,
        )
    return numbers // places


def _must_be_images(x: Shape) -> None:
    if len(x) != 3:
        raise InputRefused(
            "A convolutional network needs pictures: channels, rows, columns; an item here has "
            "the shape {found}.",
            "Set {architecture} to perceptron.",
            found=x,
        )

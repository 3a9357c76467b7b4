"""What encoders and decoders share: the two architectures, as bodies of plain torch modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from torch import nn

from nodes.errors import InputRefused
from nodes.networks.blocks import (
    ACTIVATIONS,
    Activation,
    arrows,
    doubling_convolutions,
    growing,
    halving_convolutions,
    perceptron,
    repeated,
)
from nodes.types import Shape

Architecture = Literal["perceptron", "convolutional"]


class Body(NamedTuple):
    """What a network is made of: `layers` hidden layers, `hidden` wide (channels: at the most)."""

    architecture: Architecture
    hidden: int
    layers: int
    activation: Activation

    def encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        """Return the network from items of shape `x` to (b, outputs)."""
        return _ENCODERS[self.architecture](self, x, outputs)

    def decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        """Return the network from (b, inputs) to items of shape `x`, linear at its end."""
        return _DECODERS[self.architecture](self, inputs, x)

    def sign(self, first: object, last: object) -> str:
        """Write it in a few signs: `784→64→2`, `1×28×28→c32→c64→2`."""
        if self.architecture == "perceptron":
            return arrows(first, *repeated([self.hidden] * self.layers), last)
        return arrows(first, *(f"c{c}" for c in self._channels), last)

    @property
    def _channels(self) -> list[int]:
        return growing(self.hidden, max(1, self.layers))

    def _perceptron_encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        net = perceptron(x.numel, [self.hidden] * self.layers, outputs, activation=self.activation)
        return nn.Sequential(nn.Flatten(), *net)

    def _perceptron_decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        net = perceptron(inputs, [self.hidden] * self.layers, x.numel, activation=self.activation)
        return nn.Sequential(*net, nn.Unflatten(1, x))

    def _convolutional_encoder(self, x: Shape, outputs: int) -> nn.Sequential:
        _must_be_images(x)
        net, inside = halving_convolutions(x, self._channels, activation=self.activation)
        return nn.Sequential(*net, nn.Flatten(), nn.Linear(inside.numel, outputs))

    def _convolutional_decoder(self, inputs: int, x: Shape) -> nn.Sequential:
        _must_be_images(x)
        net, inside = doubling_convolutions(x, self._channels, activation=self.activation)
        start = nn.Linear(inputs, inside.numel), ACTIVATIONS[self.activation]()
        return nn.Sequential(*start, nn.Unflatten(1, inside), *net)


_ENCODERS: dict[str, Callable[[Body, Shape, int], nn.Sequential]] = {
    "perceptron": Body._perceptron_encoder,
    "convolutional": Body._convolutional_encoder,
}
_DECODERS: dict[str, Callable[[Body, int, Shape], nn.Sequential]] = {
    "perceptron": Body._perceptron_decoder,
    "convolutional": Body._convolutional_decoder,
}


def _must_be_images(x: Shape) -> None:
    if len(x) != 3:
        raise InputRefused(
            f"A convolutional network needs images, b c h w; an item here has the shape {x}.",
            "Set the architecture to perceptron.",
        )


def must_fit(z: Shape, built: Shape) -> None:
    """Raise `InputRefused` where codes are of another size than those a decoder was built for."""
    if z != built:
        raise InputRefused(
            f"z must have {built} dimensions, as where the decoder learns; it has {z}.",
            f"Set the latent size of what makes z to {built}.",
        )

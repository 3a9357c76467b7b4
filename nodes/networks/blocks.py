"""Building blocks of networks: perceptrons, and convolutions that halve or double images.

Plain torch modules, not nodes. A shape here is of one item, without the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import nn

from nodes.errors import ParamRefused
from nodes.params import param
from nodes.types import Shape

Activation = Literal["ReLU", "GELU", "SiLU", "ELU", "leaky ReLU", "tanh", "softplus"]
Normalization = Literal["none", "batch", "layer"]


def activation_param(default: Activation = "ReLU") -> Any:
    """Declare the activation of a network, applied after each hidden layer."""
    return param(default=default, help="What follows each hidden layer.")


def normalization_param(
    default: Normalization, *, help: str = "Batch or layer normalisation before each activation."
) -> Any:
    """Declare the normalisation of a network, applied before each activation."""
    return param(default=default, help=help)


class LeakyReLU(nn.LeakyReLU):
    """LeakyReLU with slope 0.2 below zero, that of DCGAN (arXiv:1511.06434).

    torch's own default, 0.01, is nearly a ReLU.
    """

    def __init__(self) -> None:
        super().__init__(0.2)


ACTIVATIONS: dict[str, type[nn.Module]] = {
    "ReLU": nn.ReLU,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
    "ELU": nn.ELU,
    "leaky ReLU": LeakyReLU,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
}
NORMALIZATIONS: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
OF_CHANNELS: dict[str, Callable[[int], list[nn.Module]]] = {
    "none": lambda channels: [],
    "batch": lambda channels: [nn.BatchNorm2d(channels)],
    "layer": lambda channels: [nn.GroupNorm(1, channels)],
}


def perceptron(
    inputs: int,
    hidden: Sequence[int],
    outputs: int,
    *,
    activation: Activation = "ReLU",
    normalization: Normalization = "none",
) -> nn.Sequential:
    """Return linear layers, an activation after each but the last: (b, inputs) → (b, outputs)."""
    layers: list[nn.Module] = []
    for below, width in pairwise([inputs, *hidden]):
        layers.append(nn.Linear(below, width))
        if normalization != "none":
            layers.append(NORMALIZATIONS[normalization](width))
        layers.append(ACTIVATIONS[activation]())
    return nn.Sequential(*layers, nn.Linear([inputs, *hidden][-1], outputs))


def normalized(channels: int, normalization: Normalization) -> list[nn.Module]:
    """Return the normalisation of so many channels, or nothing; "layer" normalises all together."""
    return OF_CHANNELS[normalization](channels)


def halvings(size: int, times: int) -> list[int]:
    """Return a side and what is left of it after each halving, rounded up: 28, 14, 7, 4."""
    sizes = [size]
    for _ in range(times):
        sizes.append((sizes[-1] + 1) // 2)
    return sizes


def halving_convolutions(
    shape: Shape,
    channels: Sequence[int],
    *,
    activation: Activation = "ReLU",
    normalization: Normalization = "none",
    depth: int = 1,
) -> tuple[nn.Sequential, Shape]:
    """Return convolutions that each halve rows and columns, and the shape that comes out.

    The first is not normalised, so that the scale of pixels is seen (DCGAN: Radford, Metz &
    Chintala, 2016, arXiv:1511.06434). `depth` - 1 more of 3 x 3 follow each and keep its size.
    """
    first, height, width = shape
    rows, columns = halvings(height, len(channels)), halvings(width, len(channels))
    layers: list[nn.Module] = []
    for level, (below, above) in enumerate(pairwise([first, *channels])):
        kernel = _kernel(rows[level]), _kernel(columns[level])
        layers.append(nn.Conv2d(below, above, kernel, stride=2, padding=1))
        layers += normalized(above, normalization if level else "none")
        layers.append(ACTIVATIONS[activation]())
        for _ in range(depth - 1):
            layers += same_size(above, activation=activation, normalization=normalization)
    return nn.Sequential(*layers), Shape((channels[-1], rows[-1], columns[-1]))


def doubling_convolutions(
    shape: Shape,
    channels: Sequence[int],
    *,
    activation: Activation = "ReLU",
    normalization: Normalization = "none",
    depth: int = 1,
) -> tuple[nn.Sequential, Shape]:
    """Return the mirror of `halving_convolutions`, to images of `shape`, and what it takes in.

    `channels` run as in the encoder, from the image inwards. Neither normalisation nor activation
    follows the last. Where `depth` is above 1, as many of 3 x 3 less one stand before each, and all
    but the last double by repeating pixels: cheaper, and no chequers (Odena et al., 2016,
    https://distill.pub/2016/deconv-checkerboard).
    """
    first, height, width = shape
    rows, columns = halvings(height, len(channels)), halvings(width, len(channels))
    layers: list[nn.Module] = []
    for level, (above, below) in reversed(list(enumerate(pairwise([first, *channels])))):
        for _ in range(depth - 1):
            layers += same_size(below, activation=activation, normalization=normalization)
        if depth > 1 and level:
            layers.append(nn.Upsample((rows[level], columns[level])))
            layers.append(nn.Conv2d(below, above, 3, padding=1))
        else:
            kernel = _kernel(rows[level]), _kernel(columns[level])
            layers.append(nn.ConvTranspose2d(below, above, kernel, stride=2, padding=1))
        if level:
            layers += [*normalized(above, normalization), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers), Shape((channels[-1], rows[-1], columns[-1]))


def same_size(
    channels: int, *, activation: Activation, normalization: Normalization
) -> list[nn.Module]:
    """Return a convolution that keeps size and channels, its normalisation and its activation."""
    convolution = nn.Conv2d(channels, channels, 3, padding=1)
    return [convolution, *normalized(channels, normalization), ACTIVATIONS[activation]()]


def lay_channels_last(net: nn.Module) -> None:
    """Store the kernels channels last, the layout that a CPU reads fastest.

    `Module.to` cannot do so on fake tensors.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            weight = module.weight.detach().contiguous(memory_format=torch.channels_last)
            module.weight = nn.Parameter(weight)


def _kernel(size: int) -> int:
    """Return the kernel that takes `size` to its half, rounded up, and exactly back."""
    return 4 - size % 2


def image_shape(sizes: Sequence[int]) -> Shape:
    """Return the sizes as a shape, or raise `ParamRefused` where they are not three."""
    if len(sizes) != 3:
        raise ParamRefused(
            "{shape} must be three numbers: channels, rows and columns; it is {value}.",
            "For pictures of 28 x 28 in grey write 1 28 28.",
            place="shape",
            value=" ".join(map(str, sizes)),
        )
    return Shape(sizes)


def doubling_widths(width: int, count: int) -> list[int]:
    """Return channels that double up to `width`, from the image inwards: 16, 32, 64."""
    return [max(1, width >> (count - 1 - level)) for level in range(count)]


def arrows(*sizes: object) -> str:
    """Write a network in a few signs: `784→64→2`."""
    return "→".join(map(str, sizes))


def repeated(hidden: Sequence[int]) -> list[str]:
    """Write widths for `arrows`; more than two equal ones as `64×3`."""
    if len(hidden) > 2 and len(set(hidden)) == 1:
        return [f"{hidden[0]}×{len(hidden)}"]
    return [str(width) for width in hidden]

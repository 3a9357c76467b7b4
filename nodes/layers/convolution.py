"""Convolutions of sound and of pictures, and their transposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused, ParamRefused
from nodes.layers.base import (
    bias_param,
    first_param,
    must_be_as_built,
    must_be_maps,
    must_be_real,
    must_have_axes,
    spectral_param,
    started,
)
from nodes.networks.blocks import arrows, lay_channels_last
from nodes.sentences import PortName, Word
from nodes.types import Audio, Batch, Images, Shape

DOWN: dict[int, Callable[..., Any]] = {1: nn.Conv1d, 2: nn.Conv2d}
UP: dict[int, Callable[..., Any]] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d}


class Convolution(Node):
    """Move a small kernel of weights over sound or pictures.

    Gradient-based learning applied to document recognition (LeCun et al., 1998),
    doi:10.1109/5.726791.

    `x` (b, c, t) or (b, c, h, w) gives `y` of `channels` channels; each side becomes ⌈side /
    stride⌉, with zeros around, or with a `padding` p ⌊(side + 2 p - kernel) / stride⌋ + 1.
    Transposed, each side becomes side · stride less `shorter`: 28 → 14 → 7 → 4 goes back by 4 → 7
    (1 shorter) → 14 → 28.
    """

    synonyms = (
        "conv, conv1d, conv2d, deconvolution, transposed convolution, kernel, filter, stride, "
        "couche convolutive, convolution transposée, noyau, filtre"
    )
    formula = r"y_{k i} = b_k + \sum_{c, j} W_{k c j}\, x_{c,\, s i + d j}"
    icon = "grid-2x2"
    returns = "y"

    channels: int = param(
        default=32,
        low=1,
        high=65_536,
        unit="channels",
        help="Channels of y.",
        larger="more features at each place, slower steps",
        smaller="fewer weights; less goes through",
    )
    kernel: int = param(
        default=3,
        low=1,
        high=255,
        help="How many places wide it is; 1 mixes channels alone.",
        larger="sees further at once, with more weights",
        smaller="sees only what is near",
    )
    stride: int = param(
        default=1,
        low=1,
        high=64,
        help="Places from one answer to the next; transposed, answers for each place.",
        larger="smaller pictures, quicker layers behind it",
        smaller="more places are kept",
    )
    dilation: int = param(
        default=1,
        low=1,
        high=4096,
        help="Places from one weight of the kernel to the next.",
        larger="sees further with the same weights, and leaves out what is between",
        smaller="sees all that is near",
    )
    transposed: bool = param(default=False, help="Whether sides grow by the stride.")
    shorter: int = param(
        default=0,
        low=0,
        high=63,
        title="Shorter by",
        help="Transposed: by how much each side is less than side · stride: 1 makes 7 of 4.",
    )
    padding: int | None = param(
        default=None,
        low=0,
        high=4096,
        help="Zeros before each side; empty: as many as the sides need. 0 sees no zeros.",
    )
    bias: bool = bias_param()
    first: float = first_param()
    spectral: bool = spectral_param()

    def build(self, x: Shape) -> None:
        must_be_maps(x)
        if self.transposed:
            padding, more = self._back()
            shape = {"padding": padding, "output_padding": more}
        else:
            shape = {"padding": self._reach // 2 if self.padding is None else self.padding}
        made = (UP if self.transposed else DOWN)[len(x) - 1]
        self.net = made(
            x[0],
            self.channels,
            self.kernel,
            self.stride,
            dilation=self.dilation,
            bias=self.bias,
            **shape,
        )
        self.start()

    def start(self) -> None:
        """Scale the first weights, and lay them as a CPU reads them fastest."""
        lay_channels_last(self.net)
        started(self.net, first=self.first, spectral=self.spectral)

    def forward(self, x: Images | Audio) -> Batch:
        """Return y (b, channels, …) of x (b, c, t) or (b, c, h, w).

        Raise `InputRefused` where x is neither, has whole numbers, or other channels than the
        weights.
        """
        must_be_real(x)
        must_have_axes(x, self.built)
        must_be_as_built(x.shape[1], self.net.in_channels)
        if self.transposed:
            return self._cut(self.net(x), x)
        if self.padding is not None:
            self._must_reach(x)
        elif self._reach % 2:
            x = self._widened(x)
        return self.net(x)

    def sign(self) -> str:
        if not self.built:
            return ""
        return f"{arrows(self.built['x'][0], self.channels)}, {self.kernel}" + (
            f" ↑{self.stride}" if self.transposed else f" ↓{self.stride}" if self.stride > 1 else ""
        )

    @property
    def _reach(self) -> int:
        """How many places lie from the first weight of the kernel to its last."""
        return self.dilation * (self.kernel - 1)

    def _back(self) -> tuple[int, int]:
        """Return the padding of the transpose, and what it adds at the end.

        Raise `ParamRefused` where no sides come of it.
        """
        self._must_leave_sides()
        over = self._reach + 1 - self.stride + self.shorter
        most = max(self.stride, self.dilation) - 1
        if self.padding is None:
            padding = max(0, (over + 1) // 2)
            more = 2 * padding - over
            return (padding, more) if more <= most else (padding - 1, 0)
        if 2 * self.padding - over > most:
            raise ParamRefused(
                "{param} must be at most {must} for these sides.",
                "Leave it empty.",
                place="padding",
                param=Word("Padding"),
                must=(over + most) // 2,
            )
        return self.padding, max(0, 2 * self.padding - over)

    def _widened(self, x: Tensor) -> Tensor:
        """Return x with what zeros an even kernel needs at the end of each side."""
        ends: list[int] = []
        for side in reversed(x.shape[2:]):
            whole = (-(-side // self.stride) - 1) * self.stride + self._reach + 1
            ends += [0, max(0, whole - side - 2 * (self._reach // 2))]
        return F.pad(x, ends) if any(ends) else x

    def _cut(self, y: Tensor, x: Tensor) -> Tensor:
        """Return y with sides as promised: torch's own is one longer for some even kernels."""
        for axis, side in enumerate(x.shape[2:], 2):
            wanted = side * self.stride - self.shorter
            if y.shape[axis] != wanted:
                y = y.narrow(axis, 0, wanted)
        return y

    def _must_leave_sides(self) -> None:
        if self.shorter >= self.stride and self.shorter:
            raise ParamRefused(
                "{param} must be less than the stride, {must}.",
                "Set {param} to {most}, or the stride to {more}.",
                place="shorter",
                param=Word("Shorter by"),
                must=self.stride,
                most=self.stride - 1,
                more=self.shorter + 1,
            )

    def _must_reach(self, x: Tensor) -> None:
        """Raise `InputRefused` where the kernel is wider than a side with its padding."""
        short = min(x.shape[2:])
        if short + 2 * (self.padding or 0) <= self._reach:
            raise InputRefused(
                "{x} must have sides of {must} at least for this kernel and padding; one has "
                "{found}.",
                "Leave {padding} empty, or make the kernel smaller.",
                place="x",
                x=PortName("x"),
                must=self._reach + 1 - 2 * (self.padding or 0),
                found=short,
                padding=Word("Padding"),
            )

"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from torch import Tensor, nn

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.layers.base import (
    must_be_as_built,
    must_be_real,
    must_have_at_most,
    must_have_axes,
    must_have_rows,
)
from nodes.sentences import Part, Word
from nodes.types import Batch, Shape

Kind = Literal["group", "layer", "RMS", "batch"]
OF_LAST: dict[str, Callable[[int], nn.Module]] = {"layer": nn.LayerNorm, "RMS": nn.RMSNorm}


class Norm(Node):
    """Bring numbers to mean 0 and unit spread, then to a learned scale.

    Group Normalization (Wu & He, 2018), arXiv:1803.08494.

    `x` (b, …) keeps its shape. Group: over the places of each of `groups` groups of channels,
    b c …; where they do not divide the channels, the most groups that do. Layer
    (arXiv:1607.06450): over the last axis, b … d, of pictures over the channels at each place; RMS
    likewise, without the mean (arXiv:1910.07467). Batch: over all items and places of a channel; in
    tests by running means (arXiv:1502.03167).
    """

    synonyms = (
        "normalization, group norm, layer norm, batch norm, rmsnorm, standardize, normalisation, "
        "couche de normalisation"
    )
    formula = r"y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"
    icon = "align-center-horizontal"
    returns = "y"

    kind: Kind = param(default="group", help="Over what mean and spread are taken.")
    groups: int = param(
        default=8,
        low=1,
        high=65_536,
        unit="groups",
        help="Group: how many groups of channels, at most; 1: all channels together.",
        larger="each group has few channels: what differs between channels is lost",
        smaller="more channels share a mean",
    )

    def build(self, x: Shape) -> None:
        must_have_rows(x)
        must_have_at_most(x, 4)
        channels = x[0] if self.kind in ("group", "batch") or len(x) == 3 else x[-1]
        self.net: Any = self._made(channels, pictures=len(x) == 3)
        self.channels = channels

    def _made(self, channels: int, *, pictures: bool) -> nn.Module:
        if self.kind == "group":
            return nn.GroupNorm(most_groups(channels, self.groups), channels)
        if self.kind == "batch":
            return (nn.BatchNorm2d if pictures else nn.BatchNorm1d)(channels)
        return OF_LAST[self.kind](channels)

    def forward(self, x: Batch) -> Batch:
        """Return x (b, …), normalised, in its shape.

        Raise `InputRefused` where x has whole numbers, other channels than the weights, or where
        means are to be taken of a single number.
        """
        must_be_real(x)
        must_have_axes(x, self.built)
        self._must_vary(x)
        if self.kind in OF_LAST:
            return self._of_last(x)
        must_be_as_built(x.shape[1], self.channels)
        return self.net(x)

    def _of_last(self, x: Tensor) -> Tensor:
        last = -1 if x.dim() != 4 else 1
        must_be_as_built(x.shape[last], self.channels)
        return self.net(x) if last == -1 else self.net(x.movedim(1, -1)).movedim(-1, 1)

    def _must_vary(self, x: Tensor) -> None:
        if self.kind == "batch" and self.training and x.numel() == x.shape[1]:
            raise InputRefused(
                "{x} must have two items at least, or two places; there is one number a channel.",
                "Make batches larger, or set the kind to layer.",
            )
        if self.kind == "group" and x.numel() == x.shape[0] * self.net.num_groups:
            raise InputRefused(
                "Each group of {x} is one number: without its mean nothing is left of it.",
                "Set {groups} to fewer, or the kind to RMS.",
            )

    def sign(self) -> Part:
        return Word(self.kind)


def most_groups(channels: int, most: int) -> int:
    """Return the largest number of groups, `most` at the most, that divides the channels."""
    return next(n for n in range(min(most, channels), 0, -1) if channels % n == 0)

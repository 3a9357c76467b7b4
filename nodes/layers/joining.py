"""Layers that join several values: side by side, as a sum, as a product."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.layers.base import (
    AXES,
    Along,
    along_param,
    first_param,
    must_be_as_built,
    must_be_real,
    must_have_at_most,
    must_have_axes,
    must_have_rows,
    started,
)
from nodes.networks.blocks import arrows
from nodes.sentences import Part, Word
from nodes.types import Batch, Many, Points, Shape


class Concat(Node):
    """Put values side by side: their channels in a row.

    U-Net: Convolutional Networks for Biomedical Image Segmentation (Ronneberger, Fischer & Brox,
    2015), arXiv:1505.04597.

    Each of `xs` is (b, c, …), in the order of the wires; `y` (b, sum of c, …). All other axes
    must be equal; a vector an item, (b, c), is repeated at each place of the others.
    """

    synonyms = (
        "concatenate, cat, stack, skip connection, join, concaténer, joindre, empiler, connexion"
    )
    formula = r"y = (x_1, x_2, \dots)"
    icon = "combine"
    returns = "y"

    along: Along = along_param("What is put in a row.")

    def forward(self, xs: Many[Batch]) -> Batch:
        """Return (b, sum of c, …) of several (b, c, …). Raise `InputRefused` for other sides."""
        most = max(xs, key=Tensor.dim)
        spread = [spread_like(x, most, self.along) for x in xs]
        must_be_equal_beside(spread, AXES[self.along])
        return torch.cat(spread, AXES[self.along])

    def sign(self) -> Part:
        return Word(self.along)


class Add(Node):
    """Add two values number by number.

    Deep Residual Learning for Image Recognition (He et al., 2016), arXiv:1512.03385.

    `a` (b, …) and `b` are equally shaped, or one has 1 where the other has more. A vector an item,
    (b, c), is added to each place of (b, c, …), or to each row of (b, …, d).
    """

    synonyms = "sum, plus, residual, skip connection, addition, somme, résidu, connexion résiduelle"
    formula = r"y = a + b"
    icon = "plus"
    returns = "y"

    along: Along = along_param("To what a vector an item is added.")

    def forward(self, a: Batch, b: Batch) -> Batch:
        """Return a + b. Raise `InputRefused` where the shapes do not go together."""
        a, b = beside(a, b, self.along)
        return a + b


class Multiply(Node):
    """Multiply two values number by number.

    Squeeze-and-Excitation Networks (Hu et al., 2018), arXiv:1709.01507.

    `a` (b, …) and `b` are equally shaped, or one has 1 where the other has more. A vector an item,
    (b, c), weighs each channel of (b, c, …), or each feature of (b, …, d): a gate.
    """

    synonyms = "product, times, gate, scale, mask, produit, porte, pondérer, masque"
    formula = r"y = a \odot b"
    icon = "x"
    returns = "y"

    along: Along = along_param("What a vector an item weighs.")

    def forward(self, a: Batch, b: Batch) -> Batch:
        """Return a · b. Raise `InputRefused` where the shapes do not go together."""
        a, b = beside(a, b, self.along)
        return a * b


class Modulate(Node):
    """Scale and shift channels by what the network is told: a time, a class, a text.

    FiLM: Visual Reasoning with a General Conditioning Layer (Perez et al., 2018), arXiv:1709.07871.

    `x` (b, c, …) keeps its shape; a linear layer makes of `told` (b, e) a scale and a shift of each
    channel, or of each feature of (b, …, d). First weights × 0 leave x as it is at first
    (adaLN-Zero, arXiv:2212.09748).
    """

    synonyms = (
        "film, adaln, adagn, conditioning, scale shift, condition, moduler, conditionnement, temps"
    )
    formula = r"y = (1 + \gamma(e)) \odot x + \beta(e)"
    icon = "sliders-horizontal"
    returns = "y"

    along: Along = along_param("What is scaled and shifted.")
    first: float = first_param()

    def build(self, x: Shape, told: Shape) -> None:
        must_have_rows(x)
        must_have_rows(told, "told")
        must_have_at_most(told, 2, "told")
        self.channels = x[0] if self.along == "channels" else x[-1]
        self.net = nn.Linear(told[-1], 2 * self.channels)
        self.start()

    def start(self) -> None:
        """Scale the first weights."""
        started(self.net, first=self.first)

    def forward(self, x: Batch, told: Points) -> Batch:
        """Return x (b, c, …), scaled and shifted by told (b, e), in its shape.

        Raise `InputRefused` where either has another size than the weights, or other items.
        """
        must_be_real(x)
        must_be_as_built(x.shape[AXES[self.along]], self.channels)
        must_have_axes(told, self.built, "told")
        must_be_as_built(told.shape[-1], self.net.in_features, "told")
        must_have_as_many(told, x)
        scale, shift = self.net(told).chunk(2, 1)
        scale, shift = (led(part, x.dim(), self.along) for part in (scale, shift))
        return torch.addcmul(shift, x, 1 + scale)

    def sign(self) -> str:
        return arrows(self.built["told"][-1], 2 * self.channels) if self.built else ""


def led(vector: Tensor, axes: int, along: Along) -> Tensor:
    """Return (b, c) as (b, c, 1, …) or (b, 1, …, c), of so many axes."""
    ones = [1] * (axes - 2)
    after = along == "channels"
    return vector.reshape(vector.shape[0], *([] if after else ones), -1, *(ones if after else []))


def spread_like(x: Tensor, most: Tensor, along: Along) -> Tensor:
    """Return a vector an item (b, c) at each place of `most`; else x."""
    if not x.dim() == 2 < most.dim():
        return x
    sizes = most.shape[2:] if along == "channels" else most.shape[1:-1]
    at = led(x, most.dim(), along)
    return at.expand(len(x), -1, *sizes) if along == "channels" else at.expand(len(x), *sizes, -1)


def beside(a: Tensor, b: Tensor, along: Along) -> tuple[Tensor, Tensor]:
    """Return both with axes that go together; raise `InputRefused` where they do not."""
    if a.dim() == 2 < b.dim():
        a = led(a, b.dim(), along)
    elif b.dim() == 2 < a.dim():
        b = led(b, a.dim(), along)
    must_go_together(a, b)
    return a, b


def must_go_together(a: Tensor, b: Tensor) -> None:
    """Raise `InputRefused` where axes differ and neither is 1."""
    pairs = zip(a.shape, b.shape, strict=False)
    if a.dim() != b.dim() or any(m != n and 1 not in (m, n) for m, n in pairs):
        raise InputRefused(
            "{b} must have the shape of {a}, {must}, or 1 in its place; it has {found}.",
            "A Linear or Convolution before it changes channels, Upsample with `like` sides.",
            place="b",
            must=_item(a),
            found=_item(b),
        )


def must_be_equal_beside(xs: Sequence[Tensor], axis: int) -> None:
    """Raise `InputRefused` where values differ in another axis than this one."""
    first = xs[0]
    must_have_rows(Shape(first.shape[1:]), "xs")
    for number, x in enumerate(xs[1:], 2):
        if x.dim() != first.dim() or _without(x, axis) != _without(first, axis):
            raise InputRefused(
                "Value {number} of {xs} must be as the first, {must}, but for what is put in a "
                "row; it is {found}.",
                "Upsample with `like` brings sides together, Flatten makes rows.",
                place="xs",
                number=number,
                must=_item(first),
                found=_item(x),
            )


def _without(x: Tensor, axis: int) -> list[int]:
    sizes = list(x.shape)
    del sizes[axis]
    return sizes


def must_have_as_many(told: Tensor, x: Tensor) -> None:
    """Raise `InputRefused` where there are not as many vectors as items."""
    if told.shape[0] != x.shape[0]:
        raise InputRefused(
            "{told} must have a row for each item of {x}: {must}; there are {found}.",
            "Wire what belongs to the same batch.",
            place="told",
            must=x.shape[0],
            found=told.shape[0],
        )


def _item(x: Tensor) -> Shape:
    return Shape(x.shape[1:])

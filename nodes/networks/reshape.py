"""Reshape a batch."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.networks.blocks import image_shape
from nodes.types import Batch, Images, Points, Range


class Flatten(Node):
    """Write each item as one row of numbers: (b, ...) → (b, d).

    The last axis runs fastest, as in NumPy.
    """

    synonyms = "vectorize, vector, view, images to points, vectoriser, vecteur"
    formula = r"y_{(i\,w + j)} = x_{ij}"
    icon = "list"
    returns = "y"

    def forward(self, x: Batch) -> Points:
        """Return x (b, ...) as (b, d), a view where memory allows."""
        return x.flatten(1)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}


class Reshape(Node):
    """Write each item as an image: (b, d) → (b, c, h, w).

    The numbers of an item must be channels times rows times columns; the last axis runs fastest.
    """

    synonyms = "view, unflatten, vector to image, redimensionner, vecteur en image"
    formula = r"y_{ij} = x_{(i\,w + j)}"
    icon = "grid-2x2"
    returns = "images"

    shape: list[int] = param(
        default=[1, 28, 28], low=1, high=65536, help="Channels, rows and columns of one image."
    )

    def forward(self, x: Batch) -> Images:
        """Return x (b, ...) as (b, c, h, w), a view where memory allows.

        Raise `InputRefused` where an item has another number of numbers, `ParamRefused` where
        `shape` is not three numbers.
        """
        shape = image_shape(self.shape)
        if x.shape[1:].numel() != shape.numel:
            raise InputRefused(
                "{x} must have {must} numbers an item for pictures of {sizes}; it has {found}.",
                "Set {shape} to that of your pictures.",
                must=prod(shape),
                sizes=shape,
                found=x.shape[1:].numel(),
            )
        return x.reshape(-1, *shape)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"images": x} if x else {}

    def sign(self) -> str:
        return "×".join(map(str, self.shape))

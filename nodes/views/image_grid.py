"""Images in a grid."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.language.base import Vocabulary
from nodes.sentences import say
from nodes.types import Figure, Images, Labels, Tokens
from nodes.views.base import label_names

PAIRS_ACROSS = 8
MOST_COLUMNS = 16
"""Classes that stand side by side in a grid of samples, a column each."""

LIMITS = {"[0, 1]": (0.0, 1.0), "[-1, 1]": (-1.0, 1.0)}
UNDER, OVER = 0.25, 1.5
"""How far values may leave a range that automatic scaling still takes for theirs."""

Scale = Literal["automatic", "[0, 1]", "[-1, 1]", "least to most"]


def scale_param() -> Any:
    """Declare which values are black and white."""
    return param(
        default="automatic",
        help="Values of black and white; automatic: [0, 1], or [-1, 1] where much is negative.",
    )


class ImageGrid(Node):
    """Show images in a grid, and below each, where wired, what became of it.

    `images` (b, c, h, w) with one channel (grey) or three (colour); of two or more than three the
    first ones are shown. `below` holds as many: rows of images and rows of `below` take turns, and
    the pairs are taken for the first items of the test set, so that what is selected elsewhere is
    marked here. Where `labels` are wired, their classes are named: above a column or beside a row
    of one class, else in each image. Wired `captions`, with their `vocabulary`, are shown alike.
    """

    synonyms = (
        "show images, image grid, picture, gallery, samples, display, view, afficher les "
        "images, grille, échantillons, aperçu, visualiser"
    )
    title = "Images"
    formula = r"\text{pixel} = 255\,\frac{x - \mathrm{low}}{\mathrm{high} - \mathrm{low}}"
    icon = "layout-grid"
    role = "view"
    figure = "images"

    count: int = param(default=64, low=1, high=4096, unit="images", help="Most images shown.")
    columns: int = param(
        default=0,
        low=0,
        high=256,
        help="Images side by side; 0 fits them to the view, a grid without gaps is square.",
    )
    gap: int = param(
        default=3, low=0, high=32, unit="px", help="Between images; 0 joins them to one picture."
    )
    scale: Scale = scale_param()
    caption: str = param(default="", help="Words beside the title; empty says what is shown.")

    def forward(
        self,
        images: Images,
        below: Images | None = None,
        labels: Labels | None = None,
        captions: Tokens | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> Figure:
        """Return a figure `images`: bytes (n, c, h, w), and the words for columns, rows or images.

        Raise `InputRefused` where there is not one label for each image, or `below` has another
        shape.
        """
        must_be_as_many(labels, len(images))
        words = label_names(labels, self.class_names)
        if captions is not None and vocabulary is not None:
            words = [vocabulary.decode(row).strip() for row in captions[: len(images)]]
        if below is not None:
            return self._pairs(images, below, words)
        shown, words = images[: self.count], words[: self.count]
        columns = self._columns(len(shown)) or in_turn(words)
        facts = {"columns": columns, "gap": self.gap, "subtitle": self.caption}
        if captions is not None and len(set(words)) == 1:  # no image has room for it
            facts |= {"named": words, "subtitle": self.caption or words[0]}
        else:
            facts |= named(words, columns)
        return Figure("images", {"images": to_bytes(shown, *limits_of(shown, self.scale))}, facts)

    def _pairs(self, images: Tensor, below: Tensor, words: list[str]) -> Figure:
        columns = max(1, min(self.count, len(images), self.columns or PAIRS_ACROSS))
        count = min(self.count, len(images)) // columns * columns  # whole rows
        stack = torch.cat([images[:count], _alike(below, images[:count])])
        rows = torch.arange(2 * count).view(2, -1, columns)
        order = rows.transpose(0, 1).flatten()  # a row of inputs, the row of their outputs...
        arrays = {
            "images": to_bytes(stack, *limits_of(stack, self.scale))[order],
            "ids": order % max(1, count),
        }
        subtitle = self.caption or say("input above, output below")
        facts: dict[str, Any] = {"columns": columns, "gap": self.gap, "subtitle": subtitle}
        if words:
            said = [words[n] if n < count else "" for n in order.tolist()]
            facts |= named(said, columns)
        return Figure("images", arrays, facts)

    def sketch(
        self,
        images: Tensor,
        below: Tensor | None = None,
        labels: Tensor | None = None,
        captions: Tensor | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        """Refuse shapes that differ."""
        must_be_as_many(labels, len(images))
        if below is not None:
            _alike(below, images[: self.count])

    def _columns(self, count: int) -> int:
        """Return how many lie side by side, 0 where the view may choose."""
        if self.columns or self.gap:
            return self.columns
        return math.ceil(math.sqrt(count))


def in_turn(words: list[str]) -> int:
    """Return after how many words they come again in the same turn; 0 where they do not."""
    turn = len(set(words))
    again = 1 < turn <= MOST_COLUMNS and all(w == words[n % turn] for n, w in enumerate(words))
    return turn if again else 0


def named(words: list[str], columns: int) -> dict[str, list[str]]:
    """Return the captions of a grid, for columns or rows where each is of one class.

    `named` holds the name of each image.
    """
    if not words:
        return {}
    if columns and all(word == words[n % columns] for n, word in enumerate(words)):
        return {"heads": words[:columns], "named": words}
    if columns and all(word == words[n // columns * columns] for n, word in enumerate(words)):
        return {"rows": words[::columns], "named": words}
    return {"labels": words}


def must_be_as_many(labels: Tensor | None, images: int) -> None:
    """Raise `InputRefused` where there is not one label (b,) for each image."""
    if labels is not None and len(labels) != images:
        raise InputRefused(
            "{labels} must be as many as {images}, {must}; they are {found}.",
            "Wire the labels that these images were made for.",
            must=images,
            found=len(labels),
        )


def limits_of(images: Tensor, scale: Scale) -> tuple[float, float]:
    """Return the values of black and of white for images (b, c, h, w)."""
    if scale in LIMITS:
        return LIMITS[scale]
    low, high = (v.item() for v in torch.aminmax(images))
    if scale == "automatic" and high <= OVER:
        return LIMITS["[0, 1]" if low >= -UNDER else "[-1, 1]"]
    return low, high


def _alike(below: Tensor, first: Tensor) -> Tensor:
    """Return the images that belong below, or raise `InputRefused` where their shape differs."""
    if below.shape[1:] != first.shape[1:]:
        must, found = (" ".join(map(str, v.shape[1:])) for v in (first, below))
        raise InputRefused(
            "{below} must have the shape of {images}, {must}; it has {found}.",
            "Wire the pictures that these came from.",
            must=must,
            found=found,
        )
    return below[: len(first)]


def to_bytes(images: Tensor, low: float, high: float) -> Tensor:
    """Return images (b, c, h, w) as uint8, `low` being 0 and `high` 255.

    A record of bytes takes a quarter of the room.
    """
    fractions = (images.float() - low) / ((high - low) or 1.0)
    return fractions.nan_to_num(0.0).clamp(0, 1).mul(255).round().to(torch.uint8)

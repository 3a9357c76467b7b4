"""Digits of two sizes at nine places, with the description that captions need."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import param
from nodes.data.base import Loading
from nodes.data.digits import Digits
from nodes.data.drawing import ROWS, SIDE, DrawnSet, Sorts, placing
from nodes.data.mnist import MNIST
from nodes.data.pixels import pixels
from nodes.sentences import Text, say

BOX = 20
"""The square that MNIST's digits were fitted into."""


class PlacedDigits(DrawnSet):
    """Draw handwritten digits of 10 or 16 pixels at nine places of a picture.

    Gradient-based learning applied to document recognition (LeCun et al., 1998),
    doi:10.1109/5.726791.

    Images (b, 1, 28, 28), labels 0 to 9 (b,), and `drawing` (b, 4): digit, size, place and colour,
    which is always the same. The 180 combinations are drawn anew each epoch; 36 can be held out.
    The digits are MNIST's where they are on this computer, else the 8×8 ones that are installed.
    """

    synonyms = (
        "caption, text to image, composition, canvas, mnist, légende, texte vers image, chiffres, "
        "jeu de données"
    )
    title = "Placed digits"
    icon = "images"
    names: ClassVar = string.digits
    sorts: ClassVar = Sorts(thing=10)

    folder: Path | None = param(
        default=None, help="Folder of MNIST's four files; none: where MNIST was found before."
    )

    def __init__(self, **given: Any) -> None:
        self.small = False
        super().__init__(**given)
        self.rows: Tensor
        self.register_buffer("rows", placing(BOX), persistent=False)

    def loading(self) -> Loading:
        """Read MNIST's digits, or the 8×8 ones, and put each in a square of 20 x 20 pixels."""
        mnist = MNIST(folder=self.folder)
        mnist.home = self.home
        self.small = not self.folder and mnist.peek() is None
        split = (Digits() if self.small else mnist).read()
        yield from ()
        boxes = [boxed(part) for part in (split.items, split.test_items)]
        return self.split(boxes[0], split.labels, boxes[1], split.test_labels)

    def painted(self, items: Tensor, drawing: Tensor) -> Tensor:
        """Return pictures (b, 1, 28, 28) in [0, 1] of digits (b, 1, 20, 20) and drawings (b, 4)."""
        _, size, place, _ = drawing.unbind(1)
        down, across = self.rows[size, place // ROWS], self.rows[size, place % ROWS]
        return (down[:, None] @ pixels(items, "[0, 1]") @ across[:, None].mT).clamp(0, 1)

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, 28, 28)."""
        return 1, SIDE, SIDE

    def notes(self) -> list[Text]:
        return [say("8×8 digits stand in: MNIST is not here")] if self.loaded and self.small else []

    def reads(self) -> list[Path]:
        if not self.folder:
            return []
        mnist = MNIST(folder=self.folder)
        mnist.home = self.home
        return mnist.reads()


def boxed(images: Tensor) -> Tensor:
    """Return each digit alone in the middle of a square, (n, 1, 20, 20), as bytes or fractions.

    Of pictures smaller than the square the digits are enlarged.
    """
    if images.shape[-1] < BOX:
        return F.interpolate(images, size=(BOX, BOX), mode="bilinear", antialias=True).clamp(0, 1)
    inked = images > 0
    rows, columns = (_middle(inked.any(axis).squeeze(1), images.shape[-1]) for axis in (3, 2))
    around = torch.arange(BOX) - BOX // 2
    rows, columns = rows[:, None] + around, columns[:, None] + around
    return images[torch.arange(len(images))[:, None, None], 0, rows[:, :, None], columns[:, None]][
        :, None
    ]


def _middle(inked: Tensor, side: int) -> Tensor:
    """Return the middle of what is inked, (n,) of (n, side), so that a square around it fits."""
    first = inked.int().argmax(1)
    last = side - inked.flip(1).int().argmax(1)
    return ((first + last) // 2).clamp(BOX // 2, side - BOX // 2)

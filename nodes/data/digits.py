"""The 8×8 digits that come with the program."""

from __future__ import annotations

import string

import numpy as np
import torch

import resources
from nodes.data.base import Split, held_count, held_out, hold_out
from nodes.data.pixels import ImageSet

COUNT = 1797
WHITE = 16.0


class Digits(ImageSet):
    """Draw handwritten digits of 8×8 pixels in 17 greys; they are installed, no network is needed.

    Optical Recognition of Handwritten Digits (Alpaydin & Kaynak, 1998), doi:10.24432/C50P49.

    Images (b, 1, 8, 8), labels 0 to 9 (b,). The 1,797 items are split by `test_share`.
    """

    synonyms = (
        "handwritten digits, optdigits, scikit-learn, 8x8, images, dataset, chiffres "
        "manuscrits, jeu de données"
    )
    title = "Digits 8×8"
    formula = r"x \in \{0, \tfrac{1}{16}, \dots, 1\}^{8 \times 8},\quad y \in \{0, \dots, 9\}"

    test_share: float = held_out()

    def read(self) -> Split:
        """Return digits (n, 1, 8, 8) as fractions of 1 and labels (n,), split by a fixed draw."""
        with np.load(resources.path("digits", "digits.npz")) as file:
            images, labels = torch.from_numpy(file["images"]), torch.from_numpy(file["labels"])
        return hold_out(images.unsqueeze(1) / WHITE, labels.long(), self.test_share)

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, 8, 8)."""
        return 1, 8, 8

    def peek_classes(self) -> list[str]:
        return list(string.digits)

    def peek(self) -> int:
        return COUNT - held_count(COUNT, self.test_share)

"""The 8×8 digits that come with scikit-learn."""

from __future__ import annotations

import gzip
import importlib.util
import string
from pathlib import Path
from typing import Any

import numpy as np
import torch

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
        table = torch.from_numpy(_table())
        images = table[:, :-1].view(-1, 1, 8, 8) / WHITE
        return hold_out(images, table[:, -1].long(), self.test_share)

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, 8, 8)."""
        return 1, 8, 8

    def peek_classes(self) -> list[str]:
        return list(string.digits)

    def peek(self) -> int:
        return COUNT - held_count(COUNT, self.test_share)


def _table() -> np.ndarray[Any, Any]:
    """Return 64 pixels and the label a row.

    The file is read by itself where it is found: importing scikit-learn takes a second.
    """
    spec = importlib.util.find_spec("sklearn")
    file = Path(spec.origin if spec and spec.origin else "").parent / "datasets/data/digits.csv.gz"
    if not file.is_file():
        return _through_library()
    with gzip.open(file, "rt") as lines:
        return np.loadtxt(lines, delimiter=",", dtype=np.float32)


def _through_library() -> np.ndarray[Any, Any]:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return np.column_stack([pixels, labels]).astype(np.float32)

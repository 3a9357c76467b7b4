"""Points or pictures from an array file of the user."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data import arrays, table
from nodes.data.arrays import Array, Content
from nodes.data.base import (
    RANGES,
    Dataset,
    PixelRange,
    Split,
    held_count,
    held_out,
    hold_out,
    pixel_range,
    pixels,
    resident,
)
from nodes.errors import DataMissing, ParamRefused
from nodes.types import Images, Labels, Points, Range

CHANNELS = (1, 3, 4)
BYTES = (0.0, 255.0)
SCALES = ((0.0, 1.0), (-1.0, 1.0), BYTES)
TABLES = (".csv", ".tsv", ".txt")


class LabelledArrays(NamedTuple):
    """The same items as pictures and as flat points, and the class of each."""

    images: Images
    points: Points
    labels: Labels


class ArrayFile(Dataset):
    """Draw from a file of numbers: .npz, .npy, .csv, .tsv or .txt.

    An array (n, h, w), (n, c, h, w) or (n, h, w, c) holds pictures, as does a table whose rows fill
    `picture`; anything else holds points. Both outputs give the same items: images (b, c, h, w),
    rows of a table as (b, 1, 1, d), and points (b, d). Pixels from 0 to 255, from 0 to 1 or from -1
    to 1 keep their scale, others go from the smallest to the largest value. Labels (b,), all 0
    where there are none. In a .npz, arrays x_train and x_test are a split of its own.

    A file that is absent, damaged, or has NaN, text or Python objects in it raises `DataMissing`.
    """

    title = "Array file"
    icon = "table-2"
    formula = r"x \in \mathbb{R}^{d},\quad y \in \{0, \dots, K - 1\}"

    file: Path | None = param(default=None, help="A .npz, .npy, .csv, .tsv or .txt file.")
    array: str | None = param(
        default=None, help="Name of the items in a .npz; none: one with a telling name, like x."
    )
    label: str | None = param(
        default=None,
        help="Name of the labels in a .npz, or the name or number (from 1) of a column; none: "
        "found by a telling name; -: no labels.",
    )
    header: table.Header = param(default="auto", help="Is a table's first line a header?")
    picture: list[int] | None = param(
        default=None,
        low=1,
        high=65536,
        help="Sizes of the pictures that rows fill, 28 28 or 3 32 32; none: as the file says.",
    )
    range: PixelRange = pixel_range()
    standardise: bool = param(
        default=False, help="Bring each coordinate of points to mean 0 and deviation 1."
    )
    test_share: float = held_out()

    def load(self) -> Split:
        content = self._content()
        frame = self._frame(content.items.shape[1:])
        split = self._split(content)
        if frame is None:
            return self._as_rows(split)
        items, test_items = (_framed(t, frame) for t in _fractions(split))
        return split._replace(
            items=resident(items, self.range), test_items=resident(test_items, self.range)
        )

    def item_shape(self) -> tuple[int, ...]:
        shape = self._shape()[1:]
        return self._frame(shape) or (1, 1, math.prod(shape))

    def peek(self) -> int | None:
        try:
            count = self._shape()[0]
        except (DataMissing, ParamRefused):
            return None
        return count - held_count(count, self.test_share) if count else None

    def pack(self, items: Tensor, labels: Tensor) -> LabelledArrays:
        if items.dtype is torch.uint8:
            items = pixels(items, self.range)
        return LabelledArrays(items, items.flatten(1), labels)

    def forward(self) -> LabelledArrays:
        return self.next_batch()

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        if self._frame(self._shape()[1:]) is None:
            return {}
        return dict.fromkeys(("images", "points"), RANGES[self.range])

    # --- the file ---------------------------------------------------------------------------------

    def _path(self) -> Path:
        if not self.file:
            raise DataMissing("No file is chosen.", "Choose an array file.", place="file")
        path = Path(self.file).expanduser()
        if not path.is_file():
            raise DataMissing(f"There is no file {path}.", "Choose another.", place="file")
        if path.suffix.lower() not in (".npz", ".npy", *TABLES):
            raise DataMissing(
                f"{path.name} is no .npz, .npy, .csv, .tsv or .txt file.",
                "Choose another, or save the numbers as one of these.",
                place="file",
            )
        return path

    def _shape(self) -> tuple[int, ...]:
        """Return the shape of all items from the header; 0 items where only reading would tell."""
        path = self._path()
        if path.suffix.lower() in TABLES:
            return 0, len(self._layout(path).columns)
        if path.suffix.lower() == ".npy":
            return arrays.npy_shape(path)
        return arrays.npz_shape(path, items=self.array, labels=self.label)

    def _content(self) -> Content:
        path = self._path()
        if path.suffix.lower() in TABLES:
            return table.read_table(path, self._layout(path))
        if path.suffix.lower() == ".npy":
            return arrays.read_npy(path)
        return arrays.read_npz(path, items=self.array, labels=self.label)

    def _layout(self, path: Path) -> table.Layout:
        return table.read_layout(path, header=self.header, label=self.label)

    # --- what becomes of the numbers --------------------------------------------------------------

    def _frame(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the channels, rows and columns that items of a shape make, None for points."""
        if self.picture is not None:
            frame = (1, *self.picture)[-3:]
            if len(self.picture) not in (2, 3) or math.prod(frame) != math.prod(shape):
                raise ParamRefused(
                    f"Picture must have 2 or 3 sizes whose product is {math.prod(shape):,}; it is "
                    f"{' '.join(map(str, self.picture))}.",
                    place="picture",
                )
            return frame
        if len(shape) < 2:
            return None
        if len(shape) > 3:
            raise DataMissing(
                f"Its items have {len(shape)} axes, not 1 to 3.", "Choose another.", place="file"
            )
        return (shape[2], *shape[:2]) if _channels_last(shape) else (1, *shape)[-3:]

    def _split(self, content: Content) -> Split:
        items, labels = self._labelled(content.items, content.labels)
        if content.test_items is None:
            return hold_out(items, labels, self.test_share)
        if content.test_items.shape[1:] != content.items.shape[1:]:
            raise arrays.damaged(self._path(), "its test items are of another shape")
        return Split(items, labels, *self._labelled(content.test_items, content.test_labels))

    def _labelled(self, items: Array, labels: Array | None) -> tuple[Tensor, Tensor]:
        path = self._path()
        items = arrays.checked_items(items, path)
        if labels is None:
            numbers = np.zeros(len(items), np.int64)
        else:
            numbers = arrays.class_numbers(labels, path, count=len(items))
        if items.dtype != np.uint8:
            items = items.astype(np.float32)
        return torch.from_numpy(items), torch.from_numpy(numbers)

    def _as_rows(self, split: Split) -> Split:
        width = math.prod(split.items.shape[1:])
        items, test_items = (t.float().view(len(t), 1, 1, width) for t in split[::2])
        if self.standardise:
            mean, sd = items.mean(0), items.std(0, correction=0)
            sd[sd == 0] = 1
            items, test_items = (items - mean) / sd, (test_items - mean) / sd
        return split._replace(items=items, test_items=test_items)


def _channels_last(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[0] not in CHANNELS and shape[2] in CHANNELS


def _framed(items: Tensor, frame: tuple[int, ...]) -> Tensor:
    if _channels_last(tuple(items.shape[1:])):
        items = items.movedim(3, 1)
    return items.reshape(len(items), *frame)


def _fractions(split: Split) -> tuple[Tensor, Tensor]:
    """Return pixels as bytes, or as fractions of 1 by the scale that holds them all."""
    parts = [t for t in (split.items, split.test_items) if len(t)]
    lowest, highest = min(float(t.min()) for t in parts), max(float(t.max()) for t in parts)
    held = (s for s in SCALES if s[0] <= lowest and highest <= s[1])
    low, high = next(held, (lowest, highest))
    if split.items.dtype is torch.uint8 and high == BYTES[1]:
        return split.items, split.test_items
    span = (high - low) or 1.0
    return (split.items.float() - low) / span, (split.test_items.float() - low) / span

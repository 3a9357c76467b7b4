"""The base of sets of pictures: the range of their pixels, and their form in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import param
from nodes.data.base import SPLIT_SEED, Dataset, Loading, Split, generator
from nodes.errors import ParamRefused
from nodes.sentences import Part, say
from nodes.types import SIGNED, UNIT, Images, Labels, Range

PixelRange = Literal["[0, 1]", "[-1, 1]"]
RANGES: Mapping[str, Range] = {"[0, 1]": UNIT, "[-1, 1]": SIGNED}
LARGEST_FLOAT = 512 << 20
"""Bytes up to which pixels are kept as float32; larger sets stay bytes and convert per batch."""
FEW = 2
"""Beside the run's seed, so that few items are drawn by another stream than their order."""


class LabelledImages(NamedTuple):
    """Pictures, (b, c, h, w), and the class of each, (b,)."""

    images: Images
    labels: Labels


def pixel_range_param() -> Any:
    """Declare the range that pixels are brought to."""
    return param(default="[0, 1]", help="Where pixel values lie; networks must match it.")


def pixels(values: Tensor, into: str) -> Tensor:
    """Return bytes, or fractions of 1, as float32 of the same shape in the range named `into`."""
    fractions = values.to(torch.float32)
    if values.dtype is torch.uint8:
        fractions /= 255
    return fractions if into == "[0, 1]" else fractions * 2 - 1


def resident(items: Tensor, tests: Tensor, into: str) -> tuple[Tensor, Tensor]:
    """Return pixels (n, c, h, w) in their range, or all as bytes where they are large."""
    large = (items.numel() + tests.numel()) * 4 > LARGEST_FLOAT
    return _resident(items, into, large), _resident(tests, into, large)


def _resident(values: Tensor, into: str, large: bool) -> Tensor:
    if values.dtype is torch.float32:
        return values if into == "[0, 1]" else values.mul_(2).sub_(1)
    return values if large else pixels(values, into)


class ImageSet(Dataset):
    """Draw labelled pictures."""

    order_only = Dataset.order_only | {"per_class"}

    range: PixelRange = pixel_range_param()
    per_class: int | None = param(
        default=None,
        low=1,
        high=1_000_000,
        unit="items",
        title="Items a class",
        help="Training items of each class that are used, drawn by the seed; empty: all. Test "
        "items stay all.",
    )
    shares: list[int] | None = param(
        default=None,
        low=0,
        high=1_000_000,
        title="Shares of classes",
        help="How often each class comes, in proportion, to train and to test: 9 1 leaves all "
        "classes but the first two out; empty: as they are.",
    )

    def __init__(self, **given: Any) -> None:
        self._few: tuple[tuple[int, int], Tensor] | None = None
        super().__init__(**given)

    def read(self) -> Split:
        """Return pictures (n, c, h, w) as bytes or as fractions of 1, or raise `DataMissing`."""
        raise NotImplementedError

    def reading(self) -> Loading:
        """Do the same, a frame now and then. Override this where it takes long, else `read`."""
        yield from ()
        return self.read()

    def loading(self) -> Loading:
        """Read the set, choose classes by `shares`, and bring pixels to `range`."""
        split = yield from self.reading()
        if self.shares:
            split = uneven(split, self.shares)
        items, tests = resident(split.items, split.test_items, self.range)
        return split._replace(items=items, test_items=tests)

    def chosen(self) -> Tensor | None:
        """Return the indices of `per_class` items of each class, (k,), or None for all."""
        if self.per_class is None:
            return None
        key = self.order_seed, self.per_class
        if self._few is None or self._few[0] != key:
            order = torch.randperm(len(self.labels), generator=self.generator(FEW, key[0]))
            self._few = key, first_of_each(self.labels, order.to(self.labels.device), key[1])
        return self._few[1]

    def sign(self) -> Part:
        if self.shares and not self.loaded:  # of how many, only the labels tell
            return say("shares {shares}", shares=" ".join(map(str, self.shares)))
        known = super().sign()
        return say("{n} a class", n=self.per_class) if known and self.per_class else known

    def unload(self) -> None:
        super().unload()
        self._few = None

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        self._few = None
        return super()._apply(fn, recurse)

    def pack(self, items: Tensor, labels: Tensor) -> LabelledImages:
        """Return images (b, c, h, w) in `range`, and labels (b,)."""
        if items.dtype is torch.uint8:
            items = pixels(items, self.range)
        return LabelledImages(items, labels)

    def forward(self) -> LabelledImages:
        """Return the next batch of images and labels; raise `DataMissing` where there are none."""
        return self.next_batch()

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"images": RANGES[self.range]} | dict(super().ranges())


def first_of_each(labels: Tensor, order: Tensor, count: int) -> Tensor:
    """Return the first `count` indices of each class, (k,), in an order (n,) of labels (n,)."""
    return torch.cat([order[labels[order] == c][:count] for c in labels.unique()])


def uneven(split: Split, shares: Sequence[int]) -> Split:
    """Return as many items as can be had with classes in these proportions, a fixed draw.

    Raise `ParamRefused` where a share is of a class that the set has not.
    """
    parts = (split.items, split.labels), (split.test_items, split.test_labels)
    kept = [_kept(labels, shares) if len(labels) else labels.long() for _, labels in parts]
    return Split(*(x[kept[n]] for n, part in enumerate(parts) for x in part))


def _kept(labels: Tensor, shares: Sequence[int]) -> Tensor:
    """Return the indices of the items that are kept, in order."""
    wanted = torch.tensor(shares, dtype=torch.float64) / max(1, sum(shares))
    there = torch.bincount(labels, minlength=len(shares))[: len(shares)]
    if not wanted.any() or (there[wanted > 0] == 0).any():
        raise ParamRefused(
            "Each class that is to come must be in the set, {there} classes; asked are {shares}.",
            "Give shares of classes that are there, one of them not 0.",
            place="shares",
            there=int(labels.max()) + 1,
            shares=" ".join(map(str, shares)),
        )
    total = (there[wanted > 0] / wanted[wanted > 0]).min()
    counts = (wanted * total + 1e-6).floor().int().tolist()
    order = torch.randperm(len(labels), generator=generator(SPLIT_SEED))
    taken = [order[labels[order] == c][:count] for c, count in enumerate(counts)]
    return torch.cat(taken).sort().values

"""Streams for measures: infinite ones, and ones with a data set behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nodes.data.base import Dataset, LabelledPoints, Split
from nodes.errors import Exhausted
from nodes.types import Stream


class Draws(Stream[Tensor]):
    """Fresh items for ever, as of a model."""

    def __init__(self, draw: Callable[[], Tensor]) -> None:
        self.draw, self.pulls = draw, 0

    def __next__(self) -> Tensor:
        self.pulls += 1
        return self.draw()


class Fixed(Dataset):
    """A data set of given items."""

    def __init__(self, train: Tensor, test: Tensor) -> None:
        super().__init__(batch=100)
        self.given = train, test

    def load(self) -> Split:
        train, test = self.given
        zeros = [torch.zeros(len(x), dtype=torch.int64) for x in (train, test)]
        return Split(train, zeros[0], test, zeros[1])

    def item_shape(self) -> tuple[int, ...]:
        return tuple(self.given[0].shape[1:])

    def pack(self, items: Tensor, labels: Tensor) -> Any:
        return LabelledPoints(items, labels)

    def forward(self) -> LabelledPoints:
        return self.next_batch()


class Test(Stream[Tensor]):
    """The test items of a data set, as the engine pulls them for a measure."""

    __test__ = False

    def __init__(self, data: Dataset) -> None:
        data.eval()
        data.rewind()
        self.modules = (data,)
        self.data, self.pulls = data, 0

    def __next__(self) -> Tensor:
        self.pulls += 1
        try:
            return self.data()[0]
        except Exhausted:
            raise StopIteration from None

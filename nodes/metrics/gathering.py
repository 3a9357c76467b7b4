"""Collect the items that a measure needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Source, param
from nodes.data.base import Dataset
from nodes.errors import InputRefused
from nodes.taking import take
from nodes.types import Stream

Part = Literal["training", "test"]


def count_param(default: int, *, help: str = "") -> Any:
    """Declare the number of items of each side that a measure looks at."""
    words = help or "Real and generated items compared, at most; figures of other counts differ."
    return param(default=default, low=2, high=1_000_000, unit="items", help=words)


def collect(
    stream: Stream[Any], count: int, change: Callable[[Tensor], Tensor] = lambda items: items
) -> Tensor:
    """Return `count` items of a stream, or all there are, each batch changed at once: (n, ...).

    Raise `InputRefused` where there are fewer than two, or each pull gives the same.
    """
    rewind(stream, count)
    parts: list[Tensor] = []
    have = 0
    before: Tensor | None = None
    for batch in take(stream, count):
        _must_be_fresh(batch, before, count)
        before = batch if before is None else before
        parts.append(change(batch[: count - have]))
        have += len(parts[-1])
    if have < 2:
        raise InputRefused("A measure needs two items or more; there are {have}.", have=have)
    return torch.cat(parts)


def until(stream: Stream[Tensor], count: int) -> Iterator[Tensor]:
    """Yield batches (b, ...) of a stream that begins anew, until there are `count` items."""
    rewind(stream, count)
    yield from take(stream, count)


def _must_be_fresh(batch: Tensor, first: Tensor | None, count: int) -> None:
    """Raise `InputRefused` where pulls repeat themselves: their copies would count as a law."""
    if first is not None and torch.equal(batch, first):
        raise InputRefused(
            "A measure of {wanted} items needs fresh ones; here each pull gives the same {same}.",
            "Empty the seed of what draws them, or measure no more items than there are.",
            wanted=count,
            same=len(batch),
        )


def rewind(stream: Stream[Any], taken: int | None = None) -> None:
    """Let a stream begin anew; where only some test items are `taken`, with a fixed draw of all."""
    for module in stream.modules:
        if isinstance(module, Dataset):
            module.rewind(taken)
        elif isinstance(module, Source):
            module.rewind()


def data_behind(stream: Stream[Any]) -> Dataset | None:
    """Return the one data set that a stream comes from, None where there is none or more."""
    found = [m for m in stream.modules if isinstance(m, Dataset)]
    return found[0] if len(found) == 1 else None


def items_of(
    part: Part,
    stream: Stream[Any],
    count: int,
    change: Callable[[Tensor], Tensor] = lambda items: items,
) -> Tensor:
    """Return items (n, ...) of a part of the data set behind a stream, as the stream gives them.

    Where there is none, or no test items, the stream's own come first.
    """
    data = data_behind(stream)
    if data is None or (part == "test" and not len(data.test_items)):
        return collect(stream, count, change)
    with data.showing(part, count):
        return collect(stream, count, change)

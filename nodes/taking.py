"""Take items from streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from nodes.types import Stream

T = TypeVar("T")


def take(stream: Stream[T], count: int, *, axis: int = 0) -> Iterator[T]:
    """Yield batches until they hold `count` items: a stream without data behind it never ends.

    `axis` is that of the items in the shape of a batch.
    """
    have = 0
    while have < count and (batch := next(stream, None)) is not None:
        have += batch.shape[axis]  # type: ignore[attr-defined]
        yield batch

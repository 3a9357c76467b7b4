"""Collect molecules from streams."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from nodes.errors import InputRefused
from nodes.metrics.gathering import rewind
from nodes.molecules.base import pad_atoms
from nodes.taking import take
from nodes.types import Molecules, Stream

CHUNK = 256
"""Molecules that are looked at once."""


def gathered(stream: Stream[Molecules], count: int) -> Molecules:
    """Return `count` molecules of a stream, or all there are, in rooms of the largest size.

    Raise `InputRefused` where there are none.
    """
    rewind(stream, count)
    parts = list(take(stream, count))
    if not parts:
        raise InputRefused("There are no molecules to measure.", "Wire molecules.")
    return Molecules(*(part[:count] for part in joined(parts)))


def joined(parts: list[Molecules]) -> Molecules:
    """Return molecules of several batches as one."""
    room = max(part.shape[1] for part in parts)
    roomy = [pad_atoms(part, room) for part in parts]
    return Molecules(*(torch.cat(same) for same in zip(*roomy, strict=True)))


def chunks(molecules: Molecules) -> Iterator[Molecules]:
    """Yield molecules, some at a time."""
    for parts in zip(*(part.split(CHUNK) for part in molecules), strict=True):
        yield Molecules(*parts)

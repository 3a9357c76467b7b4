"""Sample many items in pieces of bounded size, and join the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.diffusion.recording import Recording
from nodes.types import Batch, Frame, Path, Scalar, Shape

PIECE = 1 << 18
"""Numbers made at once, so that memory stays bounded: 334 pictures of 28 x 28."""


class Sampled(NamedTuple):
    """The samples (count, ...), the path (s, b, ...), and calls of the network for an item, ().

    The path holds states of as many items as are made at once.
    """

    samples: Batch
    path: Path
    evaluations: Scalar


class At(NamedTuple):
    """The state of one piece: steps done, items x (b, ...), evaluations."""

    step: int
    x: Tensor
    evaluations: int


def piece_of(item: Shape) -> int:
    """Return how many items of a shape are made at once."""
    return max(1, PIECE // item.numel)


def gathered(walks: Sequence[Iterator[At]], *, steps: int, states: int) -> Iterator[Frame[Sampled]]:
    """Go one walk after another; yield a frame a step, the path being that of the first.

    `steps`: of one walk; `states`: how many it notes at most.
    """
    done: list[Tensor] = []
    path, asked = torch.empty(0), 0
    for number, walk in enumerate(walks):
        recording: Recording | None = None
        for step, x, evaluations in walk:
            recording = recording or Recording(x, states)
            path = path if number else recording.noted(x)
            asked = max(asked, evaluations)
            value = Sampled(torch.cat([*done, x]), path, x.new_tensor(float(asked)))
            yield Frame(number * steps + step, len(walks) * steps, value)
        done.append(x)

"""The result of samplers that integrate a velocity."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nodes.types import Batch, Path, Scalar

RECORDED = 100
"""Parts of the way that are recorded, at most."""


class Carried(NamedTuple):
    """Where items end, (b, ...), the path (s, b, ...), and evaluations of the network, ()."""

    samples: Batch
    path: Path
    evaluations: Scalar


class Recording:
    """The states so far, written into memory for `count` states that is made once."""

    def __init__(self, start: Tensor, count: int) -> None:
        self.states = start.new_empty(count, *start.shape)
        self.filled = 0

    def add(self, x: Tensor) -> None:
        """Write the next state x (b, ...)."""
        self.states[self.filled] = x
        self.filled += 1

    def carried(self, x: Tensor, evaluations: int) -> Carried:
        """Return the result so far, with x (b, ...) as the samples."""
        asked = torch.tensor(float(evaluations), device=x.device)
        return Carried(x, self.states[: self.filled], asked)


def kept(steps: int) -> list[int]:
    """Return which of so many steps are recorded, evenly spaced where they can be."""
    parts = min(steps, RECORDED)
    return [round(k * steps / parts) for k in range(parts + 1)]

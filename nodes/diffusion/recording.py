"""The states that a sampler records on its path."""

from __future__ import annotations

from torch import Tensor

MOST = 101
"""States that are kept on the way; the last one comes on top where it is none of them."""


class Recording:
    """States of a path of unknown length, evenly spaced: the first, some between, the last.

    When the memory is full every other state is dropped, and from then on half as many are taken.
    """

    def __init__(self, x: Tensor, steps: int = MOST) -> None:
        self.states = x.new_empty(min(steps, MOST) + 1, *x.shape)
        self.seen = self.filled = 0
        self.stride = 1

    def noted(self, x: Tensor) -> Tensor:
        """Take the next state x (b, ...); return all kept so far, (s, b, ...).

        What is returned is a view that later calls change.
        """
        if self.filled == MOST and self.seen % self.stride == 0:
            self._thin()
        if self.seen % self.stride == 0:
            self.states[self.filled] = x
            self.filled += 1
        self.seen += 1
        if (self.seen - 1) % self.stride == 0:
            return self.states[: self.filled]
        self.states[self.filled] = x
        return self.states[: self.filled + 1]

    def _thin(self) -> None:
        kept = self.states[:MOST:2].clone()
        self.filled = len(kept)
        self.states[: self.filled] = kept
        self.stride *= 2


def recorded(steps: int) -> int:
    """Return how many states the path of so many steps holds."""
    stride = 1
    while steps // stride >= MOST:
        stride *= 2
    return steps // stride + 1 + (steps % stride > 0)

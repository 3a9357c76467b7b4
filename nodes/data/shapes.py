"""Coloured shapes drawn by code, with the description that captions need."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from nodes.base import param
from nodes.data.base import Split
from nodes.data.drawing import ROWS, SIDE, SPANS, DrawnSet, Sorts, corners

FIRST = 10
"""The number of the first shape in a drawing: digits come before."""
RGB = (
    *((0.95, 0.95, 0.95), (0.90, 0.15, 0.15), (0.95, 0.85, 0.15)),
    *((0.15, 0.75, 0.25), (0.20, 0.35, 0.95), (0.65, 0.25, 0.85)),
)
"""White, red, yellow, green, blue, purple, in the order of their numbers."""
TURN, GROWTH, MOVE, TINT = 0.26, 0.08, 0.7, 0.08
"""By how much shapes differ, at most: radians, share of the radius, pixels, brightness."""


def _circle(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    return torch.hypot(x, y) - r


def _square(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    return torch.maximum(x.abs(), y.abs()) - 0.82 * r


def _triangle(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    slope = 3**0.5 / 2
    return torch.maximum(slope * x.abs() - y / 2, y) - r / 2


def _cross(x: Tensor, y: Tensor, r: Tensor) -> Tensor:
    x, y = x.abs(), y.abs()
    return torch.maximum(torch.minimum(x, y) - 0.32 * r, torch.maximum(x, y) - r)


DISTANCES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
}
"""How far points lie outside a shape of radius r around 0, in pixels; within it is negative."""


class Shapes(DrawnSet):
    """Draw circles, squares, triangles and crosses in six colours, two sizes and at nine places.

    Images (b, 3, 28, 28), labels 0 to 3 (b,), and `drawing` (b, 4): shape, size, place and colour.
    Each is turned, moved and tinted a little at random; the 432 combinations are drawn anew each
    epoch. Of the 24 pairs of shape and colour five can be held out, whatever the size and the
    place: white and purple circles, blue squares, green triangles, yellow crosses. No file is read.
    """

    synonyms = (
        "caption, text to image, colour, geometry, toy images, cifar, formes, couleurs, légende, "
        "jeu de données"
    )
    title = "Shapes"
    icon = "shapes"
    names: ClassVar = tuple(DISTANCES)
    first: ClassVar = FIRST
    sorts: ClassVar = Sorts(thing=len(DISTANCES), colour=len(RGB))
    paired: ClassVar = ("thing", "colour")

    count: int = param(
        default=20_000, low=10, high=1_000_000, unit="items", help="Pictures in an epoch."
    )
    test_count: int = param(
        default=5_000, low=2, high=1_000_000, unit="items", title="Test items",
        help="Pictures that views and measures see, the same in every run.",
    )  # fmt: skip

    def load(self) -> Split:
        """Draw the variation of each item: items (count, 5) in [-1, 1]."""
        stream = self.generator(0)
        tests = torch.rand(self.test_count, 5, generator=stream) * 2 - 1
        items = torch.rand(self.count, 5, generator=stream) * 2 - 1
        return self.split(items, self._things(items), tests, self._things(tests))

    def _things(self, items: Tensor) -> Tensor:
        return torch.arange(len(items)) % self.sorts.thing

    def painted(self, items: Tensor, drawing: Tensor) -> Tensor:
        """Return pictures (b, 3, 28, 28) in [0, 1] of items (b, 5) and drawings (b, 4)."""
        return paint(items, drawing)

    def item_shape(self) -> tuple[int, ...]:
        """Return (3, 28, 28)."""
        return 3, SIDE, SIDE

    def peek(self) -> int:
        return self.count


def paint(items: Tensor, drawing: Tensor) -> Tensor:
    """Return pictures (b, 3, 28, 28) of drawings (b, 4), varied by items (b, 5) in [-1, 1]."""
    turn, growth, right, down, tint = (v[:, None, None] for v in items.unbind(1))
    thing, size, place, colour = drawing.unbind(1)
    spans = torch.tensor(SPANS, device=items.device)
    first = torch.tensor([corners(span) for span in SPANS], device=items.device)
    middle = (first[size] + spans[size, None] / 2 - 0.5)[:, :, None, None]  # (b, thirds, 1, 1)
    each = torch.arange(len(items), device=items.device)
    grid = torch.arange(SIDE, device=items.device, dtype=items.dtype)
    y = grid[:, None] - middle[each, place // ROWS] - MOVE * down
    x = grid - middle[each, place % ROWS] - MOVE * right
    cos, sin = (TURN * turn).cos(), (TURN * turn).sin()
    x, y = cos * x - sin * y, sin * x + cos * y
    r = spans[size, None, None] / 2 * (1 - GROWTH + GROWTH * growth)
    every = torch.stack([distance(x, y, r) for distance in DISTANCES.values()])
    covered = (0.5 - every[thing - FIRST, each]).clamp(0, 1)
    ink = torch.tensor(RGB, device=items.device)[colour]
    return (covered[:, None] * (ink[..., None, None] + TINT * tint[:, None])).clamp(0, 1)

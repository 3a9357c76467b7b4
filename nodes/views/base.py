"""States, lengths and labels of paths, and the plane around points, for several views."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from nodes.errors import InputRefused

FEW, DEVIATIONS = 100, 3.0
"""Points whose range says little: a plane around fewer reaches so many deviations each way."""
SECTORS = 8
"""Colours of points without labels: by their direction from the middle."""


def around(low: Tensor, high: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """Return bounds (2,) of a plane with air around points: `margin` of their width on each side.

    Where all have the same coordinate the plane reaches 1 to each side, more far from 0: a plane
    without width has no cells.
    """
    width = high - low
    air = torch.where(width > 0, margin * width, 1 + low.abs() / 100)
    return low - air, high + air


def plane_of(points: Tensor, margin: float, tail: float = 0.0) -> tuple[Tensor, Tensor]:
    """Return bounds (2,) of a plane around points (n, 2), as `around` leaves air.

    A share `tail` of the points may lie beyond each side. Fewer than 100 points hardly show how far
    their law reaches: the plane then goes at least 3 standard deviations from their mean.
    """
    low, high = torch.quantile(points, tail, 0), torch.quantile(points, 1 - tail, 0)
    if 1 < len(points) < FEW:
        middle, reach = points.mean(0), DEVIATIONS * points.std(0)
        low, high = low.minimum(middle - reach), high.maximum(middle + reach)
    return around(low, high, margin)


def state_at(path: Tensor, at: float) -> Tensor:
    """Return the items (b, ...) of a path (s, b, ...) at a share of its time from 0 to 1.

    Between two recorded states items move straight.
    """
    place = min(max(at, 0.0), 1.0) * (len(path) - 1)
    before = min(int(place), max(len(path) - 2, 0))
    after = min(before + 1, len(path) - 1)
    return torch.lerp(path[before], path[after], place - before)


def relative_length(path: Tensor) -> float:
    """Return the summed length of paths (s, b, ...) over the summed distance of their ends.

    It is 1 where all paths are straight, or none moves.
    """
    length = path.diff(dim=0).flatten(2).norm(dim=2).sum()
    straight = (path[-1] - path[0]).flatten(1).norm(dim=1).sum()
    return (length / straight).item() if straight > 0 else 1.0


def sectors(x: Tensor) -> Tensor:
    """Return the sector of each point (b, 2 or more), (b,) from 0 to 7: eighths around the mean."""
    away = x - x.mean(0)
    turn = torch.atan2(away[:, 1], away[:, 0]) / (2 * math.pi) + 0.5
    return (turn * SECTORS).long().clamp(max=SECTORS - 1)


def must_be_of_points(path: Tensor) -> None:
    """Raise `InputRefused` where a path is not of points of two numbers or more, (s, b, d)."""
    if path.dim() != 3 or path.shape[2] < 2:
        raise InputRefused(
            "{path} must be of points with 2 or more numbers; it has the shape {found}.",
            "Show a path of pictures as a film strip.",
            found=_sizes(path),
        )


def must_be_of_images(path: Tensor) -> None:
    """Raise `InputRefused` where a path is not of images, (s, b, c, h, w)."""
    if path.dim() != 5:
        raise InputRefused(
            "{path} must be of pictures; it has the shape {found}.",
            "Show a path of points as trajectories.",
            found=_sizes(path),
        )


def must_match(labels: Tensor | None, path: Tensor) -> None:
    """Raise `InputRefused` where labels (b,) do not match a path (s, b, ...)."""
    if labels is not None and len(labels) != path.shape[1]:
        raise InputRefused(
            "{labels} must be as many as the items of {path}, {must}; they are {found}.",
            "Wire the labels that these items were made for.",
            must=path.shape[1],
            found=len(labels),
        )


def label_names(labels: Tensor | None, known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what each label (b,) is called: the number of a class without a name.

    `known` are the names that the engine gives a view, by its inputs.
    """
    names = known.get("labels", ())
    found = [] if labels is None else labels.tolist()
    return [names[n] if 0 <= n < len(names) else str(n) for n in found]


def _sizes(value: Tensor) -> str:
    return " ".join(map(str, value.shape))

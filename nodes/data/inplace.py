"""Change large arrays in place, block by block, so that a large set has only one copy.

Light: needs no torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
NOISE = 1e-14
PARTS = 24
"""Into so many parts of columns rows are cut while they change places: one is copied at a time."""
BLOCK = 1 << 19
"""Numbers that are worked on at once."""


def blocks(values: Array) -> Iterator[slice]:
    """Yield slices of rows, each of about `BLOCK` numbers."""
    count = max(1, BLOCK // max(1, values[:1].size))
    return (slice(start, start + count) for start in range(0, len(values), count))


def odd_rows(values: Array, most: float) -> Array:
    """Return the rows that hold NaN, infinity or a number beyond `most`."""
    if values.dtype.kind not in "f":
        return np.zeros(0, np.int64)
    found = []
    for part in blocks(values):
        rows = values[part].reshape(len(values[part]), -1)
        good = ((np.abs(rows) <= np.float64(most)) & np.isfinite(rows)).all(axis=1)
        found.append(np.flatnonzero(~good) + part.start)
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def permuted(values: Array, order: Array) -> Array:
    """Bring rows into an order, in the array itself, some columns at a time."""
    if not values.flags.writeable or not values.flags.c_contiguous:
        return values[order]
    flat = values.reshape(len(values), -1)
    width = max(1, BLOCK // max(1, len(flat)), flat.shape[1] // PARTS)
    for start in range(0, flat.shape[1], width):
        part = slice(start, start + width)
        flat[:, part] = flat[order, part]
    return values


def moments(values: Array) -> tuple[Array, Array]:
    """Return the mean and the deviation of each column, in double precision."""
    rows = values.reshape(len(values), -1)
    mean, most = np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
    for part in blocks(rows):
        mean += (rows[part].astype(np.float64) / len(rows)).sum(axis=0)
    for part in blocks(rows):
        most = np.maximum(most, np.abs(rows[part].astype(np.float64) - mean).max(axis=0))
    most[most <= NOISE * np.abs(mean)] = 0  # a constant, but for the mean's rounding
    scale = np.where(most == 0, 1, most)
    square = np.zeros_like(mean)
    for part in blocks(rows):
        square += (((rows[part].astype(np.float64) - mean) / scale) ** 2 / len(rows)).sum(axis=0)
    deviation = most * np.sqrt(square)  # a square of 1e300 is no number: by their largest first
    deviation[deviation == 0] = 1
    return mean, deviation


def narrowed(values: Array, scale: tuple[Array, Array] | None = None) -> Array:
    """Return values as float32 in the array's own memory where they fit.

    With a `scale` of means and deviations they are brought to it before they are rounded.
    """
    if values.dtype == np.float32 and scale is None:
        return values
    held = values.dtype.itemsize >= 4 and values.flags.c_contiguous and values.flags.writeable
    room = values.reshape(-1).view(np.float32)[: values.size] if held else None
    out = np.empty(values.size, np.float32) if room is None else room
    wide = max(1, values[:1].size)
    for part in blocks(values):
        rows = values[part].reshape(-1, wide).astype(np.float64)
        if scale is not None:
            rows = (rows - scale[0]) / scale[1]
        out[part.start * wide : part.start * wide + rows.size] = rows.reshape(-1)
    return out.reshape(values.shape)


def channels_first(values: Array) -> Array:
    """Bring (n, h, w, c) to (n, c, h, w), in the array's own memory."""
    n, h, w, c = values.shape
    if not values.flags.writeable or not values.flags.c_contiguous:
        return np.ascontiguousarray(np.moveaxis(values, 3, 1))
    out = values.reshape(n, c, h, w)
    for part in blocks(values):
        out[part] = np.moveaxis(values[part], 3, 1).copy()
    return out

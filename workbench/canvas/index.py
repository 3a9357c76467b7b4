"""Where items lie: their rectangles in one array, searched in a few microseconds each time."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np

from workbench.canvas.wire_path import Box

Item = TypeVar("Item")
NOWHERE = float("nan")  # of a removed item: no comparison with it is true
LEAST_ROWS = 64


class Index(Generic[Item]):
    """Items with their rectangles, in the order in which they were added."""

    def __init__(self) -> None:
        self._sides = np.full((4, LEAST_ROWS), NOWHERE)
        self._items: list[Item | None] = []
        self._rows: dict[Item, int] = {}

    def put(self, item: Item, box: Box) -> None:
        """Set an item's rectangle; a new item comes last."""
        row = self._rows.get(item)
        if row is None:
            row = self._rows[item] = len(self._items)
            self._items.append(item)
            if row == self._sides.shape[1]:
                self._sides = np.pad(self._sides, ((0, 0), (0, row)), constant_values=NOWHERE)
        self._sides[:, row] = box

    def drop(self, item: Item) -> None:
        row = self._rows.pop(item)
        self._items[row] = None
        self._sides[:, row] = NOWHERE
        if len(self._items) > max(LEAST_ROWS, 2 * len(self._rows)):
            self._close_ranks()

    def _close_ranks(self) -> None:
        """Give back the rows of removed items."""
        kept = list(self._rows)
        sides = self._sides[:, list(self._rows.values())]
        self.__init__()  # type: ignore[misc]
        for item, box in zip(kept, sides.T.tolist(), strict=True):
            self.put(item, box)

    def near(self, box: Box) -> list[Item]:
        """Return the items whose rectangles meet another one, in order."""
        left, top, right, bottom = self._sides[:, : len(self._items)]
        found = (left <= box[2]) & (top <= box[3]) & (right >= box[0]) & (bottom >= box[1])
        return [self._items[row] for row in np.flatnonzero(found).tolist()]  # type: ignore[misc]

    def count(self, box: Box) -> int:
        """Return how many items `near` would."""
        return len(self.near(box))

    def bounds(self) -> Box | None:
        """Return the rectangle that contains all, None without any."""
        if not self._rows:
            return None
        left, top, right, bottom = self._sides[:, : len(self._items)]
        return (
            float(np.nanmin(left)),
            float(np.nanmin(top)),
            float(np.nanmax(right)),
            float(np.nanmax(bottom)),
        )

"""Free positions for nodes added without one: near the visible middle, not on other items."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from PySide6.QtCore import QPointF, QRectF

WIDE, HIGH = 200.0, 170.0  # size reserved for a new node, with a gap around it
STEP = 48.0
FAR = 16  # steps searched in each direction


def free_position(middle: QPointF, taken: Iterable[QRectF]) -> QPointF:
    """Return the nearest free position for a node's middle; `middle` itself if none is free."""
    areas = list(taken)
    steps = range(-FAR, FAR + 1)
    ways = sorted(product(steps, steps), key=lambda way: way[0] ** 2 + way[1] ** 2)
    for across, down in ways:
        place = middle + QPointF(across * STEP, down * STEP)
        area = QRectF(place.x() - WIDE / 2, place.y() - HIGH / 4, WIDE, HIGH)
        if not any(area.intersects(other) for other in areas):
            return place
    return middle

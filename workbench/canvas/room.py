"""Room for what is added without a place of its own: near where one looks, on top of nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from PySide6.QtCore import QPointF, QRectF

WIDE, HIGH = 200.0, 170.0  # that a new node may take, with a gap round it
STEP = 48.0
FAR = 16  # steps that are looked at in each direction


def room_near(middle: QPointF, taken: Iterable[QRectF]) -> QPointF:
    """Return the nearest middle of a node that would lie on none; the same where all is taken."""
    areas = list(taken)
    steps = range(-FAR, FAR + 1)
    ways = sorted(product(steps, steps), key=lambda way: way[0] ** 2 + way[1] ** 2)
    for across, down in ways:
        place = middle + QPointF(across * STEP, down * STEP)
        area = QRectF(place.x() - WIDE / 2, place.y() - HIGH / 4, WIDE, HIGH)
        if not any(area.intersects(other) for other in areas):
            return place
    return middle

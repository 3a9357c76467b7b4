"""A wire is painted in straight pieces, which Qt draws seven times as fast as its path."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from workbench.canvas.wire_item import DOUBLE, WHOLE_ABOVE, Way
from workbench.canvas.wire_path import (
    Polyline,
    path_of,
    polyline_of,
    rounded_path,
    rounded_polyline,
)
from workbench.look.painting import painting
from workbench.look.strokes import pen

SIDE = 700
LEAST = 0.65


def direct(*way: tuple[float, float]) -> tuple[QPainterPath, Polyline]:
    points = [QPointF(*at) for at in way]
    return path_of(points), polyline_of(points)


BENT = [(5.0, 5.0), (50.0, 5.0), (50.0, 200.0), (300.0, 200.0)]
WIRES = {
    "forward": direct((5, 5), (300, 200)),
    "back": direct((350, 5), (150, 400)),
    "short": direct((5, 5), (45, 35)),
    "through a reroute": direct((5, 200), (200, 40), (420, 380)),
    "long": direct((-2000, -900), (1500, 1600)),
    "routed": (rounded_path(BENT), rounded_polyline(BENT)),
}


def drawn(way: Way, scale: float) -> np.ndarray:
    """Return how much of each pixel the wire covers."""
    image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
    image.fill(0)
    with painting(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        way.draw(painter, pen(QColor("white"), DOUBLE))
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, -1)[:, :SIDE] / 255


@pytest.mark.parametrize("scale", [0.6, 1.0, WHOLE_ABOVE])
@pytest.mark.parametrize("name", WIRES)
def test_pieces_look_as_the_path(name: str, scale: float, qapp: object) -> None:
    path, line = WIRES[name]
    whole, pieces = drawn(Way(path), scale), drawn(Way.along(line, None), scale)
    assert np.abs(whole - pieces).sum() < 0.12 * whole.sum()
    assert pieces[whole > 0.99].min() > LEAST, "no seam between pieces"

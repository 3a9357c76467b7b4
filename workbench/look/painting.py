"""A painter that ends, whatever is raised while it paints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPaintDevice, QPainter


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """Paint on a device in this context. Qt ends the program if a device dies being painted on."""
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()

"""The scene as the items on it know it: how near it is seen, and what it keeps for them."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QImage

from engine.document.graph import Wire
from workbench.canvas.wire_path import Box


class Stage(Protocol):
    """What `scene.Scene` offers to nodes, wires, frames and notes."""

    zoom: float  # as the zoom bar shows it: it decides the level of detail
    scale: float  # screen pixels for one of the scene
    ratio: float  # device pixels for one of the scene
    screen_ratio: float  # device pixels for one of the screen
    rich: bool  # whether pictures of views are drawn
    shapes: bool  # whether wires tell their shapes
    asked: list[Box] | None  # what is being painted; None: all of it

    def is_collapsed(self, node: str) -> bool: ...

    def leads(self, wire: Wire) -> bool:
        """Tell whether a wire carries its output's shape."""
        ...

    def thumbnail(self, node: str) -> QImage | None:
        """Return a view's picture at the size of its place."""
        ...

"""The scene's interface for its items: zoom and shared resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from engine.document.graph import Wire
from workbench.canvas.index import Index
from workbench.canvas.wire_path import Box

if TYPE_CHECKING:
    from workbench.canvas.layers import Pictures
    from workbench.canvas.node_item import NodeItem
    from workbench.canvas.wire_item import WireItem


class Stage(Protocol):
    """The part of `scene.Scene` used by nodes, wires, frames and notes."""

    zoom: float  # as in the zoom bar; selects the level of detail
    scale: float  # screen pixels per unit of the scene
    ratio: float  # device pixels per unit of the scene
    screen_ratio: float  # device pixels per screen pixel
    detailed: bool  # whether thumbnails are drawn
    shapes: bool  # whether wires show their shapes
    repaint_boxes: list[Box] | None  # regions being painted; None: everything
    whole: bool  # whether everything will be repainted anyway
    wire_places: Index[WireItem]
    node_places: Index[NodeItem]
    pictures: Pictures

    def update(self, area: QRectF, /) -> None:
        """Repaint a part of the scene."""
        ...

    def is_collapsed(self, node: str) -> bool: ...

    def shows_shape(self, wire: Wire) -> bool:
        """Return whether a wire shows its output's shape."""
        ...

    def thumbnail(self, node: str) -> QImage | None:
        """Return a view's thumbnail."""
        ...

"""The scene's interface for its items: zoom and shared resources."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from engine.document.graph import Wire
from workbench.canvas.index import Index
from workbench.canvas.wire_path import Box
from workbench.widgets.ports import Side


class NodePictures(Protocol):
    """The pictures of nodes (`layers.Pictures`)."""

    def forget(self, node: Any, /) -> None:
        """Drop the picture of a node that no other shares."""
        ...


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
    wire_places: Index[Any]  # of the items, which know the stage: naming them makes a circle
    node_places: Index[Any]

    @property
    def pictures(self) -> NodePictures: ...

    def update(self, area: QRectF, /) -> None:
        """Repaint a part of the scene."""
        ...

    def is_collapsed(self, node: str) -> bool: ...

    def wires_at(self, node: str, side: Side, port: str) -> list[Any]:
        """Return the items of the wires at a port, in their order."""
        ...

    def shows_shape(self, wire: Wire) -> bool:
        """Return whether a wire shows its output's shape."""
        ...

    def thumbnail(self, node: str) -> QImage | None:
        """Return a view's thumbnail."""
        ...

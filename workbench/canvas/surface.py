"""The canvas's interface for its gestures, keys, menus and overlays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QGraphicsView

from engine.document.graph import Wire
from nodes.errors import Refusal
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas.camera import Camera
from workbench.canvas.fitting import Answer, End
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.hit import Target
from workbench.canvas.scene import Scene
from workbench.canvas.search import Search
from workbench.canvas.selection import Selection

if TYPE_CHECKING:
    from workbench.canvas.commands import CanvasCommands
    from workbench.canvas.gestures.base import Gesture


class Surface(QGraphicsView):
    """The interface of `view.Canvas`. Places are in the scene, points in the viewport."""

    selection_changed = Signal(list)  # ids of nodes, frames and notes
    edit_requested = Signal(str)  # open the first field of a node
    action_requested = Signal(str)  # an action of the window's table, by its id
    refused = Signal(str)  # a sentence

    document: Document
    live: Live
    stage: Scene
    camera: Camera
    commands: CanvasCommands
    gesture: Gesture | None
    snap: bool
    space_held: bool

    @property
    def selection(self) -> Selection:
        return self.stage.selection

    @property
    def search(self) -> Search:
        raise NotImplementedError

    @property
    def shapes_shown(self) -> bool:
        raise NotImplementedError

    def target(self, at: QPointF) -> Target:
        """Return the target under a point."""
        raise NotImplementedError

    def look_at(self, at: QPointF) -> None:
        """Highlight the item under a point."""
        raise NotImplementedError

    def zoom_in(self) -> None:
        raise NotImplementedError

    def zoom_out(self) -> None:
        raise NotImplementedError

    def fit_all(self, *, animate: bool = True) -> None:
        raise NotImplementedError

    def rename(self, thing: str) -> None:
        raise NotImplementedError

    def write_note(self, note: str) -> None:
        raise NotImplementedError

    def open_search(
        self,
        place: QPointF | None = None,
        from_port: End | None = None,
        onto: Wire | None = None,
    ) -> None:
        raise NotImplementedError

    def hold_wire(self, ghost: GhostItem) -> None:
        """Keep a released wire visible while its target is searched."""
        raise NotImplementedError

    def drop_gesture(self) -> None:
        """Cancel the current gesture."""
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> None:
        """Show for a while why an edit was refused."""
        raise NotImplementedError

    def show_refusal(self, answer: Answer, node: str, *, brief: bool = False) -> None:
        """Show under a node why a wire is refused."""
        raise NotImplementedError

    def hide_refusal(self) -> None:
        raise NotImplementedError

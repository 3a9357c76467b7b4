"""What stands under the nodes of a scene: problems with their fixes, captions about data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.canvas.layout import NEAR
from workbench.canvas.message_item import CaptionItem, MessageItem
from workbench.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene


class Unders:
    """The messages and captions of a scene, each by its node."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.messages: dict[str, MessageItem] = {}
        self.captions: dict[str, CaptionItem] = {}

    def at(self, node: str) -> list[MessageItem | CaptionItem]:
        """Return what stands under a node."""
        there = (self.messages.get(node), self.captions.get(node))
        return [under for under in there if under is not None]

    def drop(self, node: str) -> None:
        """Remove what stands under a node."""
        for under in (self.messages.pop(node, None), self.captions.pop(node, None)):
            if under is not None:
                self.scene.removeItem(under)

    def match(self, item: NodeItem) -> None:
        """Show what a node's signs say, and nothing else."""
        self._match_message(item)
        self._match_caption(item)

    def _match_message(self, item: NodeItem) -> None:
        wanted = bool(item.signs.problem_text) and self.scene.zoom >= NEAR
        there = self.messages.get(item.node)
        if not wanted:
            if there is not None:
                self.scene.removeItem(self.messages.pop(item.node))
        elif there is None:
            self.messages[item.node] = MessageItem(item)
            self.scene.addItem(self.messages[item.node])
        else:
            there.refresh()

    def _match_caption(self, item: NodeItem) -> None:
        signs = item.signs
        wanted = bool(signs.note) and not signs.problem_text and self.scene.zoom >= NEAR
        there = self.captions.get(item.node)
        if wanted and there is None:
            self.captions[item.node] = CaptionItem(item)
            self.scene.addItem(self.captions[item.node])
        elif there is not None and wanted:
            there.refresh()
        elif there is not None:
            self.scene.removeItem(self.captions.pop(item.node))

    def show_zoom(self, *, near: bool) -> None:
        """Follow the zoom; `near`: whether it has crossed the one below which none is shown."""
        for item in self.scene.nodes.values() if near else ():
            if item.signs.problem_text or item.signs.note:
                self.match(item)
        unders: list[MessageItem | CaptionItem] = [*self.messages.values(), *self.captions.values()]
        for under in unders:
            under.refresh()

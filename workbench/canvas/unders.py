"""What stands under the nodes of a scene: problems with their fixes, captions about data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.canvas.field_hint import FieldHint
from workbench.canvas.layout import NEAR
from workbench.canvas.message_item import CaptionItem, MessageItem
from workbench.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene

Under = MessageItem | CaptionItem | FieldHint


class Unders:
    """The messages and captions of a scene, each by its node."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.messages: dict[str, MessageItem] = {}
        self.captions: dict[str, CaptionItem] = {}
        self.hint: FieldHint | None = None

    def at(self, node: str) -> list[Under]:
        """Return what stands under a node."""
        hint = self.hint if self.hint is not None and self.hint.owner.node == node else None
        there = (self.messages.get(node), self.captions.get(node), hint)
        return [under for under in there if under is not None]

    def drop(self, node: str) -> None:
        """Remove what stands under a node."""
        if self.hint in self.at(node):
            self.hide_hint()
        for under in (self.messages.pop(node, None), self.captions.pop(node, None)):
            if under is not None:
                self.scene.removeItem(under)

    def show_hint(self, item: NodeItem, icon: str, words: str) -> None:
        """Say something about the field of a node that is being set."""
        if self.hint is not None and self.hint.owner is item:
            self.hint.say(icon, words)
            return
        self.hide_hint()
        self.hint = FieldHint(item, icon, words)
        self.scene.addItem(self.hint)

    def hide_hint(self) -> None:
        hint, self.hint = self.hint, None
        if hint is not None:
            self.scene.removeItem(hint)

    def match(self, item: NodeItem) -> None:
        """Show what a node's signs say, and nothing else."""
        self._match_message(item)
        self._match_caption(item)
        if self.hint is not None and self.hint.owner is item:
            self.hint.follow()

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
        unders: list[Under] = [*self.messages.values(), *self.captions.values()]
        unders += [self.hint] if self.hint is not None else []
        for under in unders:
            under.refresh()

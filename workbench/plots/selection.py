"""The marked items, and the one under the pointer, shared by all views."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal


class MarkedItems(QObject):
    """Ids of items, shared by the views of a document."""

    changed = Signal()
    hovered = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ids: frozenset[int] = frozenset()
        self.hover: int | None = None

    def mark(self, ids: Iterable[int], *, add: bool = False) -> None:
        """Mark these items in all views, and no others unless `add`."""
        marked = frozenset(ids) | (self.ids if add else frozenset())
        if marked != self.ids:
            self.ids = marked
            self.changed.emit()

    def point_at(self, id: int | None) -> None:
        """Show in all views which item is hovered."""
        if id != self.hover:
            self.hover = id
            self.hovered.emit()

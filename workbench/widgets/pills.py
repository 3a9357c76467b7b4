"""Pill tabs without a frame, which scroll if there is little room.

A tab that would be half hidden by the arrows shows no text.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleOptionTab, QTabBar, QToolButton, QWidget


class Pills(QTabBar):
    """A row of pill tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)

    def initStyleOption(self, option: QStyleOptionTab, index: int) -> None:
        super().initStyleOption(option, index)
        tab = self.tabRect(index)
        if tab.left() < 0 or tab.right() > self._end():
            option.text = ""

    def _end(self) -> int:
        """Return the right end of the tabs' room, at the arrows if they are shown."""
        arrows = self.findChildren(QToolButton)
        return min((a.x() for a in arrows if a.isVisible()), default=self.width())

"""Say to screen readers where the keyboard is."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(view: QWidget, words: str) -> None:
    view.setAccessibleDescription(words)
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, words))

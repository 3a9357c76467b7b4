"""Notices: a sentence with buttons in a bar above the canvas. None is modal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.look.theme import appearance, pixmap
from workbench.widgets.base import Elided, icon_button, label

HEIGHT = 44
MOST = 2  # notices shown at once
Press = tuple[str, Callable[[], object]]
_ICONS = {"error": "circle-alert", "warning": "triangle-alert", "note": "info"}


def tr(text: str) -> str:
    return QCoreApplication.translate("notices", text)


class Notice(QFrame):
    """One sentence with its buttons, the most likely first."""

    gone = Signal()

    def __init__(self, level: str, sentence: str, buttons: list[Press]) -> None:
        super().__init__()
        self.level, self.sentence = level, sentence
        self.owner: object = None
        self.setProperty("surface", level)
        self.setProperty("bar", True)
        self.setAccessibleName(sentence)
        self.icon = label("")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.icon)
        row.addWidget(Elided(sentence), 1)
        self.buttons = [self._button(*press) for press in buttons]
        for button in self.buttons:
            row.addWidget(button)
        row.addWidget(icon_button("x", tr("Close"), self.dismiss))
        self.setFixedHeight(HEIGHT)
        self._paint_icon()
        appearance.changed.connect(self._paint_icon)

    def dismiss(self) -> None:
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def _button(self, words: str, press: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)

        def pressed() -> None:
            self.dismiss()
            press()

        button.clicked.connect(pressed)
        return button

    def _paint_icon(self) -> None:
        colour = self.level if self.level != "note" else "text2"
        self.icon.setPixmap(pixmap(_ICONS[self.level], colour))


class Notices(QWidget):
    """The current notices by key; a new one replaces the old one with its key.

    A notice with an owner is shown only while that page is in front. The newest `MOST` are shown;
    the others wait, because a low window has no room for all.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.by_key: dict[str, Notice] = {}
        self._owner: object = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def say(
        self, key: str, level: str, sentence: str, *buttons: Press, owner: object = None
    ) -> Notice:
        self.clear(key)
        notice = Notice(level, sentence, list(buttons))
        notice.owner = owner
        notice.gone.connect(lambda: self._gone(key, notice))
        self.by_key[key] = notice
        self._column.addWidget(notice)
        self._arrange()
        return notice

    def show_owner(self, owner: object) -> None:
        """Show the notices without owner and those of `owner`."""
        self._owner = owner
        self._arrange()

    def _arrange(self) -> None:
        standing = [n for n in self.by_key.values() if n.owner in (None, self._owner)]
        for notice in self.by_key.values():
            notice.setVisible(notice in standing[-MOST:])

    def clear(self, key: str) -> None:
        if key in self.by_key:
            self.by_key[key].dismiss()

    def _gone(self, key: str, notice: Notice) -> None:
        if self.by_key.get(key) is notice:
            del self.by_key[key]
            self._arrange()

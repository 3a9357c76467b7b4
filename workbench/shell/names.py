"""The views by their names, in a low window: one opens them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from workbench.widgets.base import delete_widget

HEIGHT, BUTTON = 33, 24  # px
MOST = 100  # names; no screen has room for more, and thousands of widgets stop the window


def tr(text: str) -> str:
    return QCoreApplication.translate("dock", text)


class Names(QWidget):
    """A button for each view, as many as there is room for. `chosen` carries the position."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Views"))
        self.buttons: list[QPushButton] = []
        self._names: list[str] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 4, 10, 4)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self.hide()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, HEIGHT)

    def show_names(self, names: Sequence[str]) -> None:
        """Show these names in order."""
        if list(names) == self._names:
            return
        self._names = list(names)
        for button in self.buttons:
            delete_widget(button)
        self.buttons = []
        for at, name in enumerate(self._names[:MOST]):
            button = QPushButton(name)
            button.setProperty("flat", True)
            button.setFixedHeight(BUTTON)
            button.setToolTip(tr("Open the views at this one"))
            button.clicked.connect(partial(self.chosen.emit, at))
            self._row.insertWidget(at, button)
            self.buttons.append(button)

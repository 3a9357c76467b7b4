"""The pictures that are watched: one or two panes side by side, as large as the window allows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from workbench.plots.pane import Pane
from workbench.watch.strip import Strip
from workbench.widgets.base import label, separator, upright_separator


class Watch(QWidget):
    """The graph in small over the pictures."""

    def __init__(self, strip: Strip) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.strip = strip
        self.panes: list[Pane] = []
        self.empty = label("", "hint")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.row = QWidget()
        self._row = QHBoxLayout(self.row)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._line = upright_separator()
        self.body = QStackedWidget()
        self.body.addWidget(self.empty)
        self.body.addWidget(self.row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (strip, separator()):
            column.addWidget(part)
        column.addWidget(self.body, 1)

    def show_panes(self, panes: Sequence[Pane], words: str = "") -> None:
        """Show these panes side by side; without any, the words that say why."""
        self.empty.setText(words)
        self.body.setCurrentWidget(self.row if panes else self.empty)
        if self.panes == panes and all(pane.parent() is self.row for pane in panes):
            return
        self.panes = list(panes)
        for at, pane in enumerate(panes):
            pane.show_tabbed(False)
            self._row.insertWidget(at, pane, 1)
            pane.show()
        self._row.insertWidget(min(1, len(panes)), self._line)
        self._line.setVisible(len(panes) > 1)

"""The crumbs: which group is open, and the way back out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from workbench.look.eliding import elide
from workbench.look.theme import ICON, set_icon
from workbench.widgets.base import delete_content
from workbench.words.kinds import tr

HIGH = 28  # px
WIDEST = 160  # px of a name


class Crumb(NamedTuple):
    """One level: its name and its icon."""

    title: str
    icon: str


class Crumbs(QFrame):
    """The document and the groups down to the open one; `chosen` gives how many groups to keep."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Open group"))
        self.levels: list[QToolButton] = []
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(2, 0, 8, 0)
        self.line.setSpacing(2)
        self.hide()

    def show_way(self, crumbs: Sequence[Crumb]) -> None:
        """Show the levels, the outermost first; nothing where no group is open."""
        delete_content(self.line)
        self.levels = []
        inside = len(crumbs) - 1
        if inside > 0:
            back = self._button("arrow-left", tr("Leave the group") + "  Ctrl+↑", inside - 1)
            self._add(back)
        for depth, crumb in enumerate(crumbs):
            if depth:
                self._add(QLabel("›"))
            level = self._button(crumb.icon, crumb.title, depth)
            level.setText(elide(crumb.title, level.fontMetrics(), WIDEST, middle=True))
            level.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            level.setEnabled(depth < inside)
            self.levels.append(level)
            self._add(level)
        self.setVisible(inside > 0)
        self.adjustSize()

    def _add(self, widget: QWidget) -> None:
        """Put a widget at the end; shown at once, since what is hidden takes no room."""
        self.line.addWidget(widget)
        widget.show()

    def _button(self, icon: str, words: str, depth: int) -> QToolButton:
        button = QToolButton()
        set_icon(button, icon)
        button.setIconSize(QSize(ICON, ICON))
        button.setFixedHeight(HIGH)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: self.chosen.emit(depth))
        return button

"""The top of the window: menus, search and run bar, in two rows or one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenuBar, QPushButton, QToolButton, QWidget

from workbench.actions import BY_ID
from workbench.look import theme as look
from workbench.look.theme import appearance, font, pixmap, set_icon, theme
from workbench.shell.runbar import RunBar
from workbench.widgets.base import icon_button

SEARCH_WIDTH = 360
RUN_BAR_WIDTH = 560  # px at text scale 1: below this its texts would be cut


def tr(text: str) -> str:
    return QCoreApplication.translate("topbar", text)


class SearchButton(QPushButton):
    """A button that looks like a search field and opens the command palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(26)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setAccessibleName(tr("Search actions and nodes"))
        self.setToolTip(BY_ID["view.commands"].tip)
        appearance.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus()
        painter.setPen(tokens.accent if focus else tokens.control)
        painter.setBrush(tokens.field)
        box = self.rect().adjusted(0, 0, -1, -1)
        painter.drawRoundedRect(box, look.RADIUS_CONTROL, look.RADIUS_CONTROL)
        painter.drawPixmap(8, (self.height() - 16) // 2, pixmap("search", "text3"))
        painter.setFont(font(look.HINT))
        painter.setPen(tokens.text3)
        words = self.rect().adjusted(30, 0, -10, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, middle, tr("Search actions and nodes"))
        painter.drawText(
            words, middle | Qt.AlignmentFlag.AlignRight, BY_ID["view.commands"].shown_keys
        )


class TopBar(QWidget):
    """The top bar. `set_compact(True)` uses one row if the texts fit."""

    action_requested = Signal(str)

    def __init__(self, menu: QMenuBar, run_bar: RunBar) -> None:
        super().__init__()
        self.menu, self.run_bar = menu, run_bar
        self.compact: bool | None = None
        self.one_row: bool | None = None
        self.search = SearchButton()
        self.seek = self._icon("search", "view.commands")
        self.lessons = self._icon("graduation-cap", "lesson.selected")
        self.light = QToolButton()
        self.light.clicked.connect(self._switch_light)
        self.help = self._icon("circle-question-mark", "help.keys")
        self.corner = self._corner()
        self.search.clicked.connect(lambda: self.action_requested.emit("view.commands"))
        self.setProperty("surface", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 1)
        self._grid.setSpacing(0)
        self.menu.setFixedHeight(look.MENU_HEIGHT)
        appearance.changed.connect(self._name_light)
        self._name_light()

    def set_compact(self, compact: bool) -> None:
        if compact != self.compact:
            self.compact = compact
            self.run_bar.set_compact(compact)
            self.search.setVisible(not compact)
            self.seek.setVisible(compact)
            self.one_row = None
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        one_row = bool(self.compact) and self._has_room()
        if one_row == self.one_row:
            return
        self.one_row = one_row
        for widget in (self.menu, self.search, self.corner, self.run_bar):
            self._grid.removeWidget(widget)
        rows = look.RUN_BAR_HEIGHT if one_row else look.MENU_HEIGHT + 1 + look.RUN_BAR_HEIGHT
        self.setFixedHeight(rows + 1)
        (self._one_row if one_row else self._two_rows)()

    def _has_room(self) -> bool:
        """Return whether menus, run bar and corner fit side by side."""
        beside = self.menu.sizeHint().width() + self.corner.sizeHint().width()
        return self.window().width() >= beside + RUN_BAR_WIDTH * theme().text_scale

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines below the rows, in the gaps left by the layout."""
        super().paintEvent(event)
        painter = QPainter(self)
        rows = [self.height() - 1] if self.one_row else [look.MENU_HEIGHT, self.height() - 1]
        for y in rows:
            painter.fillRect(0, y, self.width(), 1, theme().line)

    def _two_rows(self) -> None:
        left, middle, right = 0, 1, 2
        self.search.setFixedWidth(SEARCH_WIDTH)
        self._grid.addWidget(self.menu, 0, left)
        self._grid.addWidget(self.search, 0, middle, Qt.AlignmentFlag.AlignCenter)
        self._grid.addWidget(self.corner, 0, right, Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(self.run_bar, 1, left, 1, 3)
        self._grid.setVerticalSpacing(1)
        for column, stretch in ((left, 1), (middle, 0), (right, 1)):
            self._grid.setColumnStretch(column, stretch)

    def _one_row(self) -> None:
        self._grid.addWidget(self.menu, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(self.run_bar, 0, 1)
        self._grid.addWidget(self.corner, 0, 2)
        for column, stretch in ((0, 0), (1, 1), (2, 0)):
            self._grid.setColumnStretch(column, stretch)

    def _corner(self) -> QWidget:
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        for button in (self.seek, self.lessons, self.light, self.help):
            row.addWidget(button)
        return corner

    def _icon(self, icon: str, action: str) -> QToolButton:
        words = BY_ID[action]
        return icon_button(icon, words.tip, lambda: self.action_requested.emit(action))

    def _switch_light(self) -> None:
        self.action_requested.emit("view.light" if theme().dark else "view.dark")

    def _name_light(self) -> None:
        words = tr("Light colours") if theme().dark else tr("Dark colours")
        set_icon(self.light, "sun" if theme().dark else "moon")
        self.light.setToolTip(words)
        self.light.setAccessibleName(words)

"""A view with its header: title, subtitle, pin and detach buttons."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.look import theme as tokens
from workbench.look.theme import VIEW_HEAD_HEIGHT, VIEW_MARGIN, set_icon
from workbench.plots.axes import number
from workbench.plots.exploring import Exploring
from workbench.plots.widget import Plot
from workbench.plots.words import tr
from workbench.widgets.base import icon_button
from workbench.widgets.explained import Explained

PARTS = re.compile(r", | · ")  # where a subtitle ends in less room
FLOATING = Qt.WindowType.Tool | Qt.WindowType.WindowMinMaxButtonsHint


class HeaderSpace(QWidget):
    """A placeholder in a header, over which a child of another widget is placed."""

    placed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._least = self._wanted = QSize(0, 0)
        self.hide()

    def set_sizes(self, least: QSize, wanted: QSize) -> None:
        """Set the sizes, as far as there is room."""
        self._least, self._wanted = least, wanted
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._wanted

    def minimumSizeHint(self) -> QSize:
        return self._least

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.placed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.placed.emit()


class Head(QWidget):
    """Title, subtitle and two buttons; or a placeholder instead of the title."""

    pressed = Signal()
    pressed_twice = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(VIEW_HEAD_HEIGHT)
        self.title = Explained("", "")
        self.about = Explained("", "hint")
        self.room = HeaderSpace()
        row = QHBoxLayout(self)
        row.setContentsMargins(VIEW_MARGIN, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.room)
        row.addWidget(self.title)
        row.addWidget(self.about, 1)
        self.buttons = row
        tokens.appearance.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.title.setFont(tokens.font(tokens.BODY, tokens.SEMIBOLD))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.pressed_twice.emit()


class Pane(QWidget):
    """A plot below its header, in the dock or in its own window."""

    pin_requested = Signal(str)
    detach_requested = Signal(str)
    chosen = Signal(str)
    data_requested = Signal(str)
    bare_requested = Signal(str)  # hide the data behind, or show them
    filled = Signal(str)  # its head was double-clicked
    named = Signal(str)

    def __init__(self, node: str, plot: Plot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.node = node
        self.plot = plot
        self.head = Head()
        self.pin = icon_button("pin", tr("Keep in sight"), lambda: self.pin_requested.emit(node))
        self.detach = icon_button(
            "external-link", tr("In a window of its own"), lambda: self.detach_requested.emit(node)
        )
        self.behind = icon_button("layers", "", lambda: self.bare_requested.emit(node))
        self.behind.hide()
        for button in (self.behind, self.pin, self.detach):
            self.head.buttons.addWidget(button)
        self._about = ""
        self.late = False  # whether the figure is of a step long past
        self.tabbed = False
        self.exploring: Exploring | None = None
        self.data_button = QPushButton(tr("Show data"))
        self.data_button.clicked.connect(lambda: self.data_requested.emit(node))
        self.data_button.hide()
        inside = QVBoxLayout(plot)
        inside.addStretch(2)
        inside.addWidget(self.data_button, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(plot, 1)
        plot.subtitle_changed.connect(self.show_subtitle)
        self.head.pressed.connect(lambda: self.chosen.emit(node))
        self.head.pressed_twice.connect(lambda: self.filled.emit(node))
        self.setMinimumWidth(140)

    def name(self, title: str) -> None:
        """Set the view's title."""
        self.head.title.say(title)
        self.plot.setAccessibleName(title)
        self.setAccessibleName(title)
        self.named.emit(title)

    def show_subtitle(self, about: str) -> None:
        """Set the subtitle; for a past or a late figure also its step."""
        self._about = about
        self.behind.setVisible(bool(self.plot.picture and self.plot.picture.has_data_behind))
        step = tr("step {0}").format(number(self.plot.step)) if self.plot.past or self.late else ""
        shown = (step,) if self.tabbed else (step, about)  # the tabs leave little room
        told = " · ".join(part for part in shown if part)
        starts = [told[: cut.start()] for cut in PARTS.finditer(told)]
        self.head.about.say(told, shorter=[*reversed(starts), ""])

    def show_late(self, late: bool) -> None:
        """Say the figure's step, or no longer."""
        if late != self.late:
            self.late = late
            self.show_subtitle(self._about)

    def show_tabbed(self, tabbed: bool) -> None:
        """Hide the title while tabs take its place."""
        self.tabbed = tabbed
        self.head.show()
        self.head.room.setVisible(tabbed)
        self.head.title.setVisible(not tabbed)
        self.show_subtitle(self._about)

    def show_bare(self) -> None:
        """Hide the head, where another place says what it says."""
        self.show_tabbed(False)
        self.head.hide()

    def show_data_behind(self, shown: bool) -> None:
        """Show the data behind what is generated, or hide them."""
        words = tr("Hide the data behind") if shown else tr("Show the data behind")
        set_icon(self.behind, "layers", "accent" if shown else "text2")
        self.behind.setToolTip(words)
        self.behind.setAccessibleName(words)
        if self.plot.bare is shown:
            self.plot.bare = not shown
            self.plot.renew()

    def show_pinned(self, pinned: bool) -> None:
        set_icon(self.pin, "pin", "accent" if pinned else "text2")
        words = tr("Pinned: let it go") if pinned else tr("Keep in sight")
        self.pin.setToolTip(words)
        self.pin.setAccessibleName(words)

    def show_floating(self, floating: bool) -> None:
        """Set the buttons' texts for this state, and let the picture be explored in a window."""
        if self.exploring is not None:
            self.exploring.end()
        self.exploring = Exploring(self.plot) if floating else None
        self.pin.setVisible(not floating)
        words = tr("Back into the dock") if floating else tr("In a window of its own")
        set_icon(self.detach, "panel-bottom" if floating else "external-link")
        self.detach.setToolTip(words)
        self.detach.setAccessibleName(words)


class Floating(QWidget):
    """A window with one view. Closing it returns the view to the dock."""

    closed = Signal(str)

    def __init__(self, pane: Pane, parent: QWidget) -> None:
        super().__init__(parent, FLOATING)  # a tool window: the main window's shortcuts stay active
        self.pane = pane
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(pane.head.title.text())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(pane)
        pane.show_floating(True)
        pane.show()
        self.resize(640, 520)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit(self.pane.node)
        super().closeEvent(event)

"""The panes around the canvas: palette on the left, inspector on the right, views below.

In a narrow window the left pane folds to a rail of icons and opens over the canvas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Catalogue
from workbench.panels.categories import by_category, category_row
from workbench.shell.tabs import Tabs
from workbench.widgets.base import delete_content, icon_button, label, separator
from workbench.widgets.pills import Pills

RAIL = 48
OVERLAY = 264
TOOL_LEAST = 80  # px of height: a tool and the inspector fit into a low window
Factory = Callable[[], QWidget]


def tr(text: str) -> str:
    return QCoreApplication.translate("sides", text)


class Pane(QWidget):
    """Panels behind pill tabs. Emit `made(key, panel)` when a panel is created, on first view."""

    made = Signal(str, object)
    shown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.keys: list[str] = []
        self.icons: list[str] = []
        self.widgets: dict[str, QWidget] = {}
        self._factories: dict[str, Factory] = {}
        self.pills = Pills()
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(8, 2, 8, 2)
        row.addWidget(self.pills)
        column.addLayout(row)
        column.addWidget(self.stack, 1)
        self.pills.currentChanged.connect(self._turn)

    def add(self, key: str, title: str, icon: str, factory: Factory) -> None:
        self.keys.append(key)
        self.icons.append(icon)
        self._factories[key] = factory
        self.pills.addTab(title)

    @property
    def current(self) -> str:
        return self.keys[self.pills.currentIndex()]

    def show_panel(self, key: str) -> QWidget:
        """Bring a panel to the front and return it."""
        self.pills.setCurrentIndex(self.keys.index(key))
        return self._widget(key)

    def offer(self, key: str, offered: bool) -> None:
        """Show a panel's tab, or hide it; the next one comes to the front then."""
        at = self.keys.index(key)
        if not offered and at == self.pills.currentIndex():
            self.pills.setCurrentIndex((at + 1) % len(self.keys))
        self.pills.setTabVisible(at, offered)

    def panel(self, key: str) -> Any:
        """Return a panel, which stays behind the one in front."""
        front = self.stack.currentWidget()
        found = self._widget(key)
        if front is not None:
            self.stack.setCurrentWidget(front)
        return found

    def set_title(self, key: str, title: str) -> None:
        self.pills.setTabText(self.keys.index(key), title)

    def create_current(self) -> None:
        """Create the panel in front if it does not exist yet."""
        self._turn(self.pills.currentIndex())

    def showEvent(self, event: QShowEvent) -> None:
        """Create the front panel when shown, but after the window's first paint."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.create_current)

    def _turn(self, index: int) -> None:
        if not self.isVisible() and not self.widgets:
            return
        self.stack.setCurrentWidget(self._widget(self.keys[index]))
        self.shown.emit(self.keys[index])

    def _widget(self, key: str) -> QWidget:
        if key not in self.widgets:
            self.widgets[key] = widget = self._factories[key]()
            self.stack.addWidget(widget)
            self.stack.setCurrentWidget(widget)
            self.made.emit(key, widget)
        return self.widgets[key]


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


class Dock(QDockWidget):
    """A dock with a title bar only while floating."""

    def __init__(self, name: str, title: str, inside: QWidget, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setWidget(inside)
        self._bare = QWidget()
        self.setTitleBarWidget(self._bare)
        self.topLevelChanged.connect(self._dress)

    def _dress(self, floating: bool) -> None:
        self.setTitleBarWidget(None if floating else self._bare)  # type: ignore[arg-type]


class Rail(QWidget):
    """A narrow column of icons: the panels of a pane, then the categories of nodes."""

    panel_requested = Signal(str)
    category_requested = Signal(str)

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(RAIL)
        self.buttons: dict[str, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 6, 8)
        column.setSpacing(4)
        for i, key in enumerate(pane.keys):
            button = _rail_button(
                pane.icons[i], pane.pills.tabText(i), partial(self.panel_requested.emit, key)
            )
            button.setCheckable(True)
            self.buttons[key] = button
            column.addWidget(button)
        column.addWidget(separator())
        column.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        """Return the categories in a scroll area, for windows too low to show all."""
        inside = QWidget()
        inside.setProperty("surface", "panel")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._categories = QVBoxLayout(inside)
        self._categories.setContentsMargins(0, 0, 0, 0)
        self._categories.setSpacing(4)
        self._categories.setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumHeight(34)
        scroll.setWidget(inside)
        return scroll

    def check(self, key: str) -> None:
        """Check the button of the open panel; "" unchecks all."""
        for name, button in self.buttons.items():
            button.setChecked(name == key)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Make a button for each category."""
        delete_content(self._categories)
        for category in by_category(catalogue):
            row = category_row(category, 0)
            ask = partial(self.category_requested.emit, category)
            self._categories.addWidget(_rail_button(row.icon, row.title, ask))


def _rail_button(icon: str, words: str, pressed: Callable[[], object]) -> QToolButton:
    button = icon_button(icon, words, pressed)
    button.setFixedSize(36, 34)
    return button


class LeftSide(QWidget):
    """The left pane, docked beside the canvas or folded to a rail that opens it over the canvas."""

    def __init__(self, pane: Pane, over: Tabs) -> None:
        super().__init__()
        self.pane, self.over = pane, over
        self.rail = Rail(pane)
        self.folded = False
        self.overlay = QFrame(over)
        self.overlay.setProperty("surface", "line")
        self.overlay.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.overlay.hide()
        self._inside = QVBoxLayout(self.overlay)
        self._inside.setContentsMargins(0, 0, 1, 0)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.rail)
        self._row.addWidget(pane)
        self.rail.hide()
        self.rail.panel_requested.connect(self._asked)
        self.rail.category_requested.connect(self._open_category)
        over.resized.connect(self._resized)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.overlay, self.close_overlay)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def fold(self, folded: bool) -> None:
        if folded == self.folded:
            return
        self.folded = folded
        self.close_overlay()
        (self._inside if folded else self._row).addWidget(self.pane)
        self.rail.setVisible(folded)
        self.pane.show()

    @property
    def opened(self) -> bool:
        return self.overlay.isVisible() if self.folded else self.pane.isVisible()

    def open_overlay(self, key: str = "") -> None:
        self.close_overlay()
        self.pane.show_panel(key or self.pane.current)
        self.overlay.setGeometry(0, 0, OVERLAY, self.over.height())
        self.overlay.show()
        self.overlay.raise_()
        self.pane.create_current()
        self.rail.check(self.pane.current)
        _application().focusChanged.connect(self._follow_focus)
        panel = self.pane.show_panel(self.pane.current)
        (getattr(panel, "search", None) or panel).setFocus()

    def close_overlay(self) -> None:
        if self.overlay.isVisible():
            _application().focusChanged.disconnect(self._follow_focus)
        self.overlay.hide()
        self.rail.check("")

    def _open_category(self, category: str) -> None:
        self.open_overlay("nodes")
        self.pane.widgets["nodes"].show_category(category)  # type: ignore[attr-defined]

    def _asked(self, key: str) -> None:
        if self.overlay.isVisible() and self.pane.current == key:
            self.close_overlay()
        else:
            self.open_overlay(key)

    def _follow_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """Close the overlay when the focus moves elsewhere in the window."""
        ours = (self.overlay, self.rail)
        if (
            new is None
            or _is_passing(new)
            or not self.overlay.isVisible()
            or new.window() is not self.window()
        ):
            return
        if not any(part is new or part.isAncestorOf(new) for part in ours):
            self.close_overlay()

    def _resized(self) -> None:
        self.overlay.resize(OVERLAY, self.over.height())


def _is_passing(widget: QWidget) -> bool:
    """Return whether a widget has the focus only until something is chosen in it."""
    over = widget.parentWidget()
    return bool(over is not None and over.property("passing"))


class ToolDock(QDockWidget):
    """A dock for an occasional panel: log or history. It can be detached and closed."""

    def __init__(self, name: str, title: str, inside: QWidget, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        inside.setMinimumHeight(TOOL_LEAST)
        self.setWidget(inside)
        self.setMinimumSize(200, 120)
        bar = QWidget()
        bar.setProperty("surface", "panel")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 6, 8, 4)
        row.addWidget(label(title, "section"), 1)
        row.addWidget(icon_button("external-link", tr("Detach or put back"), self._float))
        row.addWidget(icon_button("x", tr("Close"), self.hide))
        self.setTitleBarWidget(bar)

    def _float(self) -> None:
        self.setFloating(not self.isFloating())

"""The menus and shortcuts, built from the table of actions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QWidget

from engine.document.graph import SUFFIX
from workbench.actions import BY_ID, MENUS, TABLE, Action, tr
from workbench.bench.settings import UserSettings
from workbench.look.theme import ICON, set_icon
from workbench.shell.conditions import holds
from workbench.shell.tabs import Tabs
from workbench.words.sentences import NOWHERE, Names, translate

TABLE_IDS = tuple(BY_ID)


class Menus(QObject):
    """A QAction for each row of the table; `refresh` updates which are enabled and checked."""

    open_requested = Signal(Path)  # a recent file
    graph_requested = Signal()  # what follows is seen in the graph

    def __init__(self, window: QMainWindow, tabs: Tabs, settings: UserSettings) -> None:
        super().__init__(window)
        self.window = window
        self.tabs = tabs
        self.settings = settings
        self.actions = {action.id: self._made(action) for action in TABLE}
        self.bar = QMenuBar()
        self.bar.setNativeMenuBar(False)
        self.menus = {name: self._menu(name) for name in MENUS}
        self.recent = QMenu(tr("Open recent"), window)
        self.menus["file"].insertMenu(self.actions["file.example"], self.recent)
        self.menus["file"].aboutToShow.connect(self.list_recent)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        window.addActions([q for a, q in self.actions.items() if not BY_ID[a].on_canvas])

    def give_keys(self, widget: QWidget, ids: Iterable[str] = TABLE_IDS) -> None:
        """Enable the canvas-only shortcuts, or those of some actions, on this widget."""
        widget.addActions([self.actions[i] for i in ids if BY_ID[i].on_canvas])

    def refresh_soon(self, *_: object) -> None:
        self._soon.start()

    def refresh(self) -> None:
        needs = {BY_ID[id].needs for id in self.actions}
        there = {need: holds(need, self.tabs) for need in needs}
        for id, qaction in self.actions.items():
            action = BY_ID[id]
            qaction.setEnabled(there[action.needs])
            if action.checked and there[action.needs]:
                qaction.setChecked(bool(action.checked(self.window)))
        self._name_undo()

    def list_recent(self) -> None:
        """Fill the menu of recent files with those that still exist."""
        self.recent.clear()
        for name in self.settings.recent:
            path = Path(name)
            if path.exists():
                words = path.name.removesuffix(SUFFIX).replace("&", "&&")
                made = self.recent.addAction(words, partial(self.open_requested.emit, path))
                made.setToolTip(name)
        self.recent.setToolTipsVisible(True)
        self.recent.setEnabled(not self.recent.isEmpty())

    def trigger(self, id: str) -> None:
        """Run an action by its id, for the command palette and the panels."""
        self._do(BY_ID[id])

    def _name_undo(self) -> None:
        bench = self.tabs.bench
        labels = (bench.document.undo_label, bench.document.redo_label) if bench else ("", "")
        names = Names(bench.document.graph, bench.catalogue) if bench else NOWHERE
        for id, label in zip(("edit.undo", "edit.redo"), labels, strict=True):
            words = f"{tr(BY_ID[id].title)} {translate(label, names)}".rstrip()
            self.actions[id].setText(words)
            self.actions[id].setToolTip(f"{words}  {BY_ID[id].shown_keys}")

    def _made(self, action: Action) -> QAction:
        qaction = QAction(tr(action.title), self)
        qaction.setShortcuts(action.shortcuts)
        if action.on_canvas:
            qaction.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        qaction.setProperty("menu_title", tr(MENUS[action.menu]))
        qaction.setProperty("submenu", tr(action.submenu) if action.submenu else "")
        if action.checked:
            qaction.setCheckable(True)  # its check mark takes the icon's place
        elif action.icon:  # drawn when its menu first opens: 80 icons would delay the start
            qaction.setProperty("lucide", [action.icon, action.tint, str(ICON)])
        qaction.setToolTip(action.tip)
        qaction.triggered.connect(lambda _=False: self._do(action))
        return qaction

    def _do(self, action: Action) -> None:
        if holds(action.needs, self.tabs):
            if action.shows_graph:
                self.graph_requested.emit()
            action.call(self.window)
        self.refresh_soon()

    def _menu(self, name: str) -> QMenu:
        menu = self.bar.addMenu(tr(MENUS[name]))
        submenus: dict[str, QMenu] = {}
        for action in TABLE:
            if action.menu != name:
                continue
            if action.line:
                menu.addSeparator()
            self._target(menu, submenus, action).addAction(self.actions[action.id])
        menu.aboutToShow.connect(self.refresh)
        menu.aboutToShow.connect(
            lambda: self._draw_icons(name), Qt.ConnectionType.SingleShotConnection
        )
        return menu

    def _draw_icons(self, name: str) -> None:
        for action in TABLE:
            if action.menu == name and action.icon and not action.checked:
                set_icon(self.actions[action.id], action.icon, action.tint)

    def _target(self, menu: QMenu, submenus: dict[str, QMenu], action: Action) -> QMenu:
        if not action.submenu:
            return menu
        if action.submenu not in submenus:
            submenus[action.submenu] = menu.addMenu(tr(action.submenu))
        return submenus[action.submenu]

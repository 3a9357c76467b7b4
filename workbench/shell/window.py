"""The main window: it creates the parts and connects them.

`actions` lists the actions; `pages`, `files` and `editing` handle pages, files and the selection;
`docks` places the panels, and `shutdown` ends the engines.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from workbench.bench import catalogue as catalogues
from workbench.bench import examples
from workbench.bench import settings as folders
from workbench.bench.document import Document
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.look.theme import appearance
from workbench.panels.panel import InnerPanel
from workbench.search.habits import habits
from workbench.shell.docks import Docks
from workbench.shell.editing import Editing
from workbench.shell.files import Files
from workbench.shell.gallery import Gallery
from workbench.shell.menus import Menus
from workbench.shell.notices import Notices
from workbench.shell.own_kinds import OwnKinds
from workbench.shell.pages import NAME, Pages, Surroundings
from workbench.shell.preferences import Preferences
from workbench.shell.runbar import RunBar
from workbench.shell.shutdown import Shutdown
from workbench.shell.statusbar import SAID_FOR, StatusBar
from workbench.shell.tabs import DocumentPage, Page, RunsPage, Tabs
from workbench.shell.topbar import TopBar
from workbench.shell.workspaces import Choice, Workspaces
from workbench.words import language

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.canvas.view import Canvas
    from workbench.panels.commands import Command, CommandPalette
    from workbench.panels.inspector import Inspector
    from workbench.panels.problems import Problems
    from workbench.runs.page import Runs

ON_TREES = (
    "edit.cut", "edit.copy", "edit.paste", "edit.paste_wired", "edit.all", "graph.enter",
    "graph.leave", "graph.collapse",
)  # fmt: skip
"""The canvas's keys that the outline has too."""
EngineFactory = Callable[[], Engine]


def tr(text: str) -> str:
    return QCoreApplication.translate("window", text)


class Window(QMainWindow):
    """A main window. `engines` makes a bench's engine, which starts when its tab is first shown."""

    remade = Signal()  # its parts are new: notices, tabs, panels

    def __init__(
        self,
        settings: UserSettings | None = None,
        catalogue: Catalogue | None = None,
        engines: EngineFactory | None = None,
        plugins: Path | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings or folders.load()
        habits().own = self.settings.wired
        self._plugins, self._engines = plugins, engines or self._engine
        self._make(catalogue or catalogues.load())
        self.shutdown = Shutdown(self, self.files, self.tabs)
        self.setWindowTitle(NAME)
        self.setAcceptDrops(True)
        self.shutdown.started.connect(self.save_state)
        self.shutdown.waiting.connect(lambda sentence: self.say(sentence))
        self._join()
        self._restore()

    def _make(self, catalogue: Catalogue) -> None:
        """Make the parts of the window, in the language in use."""
        settings = self.settings
        self.tabs, self.notices, self.status = Tabs(), Notices(), StatusBar()
        self.preferences = Preferences(self, settings, self.tabs, self.notices, self._plugins)
        self.editing = Editing(self.tabs)
        self.menus = Menus(self, self.tabs, settings)
        self.run_bar = RunBar(catalogue)
        self.top = TopBar(self.menus.bar, self.run_bar)
        self.docks = Docks(self, self.tabs, self.top, self.menus, settings, catalogue)
        parts = Surroundings(self.menus, self.run_bar, self.status, self.docks, self.notices)
        self.pages = Pages(self, self.tabs, parts, settings, catalogue, self._engines)
        self.workspaces = Workspaces(self, self.tabs, self.docks, self.notices, catalogue)
        self.files = Files(self, self.tabs, self.pages, self.notices, settings)
        self.kinds = OwnKinds(self, self.notices, self.pages.read_library)
        self._commands: CommandPalette | None = None
        self.setMenuWidget(_over_each_other(self.top, self.notices))
        self.setStatusBar(self.status)

    def _speak_anew(self) -> None:
        """Make all parts anew in another language; documents, engines and runs go on."""
        choices, pages, at = self.workspaces.choices, self.tabs.pages, self.tabs.bar.currentIndex()
        followed = cast("Runs", self.tabs.runs.inside).bench if self.tabs.runs else None
        self.workspaces.stop_presenting()
        self.docks.save_sizes(self.settings)
        old = self._let_go()
        language.use(self.settings.language)
        self._make(self.pages.catalogue)
        self.shutdown.files, self.shutdown.tabs = self.files, self.tabs
        self._join()
        for part in old:
            part.deleteLater()
        for page in pages:
            if isinstance(page, DocumentPage):
                made = self.pages.show_bench(page.bench, begun=page.begun)
                self.workspaces.choices[made] = choices.get(page, Choice())
            else:
                self.pages.add_runs() if isinstance(page, RunsPage) else self.pages.add_gallery()
        self.tabs.show_page(self.tabs.pages[at])
        if self.tabs.runs is not None:
            cast("Runs", self.tabs.runs.inside).show_bench(followed)
        self.docks.fit(self.size())
        self.finish_startup()
        if (shown := self.tabs.current) is not None:
            self.workspaces.show_page(shown)
        QTimer.singleShot(0, self, self.docks.settle)
        self.remade.emit()

    def _let_go(self) -> list[QObject]:
        """Take the parts out of the window and return them, to be deleted."""
        self.tabs.blockSignals(True)
        for part in (self.run_bar, self.status, self.docks, self.workspaces.strip):
            part.show_bench(None)
        self.workspaces.stage.show_bench(None)
        if self.tabs.runs is not None:
            cast("Runs", self.tabs.runs.inside).show_bench(None)
        for page in self.tabs.documents:
            self.pages.let_go(page)
        docks = [*self.docks.by_name.values(), *self.docks.tools.values()]
        for dock in docks:
            self.removeDockWidget(dock)
        windows = list(self.docks.views.floating.values()) if self.docks.views else []
        for widget in (*docks, *windows, self.tabs):
            widget.hide()
        self.takeCentralWidget()
        objects = (self.pages, self.workspaces, self.docks, self.menus, self.preferences)
        palette = [self._commands] if self._commands is not None else []
        return [*palette, *windows, *docks, self.tabs, *objects]

    def _join(self) -> None:
        self.tabs.close_requested.connect(self.files.close_tab)
        for asker in (self.tabs, self.top, self.run_bar, self.workspaces.stage):
            asker.action_requested.connect(self.menus.trigger)
        self.run_bar.refused.connect(self.say)
        self.status.unseen.connect(self._note)
        self.docks.made.connect(self._panel_made)
        self.menus.open_requested.connect(self.files.open)
        self.preferences.changed.connect(self.menus.refresh_soon)
        self.preferences.language_changed.connect(
            self._speak_anew, Qt.ConnectionType.QueuedConnection
        )  # the menu that asked for it is deleted
        self.preferences.restart_requested.connect(self.restart_engine)
        self._join_pages()
        appearance.changed.connect(self.tabs.restyle)

    def _join_pages(self) -> None:
        pages, shutdown = self.pages, self.shutdown
        pages.status_changed.connect(self.workspaces.lead)
        self.tabs.current_changed.connect(self.workspaces.show_page)
        self.workspaces.changed.connect(self.menus.refresh_soon)
        self.menus.graph_requested.connect(lambda: self.workspaces.use("build"))
        self.workspaces.strip.select_requested.connect(self._show_in_graph)
        self.workspaces.stage.refused.connect(self.say)
        pages.closed.connect(self.workspaces.keep)
        pages.closed.connect(shutdown.stop_bench)
        pages.emptied.connect(self._show_something)
        pages.gallery_made.connect(self._join_gallery)
        pages.runs_made.connect(lambda panel: self._panel_made("runs", panel))
        pages.example_requested.connect(self.files.open_example)
        pages.file_requested.connect(self.files.open)
        pages.edit_requested.connect(self.edit_node)

    def _show_something(self) -> None:
        """Show a start page when the last tab was closed, unless the window closes too."""
        if not self.shutdown.closing:
            self.files.new()

    @property
    def bench(self) -> Bench | None:
        return self.tabs.bench

    @property
    def canvas(self) -> Canvas | None:
        return self.tabs.canvas

    @property
    def catalogue(self) -> Catalogue:
        return self.pages.catalogue

    def say(self, sentence: str) -> None:
        self.status.say(sentence)

    def _note(self, sentence: str) -> None:
        """Say in a notice what a window without a status bar would not show."""
        notice = self.notices.say("said", "note", sentence)
        QTimer.singleShot(SAID_FOR, notice, notice.dismiss)

    def add_document(self, document: Document) -> Page:
        return self.pages.add(document)

    def show_gallery(self) -> None:
        self.pages.show_gallery()

    def _panel_made(self, key: str, panel: QWidget) -> None:
        """Connect a panel created on first view."""
        joins = {
            "select_requested": self.select if isinstance(panel, InnerPanel) else self.go_to,
            "action_requested": self.menus.trigger,
            "refused": self.say,
            "add_requested": self._add_node,
            "remove_requested": self.kinds.remove,
            "rename_requested": self.kinds.edit,
            "files_dropped": self.kinds.take,
            "edit_requested": self.edit_node if isinstance(panel, InnerPanel) else self._edit_path,
            "add_requested_at": self._add_beside,
            "choose_requested": self.choose,
            "example_requested": self.files.open_example,
            "run_requested": self.files.open_run,
        }
        if isinstance(panel, Gallery):
            self._join_gallery(panel)
        if key == "outline":
            self.menus.give_keys(panel, ON_TREES)
        if key == "lesson":
            joins["select_requested"] = self._show_in_graph
        for name, press in joins.items():
            if hasattr(panel, name):
                getattr(panel, name).connect(press)
        if hasattr(panel, "show_bench"):
            panel.show_bench(self.docks.desk if isinstance(panel, InnerPanel) else self.bench)
        if hasattr(panel, "show_selection") and self.canvas is not None:
            panel.show_selection(self.canvas.selection.ids)

    def _join_gallery(self, gallery: Gallery) -> None:
        gallery.opened.connect(self.files.open_example)
        gallery.file_opened.connect(self.files.open)
        gallery.action_requested.connect(self.menus.trigger)

    def show_panel(self, key: str) -> QWidget:
        return self.docks.show_panel(key)

    def show_runs(self) -> QWidget:
        return self.pages.show_runs()

    def select(self, ids: list[str]) -> None:
        """Select nodes of what is open and scroll them into view."""
        if self.canvas is not None:
            self.canvas.stage.select(ids)
            self.canvas.navigation.reveal(ids)

    def go_to(self, paths: list[str]) -> None:
        """Open what contains these nodes of the document, and select them."""
        page = self.tabs.current
        if isinstance(page, DocumentPage) and paths:
            self.select([self.pages.scopes.go_to(page, path) for path in paths])

    def _add_node(self, kind: str) -> None:
        if self.canvas is not None:
            self.canvas.adding.add_in_view(kind)

    def _add_beside(self, path: str, port: str, output: bool) -> None:
        """Search a node to add beside another, wired to its port where one is named.

        The outline, where it is asked for, has the keys again afterwards.
        """
        page = self.tabs.current
        if not isinstance(page, DocumentPage):
            return
        self.workspaces.use("build")
        node = self.pages.scopes.go_to(page, path) if path else ""
        self.pages.search(node, port, output=output)
        once = Qt.ConnectionType.SingleShotConnection
        page.canvas.overlays.search.closed.connect(self._show_outline, once)

    def _show_outline(self) -> None:
        self.show_panel("outline").setFocus()

    def _edit_path(self, path: str) -> None:
        """Focus the first field of a node of the document."""
        page = self.tabs.current
        if isinstance(page, DocumentPage):
            self.edit_node(self.pages.scopes.go_to(page, path))

    def edit_node(self, node: str) -> None:
        self.select([node])
        cast("Inspector", self.show_panel("inspector")).edit_first()

    def toggle_side(self, name: str) -> None:
        self.docks.toggle(name)

    def side_open(self, name: str) -> bool:
        return self.docks.is_open(name)

    def next_panel(self, step: int) -> None:
        self.docks.next_panel(step)

    def show_view(self, index: int, *, detached: bool = False) -> None:
        self.workspaces.show_view(index, detached=detached)

    def _show_in_graph(self, ids: list[str]) -> None:
        self.workspaces.use("build")
        self.go_to(ids)

    def navigate(self, where: str) -> None:
        self.docks.navigate(where)

    def next_problem(self) -> None:
        cast("Problems", self.show_panel("problems")).go_next()

    @property
    def _palette(self) -> CommandPalette:
        from workbench.panels import commands

        if self._commands is None:
            self._commands = commands.CommandPalette(self)
        return self._commands

    def choose(self, words: str, commands: list[Command]) -> None:
        """Let one of some commands be chosen, in the order given."""
        self._palette.open(commands, words=words)

    def open_commands(self) -> None:
        """Open the command palette: all actions, nodes and examples."""
        from workbench.panels import commands

        self.menus.refresh()
        found = commands.action_commands(self.menus.actions.values())
        if self.bench is not None:
            graph = self.bench.document.graph
            found += commands.node_commands(graph, self.bench.catalogue, self.go_to)
            found += commands.kind_commands(self.bench.catalogue, self._add_node)
        listed = examples.listed()
        found += commands.example_commands(listed, self.catalogue, self.files.open_example)
        self._palette.open(found)

    def undo(self) -> None:
        self.pages.undo()

    def redo(self) -> None:
        self.pages.redo()

    def enter_group(self) -> None:
        """Open the first selected group."""
        page = self.editing.page
        self.pages.scopes.enter(page, self.editing.instances[0])

    def leave_group(self) -> None:
        self.pages.scopes.leave(self.editing.page)

    def show_about(self) -> None:
        from workbench.shell.about import About

        About(self, self.bench).open()

    def save_picture(self) -> None:
        """Open the dialog that saves a picture of the graph, and of its views."""
        from workbench.shell.pictures import save_graph_picture

        if self.bench is not None:
            save_graph_picture(self, self.bench, self.docks.views)

    def _engine(self) -> Engine:
        preferences = self.preferences
        return Engine(plugins=preferences.node_folders, environment=preferences.environment())

    def restart_engine(self) -> None:
        if isinstance(page := self.tabs.current, DocumentPage):
            self.pages.restart(page)

    def finish_startup(self) -> None:
        """Create the panels and start the engine, after the window's first paint."""
        if self.pages.first_painted or self.shutdown.closing:
            return
        self.docks.create_panels()
        self.pages.start_engine()
        self.files.offer_recovery()
        self.files.show_previews()

    def changeEvent(self, event: QEvent) -> None:
        """Read the user's own kinds when one comes back: another window may have saved some."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.pages.read_library()

    def _restore(self) -> None:
        if self.settings.geometry:
            self.restoreGeometry(QByteArray.fromHex(self.settings.geometry.encode()))
            return
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(screen.width(), 1600), min(screen.height(), 1000))

    def appear(self) -> None:
        """Show the window, maximised if it fills the screen, because its frame has a height too."""
        room, size = self.screen().availableGeometry(), self.size()
        if size.width() >= room.width() and size.height() >= room.height():
            self.showMaximized()
        else:
            self.show()

    def save_state(self) -> None:
        for page in self.tabs.documents:
            self.workspaces.keep(page.bench)
        self.workspaces.stop_presenting()
        self.settings.geometry = bytes(self.saveGeometry().toHex().data()).decode()
        self.docks.save_sizes(self.settings)
        self.settings.save()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.docks.settle)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.pages.first_painted:
            QTimer.singleShot(0, self, self.finish_startup)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docks.fit(event.size())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, wait for the engines to stop, then close."""
        if not self.shutdown.confirm() or not self.shutdown.finished:
            event.ignore()
            return
        super().closeEvent(event)
        QCoreApplication.quit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files.drop(_files(event))


def _over_each_other(*widgets: QWidget) -> QWidget:
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget)
    holder = QWidget()
    holder.setLayout(column)
    return holder


def _files(event: QDropEvent) -> list[Path]:
    """Return the local files of a drag or drop event."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]

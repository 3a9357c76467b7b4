"""The window: it puts the parts together and passes words between them.

What can be done stands in `actions`, what happens to files in `files`, what happens to the
selection in `editing`, where things stand in `frame`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QCoreApplication, QTimer, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QMainWindow, QVBoxLayout, QWidget

from engine.catalogue import Catalogue
from engine.graph import Change, Graph
from workbench import catalogue as catalogues
from workbench import examples
from workbench import settings as folders
from workbench.announce import Announcer
from workbench.bench import Bench
from workbench.document import Document
from workbench.editing import Editing
from workbench.files import Files
from workbench.frame import Frame
from workbench.gallery import EmptyCanvas, Gallery
from workbench.menus import Menus
from workbench.notices import Notices
from workbench.process import Engine
from workbench.runbar import RunBar
from workbench.settings import Settings
from workbench.statusbar import StatusBar, selection_words
from workbench.tabs import Page, Tabs
from workbench.theme import appearance
from workbench.topbar import TopBar

EngineFactory = Callable[[], Engine]


def tr(text: str) -> str:
    return QCoreApplication.translate("window", text)


class Window(QMainWindow):
    """One window. `engines` makes the engine of a bench; it starts when its tab is first seen."""

    def __init__(
        self,
        settings: Settings | None = None,
        catalogue: Catalogue | None = None,
        engines: EngineFactory | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings or folders.load()
        self.catalogue = catalogue or catalogues.load()
        self.engines = engines or self._engine
        self.files, self.editing = Files(self), Editing(self)
        self.tabs = Tabs()
        self.menus = Menus(self)
        self.run_bar = RunBar(self.catalogue)
        self.top = TopBar(self.menus.bar, self.run_bar)
        self.notices = Notices()
        self.status = StatusBar()
        self.frame = Frame(self)
        self._commands: Any = None
        self._leaving: list[Bench] = []
        self._closing = False
        self._awake = False
        self.setWindowTitle("Generative Workbench")
        self.setAcceptDrops(True)
        self.setMenuWidget(_over_each_other(self.top, self.notices))
        self.setStatusBar(self.status)
        self._join()
        self._restore()

    def _join(self) -> None:
        self.tabs.turned.connect(self._turned)
        self.tabs.close_asked.connect(self.files.close_tab)
        for asker in (self.tabs, self.top, self.run_bar):
            asker.action_requested.connect(self.menus.trigger)
        self.run_bar.refused.connect(self.say)
        self.frame.made.connect(self._panel_made)
        appearance.changed.connect(self.tabs.restyle)

    # --- what is in front ---

    @property
    def bench(self) -> Any:
        page = self.tabs.current
        return page.bench if page else None

    @property
    def canvas(self) -> Any:
        page = self.tabs.current
        return page.canvas if page else None

    @property
    def document_pages(self) -> list[Page]:
        return [page for page in self.tabs.pages if page.bench is not None]

    def say(self, sentence: str) -> None:
        self.status.say(sentence)

    # --- pages ---

    def add_document(self, document: Document) -> Page:
        """Open a tab with a document; the gallery in front gives way to it."""
        from workbench.canvas.view import Canvas

        runs = str(folders.runs(self.settings))
        bench = Bench(document, self.catalogue, self.engines(), runs=runs, parent=self)
        canvas = Canvas(document, bench.live, self.catalogue)
        page = Page(canvas, bench)
        self._watch(page, canvas)
        start = self.tabs.current
        self.tabs.add(page)
        if start is not None and start.bench is None:
            self.tabs.remove(start)
        self._show_empty(page)
        canvas.setFocus()
        return page

    def show_gallery(self) -> None:
        """Show the start page, which is a tab of its own."""
        page = next((p for p in self.tabs.pages if p.bench is None), None)
        if page is None:
            gallery = Gallery(self.catalogue, self.settings.recent)
            self._join_gallery(gallery)
            page = Page(gallery)
            self.tabs.add(page)
        self.tabs.show_page(page)

    def remove_page(self, page: Page) -> None:
        """Take a tab away; its engine leaves in its own time."""
        self.tabs.remove(page)
        for key in [k for k, n in self.notices.by_key.items() if n.owner is page]:
            self.notices.clear(key)
        if page.bench is not None:
            self._dismiss(page.bench)
        page.deleteLater()
        if not self.tabs.pages and not self._closing:
            self.show_gallery()

    def _watch(self, page: Page, canvas: Any) -> None:
        bench = page.bench
        bench.document_changed.connect(lambda change: self._changed(page, change))
        bench.catalogue_changed.connect(self._use_catalogue)
        bench.engine_lost.connect(lambda _: self._engine_lost(page))
        bench.live.status_changed.connect(self._status_changed)
        bench.live.welcomed.connect(self._status_changed)
        bench.live.problems_changed.connect(lambda: self._count_problems(page))
        Announcer(bench, self)
        canvas.selection_changed.connect(lambda ids: self._selected(page, ids))
        canvas.edit_requested.connect(self._edit_node)
        canvas.action_requested.connect(self.menus.trigger)
        canvas.refused.connect(self.say)
        self.menus.give_keys(canvas)

    def _join_gallery(self, gallery: Gallery) -> None:
        gallery.opened.connect(self.files.open_example)
        gallery.file_opened.connect(self.files.open)
        gallery.action_requested.connect(self.menus.trigger)

    def _turned(self, page: Page) -> None:
        """Show another page: every panel turns to its bench, and its engine starts."""
        bench = page.bench
        self.run_bar.show_bench(bench)
        self.status.show_bench(bench)
        self.frame.show_bench(bench)
        self.notices.show_owner(page)
        self._selected(page, page.canvas.selection.ids if page.canvas else [])
        if bench is not None:
            self._count_problems(page)
        self.setWindowTitle(f"{page.name} — Generative Workbench")
        if bench is not None and self._awake and not bench.lost:
            bench.start()
        QTimer.singleShot(0, page, lambda: self._fit(page))
        self.menus.refresh_soon()

    def _fit(self, page: Page) -> None:
        """Bring a graph that is seen for the first time into sight whole, once docks have room."""
        if page.canvas is not None and not page.fitted and self._awake:
            page.fitted = True
            page.canvas.fit_all(animate=False)

    def _changed(self, page: Page, change: Change) -> None:
        self.tabs.rename(page)
        self.menus.refresh_soon()
        self._show_empty(page)
        if page is self.tabs.current:
            self._say_selection(page)
        fault = page.bench.document.autosave_fault
        key = f"autosave {id(page)}"
        if fault and key not in self.notices.by_key:
            self.notices.say(key, "warning", fault, owner=page)

    def _selected(self, page: Page, ids: list[str]) -> None:
        if page is not self.tabs.current:
            return
        self.frame.show_selection(ids)
        self._say_selection(page)
        self.menus.refresh_soon()

    def _count_problems(self, page: Page) -> None:
        if page is self.tabs.current:
            self.frame.show_problem_count(len(page.bench.live.problems))

    def _say_selection(self, page: Page) -> None:
        selection = page.canvas.selection if page.canvas else None
        graph: Graph = page.bench.document.graph if page.bench else Graph()
        ids, wires = (selection.ids, len(selection.wires)) if selection else ([], 0)
        self.status.show_selection(selection_words(graph, ids, wires) if page.bench else "")

    def _show_empty(self, page: Page) -> None:
        """Say how to begin on a canvas where nothing lies."""
        graph = page.bench.document.graph
        empty = not (graph.nodes or graph.layout.frames or graph.layout.notes)
        if empty and page.welcome is None:
            page.welcome = EmptyCanvas(self.catalogue)
            page.welcome.opened.connect(self.files.open_example)
            page.cover(page.welcome)
        elif page.welcome is not None:
            page.welcome.setVisible(empty)

    def note_saved(self, page: Page) -> None:
        self.tabs.rename(page)
        self.status.note_saved()
        self.setWindowTitle(f"{page.name} — Generative Workbench")
        self.notices.clear(f"autosave {id(page)}")

    # --- panels ---

    def _panel_made(self, key: str, panel: Any) -> None:
        """Join a panel that somebody looks at for the first time."""
        joins = {
            "select_requested": self.select,
            "action_requested": self.menus.trigger,
            "refused": self.say,
            "add_requested": self._add_node,
            "rename_requested": lambda node: self.canvas.rename(node),
            "edit_requested": self._edit_node,
            "example_requested": self.files.open_example,
        }
        if isinstance(panel, Gallery):
            self._join_gallery(panel)
        for name, deed in joins.items():
            if hasattr(panel, name):
                getattr(panel, name).connect(deed)
        if hasattr(panel, "show_bench"):
            panel.show_bench(self.bench)
        if hasattr(panel, "show_selection") and self.canvas is not None:
            panel.show_selection(self.canvas.selection.ids)

    def show_panel(self, key: str) -> QWidget:
        return self.frame.show_panel(key)

    def select(self, ids: list[str]) -> None:
        """Select nodes and bring them into sight."""
        if self.canvas is not None:
            self.canvas.select(ids)
            self.canvas.reveal(ids)

    def _add_node(self, kind: str) -> None:
        if self.canvas is not None:
            self.canvas.add_at_cursor(kind)

    def _edit_node(self, node: str) -> None:
        self.select([node])
        inspector: Any = self.show_panel("inspector")
        inspector.edit_first()

    def toggle_side(self, name: str) -> None:
        self.frame.toggle(name)

    def side_open(self, name: str) -> bool:
        return self.frame.is_open(name)

    def next_panel(self, step: int) -> None:
        self.frame.next_panel(step)

    def show_view(self, index: int, *, detached: bool = False) -> None:
        self.frame.show_view(index, detached=detached)

    def slide(self, where: str) -> None:
        self.frame.slide(where)

    def next_problem(self) -> None:
        problems: Any = self.show_panel("problems")
        problems.go_next()

    def open_commands(self) -> None:
        """Open the list of all actions, nodes and examples, to be found by a few letters."""
        from workbench.panels import commands

        if self._commands is None:
            self._commands = commands.Commands(self)
        self.menus.refresh()
        found = commands.action_commands(self.menus.actions.values())
        if self.bench is not None:
            graph = self.bench.document.graph
            found += commands.node_commands(graph, self.catalogue, self.select)
            found += commands.kind_commands(self.catalogue, self._add_node)
        listed = [(example.name, example.title) for example in examples.listed()]
        found += commands.example_commands(listed, self.files.open_example)
        self._commands.open(found)

    # --- history, looks, folders ---

    def undo(self) -> None:
        self.bench.document.undo()

    def redo(self) -> None:
        self.bench.document.redo()

    def use_theme(self, choice: Any) -> None:
        self.settings.theme = choice
        self._use_look()

    def toggle_look(self, name: str) -> None:
        setattr(self.settings, name, not getattr(self.settings, name))
        self._use_look()

    def scale_text(self, step: int) -> None:
        scale = round(self.settings.text_scale + 0.125 * step, 3)
        self.settings.text_scale = min(max(scale, 1.0), 2.0)
        self._use_look()

    def _use_look(self) -> None:
        use_look(self.settings)
        self.settings.save()
        self.menus.refresh_soon()

    def ask_folder(self, name: str) -> None:
        """Choose where data or runs lie; engines that start from now on use it."""
        now = getattr(self.settings, name) or str(Path.home())
        found = QFileDialog.getExistingDirectory(self, tr("Choose a folder"), now)
        if not found:
            return
        setattr(self.settings, name, found)
        self.settings.save()
        for page in self.document_pages:
            page.bench.runs = str(folders.runs(self.settings))
            page.bench.engine.environment = self._environment()
        if name == "data_folder" and self.bench and self.bench.engine.alive:
            words = (tr("Restart"), self.restart_engine)
            self.notices.say("file", "note", tr("The engine uses it when it starts again."), words)

    def show_about(self) -> None:
        from workbench.about import About

        About(self).open()

    def open_link(self, link: str) -> None:
        QDesktopServices.openUrl(QUrl(link))

    # --- the engine ---

    def _engine(self) -> Engine:
        plugins = str(folders.plugins(self.settings))
        return Engine(plugins=plugins, environment=self._environment())

    def _environment(self) -> dict[str, str]:
        data = self.settings.data_folder
        return {"GENWORKBENCH_DATA": data} if data else {}

    def restart_engine(self) -> None:
        """Start the engine of the bench in front anew; one that lives leaves first."""
        bench, page = self.bench, self.tabs.current
        self.notices.clear(f"engine {id(page)}")
        bench.restart()
        self._status_changed()

    def _engine_lost(self, page: Page) -> None:
        notice = self.notices.say(
            f"engine {id(page)}",
            "error",
            tr("The engine stopped. Your graph is safe."),
            (tr("Restart"), page.bench.start),
            owner=page,
        )
        notice.setToolTip(page.bench.lost)
        notice.setVisible(page is self.tabs.current)
        self._status_changed()

    def _status_changed(self) -> None:
        self.status.show_bench(self.bench)
        self.menus.refresh_soon()
        for page in self.document_pages:
            if page.bench.engine.alive:
                self.notices.clear(f"engine {id(page)}")

    def _use_catalogue(self, catalogue: Catalogue) -> None:
        """Take the catalogue an engine sent, where it is another than ours, and keep it on disk."""
        if catalogue == self.catalogue:
            return
        self.catalogue = catalogue
        catalogues.store(catalogue)
        for page in self.document_pages:
            page.bench.use_catalogue(catalogue)
            page.canvas.show_catalogue(catalogue)
        for page in self.tabs.pages:
            if isinstance(page.inside, Gallery):
                page.inside.show_catalogue(catalogue)
        self.run_bar.show_catalogue(catalogue)
        self.frame.show_catalogue(catalogue)

    def _dismiss(self, bench: Bench) -> None:
        """Let a bench's engine leave, then the bench."""
        self._leaving.append(bench)
        bench.setParent(self)
        bench.stopped.connect(lambda: self._gone(bench))
        bench.close()

    def _gone(self, bench: Bench) -> None:
        if bench in self._leaving:
            self._leaving.remove(bench)
            bench.deleteLater()
        if self._closing and not self._leaving:
            self.close()

    # --- the window itself ---

    def wake(self) -> None:
        """Do what the first picture of the window need not wait for."""
        if self._awake or self._closing:
            return
        self._awake = True
        self.frame.wake()
        if self.bench is not None:
            self.bench.start()
            self._fit(self.tabs.current)
        self.files.offer_recovery()

    def _restore(self) -> None:
        if self.settings.geometry:
            self.restoreGeometry(QByteArray.fromHex(self.settings.geometry.encode()))
            return
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(screen.width(), 1600), min(screen.height(), 1000))

    def _keep_state(self) -> None:
        self.settings.geometry = bytes(self.saveGeometry().toHex().data()).decode()
        self.frame.keep(self.settings)
        self.settings.save()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.frame.settle)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._awake:
            QTimer.singleShot(0, self, self.wake)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frame.fit(event.size())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what must be asked, stop the engines cleanly, then close."""
        if not self._closing:
            if not all(self.files.may_close(page) for page in self.document_pages):
                event.ignore()
                return
            self._begin_closing()
        if self._leaving:
            event.ignore()
            return
        super().closeEvent(event)
        QCoreApplication.quit()

    def _begin_closing(self) -> None:
        self._closing = True
        self._keep_state()
        if any(page.bench.unfinished for page in self.document_pages):
            self.say(tr("The run is being kept; the window closes when that is done."))
            self.centralWidget().setEnabled(False)
        else:
            self.hide()
        for page in self.document_pages:
            page.bench.document.close()
            if page.bench.engine.alive:
                self._dismiss(page.bench)

    # --- files dropped on it ---

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


def use_look(settings: Settings) -> None:
    """Put the user's choices of looks in force."""
    appearance.use(
        settings.theme,
        high_contrast=settings.high_contrast,
        reduced_motion=settings.reduced_motion,
        text_scale=settings.text_scale,
    )


def _files(event: QDropEvent) -> list[Path]:
    """Return the files that something dragged over the window brings."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]

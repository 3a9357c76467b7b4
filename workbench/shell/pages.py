"""The life of a page in the window: opened, shown, changed, without engine, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QMetaObject, QObject, QTimer, Signal
from PySide6.QtWidgets import QMainWindow, QWidget

from engine.document import library
from engine.document.catalogue import Catalogue
from engine.document.graph import Change
from nodes.sentences import Text
from workbench.bench import catalogue as catalogues
from workbench.bench import settings as folders
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.edits import followed_by
from workbench.shell.announce import Announcer
from workbench.shell.beginnings import Beginnings
from workbench.shell.docks import Docks
from workbench.shell.dropped import add_data
from workbench.shell.gallery import Gallery
from workbench.shell.menus import Menus
from workbench.shell.notices import Notices
from workbench.shell.runbar import RunBar
from workbench.shell.scopes import Scopes
from workbench.shell.statusbar import StatusBar, selection_words
from workbench.shell.tabs import DocumentPage, Page, RunsPage, Tabs
from workbench.words.sentences import translate

if TYPE_CHECKING:
    from workbench.canvas.view import Canvas
    from workbench.runs.page import Runs

NAME = "Generative Workbench"


def tr(text: str) -> str:
    return QCoreApplication.translate("pages", text)


@dataclass(frozen=True)
class Surroundings:
    """The parts of the window that show the page in front."""

    menus: Menus
    run_bar: RunBar
    status: StatusBar
    docks: Docks
    notices: Notices


class Pages(QObject):
    """The pages of a window; its bars and docks follow the page in front."""

    closed = Signal(object)  # the bench of a document whose tab was closed
    emptied = Signal()  # the last tab was closed
    status_changed = Signal(object)  # of the run of a page
    gallery_made = Signal(object)
    runs_made = Signal(object)
    example_requested = Signal(str)
    file_requested = Signal(str)
    edit_requested = Signal(str)  # open the first field of a node

    def __init__(
        self,
        window: QMainWindow,
        tabs: Tabs,
        parts: Surroundings,
        settings: UserSettings,
        catalogue: Catalogue,
        engines: Callable[[], Engine],
    ) -> None:
        super().__init__(window)
        self.window = window
        self.tabs = tabs
        self.menus, self.run_bar, self.status = parts.menus, parts.run_bar, parts.status
        self.docks, self.notices = parts.docks, parts.notices
        self.settings = settings
        self.catalogue = catalogue
        self.engines = engines
        self.beginnings = Beginnings(parts.docks, parts.notices, settings, self)
        self.beginnings.changed.connect(self._bare)
        self.beginnings.example_requested.connect(self.example_requested)
        self.beginnings.file_requested.connect(self.file_requested)
        self.beginnings.action_requested.connect(self.menus.trigger)
        self._joints: WeakKeyDictionary[DocumentPage, list[QMetaObject.Connection]] = (
            WeakKeyDictionary()
        )
        self.scopes = Scopes(self._join_canvas, self)
        self.scopes.changed.connect(self._show_level)
        self._library = library.stamp()
        self._said: Text = ""  # how many instances followed the last edit
        self.first_painted = False  # engines start only after the window's first paint
        self.tabs.current_changed.connect(self.show_current)

    def add(self, document: Document) -> DocumentPage:
        """Open a tab with a document; it replaces one in front on which nothing was begun."""
        runs, known, before = str(folders.runs(self.settings)), self.catalogue, self.tabs.current
        page = self.show_bench(
            Bench(document, known, self.engines(), runs=runs, parent=self.window)
        )
        if before is not None and _is_blank(before):
            self._give_way(before)
        page.front.setFocus()
        return page

    def show_bench(self, bench: Bench, *, begun: bool = False) -> DocumentPage:
        """Open a tab with a bench."""
        from workbench.canvas.view import Canvas

        page = DocumentPage(Canvas(bench.document, bench.live, bench.catalogue), bench)
        page.begun = begun
        self._join(page)
        self.beginnings.follow(page)
        self.tabs.add(page)
        return page

    def _give_way(self, before: Page) -> None:
        """Remove a page on which nothing was begun."""
        if before.bench is not None:
            before.bench.document.close()
        self.remove(before)

    def search(self, node: str = "", port: str = "", *, output: bool = True) -> None:
        """Open the search for a node on the canvas of the page in front, or beside a node there."""
        page = self.tabs.current
        if isinstance(page, DocumentPage):
            self.beginnings.leave(page)
            if node:
                page.canvas.adding.open_beside(node, port, output=output)
            else:
                page.canvas.adding.open()

    def run(self) -> None:
        """Run or pause the page in front; where nothing can run, say what is missing."""
        page = self.tabs.current
        if isinstance(page, DocumentPage) and not self.beginnings.tell_what_is_missing(page):
            page.bench.toggle()

    def undo(self) -> None:
        """Undo the last edit of the page in front, and show where it was."""
        page = self.tabs.current
        if isinstance(page, DocumentPage) and page.bench.document.can_undo:
            history = page.bench.document.history
            made = history.edits[history.position - 1].change
            page.bench.document.undo()
            self.scopes.show_change(page, made)

    def redo(self) -> None:
        """Redo the edit that was undone last in the page in front, and show where it is."""
        page = self.tabs.current
        if isinstance(page, DocumentPage) and page.bench.document.can_redo:
            page.bench.document.redo()
            history = page.bench.document.history
            self.scopes.show_change(page, history.edits[history.position - 1].change)

    def show_gallery(self) -> None:
        """Show the gallery, in a tab of its own."""
        before = self.tabs.current
        page = next((p for p in self.tabs.pages if isinstance(p.inside, Gallery)), None)
        page = page or self.add_gallery()
        self.tabs.show_page(page)
        if before is not None and before is not page and _is_blank(before):
            self._give_way(before)

    def add_gallery(self) -> Page:
        """Open a tab with the gallery."""
        gallery = Gallery(self.catalogue, self.settings.recent)
        self.gallery_made.emit(gallery)
        page = Page(gallery)
        self.tabs.add(page)
        return page

    def show_runs(self) -> QWidget:
        """Show the runs of the document in front, in a tab of their own."""
        page = self.tabs.runs or self.add_runs()
        self.tabs.show_page(page)
        page.inside.setFocus()
        return page.inside

    def add_runs(self) -> RunsPage:
        """Open a tab with the runs of the document in front."""
        from workbench.runs.page import Runs

        panel = Runs(self.catalogue)
        self.runs_made.emit(panel)
        page = RunsPage(panel)
        panel.show_bench(self.tabs.bench)
        self.tabs.add(page)
        return page

    def _show_runs_of(self, page: Page) -> None:
        """Let the page of runs follow the document in front; it stays with the last one."""
        if self.tabs.runs is not None and isinstance(page, DocumentPage):
            cast("Runs", self.tabs.runs.inside).show_bench(page.bench)

    def _leave_runs_of(self, closed: Page) -> None:
        """Let the page of runs show those of another document when theirs is closed."""
        if self.tabs.runs is None:
            return
        panel = cast("Runs", self.tabs.runs.inside)
        if panel.bench is not None and panel.bench is closed.bench:
            others = [page.bench for page in self.tabs.documents]
            panel.show_bench(others[-1] if others else None)

    def remove(self, page: Page) -> None:
        """Remove a tab; its engine stops asynchronously."""
        self.tabs.remove(page)
        if isinstance(page, RunsPage):
            cast("Runs", page.inside).show_bench(None)
        self._leave_runs_of(page)
        for key in [k for k, n in self.notices.by_key.items() if n.owner is page]:
            self.notices.clear(key)
        if page.bench is not None:
            self.closed.emit(page.bench)
        if not self.tabs.pages:
            self.emptied.emit()

    def let_go(self, page: DocumentPage) -> Bench:
        """Follow a page's bench no longer, so that another page can show it."""
        self.scopes.show(page, ())
        for joint in self._joints.pop(page):
            QObject.disconnect(joint)
        for announcer in page.bench.findChildren(Announcer):
            announcer.deleteLater()
        page.canvas.let_go()
        return page.bench

    def _join(self, page: DocumentPage) -> None:
        bench, canvas, live = page.bench, page.canvas, page.bench.live
        self._joints[page] = [
            bench.document_changed.connect(lambda change: self._changed(page, change)),
            bench.catalogue_changed.connect(self._use_catalogue),
            bench.kinds_changed.connect(page.show_kinds),
            bench.engine_lost.connect(lambda _: self._engine_lost(page)),
            bench.engine_started.connect(self.show_engine),
            live.status_changed.connect(self.show_engine),
            live.welcomed.connect(self.show_engine),
            live.history_changed.connect(self.menus.refresh_soon),
            bench.weights_replaced.connect(lambda anew: self._weights_replaced(page, anew)),
            live.past_changed.connect(lambda: self._show_past(page)),
            live.run_lost.connect(lambda sentence: self._run_said(page, sentence)),
            live.warned.connect(lambda sentence: self._run_said(page, sentence)),
            live.problems_changed.connect(lambda: self._count_problems(page)),
            live.status_changed.connect(lambda: self.status_changed.emit(page)),
        ]
        Announcer(bench, self.window)
        self._join_canvas(page, canvas)

    def _join_canvas(self, page: DocumentPage, canvas: Canvas) -> None:
        canvas.selection_changed.connect(lambda ids: self._selected(page, ids))
        canvas.edit_requested.connect(self.edit_requested)
        canvas.action_requested.connect(self.menus.trigger)
        canvas.refused.connect(self.status.say)
        canvas.data_dropped.connect(lambda paths, at: add_data(page, paths, at))
        for turn in (canvas.overlays.search.opened, canvas.overlays.search.closed):
            turn.connect(lambda: self.beginnings.follow(page))
        canvas.group_requested.connect(lambda node: self.scopes.enter(page, node))
        canvas.overlays.find.elsewhere.connect(lambda *hit: self.scopes.find(page, *hit))
        self.menus.give_keys(canvas)

    def _show_level(self, page: DocumentPage) -> None:
        """Show another level of a page in the panels that follow it."""
        if page is self.tabs.current:
            self.docks.show_bench(page.bench)
            self._selected(page, page.canvas.selection.ids)

    def show_current(self, page: Page) -> None:
        """Show another page in every panel and start its engine."""
        bench = page.bench
        for part in (self.run_bar, self.status, self.docks):
            part.show_bench(bench)
        self._show_runs_of(page)
        self.notices.show_owner(page)
        self._selected(page, page.canvas.selection.ids if page.canvas else [])
        self._name(page)
        if isinstance(page, DocumentPage):
            self._count_problems(page)
            if self.first_painted and not page.bench.lost:
                page.bench.start()
        self._bare(page)
        QTimer.singleShot(0, page, lambda: self.fit(page))
        self.menus.refresh_soon()

    def _bare(self, page: Page) -> None:
        """Give the start page the room of the docks."""
        if page is self.tabs.current:
            self.docks.make_bare(page.front is not page.inside)

    def read_library(self) -> None:
        """Show the user's own kinds as their files are now, also those another window saved."""
        if library.stamp() != self._library:
            self._library = library.stamp()
            for page in self.tabs.documents:
                page.bench.read_library()
                page.show_catalogue()

    def start_engine(self) -> None:
        """Start the engine of the page in front, after the window's first paint."""
        self.first_painted = True
        if isinstance(page := self.tabs.current, DocumentPage):
            page.bench.start()
            self.fit(page)

    def fit(self, page: Page) -> None:
        """Fit a graph into view the first time it is shown, once the docks have their sizes."""
        if page.canvas is not None and not page.fitted and self.first_painted:
            page.fitted = True
            page.canvas.navigation.open()

    def saved(self, page: Page) -> None:
        self._name(page)
        self.status.note_saved()
        self.notices.clear(f"autosave {id(page)}")

    def _name(self, page: Page) -> None:
        """Update a page's tab title, and the window's title if the page is in front."""
        self.tabs.rename(page)
        if page is self.tabs.current:
            self.window.setWindowTitle(f"{page.name} — {NAME}")

    def _changed(self, page: DocumentPage, change: Change) -> None:
        if page not in self.tabs.pages:  # a field committed its text as the tab closed
            return
        self.scopes.follow(page)
        self._name(page)
        self.menus.refresh_soon()
        self.beginnings.follow(page)
        self.beginnings.missing_no_more(page)
        if page is self.tabs.current:
            self._say_selection(page)
            self._say_instances(page, change)
        fault, key = page.bench.document.autosave_fault, f"autosave {id(page)}"
        if fault and key not in self.notices.by_key:
            self.notices.say(key, "warning", translate(fault), owner=page)

    def _say_instances(self, page: DocumentPage, change: Change) -> None:
        """Say how many instances follow an edit of a group, once as long as it is the same."""
        words = followed_by(page.bench.document.graph, change)
        if words and words != self._said:
            self.status.say(translate(words))
        self._said = words

    def _selected(self, page: Page, ids: list[str]) -> None:
        if page is self.tabs.current:
            self.docks.show_selection(ids)
            self._say_selection(page)
            self.menus.refresh_soon()

    def _count_problems(self, page: DocumentPage) -> None:
        if page is self.tabs.current:
            self.docks.show_problem_count(len(page.bench.live.problems))

    def _show_past(self, page: DocumentPage) -> None:
        if page is self.tabs.current:
            self.status.show_past(page.bench.live)

    def _weights_replaced(self, page: DocumentPage, anew: bool) -> None:
        """Show that a run replaces trained weights, with a button that restores them."""
        key = f"weights {id(page)}"
        self.notices.clear(key)
        if not anew:
            return
        self.notices.say(
            key,
            "note",
            tr("Other weights are trained now. Those before are kept with their run."),
            (tr("Take them back"), lambda: page.bench.restore(page.bench.replaced)),
            owner=page,
        )

    def _run_said(self, page: Page, sentence: str) -> None:
        """Show a warning about a run: its folder is missing, or it resumes with other data."""
        self.notices.say(f"run {id(page)}", "warning", translate(sentence), owner=page)

    def _say_selection(self, page: Page) -> None:
        selection = page.canvas.selection if page.canvas else None
        words = ""
        if isinstance(page, DocumentPage) and selection is not None:
            desk = page.desk
            wires = len(selection.wires)
            words = selection_words(desk.document.graph, selection.ids, wires, desk.catalogue)
        self.status.show_selection(words)

    def restart(self, page: DocumentPage) -> None:
        """Restart the engine of a page; a live one stops first."""
        self.notices.clear(f"engine {id(page)}")
        page.bench.restart()
        self.show_engine()

    def show_engine(self) -> None:
        """Show the state of the front page's engine; clear notices of engines alive again."""
        self.status.show_bench(self.tabs.bench)
        self.menus.refresh_soon()
        for page in self.tabs.documents:
            if page.bench.engine.alive:
                self.notices.clear(f"engine {id(page)}")

    def _engine_lost(self, page: DocumentPage) -> None:
        notice = self.notices.say(
            f"engine {id(page)}",
            "error",
            tr("The engine stopped. Your graph is safe."),
            (tr("Restart"), page.bench.start),
            owner=page,
        )
        notice.setToolTip(page.bench.lost)
        self.show_engine()

    def _use_catalogue(self, catalogue: Catalogue) -> None:
        """Use a catalogue sent by an engine if it is new, and cache it."""
        if catalogue == self.catalogue:
            return
        self.catalogue = catalogue
        catalogues.store(catalogue)
        for page in self.tabs.documents:
            page.bench.use_catalogue(catalogue)
            page.show_catalogue()
        for gallery in (page.inside for page in self.tabs.pages):
            if isinstance(gallery, Gallery):
                gallery.show_catalogue(catalogue)
        self.beginnings.show_catalogue(catalogue, self.tabs.documents)
        self.run_bar.show_catalogue(catalogue)
        self.docks.show_catalogue(catalogue)


def _is_blank(page: Page) -> bool:
    """Return whether a page is the gallery, or a new graph whose start page still stands."""
    new = isinstance(page, DocumentPage) and page.bench.document.path is None and not page.begun
    return isinstance(page.inside, Gallery) or new

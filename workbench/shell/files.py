"""Open, save, close and recover documents.

A failure shows a notice above the canvas with a way out; no work is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMainWindow, QPlainTextEdit

from engine.document import graph as graphs
from engine.document.errors import RunRefused
from engine.document.graph import SUFFIX, Graph
from engine.document.messages import RunInfo
from engine.document.source import example_document
from nodes.errors import Refusal
from nodes.sentences import Text
from workbench.bench import document, examples, journal, settings
from workbench.bench.datafiles import KINDS as DATA_FILES
from workbench.bench.datafiles import data_kind, graph_of, moved_paths
from workbench.bench.document import Document
from workbench.bench.settings import UserSettings
from workbench.canvas.tidy import tidied
from workbench.plots.inside import READERS, graph_in
from workbench.shell import questions
from workbench.shell.notices import Notices
from workbench.shell.pages import Pages
from workbench.shell.preview import show_preview
from workbench.shell.tabs import DocumentPage, Page, Tabs
from workbench.words.sentences import translate, translate_refusal


def tr(text: str) -> str:
    return QCoreApplication.translate("files", text)


class Files:
    """The window's file operations: they add pages, ask questions and show notices."""

    def __init__(
        self,
        window: QMainWindow,
        tabs: Tabs,
        pages: Pages,
        notices: Notices,
        settings: UserSettings,
    ) -> None:
        self.window = window
        self.tabs = tabs
        self.pages = pages
        self.notices = notices
        self.settings = settings
        self.waiting_previews: list[DocumentPage] = []  # opened before the first paint

    def new(self) -> Page:
        return self._show(Document(Graph(), journals=settings.journals()))

    def open(self, name: str | Path) -> bool:
        """Open a graph file, a data file, a picture that holds a graph, or an example by name."""
        example = examples.find(str(name))
        path = Path(name)
        if example is not None and not path.exists():
            return self.open_example(str(name))
        return self._try(lambda: self._open_path(path), tr("Choose another file"), self.ask_open)

    def open_example(self, name: str) -> bool:
        """Open a copy of an example; saving it asks for a file."""
        path = examples.find(name)
        if path is None:
            self.notices.say("file", "error", tr("There is no example {0}.").format(name))
            return False

        def show() -> None:
            source = example_document(name)
            made = Document(
                examples.load(path), name=name, journals=settings.journals(), source=source
            )
            self._show(made)

        return self._try(show)

    def open_run(self, info: RunInfo) -> bool:
        """Show a run in its document's tab, or open the graph as it was run."""
        page = next((p for p in self.tabs.documents if p.bench.owns(info)), None)
        if page is not None:
            self.tabs.show_page(page)
        elif not self._try(lambda: self._open_run_graph(info)):
            return False
        bench = self.tabs.bench
        assert bench is not None
        bench.live.show_run(info.path)
        return True

    def _open_run_graph(self, info: RunInfo) -> None:
        from engine.document.history import GRAPH_FILE

        graph = graphs.load(Path(info.path) / GRAPH_FILE)
        made = Document(
            graph,
            name=_named_by(info),
            journals=settings.journals(),
            source=info.document,
            home=_home_of(Path(info.path)),
        )
        self._show(made)

    def ask_open(self) -> None:
        pictures = " ".join(f"*{suffix}" for suffix in READERS)
        wanted = tr("Graphs ({0})").format(f"*{SUFFIX} *.json {pictures}")
        names, _ = QFileDialog.getOpenFileNames(self.window, tr("Open"), self._folder(), wanted)
        for name in names:
            self.open(name)

    def ask_open_data(self) -> None:
        """Open a file of data in a graph that shows samples of it."""
        wanted = tr("Data ({0})").format(" ".join(f"*{suffix}" for suffix in DATA_FILES))
        title = tr("A file of data")
        name, _ = QFileDialog.getOpenFileName(self.window, title, self._folder(), wanted)
        if name:
            self.open(name)

    def drop(self, paths: list[Path]) -> None:
        for path in paths:
            self.open(path)

    def _open_path(self, path: Path) -> None:
        page = self._page_of(path)
        if page is not None:
            self.tabs.show_page(page)
            return
        if path.suffix.lower() in READERS:
            made = document_in_picture(path)
        elif data_kind(path) and path.exists():
            self._show_data(path)
            return
        else:
            made = Document.open(path.resolve(), journals=settings.journals())
            self._remember(path)
        self._show(made)

    def _show_data(self, path: Path) -> None:
        """Open a new graph that reads a data file; choosing the file permits reading it."""
        made = Document(graph_of(path), name=path.stem, journals=settings.journals())
        page = self._show(made)
        page.bench.permit(["data"])
        if self.pages.first_painted:
            show_preview(page, "data")
        else:
            self.waiting_previews.append(page)

    def show_previews(self) -> None:
        """Show the previews of data files named on the command line."""
        unseen, self.waiting_previews = self.waiting_previews, []
        for page in unseen:
            there = page in self.tabs.pages and "data" in page.bench.document.graph.nodes
            if there and page is self.tabs.current:
                show_preview(page, "data")

    def _show(self, document: Document) -> DocumentPage:
        page = self.pages.add(document)
        self._tidy(page)
        if document.remarks:
            sentences = " ".join(map(translate, document.remarks))
            key = f"opened {id(page)}"
            self.notices.say(key, "warning", sentences, owner=page)
        return page

    def _tidy(self, page: DocumentPage) -> None:
        """Lay out a graph without positions; this is not an undoable edit."""
        document = page.bench.document
        graph = document.graph
        if len(graph.nodes) < 2 or any(node in graph.layout.positions for node in graph.nodes):
            return
        document.lay_out(tidied(page.canvas.stage))

    def _page_of(self, path: Path) -> DocumentPage | None:
        wanted = path.resolve()
        return next((p for p in self.tabs.documents if _file_of(p) == wanted), None)

    def save(self, page: Page | None = None) -> bool:
        page = page or self.tabs.current
        if not isinstance(page, DocumentPage):
            return False
        self._end_typing()
        document = page.bench.document
        how = questions.overwrite(self.window, page.name) if document.overwrites else "save"
        if how == "stay":
            return False
        there = document.path if how == "save" else None
        return self.save_to(page, there) if there else self.save_as(page)

    def save_as(self, page: Page | None = None) -> bool:
        page = page or self.tabs.current
        if not isinstance(page, DocumentPage):
            return False
        start = str(Path(self._folder()) / f"{page.name}{SUFFIX}")
        wanted = tr("Graphs ({0})").format(f"*{SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(self.window, tr("Save as"), start, wanted)
        return bool(name) and self.save_to(page, _with_suffix(Path(name)))

    def save_to(self, page: DocumentPage, path: Path) -> bool:
        """Save a page's document to `path`; if that fails, show why and change nothing."""

        def save() -> None:
            document = page.bench.document
            folder = path.absolute().parent
            moved = moved_paths(document.graph, page.bench.catalogue, document.home, folder)
            if moved.puts:
                document.push(moved)
            document.save(path)
            page.bench.send_graph()
            self._remember(path)
            self.pages.saved(page)

        return self._try(save, tr("Save as…"), lambda: self.save_as(page))

    def close_tab(self, page: Page | None = None) -> bool:
        """Close a tab, after asking about unsaved changes and a run in progress."""
        page = page or self.tabs.current
        if page is None or not self.may_close([page]):
            return False
        if page.bench is not None:
            page.bench.document.close()
        self.pages.remove(page)
        return True

    def may_close(self, pages: Sequence[Page], *, quitting: bool = False) -> bool:
        """Ask once about unsaved changes and runs; return False if the user cancels."""
        self._end_typing()
        asked = [page for page in pages if isinstance(page, DocumentPage) and _needs_asking(page)]
        if not asked:
            return True
        if len(asked) == 1:
            self.tabs.show_page(asked[0])
        opened = [
            questions.Open(page.name, page.bench.document.dirty, page.bench.unfinished)
            for page in asked
        ]
        answer = questions.leave(self.window, opened, quitting=quitting)
        return answer == "leave" or (answer == "save" and self._save_all(asked))

    def _save_all(self, pages: list[DocumentPage]) -> bool:
        """Save all unsaved documents; return False at the first that fails or is cancelled."""
        return all(self._save_shown(page) for page in pages if page.bench.document.dirty)

    def _save_shown(self, page: DocumentPage) -> bool:
        if page.bench.document.path is None:
            self.tabs.show_page(page)  # show it, because saving asks for a file
        return self.save(page)

    def offer_recovery(self) -> None:
        """Show a notice of unsaved work left by a crash and of unreadable journals."""
        found = document.leftovers(settings.journals())
        sentence = _left_said(found)
        if not sentence:
            return
        work = found.work
        buttons = [
            (tr("Open it") if len(work) == 1 else tr("Open them"), lambda: self.recover(work)),
            (tr("Discard"), lambda: self.discard(work)),
        ]
        self.notices.say("recovery", "warning", sentence, *(buttons if work else []))

    def recover(self, journals: list[Path]) -> None:
        for path in journals:
            found = Document.recover(path)
            if found is not None:
                self._show(found)

    def discard(self, journals: list[Path]) -> None:
        for path in journals:
            journal.remove(path)

    def _try(
        self, act: Callable[[], object], words: str = "", press: Callable[[], object] | None = None
    ) -> bool:
        """Call `act`; on a Refusal show its sentence in a notice with one button."""
        self.notices.clear("file")
        try:
            act()
        except Refusal as refusal:
            buttons = [(words, press)] if press else []
            self.notices.say("file", "error", translate_refusal(refusal), *buttons)
            return False
        return True

    def _end_typing(self) -> None:
        """Commit the text being typed in a field, as losing the focus does."""
        page, field = self.tabs.current, QApplication.focusWidget()
        if page is not None and page.canvas and isinstance(field, (QLineEdit, QPlainTextEdit)):
            page.canvas.setFocus()

    def _remember(self, path: Path) -> None:
        self.settings.remember(path)
        self.settings.save()

    def _folder(self) -> str:
        """Return the start folder of file dialogs: the document's, or that of the last file."""
        page = self.tabs.current
        own = page.bench.document.path if page and page.bench else None
        recent = self.settings.recent
        return str(own.parent if own else Path(recent[0]).parent if recent else Path.home())


def document_in_picture(path: Path) -> Document:
    """Return the graph in a picture saved from a view. Raise `GraphRefused` if there is none."""
    text = graph_in(path)
    if not text:
        raise graphs.GraphRefused(
            tr("{0} holds no graph.").format(path.name),
            tr("Pictures that this program saved from a view hold one."),
        )
    remarks: list[Text] = []
    graph = graphs.loads(text, path.name, remarks.append)
    document = Document(graph, name=path.stem, journals=settings.journals())
    document.remarks = remarks
    return document


def _with_suffix(path: Path) -> Path:
    if path.name.endswith(SUFFIX):
        return path
    return path.with_name(path.name.removesuffix(".json").removesuffix(".graph") + SUFFIX)


def _needs_asking(page: DocumentPage) -> bool:
    """Return whether closing a page would lose changes or end a run."""
    return bool(page.bench.document.dirty or page.bench.unfinished)


def _file_of(page: DocumentPage) -> Path | None:
    path = page.bench.document.path
    return path.resolve() if path else None


def _left_said(found: document.Leftovers) -> str:
    """Return sentences about the journals that crashes left; empty if none."""
    parts = []
    if found.work:
        parts.append(_kept_said(len(found.work)))
    bad = [*found.damaged, *found.renamed]
    if len(bad) == 1:
        words = tr("A journal could not be read to its end; the file is kept in {0}.")
        parts.append(words.format(bad[0].parent))
    elif bad:
        words = tr("{0} journals could not be read to their ends; the files are kept in {1}.")
        parts.append(words.format(len(bad), bad[0].parent))
    return " ".join(parts)


def _kept_said(count: int) -> str:
    if count == 1:
        return tr("A graph was not saved when the program ended. It is kept, with its history.")
    words = tr("{0} graphs were not saved when the program ended. They are kept.")
    return words.format(count)


def _named_by(info: RunInfo) -> str:
    """Return the name of a tab that shows a run's graph: of the document and the number."""
    document = info.name.partition(" · ")[0]
    number = tr("Run {0}").format(info.number)
    return f"{document} · {number}" if info.number else document


def _home_of(run: Path) -> Path | None:
    """Return the folder that a run's data paths are relative to, or None if unknown."""
    from engine.document.history import read_file

    with suppress(RunRefused):
        home = read_file(run).home
        return Path(home) if home else None
    return None

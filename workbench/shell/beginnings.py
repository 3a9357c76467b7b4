"""What stands on a canvas on which little is: the start page, and what comes next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.document.catalogue import Catalogue
from workbench.bench.examples import Example, listed
from workbench.bench.first_graphs import learn_from, learners
from workbench.bench.settings import UserSettings
from workbench.shell.finder import FIRST
from workbench.shell.notices import Notices, Press
from workbench.shell.start import HowToBegin, Learners, Start
from workbench.shell.tabs import DocumentPage
from workbench.words.kinds import kind_title

if TYPE_CHECKING:
    from workbench.panels.lesson import Lesson
    from workbench.shell.docks import Docks

SINKS = {"trainer", "view", "metric"}
"""The roles of nodes that can be run."""


def tr(text: str) -> str:
    return QCoreApplication.translate("start", text)


class Beginnings(QObject):
    """Shows on each page how to begin, while its graph is empty."""

    changed = Signal(object)  # a page whose start page came or went
    example_requested = Signal(str)
    file_requested = Signal(str)
    action_requested = Signal(str)

    def __init__(
        self, docks: Docks, notices: Notices, settings: UserSettings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.docks, self.notices = docks, notices
        self.settings = settings
        self.catalogue: Catalogue = docks.catalogue
        self._examples: list[Example] = []

    def follow(self, page: DocumentPage) -> None:
        """Show on a page what its graph asks for. The open search has the canvas to itself."""
        graph, search = page.bench.document.graph, page.canvas.overlays.search
        filled = bool(graph.nodes or graph.layout.frames or graph.layout.notes)
        page.begun = page.begun or filled or search.isVisible()
        over = self._offer(page) if filled and not search.isVisible() else None
        if not page.begun:
            over = page.over if isinstance(page.over, Start) else self._start(page)
        elif not filled and not search.isVisible():
            over = page.over if isinstance(page.over, HowToBegin) else self._how(page)
        if over is not page.over:
            page.show_over(over, alone=isinstance(over, Start), low=isinstance(over, Learners))
            self.changed.emit(page)

    @property
    def examples(self) -> list[Example]:
        """The examples, read once: their files belong to the program and do not change."""
        self._examples = self._examples or listed()
        return self._examples

    def _offer(self, page: DocumentPage) -> QWidget | None:
        """Return the examples that learn from a graph's only node; None if there are none."""
        graph = page.bench.document.graph
        found = self.learners(page) if len(graph.nodes) == 1 else []
        names = [example.name for example in found]
        if not names or (isinstance(page.over, Learners) and page.over.names == names):
            return page.over if names else None
        offer = Learners(found)
        offer.chosen.connect(lambda name: self.learn(page, name))
        return offer

    def learners(self, page: DocumentPage) -> list[Example]:
        return learners(page.bench.document.graph, self.catalogue, self.examples)

    def learn(self, page: DocumentPage, name: str) -> None:
        """Make an example of the only node of a page."""
        document = page.bench.document
        example = next(example for example in self.examples if example.name == name)
        document.push(learn_from(document.graph, self.catalogue, example))
        page.canvas.navigation.fit_all()
        page.canvas.setFocus()

    def leave(self, page: DocumentPage) -> None:
        """Show the canvas in place of the start page."""
        if not page.begun:
            page.begun = True
            self.follow(page)
            page.canvas.setFocus()

    def tell_what_is_missing(self, page: DocumentPage) -> bool:
        """Say what a graph lacks that has nothing to run, with a first step; False if it has."""
        graph = page.bench.whole
        roles = {self.catalogue.role(place) for place in graph.nodes.values()}
        if roles & SINKS or page.bench.unfinished or not self.catalogue.kinds:
            return False
        found = self.learners(page)
        if not graph.nodes:
            sentence = tr("There is nothing to run: the graph is empty. Begin with data.")
            buttons = [self._adding(page, kind) for kind in FIRST[:2]]
        else:
            sentence = tr("There is nothing to run: no trainer, no view and no metric.")
            buttons = [
                (example.title, partial(self.learn, page, example.name)) for example in found
            ] or [self._adding(page, "Trainer")]
        self.notices.say(_key(page), "note", sentence, *buttons, owner=page)
        return True

    def _adding(self, page: DocumentPage, kind: str) -> Press:
        info = self.catalogue.kinds.get(kind)
        words = tr("Add {0}").format(kind_title(info) if info else kind)
        return words, partial(self._add, page, kind)

    def missing_no_more(self, page: DocumentPage) -> None:
        self.notices.clear(_key(page))

    def _start(self, page: DocumentPage) -> Start:
        start = Start(self.catalogue, self.examples, self.settings.recent)
        start.left.connect(lambda: self.leave(page))
        start.kind_chosen.connect(lambda kind: self._add(page, kind))
        start.example_chosen.connect(self.example_requested)
        start.file_chosen.connect(self.file_requested)
        start.action_requested.connect(self.action_requested)
        start.lesson_chosen.connect(self._learn)
        return start

    def _how(self, page: DocumentPage) -> HowToBegin:
        how = HowToBegin()
        how.start_requested.connect(lambda: self._again(page))
        return how

    def _again(self, page: DocumentPage) -> None:
        page.begun = False
        self.follow(page)
        page.front.setFocus()

    def _add(self, page: DocumentPage, kind: str) -> None:
        self.leave(page)
        page.canvas.adding.add_in_view(kind)

    def _learn(self, lesson: str, example: str) -> None:
        """Open a lesson, with its first example where it has one."""
        if example:
            self.example_requested.emit(example)
        cast("Lesson", self.docks.show_panel("lesson")).show_lesson("" if example else lesson)

    def show_catalogue(self, catalogue: Catalogue, pages: list[DocumentPage]) -> None:
        self.catalogue = catalogue
        for page in pages:
            if isinstance(page.over, Start):
                page.over.show_catalogue(catalogue)


def _key(page: DocumentPage) -> str:
    return f"missing {id(page)}"

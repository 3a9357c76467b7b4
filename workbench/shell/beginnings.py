"""What stands on an empty canvas: the start page, and once it was left how to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.document.catalogue import Catalogue
from workbench.bench.settings import UserSettings
from workbench.shell.start import HowToBegin, Start
from workbench.shell.tabs import DocumentPage

if TYPE_CHECKING:
    from workbench.panels.lesson import Lesson
    from workbench.shell.docks import Docks


class Beginnings(QObject):
    """Shows on each page how to begin, while its graph is empty."""

    changed = Signal(object)  # a page whose start page came or went
    example_requested = Signal(str)
    file_requested = Signal(str)
    action_requested = Signal(str)

    def __init__(self, docks: Docks, settings: UserSettings, parent: QObject) -> None:
        super().__init__(parent)
        self.docks = docks
        self.settings = settings
        self.catalogue: Catalogue = docks.catalogue

    def follow(self, page: DocumentPage) -> None:
        """Show on a page what its graph asks for. The open search has the canvas to itself."""
        graph, search = page.bench.document.graph, page.canvas.overlays.search
        filled = bool(graph.nodes or graph.layout.frames or graph.layout.notes)
        page.begun = page.begun or filled or search.isVisible()
        over: QWidget | None = None
        if not page.begun:
            over = page.over if isinstance(page.over, Start) else self._start(page)
        elif not filled and not search.isVisible():
            over = page.over if isinstance(page.over, HowToBegin) else self._how(page)
        if over is not page.over:
            page.show_over(over, alone=isinstance(over, Start))
            self.changed.emit(page)

    def leave(self, page: DocumentPage) -> None:
        """Show the canvas in place of the start page."""
        if not page.begun:
            page.begun = True
            self.follow(page)
            page.canvas.setFocus()

    def _start(self, page: DocumentPage) -> Start:
        start = Start(self.catalogue, self.settings.recent)
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

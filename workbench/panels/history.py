"""The history of the document's edits; a click undoes or redoes to any of them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QListView, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from workbench.panels.panel import Panel
from workbench.widgets.base import tr
from workbench.widgets.rows import Row, Rows, list_view
from workbench.words.sentences import translate


class HistoryPanel(Panel):
    """Undone edits are listed below the current one, faint, until another edit is made."""

    title = "History"
    icon = "history"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.rows = Rows(self)
        self.view = list_view(self.rows, tr("History"))
        self.view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.view.clicked.connect(self._go)
        self.view.activated.connect(self._go)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.addWidget(self.view)
        self.setFocusProxy(self.view)

    def redraw(self) -> None:
        if self.bench is None:
            self.rows.show([])
            return
        history = self.bench.document.history
        labels = [translate(label, self.names) for label in history.labels]
        first = Row(id="0", title=tr("Opened"), icon="folder-open")
        self.rows.show([first, *self._steps(labels, history.position)])
        here = self.rows.index(history.position)
        self.view.setCurrentIndex(here)
        self.view.scrollTo(here)

    def _steps(self, labels: list[str], position: int) -> list[Row]:
        return [
            Row(
                id=str(number),
                title=label,
                icon="circle-dot" if number == position else "circle",
                colour="accent" if number == position else "text3",
                faint=number > position,
                spoken=label if number <= position else tr("{0}, undone").format(label),
            )
            for number, label in enumerate(labels, 1)
        ]

    def _go(self, index: QModelIndex) -> None:
        self.open_bench.document.history.go_to(index.row())

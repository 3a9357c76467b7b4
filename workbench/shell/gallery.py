"""The gallery: a card for each example, grouped by lesson, with a search field."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from engine.document.catalogue import Catalogue
from workbench.actions import BY_ID
from workbench.bench.examples import Example, listed
from workbench.look.theme import appearance, set_icon
from workbench.panels.lesson import heading
from workbench.search.entries import example_entries
from workbench.search.finding import Entry, best_matches, find, nearest
from workbench.shell.cards import CARD, GAP, Card, Cards
from workbench.widgets.base import Column, Elided, Search, label


def tr(text: str) -> str:
    return QCoreApplication.translate("gallery", text)


def by_lesson(examples: list[Example]) -> dict[str, list[Example]]:
    """Return the examples of each lesson, in the order of the gallery."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.graph.lesson, []).append(example)
    return groups


class Gallery(Column):
    """All examples by lesson; on the start page also recent files."""

    opened = Signal(str)  # the name of an example
    file_opened = Signal(str)
    action_requested = Signal(str)

    def __init__(
        self, catalogue: Catalogue, recent: list[str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, margin=12 if recent is None else 32)
        self.catalogue = catalogue
        self.groups: list[Cards] = []
        self._entries: list[Entry[Example]] = []  # made at the first search
        self._heads: list[QLabel] = []
        if recent is not None:
            self.inside.setProperty("surface", "canvas")
            self.column.setContentsMargins(32, 28, 32, 32)
            self.column.addWidget(label(tr("Open an example"), "title"))
        self._add_search()
        for lesson, examples in by_lesson(listed()).items():
            self._add_group(lesson, examples, most=1 if recent is None else 8)
        if recent is not None:
            self.column.addSpacing(16)
            self._add_recent(recent)
        self.column.addStretch(1)
        appearance.changed.connect(self.update)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Redraw the wires in the colours of another catalogue."""
        self.catalogue, self._entries = catalogue, []
        for card in self.cards:
            card.catalogue = catalogue
            card.update()

    @property
    def cards(self) -> list[Card]:
        return [card for group in self.groups for card in group.cards]

    def _add_group(self, lesson: str, examples: list[Example], most: int) -> None:
        head = label(heading(lesson), "section")
        head.setContentsMargins(0, 8, 0, 0)
        self._heads.append(head)
        self.column.addWidget(head)
        group = Cards(examples, self.catalogue, most=most)
        group.opened.connect(self.opened)
        self.groups.append(group)
        self.column.addWidget(group)

    def _add_search(self) -> None:
        self.search = Search(tr("Search examples"))
        self.search.setMaximumWidth(2 * CARD.width() + GAP)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self._open_best)
        self.nothing = label("", "hint", wrap=True)
        self.nothing.hide()
        self.column.addWidget(self.search)
        self.column.addWidget(self.nothing)

    def _find(self, pattern: str) -> None:
        """Show the examples that match a search, or those spelt similarly."""
        self._entries = self._entries or example_entries(
            [card.example for card in self.cards], self.catalogue
        )
        found = best_matches(find(pattern, self._entries))
        shown = found or nearest(pattern, self._entries)
        self._best = shown[0].item.name if shown and pattern.strip() else ""
        self.nothing.setText(tr("Nothing found. Spelt alike:") if shown else tr("Nothing found"))
        self.nothing.setVisible(not found)
        for head, group in zip(self._heads, self.groups, strict=True):
            group.show_only({fit.item.name for fit in shown})
            head.setVisible(bool(group.shown))

    def _open_best(self) -> None:
        self._find(self.search.text())
        if self._best:
            self.opened.emit(self._best)

    def _add_recent(self, recent: list[str]) -> None:
        row = QHBoxLayout()
        for action in ("file.new", "file.open"):
            button = QPushButton(tr(BY_ID[action].title))
            set_icon(button, BY_ID[action].icon)
            button.clicked.connect(lambda _=False, a=action: self.action_requested.emit(a))
            row.addWidget(button)
        row.addStretch(1)
        self.column.addLayout(row)
        found = [Path(name) for name in recent if Path(name).exists()]
        if not found:
            return
        self.column.addSpacing(16)
        self.column.addWidget(label(tr("Recent"), "section"))
        for path in found:
            self.column.addWidget(self._recent(path))

    def _recent(self, path: Path) -> QWidget:
        button = QPushButton(path.name.removesuffix(".graph.json"))
        button.setProperty("flat", True)
        set_icon(button, "file")
        button.setToolTip(str(path))
        button.clicked.connect(lambda: self.file_opened.emit(str(path)))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(button)
        row.addWidget(Elided(str(path.parent), "foot", middle=True), 1)
        return line

"""The log: messages of the engine and its nodes, by level, searchable, with tracebacks folded."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListView, QToolButton, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change
from workbench.bench.live import Line
from workbench.look.theme import set_icon
from workbench.panels.panel import Panel
from workbench.search.fuzzy import fold as plain
from workbench.widgets.base import Search, counted, icon_button, tr
from workbench.widgets.rows import Row, Rows, list_view
from workbench.words.kinds import headed

if TYPE_CHECKING:
    from workbench.bench.bench import Bench

LEVELS = {
    "error": ("circle-alert", "error", "Errors"),
    "warning": ("triangle-alert", "warning", "Warnings"),
    "info": ("info", "text3", "Notes"),
}
KEPT = 5_000
TRACE = "Traceback (most recent call last):"


@dataclass(slots=True)
class Entry:
    """A message: its first line, and the lines folded below it."""

    number: int
    level: str
    title: str
    when: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join((self.title, *self.lines))


class Book:
    """Group lines into entries; a traceback is one entry, headed by its last line."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.entries: list[Entry] = []
        self._count = 0
        self._when = ""
        self._trace: list[str] | None = None
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        level, self._when = line.level, time.strftime("%H:%M:%S", time.localtime(line.when))
        lines = line.text.rstrip().splitlines()
        if lines and self._trace is None and not lines[0].startswith(TRACE):
            self._put(level, lines[0], lines[1:])
        else:
            for traced in lines:
                self._add_traced(level, traced)
        del self.entries[: max(0, len(self.entries) - KEPT)]

    def _add_traced(self, level: str, line: str) -> None:
        """Collect the lines of a traceback up to the one naming the exception."""
        if self._trace is None and line.startswith(TRACE):
            self._trace = [line]
        elif self._trace is None:
            self._put(level, line, [])
        elif line.startswith((" ", "\t")) or not line:
            self._trace.append(line)
        else:
            trace, self._trace = self._trace, None
            self._put("error", line, trace)

    def _put(self, level: str, title: str, lines: list[str]) -> None:
        known = level if level in LEVELS else "info"
        self.entries.append(Entry(self._count, known, title, self._when, lines))
        self._count += 1


class Log(Panel):
    """A list that follows its end while that is visible. Enter unfolds a traceback."""

    title = "Log"
    icon = "terminal"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.book = Book()
        self._opened: set[int] = set()
        self.rows = Rows(self)
        self.view = list_view(self.rows, tr("Log"))
        self.view.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.view.activated.connect(self._toggle)
        self.view.clicked.connect(self._toggle)
        self.search = Search(tr("Filter the log"))
        self.search.setMinimumWidth(48)
        self.search.textChanged.connect(self.redraw_soon)
        self.levels = {level: self._level_button(level) for level in LEVELS}
        copy = icon_button("copy", tr("Copy what is selected, or all that is shown"), self.copy)
        wipe = icon_button("eraser", tr("Clear the log"), self.clear)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 4)
        bar.setSpacing(4)
        bar.addWidget(self.search, 1)
        for button in (*self.levels.values(), copy, wipe):
            bar.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)
        keys = QShortcut(QKeySequence.StandardKey.Copy, self.view, self.copy)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)

    def is_affected_by(self, change: Change) -> bool:
        return False

    def bench_changed(self) -> None:
        self.book = Book(self.live.log if self.live else ())
        self._opened.clear()

    def redraw(self) -> None:
        bar = self.view.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.rows.show(self._rows())
        counts = dict.fromkeys(LEVELS, 0)
        for entry in self.book.entries:
            counts[entry.level] += 1
        for level, button in self.levels.items():
            words = headed(tr(LEVELS[level][2]), str(counts[level]))
            button.setToolTip(words)
            button.setAccessibleName(words)
        if at_end:
            self.view.scrollToBottom()

    def shown(self) -> list[Entry]:
        """Return the entries that pass the filter."""
        wanted = plain(self.search.text().strip())
        levels = {level for level, button in self.levels.items() if button.isChecked()}
        return [
            entry
            for entry in self.book.entries
            if entry.level in levels and (not wanted or wanted in plain(entry.text))
        ]

    def copy(self) -> None:
        """Copy the selected lines, or all that are shown."""
        chosen = sorted(i.row() for i in self.view.selectionModel().selectedIndexes())
        if chosen:
            numbers = dict.fromkeys(_number(self.rows.rows[i]) for i in chosen)
            entries = [e for e in self.shown() if e.number in numbers]
        else:
            entries = self.shown()
        QGuiApplication.clipboard().setText("\n".join(f"{e.when} {e.text}" for e in entries))

    def clear(self) -> None:
        if self.live:
            self.live.log.clear()
        self.book = Book()
        self.redraw_soon()

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        for entry in self.shown():
            icon, colour, _ = LEVELS[entry.level]
            opened = entry.number in self._opened
            head = headed(tr(LEVELS[entry.level][2]), entry.title)
            lines = counted(len(entry.lines), "%Ln line", "%Ln lines") if entry.lines else ""
            rows.append(
                Row(
                    id=str(entry.number),
                    title=entry.title,
                    icon=icon,
                    colour=colour,
                    side=f"{lines} {'▾' if opened else '▸'}  {entry.when}" if lines else entry.when,
                    spoken=", ".join(t for t in (head, lines, entry.when) if t),
                )
            )
            if opened:
                rows += [
                    Row(id=f"{entry.number}.{i}", title=line, mono=True)
                    for i, line in enumerate(entry.lines)
                ]
        return rows

    def _toggle(self, index: QModelIndex) -> None:
        row = self.rows.rows[index.row()]
        number = _number(row)
        if row.id == str(number) and any(e.number == number and e.lines for e in self.book.entries):
            self._opened ^= {number}
            self.redraw_soon()

    def _level_button(self, level: str) -> QToolButton:
        icon, colour, _ = LEVELS[level]
        button = QToolButton()
        button.setCheckable(True)
        button.setChecked(True)
        set_icon(button, icon, colour)
        button.toggled.connect(self.redraw_soon)
        return button

    def _hear(self, *_: str) -> None:
        self.book.add(self.open_bench.live.log[-1])
        self.redraw_soon()

    def _join(self, bench: Bench) -> None:
        super()._join(bench)
        bench.live.log_line.connect(self._hear)

    def _leave(self, bench: Bench) -> None:
        super()._leave(bench)
        bench.live.log_line.disconnect(self._hear)


def _number(row: Row) -> int:
    return int(row.id.partition(".")[0])

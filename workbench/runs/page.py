"""The page of runs: those of this graph first, told apart, compared, starred, noted, binned."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from engine.document import graph as graphs
from engine.document.catalogue import Catalogue
from engine.document.errors import GraphRefused
from engine.document.graph import Change
from engine.document.history import GRAPH_FILE
from engine.document.marking import delete, mark
from engine.document.messages import RunInfo
from nodes.errors import Refusal
from workbench.bench.bench import Bench
from workbench.bench.views import watch_rows
from workbench.edits import take_params
from workbench.look.theme import set_icon
from workbench.panels.panel import Panel
from workbench.runs.compare import Comparison
from workbench.runs.emptying import confirmed
from workbench.runs.pictures import Pictures
from workbench.runs.rows import Row, RunRows
from workbench.runs.search import finder
from workbench.runs.table import RunTable
from workbench.runs.words import tr
from workbench.widgets.base import Elided, Search, counted, icon_button, label, separator
from workbench.widgets.editors import Choices
from workbench.words.kinds import value_name
from workbench.words.runnames import run_name
from workbench.words.sentences import translate_refusal

LOSS = ".loss"
WHOLE = ("starting", "running", "paused", "done", "damaged")  # states that cannot be continued
MOST_CURVES = 3
AGAIN = 5_000  # ms between two readings of the folder while the page is shown


class Runs(Panel):
    """The runs of the document that was in front, or of all."""

    run_requested = Signal(object)  # a run that is to be shown in the views of its document

    title = "Runs"
    icon = "history"
    live_signals = ("runs_changed", "checked_changed", "history_changed", "welcomed")

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.pictures = Pictures(self)
        self._told: dict[str, tuple[RunInfo, str]] = {}
        self.rows = RunRows(self.write_note)
        self.table = RunTable(self.rows, self.pictures)
        self.this_graph = self._pill(tr("This graph"), "funnel", checked=True)
        self.starred = self._pill(tr("Starred"), "star")
        self.noted = self._pill(tr("With a note"))
        self.bin = self._pill(tr("Bin"), "trash-2")
        self.emptying = QPushButton(tr("Empty the bin…"))
        self.emptying.hide()
        self.search = Search(tr("beta > 1, seed 0, a word of a note"))
        self.search.setMinimumWidth(140)
        self.search.setMaximumWidth(280)
        self.measure = Choices()
        self.measure.setAccessibleName(tr("Figure"))
        self.measure.setMaximumWidth(200)
        self.count = label("", "about")
        self.compare = QPushButton(tr("Compare"))
        self.compare.setCheckable(True)
        self.open_button = QPushButton(tr("Show in views"))
        self.more = icon_button("ellipsis", tr("More"), self._show_menu)
        self.more.setProperty("framed", True)
        self.empty = label("", "hint", wrap=True)
        self.empty.setContentsMargins(16, 16, 16, 16)
        self.comparison = Comparison()
        self.comparison.hide()
        self.foot = Elided("", "hint")
        self.foot.setContentsMargins(20, 8, 20, 8)
        self._again = QTimer(self, interval=AGAIN)
        self._again.timeout.connect(self.ask)
        set_icon(self.compare, "git-compare")
        set_icon(self.open_button, "eye")
        self._lay_out()
        self._connect()

    def _pill(self, words: str, icon: str = "", *, checked: bool = False) -> QPushButton:
        pill = QPushButton(words)
        pill.setProperty("pill", True)
        pill.setCheckable(True)
        pill.setChecked(checked)
        pill.toggled.connect(self.refresh_soon)
        if icon:
            set_icon(pill, icon)
        return pill

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(20, 10, 20, 10)
        bar.setSpacing(6)
        for pill in (self.this_graph, self.starred, self.noted, self.bin):
            bar.addWidget(pill)
        bar.addWidget(self.emptying)
        bar.addWidget(self.search, 2)
        bar.addWidget(self.measure, 1)
        bar.addStretch(1)
        for part in (self.count, self.compare, self.open_button, self.more):
            bar.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(separator())
        column.addWidget(self.empty)
        column.addWidget(self.table, 3)
        column.addWidget(self.comparison, 2)
        column.addWidget(separator())
        column.addWidget(self.foot)
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        self.search.textChanged.connect(self.refresh_soon)
        self.measure.activated.connect(self.refresh_soon)
        self.compare.toggled.connect(self._chosen)
        self.emptying.clicked.connect(self.empty_bin)
        self.open_button.clicked.connect(lambda: self.open_run(self.chosen()[0]))
        self.table.starred.connect(lambda row: self.star(row.run))
        self.table.opened.connect(lambda row: self.open_run(row.run))
        self.table.binned.connect(self.move_to_bin)
        self.table.menu_requested.connect(self._menu_at)
        self.table.chosen_changed.connect(self._chosen)

    def is_affected_by(self, change: Change) -> bool:
        return any(put.path[0] in ("layout", "title") for put in change.puts)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ask()
        self._again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()

    def ask(self) -> None:
        """Request the list from the engine."""
        if self.bench is not None:
            self.bench.live.list_runs(self.bench.runs)

    def bench_changed(self) -> None:
        self.rows.show([])
        self._told.clear()

    def redraw(self) -> None:
        bench, chosen = self.bench, self.table.chosen()
        views = watch_rows(bench.whole, self.catalogue) if bench else []
        self.pictures.ratio = self.devicePixelRatioF()
        self.pictures.show_live(self.live, [node for row in views for node in row])
        own = bench.owned() if bench else []
        listed = self._listed(own)
        self._show_measures(listed)
        rows = self._rows(listed, own)
        self.rows.figure_title = self.measure.currentText()
        self.rows.better = self._better(listed)
        self.rows.show(rows)
        self.table.choose(chosen)
        self.emptying.setVisible(self.bin.isChecked() and bool(rows))
        self.empty.setText(self._words())
        self.empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.foot.say(self._counted(len(own), len(rows)))
        self._chosen()

    def _listed(self, own: list[RunInfo]) -> list[RunInfo]:
        """Return the runs that pass the pills."""
        runs = own if self.this_graph.isChecked() else self.live.runs if self.live else []
        binned, starred, noted = (p.isChecked() for p in (self.bin, self.starred, self.noted))
        return [
            run
            for run in runs
            if run.binned == binned and (run.starred or not starred) and (run.note or not noted)
        ]

    def _rows(self, listed: list[RunInfo], own: list[RunInfo]) -> list[Row]:
        mine, name = {run.path for run in own}, self.measure.currentData() or ""
        nan = math.nan
        rows = [
            Row(
                run,
                self.catalogue,
                "" if run.path in mine else run.name,
                run.metrics.get(name, run.losses.get(name, nan)),
                run.metrics.get(f"{name}.error", nan),
            )
            for run in listed
        ]
        if not (text := self.search.text().strip()):
            return rows
        finds = finder(text, self.catalogue)
        return [row for row in rows if finds(row.run, partial(self._words_of, row))]

    def _words_of(self, row: Row) -> str:
        """Return what is searched in a row; told once for each listing of its run."""
        run, words = self._told.get(row.path, (None, ""))
        if run is not row.run:
            words = row.words
            self._told[row.path] = row.run, words
        return words

    def _show_measures(self, listed: list[RunInfo]) -> None:
        """Offer the measures that the listed runs have, those of this graph first.

        Where no run has one, the last values of losses are offered, and their titles say so.
        """
        counts = Counter(name for run in listed for name in run.metrics if "." not in name)
        losses = not counts
        counts = counts or Counter(name for run in listed for name in run.losses)
        names = sorted(counts, key=lambda name: (name not in self.graph.nodes, -counts[name]))
        now = self.measure.currentData()
        if names != [self.measure.itemData(place) for place in range(self.measure.count())]:
            self.measure.clear()
            for name in names:
                title = value_name(self.graph, self.catalogue, name.removesuffix(LOSS))
                self.measure.addItem(tr("{0}, at the end").format(title) if losses else title, name)
            self.measure.setCurrentIndex(max(0, self.measure.findData(now)))
        self.measure.setVisible(len(names) > 1)

    def _better(self, listed: list[RunInfo]) -> str:
        """Return which values of the chosen measure are the better ones, "" where neither are."""
        name = self.measure.currentData() or ""
        kind = next((run.kinds[name] for run in listed if name in run.kinds), "")
        info = self.catalogue.kinds.get(kind)
        return info.better if info else ""

    def _words(self) -> str:
        """Return why no run is listed."""
        live = self.live
        if live is None:
            return tr("Open a graph: its runs are listed here.")
        if live.welcome is None:
            return tr("The engine starts; then the runs are listed here.")
        if not live.runs_known:
            return tr("The engine is busy; then the runs are listed here.")
        if self.search.text() or self.starred.isChecked() or self.noted.isChecked():
            return tr("No run is like that.")
        if self.bin.isChecked():
            return tr("The bin is empty.")
        return tr("Runs appear here: press Run.")

    def _counted(self, own: int, shown: int) -> str:
        if self.bench is None:
            return ""
        total = own if self.this_graph.isChecked() else len(self.bench.live.runs)
        name = self.bench.document.name or tr("this graph")
        words = tr("Runs of {1}: {2} of {0} shown.") if self.this_graph.isChecked() else ""
        words = words or tr("Runs: {2} of {0} shown.")
        hint = tr("A head of a column sorts; Enter shows a run; Delete moves it to the bin.")
        return f"{words.format(total, name, shown)} {hint}"

    def chosen(self) -> list[RunInfo]:
        """Return the chosen runs, in the order of the rows."""
        paths = set(self.table.chosen())
        return [row.run for row in self.rows.rows if row.path in paths]

    def _chosen(self, *_: object) -> None:
        """Follow the choice: what the buttons do, and which curves are compared."""
        chosen = self.chosen()
        count = len(chosen)
        words = counted(count, "%Ln run chosen", "%Ln runs chosen") if count else ""
        self.count.setText(words)
        own = count == 1 and self._owns(chosen[0])
        self.open_button.setText(tr("Show in views") if own or count != 1 else tr("Open its graph"))
        self.open_button.setEnabled(count == 1 and chosen[0].number > 0)
        self.compare.setEnabled(count > 1)
        self.more.setEnabled(count > 0)
        comparing = count > 1 and self.compare.isChecked()
        self.comparison.setVisible(comparing)
        if comparing:
            self._compare(chosen[:MOST_CURVES])

    def _compare(self, runs: list[RunInfo]) -> None:
        live = self.open_bench.live
        for run in runs:
            if run.path not in live.histories and run.number:
                live.read_run(run.path)
        names = {run.path: run_name(run, self.catalogue) for run in runs}
        found = [live.histories[run.path] for run in runs if run.path in live.histories]
        self.comparison.show_runs(found, names, partial(value_name, self.graph, self.catalogue))

    def _owns(self, run: RunInfo) -> bool:
        return self.bench is not None and self.bench.owns(run)

    def open_run(self, run: RunInfo) -> None:
        """Show the end of a run in the views of its document."""
        if run.number:
            self.run_requested.emit(run)

    def star(self, *runs: RunInfo) -> None:
        """Give runs a star, or take the stars away if the first has one."""
        for run in runs:
            self.mark(run, starred=not runs[0].starred)

    def write_note(self, run: RunInfo, note: str) -> bool:
        return self.mark(run, note=note)

    def mark(self, run: RunInfo, **marks: bool | str) -> bool:
        """Keep marks of a run in its folder; return whether that succeeded."""
        try:
            kept = mark(Path(run.path), **marks)
        except Refusal as refusal:
            self.refused.emit(translate_refusal(refusal, self.names))
            return False
        run.starred, run.note, run.binned = kept.starred, kept.note, kept.binned
        self.refresh_soon()
        self.ask()
        return True

    def move_to_bin(self) -> None:
        """Move the chosen runs to the bin, or back from it. A run that goes on stays."""
        binned = not self.bin.isChecked()
        busy = self.live is not None and self.live.status.run
        for run in self.chosen():
            if binned and run.path == busy and self.open_bench.unfinished:
                self.refused.emit(tr("Stop the run first."))
            else:
                self.mark(run, binned=binned)

    def empty_bin(self) -> None:
        """Delete the folders of the listed runs, all in the bin, after a question."""
        runs = [row.run for row in self.rows.rows if row.run.binned]
        if not runs or not confirmed(self, len(runs)):
            return
        for run in runs:
            try:
                delete(Path(run.path))
            except Refusal as refusal:
                self.refused.emit(translate_refusal(refusal, self.names))
        self.ask()

    def restore_params(self, run: RunInfo) -> None:
        """Give the graph the parameters of a run; one edit, which can be undone."""
        try:
            then = graphs.load(Path(run.path) / GRAPH_FILE)
        except GraphRefused as refusal:
            self.refused.emit(translate_refusal(refusal, self.names))
            return
        name = run_name(run, self.catalogue)
        if not self.push(lambda: take_params(self.graph, then, run.seed, name)):
            said = tr("The graph has the parameters of {0}; Ctrl+Z in its tab takes them back.")
            self.refused.emit(said.format(name))

    def _show_menu(self) -> None:
        self._menu_at(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _menu_at(self, place: QPoint) -> None:
        menu = self.menu()
        if menu is not None:
            menu.popup(place)

    def menu(self) -> QMenu | None:
        """Return the menu of the chosen runs."""
        chosen = self.chosen()
        if not chosen:
            return None
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for title, icon, call, enabled in self._entries(chosen):
            if not title:
                menu.addSeparator()
                continue
            action = QAction(title, menu)
            action.triggered.connect(lambda _=False, call=call: call())
            action.setEnabled(enabled)
            set_icon(action, icon)
            menu.addAction(action)
        return menu

    def _entries(self, chosen: list[RunInfo]) -> list[tuple[str, str, Callable[[], object], bool]]:
        run, one = chosen[0], len(chosen) == 1 and chosen[0].number > 0
        own = one and self._owns(run)
        bench = self.open_bench
        rest = own and not bench.unfinished
        line = ("", "", lambda: None, False)
        star = tr("Take the star away") if run.starred else tr("Star")
        moved = tr("Put back") if self.bin.isChecked() else tr("Move to the bin")
        return [
            (self.open_button.text(), "eye", lambda: self.open_run(run), one),
            (tr("Restore its parameters"), "rotate-ccw", lambda: self.restore_params(run), own),
            (tr("Take its weights"), "download", lambda: bench.restore(run.path),
             rest and run.status in ("done", "stopped", "interrupted")),
            (tr("Go on"), "step-forward", lambda: bench.resume(run.path),
             rest and run.status not in WHOLE),
            line,
            (star, "star", lambda: self.star(*chosen), True),
            (tr("Write a note"), "pencil", self._edit_note, len(chosen) == 1),
            line,
            (moved, "trash-2", self.move_to_bin, True),
        ]  # fmt: skip

    def _edit_note(self) -> None:
        from workbench.runs.rows import Column

        place = self.rows.place(self.table.chosen()[0])
        self.table.setFocus()
        self.table.edit(self.rows.index(place, Column.NOTE))

    def _join(self, bench: Bench) -> None:
        super()._join(bench)
        bench.live.status_changed.connect(self.ask)
        bench.live.welcomed.connect(self._begin_again)

    def _leave(self, bench: Bench) -> None:
        super()._leave(bench)
        bench.live.status_changed.disconnect(self.ask)
        bench.live.welcomed.disconnect(self._begin_again)

    def _begin_again(self) -> None:
        """Ask a new engine for what the one before was asked."""
        self.pictures.forget()
        self.ask()

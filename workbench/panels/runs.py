"""The recorded runs: show, continue, or compare them.

Runs of this graph come first. For those of other graphs, their own graph is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph
from engine.document.messages import RunInfo
from workbench.panels.compare import Comparison
from workbench.panels.panel import Panel
from workbench.widgets.base import counted, icon_button, label, tr
from workbench.widgets.rows import ROW, Row, Rows, list_view
from workbench.words.kinds import value_name
from workbench.words.quantities import show_measure, show_seconds
from workbench.words.runnames import full_name, run_name

if TYPE_CHECKING:
    from workbench.bench.bench import Bench

STATES = {
    "running": ("loader-circle", "accent", "running"),
    "paused": ("circle-pause", "text2", "paused"),
    "done": ("circle-check", "ok", "done"),
    "stopped": ("circle-stop", "text2", "stopped"),
    "failed": ("circle-x", "error", "failed"),
}
UNKNOWN = ("circle-dashed", "text3", "cut off")
MOST_METRICS = 2
WHOLE = ("running", "paused", "done")  # states that cannot be continued


def run_row(info: RunInfo, title: str, name: Callable[[str], str], *, faint: bool = False) -> Row:
    """Return a run's row; `name` gives a measure's name in words."""
    icon, colour, state = STATES.get(info.status, UNKNOWN)
    steps = counted(info.steps, "%Ln step", "%Ln steps")
    metrics = [f"{name(n)} {show_measure(v)}" for n, v in info.metrics.items()]
    main = [words for n, words in zip(info.metrics, metrics, strict=True) if "." not in n]
    facts = [steps, *(main or metrics)[:MOST_METRICS], tr("seed {0}").format(info.seed)]
    when = clock(info.started)
    tip = [info.path, f"{tr(state)}, {steps}, {show_seconds(info.seconds)}", *metrics]
    return Row(
        id=info.path,
        title=title,
        icon=icon,
        colour=colour,
        detail=" · ".join(facts),
        side=when,
        tip="\n".join(tip),
        spoken=", ".join((title, tr(state), when, *facts)),
        faint=faint,
    )


def clock(started: str) -> str:
    """Return `11-22 14:02` for an ISO time; any other text unchanged."""
    day, found, time = started.partition("T")
    return f"{day[5:]} {time[:5]}" if found else started


class Runs(Panel):
    """Newest first. Enter shows a run in all views; two or more selected ones are compared."""

    run_graph_requested = Signal(object)  # a run whose own graph is to be opened

    title = "Runs"
    icon = "history"
    live_signals = ("runs_changed", "checked_changed")

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.rows = Rows(self)
        self.view = list_view(self.rows, tr("Runs"))
        self.view.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.view.activated.connect(lambda index: self.open_run(index.data(ROW).id))
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self.open_button = QPushButton(tr("Show in views"))
        self.open_button.clicked.connect(lambda: self.open_run(self.chosen()[0]))
        self.resume_button = QPushButton(tr("Go on"))
        self.resume_button.setToolTip(tr("Train on from its last checkpoint, with the graph here"))
        self.resume_button.clicked.connect(lambda: self.open_bench.resume(self.chosen()[0]))
        self.restore_button = QPushButton(tr("Take its weights"))
        self.restore_button.setToolTip(tr("Put back the weights that this run ended with"))
        self.restore_button.clicked.connect(lambda: self.open_bench.restore(self.chosen()[0]))
        self.restore_button.hide()
        self.newest_button = icon_button("circle-dot", tr("Back to now"), self._show_newest)
        again = icon_button("refresh-cw", tr("Read the folder again"), self.ask)
        self.empty = label(tr("Runs appear here: press Run."), "hint", wrap=True)
        self.empty.setContentsMargins(16, 12, 16, 0)
        self.comparison = Comparison()
        self.comparison.hide()
        self._lay_out(again)

    def _lay_out(self, again: QWidget) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 4)
        bar.addWidget(self.open_button)
        bar.addWidget(self.resume_button)
        bar.addWidget(self.restore_button)
        bar.addStretch()
        bar.addWidget(self.newest_button)
        bar.addWidget(again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.empty)
        column.addWidget(self.view, 3)
        column.addWidget(self.comparison, 2)

    def is_affected_by(self, change: Change) -> bool:
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ask()

    def ask(self) -> None:
        """Request the list from the engine."""
        if self.live:
            self.live.list_runs(getattr(self.bench, "runs", ""))

    def redraw(self) -> None:
        chosen = self.chosen()
        self.rows.show(self._rows())
        self.empty.setText(self._words())
        self.empty.setVisible(not self.rows.rows)
        self.view.setVisible(bool(self.rows.rows))
        if chosen != self.chosen():
            flags = self.view.selectionModel().SelectionFlag.Select
            for path in chosen:
                self.view.selectionModel().select(self.rows.place(path), flags)
        self._selected()

    def _words(self) -> str:
        """Return why no run is listed: the folder is not read yet, or it is empty."""
        if self.live is None or self.live.welcome is None:
            return tr("The engine starts; then the runs are listed here.")
        if not self.live.runs_known:
            return tr("The engine is busy; then the runs are listed here.")
        return tr("Runs appear here: press Run.")

    def _rows(self) -> list[Row]:
        """Return this graph's runs, then under a heading those of others."""
        bench = self.bench
        runs = [(info, bench.owns(info)) for info in bench.live.runs] if bench else []
        name, known = partial(value_name, self.graph, self.catalogue), self.catalogue
        own = [run_row(info, run_name(info, known), name) for info, owned in runs if owned]
        name = partial(value_name, Graph(), known)
        others = [
            run_row(info, full_name(info, known), name, faint=True)
            for info, owned in runs
            if not owned
        ]
        heading = Row(id="", title=tr("Other graphs"), ink="text2", heading=True)
        return [*own, heading, *others] if others else own

    def _info(self, path: str) -> RunInfo | None:
        return next((info for info in self.open_bench.live.runs if info.path == path), None)

    def chosen(self) -> list[str]:
        """Return the folders of the selected runs, in the order of the list."""
        rows = sorted(i.row() for i in self.view.selectionModel().selectedIndexes())
        return [self.rows.rows[i].id for i in rows]

    def open_run(self, path: str) -> None:
        """Show the end of a run in all views; one of another graph in its own tab."""
        info = self._info(path)
        if info is not None and not self.open_bench.owns(info):
            self.run_graph_requested.emit(info)
        elif path:
            self.open_bench.live.show_run(path)

    def _show_newest(self) -> None:
        self.open_bench.live.show_newest()

    def _selected(self) -> None:
        chosen = self.chosen()
        info = self._info(chosen[0]) if len(chosen) == 1 else None
        own = info is None or self.open_bench.owns(info)
        self.open_button.setText(tr("Show in views") if own else tr("Open its graph"))
        self.open_button.setEnabled(info is not None)
        ended = info is not None and own and info.status == "done"
        self.resume_button.setEnabled(info is not None and own and self._can_resume(info))
        self.resume_button.setVisible(not ended)
        self.restore_button.setVisible(ended)
        self.newest_button.setVisible(self.live is not None and self.live.past is not None)
        self.comparison.setVisible(len(chosen) > 1)
        if len(chosen) > 1:
            for path in chosen:
                if path not in self.open_bench.live.histories:
                    self.open_bench.live.read_run(path)
            self._compare()

    def _can_resume(self, info: RunInfo) -> bool:
        return info.status not in WHOLE and not self.open_bench.unfinished

    def _status_changed(self) -> None:
        """Request the list again after a run's start or end, or an engine's start."""
        if self.isVisible():
            self.ask()
            self._selected()

    def _compare(self) -> None:
        known = self.open_bench.live.histories
        found = [known[path] for path in self.chosen() if path in known]
        names = {run.info.path: self._name(run.info) for run in found}
        self.comparison.show_runs(found, names, partial(value_name, self.graph, self.catalogue))

    def _name(self, read: RunInfo) -> str:
        """Return the name of a run that has been read, as it is listed."""
        return run_name(self._info(read.path) or read, self.catalogue)

    def _read(self) -> None:
        """Compare the selected runs once read; show whether a past step is shown."""
        if self.isVisible():
            self._selected()

    def _join(self, bench: Bench) -> None:
        super()._join(bench)
        bench.live.history_changed.connect(self._read)
        bench.live.past_changed.connect(self._read)
        bench.live.status_changed.connect(self._status_changed)
        bench.live.welcomed.connect(self._status_changed)

    def _leave(self, bench: Bench) -> None:
        super()._leave(bench)
        bench.live.history_changed.disconnect(self._read)
        bench.live.past_changed.disconnect(self._read)
        bench.live.status_changed.disconnect(self._status_changed)
        bench.live.welcomed.disconnect(self._status_changed)

"""The time slider: one handle for the step shown in every view.

Ticks are epochs, bookmarks are checkpoints. While the views follow the run, the Live button
is filled; dragging leaves the run, the button or End returns to it. Before a run all is disabled.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from engine.document.messages import RunInfo
from workbench.actions import BY_ID
from workbench.bench.turns import trains
from workbench.look import theme as tokens
from workbench.look.eliding import elide
from workbench.look.theme import SLIDER_HEIGHT, appearance, set_icon
from workbench.plots.axes import number
from workbench.shell.track import LiveButton, Track
from workbench.widgets.base import Elided, icon_button

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.live import Live

PLAY = 90  # ms between two steps during playback
RUNS_SHOWN = 20
RUN_WIDEST = 200  # px of a run's name


def tr(text: str) -> str:
    return QCoreApplication.translate("slider", text)


class TimeSlider(QWidget):
    """The bar: checkpoint buttons, play, the step, the track, Live, and the run shown."""

    action_requested = Signal(str)
    WATCHED = ("status_changed", "history_changed", "past_changed", "runs_changed")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.live: Live | None = None
        self.runs_folder = ""
        self.owns: Callable[[RunInfo], bool] = lambda info: True
        self.name_of: Callable[[RunInfo], str] = lambda info: info.name
        self.trains: Callable[[], bool] = lambda: True
        self._run = ""
        self._end = 0
        self._epoch = 0.0
        self.setFixedHeight(SLIDER_HEIGHT)
        self.setProperty("surface", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Time"))
        self.back = icon_button("skip-back", tr("To the checkpoint before"), self._checkpoint_back)
        self.play = icon_button("play", tr("Play what was recorded"), self._toggle_play)
        self.on = icon_button("skip-forward", tr("To the next checkpoint"), self._checkpoint_on)
        self.words = Elided("", "")
        self.track = Track()
        self.live_button = LiveButton(tr("Live"))
        self.run = QToolButton()
        self.compare = QPushButton(tr("Compare"))
        self._beat = QTimer(self, interval=PLAY)
        self._beat.timeout.connect(self._play_on)
        self._style()
        self._lay_out()
        self.track.actionTriggered.connect(lambda _: self._soon())
        self.track.valueChanged.connect(lambda _: self._say())
        self.track.end_requested.connect(self.go_live)
        appearance.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.words.setFont(tokens.font(tokens.BODY, tokens.SEMIBOLD))
        self.words.setMinimumWidth(round(104 * tokens.theme().text_scale))
        self.refresh()

    def _style(self) -> None:
        self.live_button.setToolTip(f"{tr('Follow the run')} ({BY_ID['run.live'].shown_keys})")
        self.live_button.clicked.connect(self.go_live)
        self.run.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.run.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # puts the arrow after the text
        self.run.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.run.setAccessibleName(tr("Run shown"))
        self.run.setMenu(QMenu(self.run))
        self.run.menu().aboutToShow.connect(self._list_runs)
        set_icon(self.run, "chevron-down", size=14)
        self.compare.setProperty("flat", True)
        set_icon(self.compare, "split")
        self.compare.setToolTip(tr("Compare runs"))
        self.compare.clicked.connect(lambda: self.action_requested.emit("view.runs"))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(2)
        for button in (self.back, self.play, self.on):
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(self.words)
        row.addSpacing(4)
        row.addWidget(self.track, 1)
        row.addSpacing(10)
        row.addWidget(self.live_button)
        row.addSpacing(6)
        row.addWidget(self.run)
        row.addWidget(self.compare)

    def show_bench(self, bench: Bench | None) -> None:
        """Show the time of a bench's document, or none."""
        if bench is not None:
            self.runs_folder, self.owns, self.name_of = bench.runs, bench.owns, bench.run_name
            self.trains = lambda: trains(bench.document.graph, bench.catalogue)
        self.show_live(bench.live if bench else None)

    def show_live(self, live: Live | None) -> None:
        """Show the time of another document, or none."""
        self._stop_play()
        if self.live is not None:
            for name in self.WATCHED:
                getattr(self.live, name).disconnect(self.refresh)
            self.live.runs_changed.disconnect(self._refill)
            self.live.figure_changed.disconnect(self._figure)
            self.live.progress_changed.disconnect(self._progress)
        self.live, self._run, self._end, self._epoch = live, "", 0, 0.0
        if live is not None:
            for name in self.WATCHED:
                getattr(live, name).connect(self.refresh)
            live.runs_changed.connect(self._refill)
            live.figure_changed.connect(self._figure)
            live.progress_changed.connect(self._progress)
            for node in live.progress:
                self._progress(node)
        self.refresh()

    @property
    def steps(self) -> list[int]:
        """The recorded steps and the one shown, which a finished run may have thinned out."""
        if self.live is None:
            return []
        steps, past = self.live.steps, self.live.past
        return sorted({*steps, past}) if steps and past is not None else steps

    def _figure(self, node: str) -> None:
        if self.live is not None and self.live.past is None:
            self.refresh()

    def _progress(self, node: str) -> None:
        """Update the planned length of the run and of an epoch."""
        progress = self.live.progress.get(node) if self.live else None
        if progress is None or progress.within:
            self._show_way()
            return
        if not progress.epochs:
            self._end = max(self._end, progress.total)
            return
        self._end = progress.total
        self._epoch = progress.total / progress.epochs

    def refresh(self) -> None:
        """Show the engine's latest state."""
        self._note_run()
        history = self.live.history if self.live else None
        steps = self.steps
        past = self.live.past if self.live else None
        self.track.live = past is None
        end, epoch = (0, 0.0) if history else (self._end, self._epoch)
        marks = history.checkpoints if history else self.live.checkpoints if self.live else []
        self.track.show_steps(steps, marks, end, epoch)
        if past is not None and steps:
            blocked = self.track.blockSignals(True)
            self.track.setValue(self.track.nearest(past))
            self.track.blockSignals(blocked)
        self._enable(bool(steps))
        self._show_way()
        self._say()

    @property
    def way(self) -> int | None:
        """How far the samplers of a run that trains nothing have come, in percent."""
        if self.live is None or self.trains() or self.steps != [0]:
            return None
        shares = [p.step / p.total for p in self.live.progress.values() if p.within and p.total]
        return round(100 * (shares or [0.0])[-1]) if self.live.busy else 100

    def _show_way(self) -> None:
        """Show how far samplers have come, where a run has no other steps."""
        if (way := self.way) is not None:
            self.track.show_steps([way], [], 100, 0)
            self._say()

    def _note_run(self) -> None:
        """Reset the planned length when another run begins."""
        run = self.live.status.run if self.live else ""
        if run != self._run:
            self._end, self._epoch = (0, 0.0) if self._run else (self._end, self._epoch)
            self._run = run

    def _enable(self, any_steps: bool) -> None:
        for part in (self.back, self.play, self.on, self.track, self.live_button):
            part.setEnabled(any_steps)
        self.run.setEnabled(self.live is not None)
        self.compare.setEnabled(self.live is not None)

    def _say(self) -> None:
        """Update the step, the Live button and the run's name."""
        steps = self.steps
        none = tr("No view yet") if self.live and self.live.shown_run else self._no_run()
        shown = tr("Step {0}") if self.way is None else tr("Way {0} %")
        self.words.say(shown.format(number(self.track.step)) if steps else none)
        self.words.setEnabled(bool(steps))
        running = self.live is not None and self.live.busy
        self.live_button.say(following=bool(steps) and self.track.live, running=running)
        name = self._run_name()
        self.run.setToolTip(name)
        short = elide(name, self.run.fontMetrics(), RUN_WIDEST * tokens.theme().text_scale)
        if self.run.text() != short:
            self.run.setText(short)

    def _no_run(self) -> str:
        return tr("No run shown") if self._any_before else tr("No run yet")

    @property
    def _any_before(self) -> bool:
        return self.live is not None and any(map(self._before, self.live.runs))

    def _run_name(self) -> str:
        if self.live is None or not self.live.shown_run:
            return tr("Earlier runs") if self._any_before else tr("No run")
        return self._name(self.live.shown_run)

    def _name(self, run: str) -> str:
        """Return the name of a run; of one that is not listed yet, that it is this one."""
        info = self.live.run_info(run) if self.live else None
        return self.name_of(info) if info else tr("This run")

    def navigate(self, where: str) -> None:
        """Move to "back", "on", "checkpoint_back", "checkpoint_on" or "live"."""
        if self.steps:
            _MOVES[where](self)

    def go_to(self, place: int) -> None:
        """Show the recorded step at an index, clipped to the record."""
        if self.steps and self.live is not None:
            self.live.show_step(self.steps[min(max(place, 0), len(self.steps) - 1)])
            self.refresh()

    def go_live(self) -> None:
        """Show the newest state of this document's own run."""
        self._stop_play()
        if self.live is not None:
            self.live.show_newest()
            self.refresh()

    def _checkpoint_back(self) -> None:
        marks = self.track.bookmarks or self.steps[:1]
        before = marks[: bisect_left(marks, self.track.step)]
        self.go_to(self.track.nearest(before[-1] if before else 0))

    def _checkpoint_on(self) -> None:
        after = self.track.bookmarks[bisect_right(self.track.bookmarks, self.track.step) :]
        if after:
            self.go_to(self.track.nearest(after[0]))
        else:
            self.go_live()

    def _soon(self) -> None:
        """Follow the track once Qt has set its value."""
        self._stop_play()
        QTimer.singleShot(0, self, lambda: self.go_to(self.track.sliderPosition()))

    def _toggle_play(self) -> None:
        if self._beat.isActive():
            self._stop_play()
            return
        if self.track.value() >= len(self.steps) - 1:
            self.go_to(0)
        self._beat.start()
        set_icon(self.play, "pause")

    def _stop_play(self) -> None:
        if self._beat.isActive():
            self._beat.stop()
            set_icon(self.play, "play")

    def _play_on(self) -> None:
        if self.track.value() >= len(self.steps) - 1:
            self.go_live()
        else:
            self.go_to(self.track.value() + 1)

    def _list_runs(self) -> None:
        """Fill the menu with the known runs and request the current list."""
        self._fill()
        if self.live is not None:
            self.live.list_runs(self.runs_folder)

    def _refill(self) -> None:
        """Update the menu when the list arrives."""
        if self.run.menu().isVisible():
            self._fill()

    def _fill(self) -> None:
        """Fill the menu, newest runs first."""
        menu = self.run.menu()
        menu.clear()
        if self.live is None:
            return
        if self.live.status.run:
            self._add_run(self._name(self.live.status.run), self.go_live, not self.live.history)
            menu.addSeparator()
        before = [info for info in self.live.runs if self._before(info)]
        history = self.live.history
        for info in before[:RUNS_SHOWN]:
            shown = history is not None and history.info.path == info.path
            self._add_run(self.name_of(info), partial(self.live.show_run, info.path), shown)
        if not before:
            none = tr("No other runs of this graph") if self.live.status.run else tr("No runs yet")
            menu.addAction(none).setEnabled(False)
        menu.addSeparator()
        every = menu.addAction(tr("All runs…"))
        later = Qt.ConnectionType.QueuedConnection  # the page takes the slider's document away
        every.triggered.connect(lambda: self.action_requested.emit("view.runs"), later)

    def _before(self, info: RunInfo) -> bool:
        """Return whether a run is an earlier one of this graph."""
        own = self.live.status.run if self.live else ""
        return info.path != own and not info.binned and self.owns(info)

    def _add_run(self, title: str, call: Callable[[], object], shown: bool) -> None:
        action = QAction(title.replace("&", "&&"), self.run.menu())
        action.setCheckable(True)
        action.setChecked(shown)
        action.triggered.connect(lambda _=False: call())
        self.run.menu().addAction(action)


_MOVES: dict[str, Callable[[TimeSlider], None]] = {
    "back": lambda slider: slider.go_to(slider.track.value() - 1),
    "on": lambda slider: slider.go_to(slider.track.value() + 1),
    "checkpoint_back": TimeSlider._checkpoint_back,
    "checkpoint_on": TimeSlider._checkpoint_on,
    "live": TimeSlider.go_live,
}

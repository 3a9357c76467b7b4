"""The run bar: primary button, progress, problems, seed and device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from engine.document.catalogue import Catalogue
from engine.document.graph import Change
from engine.document.messages import Progress
from workbench import edits
from workbench.actions import BY_ID
from workbench.bench.training import choices, reached, run_label, run_tip
from workbench.bench.turns import trains
from workbench.look.theme import RUN_BAR_HEIGHT, set_icon
from workbench.panels.panel import WholePanel
from workbench.panels.problems import FREE, ICONS
from workbench.widgets.base import Elided, counted, icon_button
from workbench.widgets.explained import Explained
from workbench.widgets.numbers import SeedEditor, StepsEditor
from workbench.words.kinds import title_of
from workbench.words.quantities import show_int, show_seconds
from workbench.words.runwords import details, device_name, device_words, numbers, state_words

if TYPE_CHECKING:
    from workbench.bench.live import Live

BAR_WIDE, BAR_NARROW = 220, 56
BESIDE_TEXT, LEAST_DETAILS = 40, 70  # px: icon and margins of a button, and the room beside it
BESIDE = {
    "No problems": "{0}, no problems",
    "Checking…": "{0}, checking…",
    "Not checked": "{0}, not checked",
}
"""Texts without a problem, with the number of nodes."""


def tr(text: str) -> str:
    return QCoreApplication.translate("runbar", text)


class RunBar(WholePanel):
    """Show the run of one bench; request actions from the window by id."""

    title = "Run bar"
    live_signals = (
        "status_changed",
        "state_changed",
        "progress_changed",
        "problems_changed",
        "welcomed",
        "checked_changed",
        "past_changed",
        "history_changed",
        "weights_changed",
    )

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.setProperty("surface", "window")
        self.setFixedHeight(RUN_BAR_HEIGHT)
        self.compact = False
        self.primary = self._button("run.toggle", primary=True)
        self.choices = icon_button("chevron-down", tr("Other ways to train"), self._open_choices)
        self.step = self._button("run.step")
        self.stop = self._button("run.stop")
        self.longer = self._flat(self._train_longer)
        self.longer.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.count = Elided()
        self.count.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(tr("Progress of the run"))
        self.details = Explained(role="hint")
        self.details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.problems = self._flat(lambda: self.action_requested.emit("view.problems"))
        self.seed = self._flat(self._edit_seed)
        self.device = self._flat(self._choose_device)
        set_icon(self.seed, "dices")
        self._lay_out()

    def set_compact(self, compact: bool) -> None:
        """Use less room: icons without text and a shorter progress bar."""
        self.compact = compact
        self.bar.setFixedWidth(BAR_NARROW if compact else BAR_WIDE)
        self.redraw_soon()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self.line, self.line_right = _upright(), _upright()
        for widget in (
            self.primary,
            self.choices,
            self.step,
            self.stop,
            self.line,
            self.count,
            self.longer,
            self.bar,
        ):
            row.addWidget(widget)
        row.addWidget(self.details, 1)
        for widget in (self.problems, self.line_right, self.seed, self.device):
            row.addWidget(widget)
        self.bar.setFixedWidth(BAR_WIDE)

    def _button(self, action: str, primary: bool = False) -> QPushButton:
        described = BY_ID[action]
        button = QPushButton(tr(described.title))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click does not take the focus
        button.setProperty("primary", primary)
        set_icon(button, described.icon, "on_fill" if primary else "text")
        button.setToolTip(described.tip)
        button.clicked.connect(lambda: self.action_requested.emit(action))
        return button

    def _flat(self, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton()
        button.setProperty("flat", True)
        button.clicked.connect(lambda: pressed())
        return button

    def is_affected_by(self, change: Change) -> bool:
        return any(put.path[0] in ("settings", "nodes") for put in change.puts)

    def redraw(self) -> None:
        self.setEnabled(self.bench is not None)
        for widget in (self.problems, self.seed, self.device):
            widget.setVisible(self.bench is not None)
        for line in (self.line, self.line_right):
            line.setVisible(self.bench is not None and not self.compact)
        self._redraw_buttons()
        self._redraw_progress()
        if self.bench is not None:
            self._redraw_problems()
            self._redraw_settings()
            self._shorten()
        self._redraw_longer()  # at last: it has the room that the others leave

    def _redraw_buttons(self) -> None:
        status = self.live.status.status if self.live else "idle"
        running = status in ("starting", "running")
        words, icon = (tr("Pause"), "pause") if running else (run_label(self.live), "play")
        if status == "paused":
            words = tr("Go on")
        _dress(self.primary, words, icon, "on_fill")
        self.primary.setToolTip(run_tip(self.live))
        self.choices.setVisible(bool(choices(self.bench)))
        self.stop.setEnabled(running or status == "paused")
        for button, title in ((self.step, tr("Step")), (self.stop, tr("Stop"))):
            _dress(button, "" if self.compact else title, button.property("lucide")[0], "text")
            button.setAccessibleName(title)

    def _redraw_longer(self) -> None:
        """Offer beside "Trained" to train longer, or on to the end of a run that was stopped."""
        told = next(iter(choices(self.bench)), ("", ""))
        offered = told[0] in ("run.longer", "run.go_on")
        self.longer.setVisible(offered)
        if offered:
            words = tr("Train longer") if told[0] == "run.longer" else tr("Train on")
            wide = self.longer.fontMetrics().horizontalAdvance(words) + BESIDE_TEXT
            least = self.details.fontMetrics().horizontalAdvance(self._least_outcome())
            fits = self._free() > wide + max(least, LEAST_DETAILS)
            _dress(self.longer, words if fits else "", BY_ID[told[0]].icon)
            self.longer.setAccessibleName(told[1])
            self.longer.setToolTip(f"{told[1]}\n{BY_ID[told[0]].tip}")

    def _shorten(self) -> None:
        """Keep figures of problems and seed, no word of the device, where words would be cut."""
        named = ((self.problems, len(self.open_bench.live.problems)), (self.device, 0))
        for button, figure in (*named, (self.seed, self.graph.settings.seed)):
            if self._free() >= (BESIDE_TEXT if choices(self.bench) else 0):
                return
            if button.text():
                button.setAccessibleName(button.text())
                _dress(button, show_int(figure) if figure else "", *button.property("lucide")[:2])

    def _free(self) -> int:
        """Return the px that no part of the bar asks for, besides the details."""
        row = self.layout()
        assert row is not None
        found = (row.itemAt(at) for at in range(row.count()))
        shown = [part for item in found if item and (part := item.widget()) and not part.isHidden()]
        others = [part for part in shown if part not in (self.longer, self.details)]
        margins = row.contentsMargins()
        asked = sum(max(p.sizeHint().width(), p.minimumWidth()) + row.spacing() for p in others)
        return self.width() - margins.left() - margins.right() - 2 * row.spacing() - asked

    def _train_longer(self) -> None:
        self.action_requested.emit(choices(self.bench)[0][0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw_soon()

    def _open_choices(self) -> None:
        menu = QMenu(self)
        for id, words in choices(self.bench):
            made = menu.addAction(words, partial(self.action_requested.emit, id))
            set_icon(made, BY_ID[id].icon)
            made.setToolTip(BY_ID[id].tip)
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.primary.mapToGlobal(QPoint(0, self.primary.height() + 4)))

    def ask_steps(self) -> None:
        """Ask for the number of further steps."""
        known = self.bench.extendable if self.bench else None
        if known is not None:
            editor = StepsEditor(known.step, self)
            editor.chosen.connect(self.open_bench.train_longer)
            editor.open_below(self.primary)

    def _redraw_progress(self) -> None:
        status = self.live.status if self.live else None
        progress = self._progress()
        going = progress is not None and status is not None and status.status != "idle"
        self.bar.setVisible(bool(going) or bool(status and status.status == "starting"))
        if progress is None or status is None:
            self._say_count(state_words(status, trains=self._trains()))
            if not self._say_past():
                self._say_outcome(str(status.sentence) if status else "")
            self.bar.setRange(0, 0)
            return
        self._say_count(self._count_words(progress))
        self.bar.setRange(0, 1000 if progress.total else 0)
        self.bar.setValue(round(1000 * progress.step / progress.total) if progress.total else 0)
        if self._say_past():  # the current progress must not stand beside a past step
            return
        if self._finishes(progress):
            self.details.say(tr("Finishing…"), tr("The last views and measures are made."))
            return
        words = [*self._worker(progress), *details(progress)]
        short = numbers(progress)[:1] or words[-1:]  # eliding would join two texts
        told = "   ".join(short if self.compact else words)
        left = _time_left(progress.left) if progress.left is not None else []
        self.details.say(told, "   ".join(words), shorter=left if short == words[-1:] else ())

    def _say_count(self, words: str) -> None:
        """Say the state or the steps whole; Qt would keep the least width of longer words."""
        self.count.setMinimumWidth(0)
        self.count.say(words)
        self.count.setMinimumWidth(self.count.sizeHint().width())

    def _say_past(self) -> bool:
        """Show the step shown in the views if it is not the newest; return whether it is not."""
        if self.live is None or self.live.past is None:
            return False
        step = show_int(self.live.past)
        whole = tr("Step {0} is shown").format(step)
        self.details.say(tr("Step {0}").format(step) if self.compact else whole, whole)
        return True

    def _say_outcome(self, sentence: str) -> None:
        """Say how a run ended: what was measured, then its steps and its time."""
        took = self._outcome()
        figure = reached(self.open_bench) if took and self.bench else []
        forms = [sentence, " · ".join(filter(None, (*figure[:1], took))), *figure]
        told, *shorter = [*filter(None, forms)] or [""]
        self.details.say(told, shorter=() if sentence else [*shorter, ""])  # whole or not at all

    def _least_outcome(self) -> str:
        """Return the shortest form in which the bar says how a run ended."""
        took = self._outcome()
        return (reached(self.open_bench) or [took])[-1] if took else ""

    def _outcome(self) -> str:
        """Return the steps and the time of a run that has ended."""
        if self.live is None or self.live.status.status not in ("done", "stopped"):
            return ""
        took = [s.seconds for n, s in self.live.states.items() if s.seconds and self._is_trainer(n)]
        read = self.live.histories.get(self.live.status.run)
        seconds = read.info.seconds if read else sum(took)  # with the time before it was resumed
        if not seconds or not self.live.last_step:
            return ""
        steps = show_int(self.live.last_step)
        return tr("{0} steps in {1}").format(steps, show_seconds(seconds))

    def _count_words(self, progress: Progress) -> str:
        step, total = show_int(progress.step), show_int(progress.total)
        if not progress.total:
            return tr("Step {0}").format(step)
        return (tr("{0} / {1}") if self.compact else tr("Step {0} of {1}")).format(step, total)

    def _progress(self) -> Progress | None:
        """Return the progress of the active trainer; of several stages the most recent.

        Without a trainer, return that of the active sampler or solver.
        """
        if self.live is None:
            return None
        trains = self._trains()
        found = [p for n, p in self.live.progress.items() if self._is_trainer(n) or not trains]
        running = [p for p in found if _is_running(self.live, p.node)]
        return next(reversed(running or found), None)

    def _finishes(self, progress: Progress) -> bool:
        """Return whether training is complete and the run is making its last views and metrics."""
        trained = self._trains() and 0 < (progress.total or 0) <= progress.step
        live = self.open_bench.live
        known = live.states.get(progress.node)
        done = known is not None and known.state == "done"
        return trained and done and live.status.status == "running"

    def _worker(self, progress: Progress) -> list[str]:
        """Return the title of the active node unless it is a trainer."""
        if not progress.within or self.bench is None or progress.node not in self.graph.nodes:
            return []
        return [title_of(self.graph, self.bench.catalogue, progress.node)]

    def _is_trainer(self, node: str) -> bool:
        place = self.graph.nodes.get(node)
        kind = self.open_bench.catalogue.of(place) if place else None
        return kind is not None and kind.role == "trainer"

    def _trains(self) -> bool:
        return self.bench is not None and trains(self.graph, self.bench.catalogue)

    def _redraw_problems(self) -> None:
        problems = self.open_bench.live.problems
        errors = sum(p.level == "error" for p in problems)
        nodes = counted(len(self.graph.nodes), "%Ln node", "%Ln nodes")
        if not problems:
            free, icon, colour = FREE[self.open_bench.live.answer]
            text = tr(free) if self.compact else tr(BESIDE[free]).format(nodes)
            shown = self._progress() is not None or self.open_bench.live.status.status != "idle"
            quiet = self.compact and shown  # the progress needs the room
            _dress(self.problems, "" if quiet else text, icon, colour)
            self.problems.setAccessibleName(text)
        else:
            text = counted(len(problems), "%Ln problem", "%Ln problems")
            self.problems.setAccessibleName(text)
            icon, colour = ICONS["error" if errors else "warning"]
            _dress(self.problems, text, icon, colour)
        first = f"\n{problems[0].sentence}" if problems else ""
        self.problems.setToolTip(BY_ID["view.problems"].tip + first)

    def _redraw_settings(self) -> None:
        settings = self.graph.settings
        _dress(self.seed, tr("Seed {0}").format(settings.seed), "dices")
        self.seed.setToolTip(tr("The seed of every random number of a run"))
        welcome = self.open_bench.live.welcome
        name = device_name(settings.device, welcome.devices if welcome else [])
        cores = welcome.threads if welcome else 0
        if cores and name == "CPU" and not self.compact:
            name = counted(cores, "CPU, %Ln core", "CPU, %Ln cores")
        _dress(self.device, name, "cpu")
        self.device.setToolTip(tr("Where the graph is computed"))

    def _edit_seed(self) -> None:
        editor = SeedEditor(self.graph.settings.seed, self)
        editor.chosen.connect(self._set_seed)
        editor.open_below(self.seed)

    def _set_seed(self, seed: int) -> None:
        self.push(lambda: edits.set_setting(self.graph, "seed", seed))

    def _choose_device(self) -> None:
        menu = QMenu(self)
        group = QActionGroup(menu)
        devices = self.open_bench.live.welcome.devices if self.open_bench.live.welcome else ["cpu"]
        now = self.graph.settings.device
        for device in dict.fromkeys(["auto", *devices, now]):
            action = QAction(device_words(device), menu, checkable=True, checked=device == now)
            action.setData(device)
            group.addAction(action)
            menu.addAction(action)
        menu.triggered.connect(lambda action: self._set_device(action.data()))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.device.mapToGlobal(QPoint(0, self.device.height() + 4)))

    def _set_device(self, device: str) -> None:
        self.push(lambda: edits.set_setting(self.graph, "device", device))


def _dress(button: QPushButton | QToolButton, text: str, icon: str, colour: str = "text2") -> None:
    """Set text and icon only if they changed: setting them costs a layout."""
    stood_off = bool(button.text())
    if button.text() != text:
        button.setText(text)
    dressed = (button.property("lucide") or [""])[:2] == [icon, colour]
    if not dressed or stood_off != bool(text):
        set_icon(button, icon, colour)


def _upright() -> QLabel:
    line = QLabel()
    line.setProperty("surface", "line")
    line.setFixedSize(1, 24)
    return line


def _is_running(live: Live, node: str) -> bool:
    state = live.states.get(node)
    return state is not None and state.state == "running"


def _time_left(seconds: float) -> list[str]:
    """Return a time in ever fewer words: of minutes their number alone."""
    minutes = 60.0 * max(round(seconds / 60), 1)
    return [show_seconds(seconds), *([show_seconds(minutes)] if seconds >= 60 else [])]

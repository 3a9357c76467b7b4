"""The stage: one or two large pictures, what moves them, and a question to look into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Input, Play, Put, copy, look
from engine.document.walks import upstream_ids
from nodes.params import ParamInfo
from nodes.sentences import say
from workbench.bench.bench import Bench
from workbench.bench.plays import param_of, play_of, retrains, size_of_point
from workbench.bench.turns import trains, value_of
from workbench.look.theme import REGULAR, SEMIBOLD, appearance, font, set_icon
from workbench.panels.panel import WholePanel
from workbench.play.controls import KNOB, Control, control_of, tr
from workbench.play.pads import Handles
from workbench.play.planes import Drawn, Picked, Plane
from workbench.play.steering import Steering
from workbench.plots.pairs import Pair
from workbench.plots.pane import Pane
from workbench.widgets.base import (
    UNBOUNDED,
    Column,
    Elided,
    delete_content,
    delete_widget,
    label,
)
from workbench.widgets.explained import Explained
from workbench.widgets.pills import Pills
from workbench.widgets.value_slider import ValueSlider
from workbench.words.kinds import title_of
from workbench.words.quantities import show_int, show_seconds
from workbench.words.sentences import translate_refusal

HEAD, RIGHT, PRESENTED_RIGHT = 56, 346, 420  # px
MARGIN = 24
PICTURE_HEAD = 60  # px of a title and the line about it
PRESENTED_KNOB = 32.0  # px of a slider's knob on the whole screen
AT_ONCE = 0.05  # s within which a picture follows a hand
LEAST = 380  # px that a picture must have beside others
TYPE_STEP = 0.125  # of the size of type


class Picture(QWidget):
    """A pane without its head, below a title and a line about it."""

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self.pane = pane
        self.title = Explained("", "")
        self.about = Explained("", "about")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.title, self.about):
            column.addWidget(part)
        column.addSpacing(8)
        pane.show_bare()
        column.addWidget(pane, 1)
        pane.show()
        self.title.say(pane.head.title.text())
        self.about.say(pane.head.about.text())
        pane.named.connect(self.title.say)
        pane.plot.subtitle_changed.connect(self.about.say)
        appearance.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.title.setFont(font(20, SEMIBOLD))
        self.about.setFont(font(14))


class Stage(WholePanel):
    """A title, pictures and controls. The workspaces put panes here by `show_panes`."""

    title = "Play"
    live_signals = ("weights_changed", "status_changed", "progress_changed")
    left = Signal()  # Escape
    turned = Signal(int)  # to the next picture of the lesson, or the one before

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.play = Play()
        self.presenting = False
        self.with_inputs = True
        self.pictures: list[Picture] = []
        self.controls: list[Control] = []
        self.steering = Steering(self)
        self.steering.refused.connect(
            lambda refusal: self.refused.emit(translate_refusal(refusal, self.names))
        )
        self.steering.answered.connect(self._note_pace)
        self._pace: dict[str, float] = {}  # s that the pictures took that a hand has moved
        self._begun: WeakKeyDictionary[Bench, dict[tuple[str, str], Any]] = WeakKeyDictionary()
        self._key: list[tuple[Any, ...]] | None = None
        self._anew = False  # whether something was moved that must be trained anew
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.switch = Pills()
        self.switch.setAccessibleName(tr("Workspace"))
        self.head = self._head()
        self.heading, self.under = label("", ""), label("", "about")
        self.row = Pair(PICTURE_HEAD)
        self._row = self.row.box
        self._row.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
        self._row.setSpacing(28)
        self.beside = self._beside()
        self._lay_out()
        self._keys = self._shortcuts()
        self.restyle()

    def _shortcuts(self) -> list[QShortcut]:
        """Return the keys of a presentation; Escape is one of Play as well."""
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.left.emit)
        escape.setContext(within)
        keys = {
            "PgDown": lambda: self.turned.emit(1),
            "PgUp": lambda: self.turned.emit(-1),
            "+": lambda: appearance.use(text_scale=appearance.text_scale + TYPE_STEP),
            "=": lambda: appearance.use(text_scale=appearance.text_scale + TYPE_STEP),
            "-": lambda: appearance.use(text_scale=appearance.text_scale - TYPE_STEP),
        }
        made = [QShortcut(QKeySequence(key), self, press) for key, press in keys.items()]
        for shortcut in made:
            shortcut.setContext(within)
            shortcut.setEnabled(False)
        return made

    def _head(self) -> QWidget:
        head = QWidget()
        head.setProperty("surface", "window")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head.setFixedHeight(HEAD)
        self.name, self.state = Elided("", ""), Elided("", "hint")
        row = QHBoxLayout(head)
        row.setContentsMargins(MARGIN, 0, MARGIN, 0)
        row.setSpacing(12)
        row.addWidget(self.name)
        row.addWidget(self.state, 1)
        row.addWidget(self.switch)
        self.reset = self._button("rotate-ccw", tr("Reset"), self.begin_again)
        self.present = self._button(
            "monitor", tr("Present"), lambda: self.action_requested.emit("view.present")
        )
        self.save = self._button("image", tr("Save picture"), self._save)
        for button in (self.reset, self.save, self.present):
            row.addWidget(button)
        return head

    def _button(self, icon: str, words: str, pressed: Any) -> QPushButton:
        button = QPushButton(words)
        button.setProperty("flat", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(button, icon)
        button.clicked.connect(lambda: pressed())
        return button

    def _save(self) -> None:
        """Ask how the first picture is to be saved; each has its own menu."""
        plot = self.pictures[0].pane.plot
        plot.owner.save_picture(plot)

    def _beside(self) -> QWidget:
        column = Column(margin=MARGIN)
        self.try_it = label(tr("Try"), "")
        self.told = label("", "", wrap=True)
        self.run = QPushButton("")
        self.run.setProperty("primary", True)
        self.run.clicked.connect(self._train)
        self.question = QLabel()
        self.question.setWordWrap(True)
        self.question.setProperty("surface", "note")
        self.question.setMargin(14)
        self.foot = label("", "foot", wrap=True)
        inside = column.column
        inside.setSpacing(18)
        for part in (self.told, self.run, self.try_it):
            inside.addWidget(part)
        self._controls = QVBoxLayout()
        self._controls.setSpacing(18)
        inside.addLayout(self._controls)
        inside.addWidget(self.question)
        inside.addStretch(1)
        inside.addWidget(self.foot)
        return column

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        titles = QVBoxLayout()
        titles.setContentsMargins(MARGIN, 12, MARGIN, 4)
        titles.addWidget(self.heading)
        titles.addWidget(self.under)
        column.addLayout(titles)
        self._whole = QHBoxLayout()
        self._whole.setSpacing(0)
        self._whole.addWidget(self.row, 1)
        self._whole.addWidget(self.beside)
        column.addLayout(self._whole, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold where there is little room: pictures one below the other, then the controls."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        right = self.beside.width() if self.beside.isVisible() else 0
        narrow = self.width() < LEAST + (RIGHT if right else 0)
        self._whole.setDirection(down if narrow else across)
        wide = UNBOUNDED if narrow else PRESENTED_RIGHT if self.presenting else RIGHT
        self.beside.setMinimumWidth(0 if narrow else wide)
        self.beside.setMaximumWidth(wide)
        room = self.width() - (0 if narrow else right)
        few = len(self.pictures)
        self.row.narrow = few > 1 and room < few * LEAST < self.height()
        self.row.arrange()

    def restyle(self) -> None:
        shows = self.presenting
        self.name.setFont(font(16, SEMIBOLD))
        self.heading.setFont(font(27 if shows else 20, SEMIBOLD))
        self.under.setFont(font(15 if shows else 14))
        self.try_it.setFont(font(20, SEMIBOLD))
        for part in (self.told, self.question):
            part.setFont(font(15 if shows else 14, REGULAR))
        self._fold()
        super().restyle()

    def showEvent(self, event: QShowEvent) -> None:
        """Style anew: Qt forgets fonts that were set before a scroll area was first shown."""
        super().showEvent(event)
        self.restyle()

    def show_presenting(self, presenting: bool) -> None:
        """Take the whole screen's sizes, without the bar; or those of the window."""
        self.presenting = presenting
        self.head.setVisible(not presenting)
        for key in self._keys:
            key.setEnabled(presenting)
        self._key = None
        self.restyle()

    def bench_changed(self) -> None:
        self.steering.show_bench(None, [])
        self._anew = False
        self._pace = {}
        self._key = None

    def show_panes(self, panes: Sequence[Pane], *, with_inputs: bool = True) -> None:
        """Show these panes side by side, with the inputs or without."""
        stays = [picture.pane for picture in self.pictures] == list(panes) and all(
            picture.pane.parent() is picture for picture in self.pictures
        )
        if stays and with_inputs == self.with_inputs:
            return
        self.with_inputs = with_inputs
        self._take_off()
        for picture in self.pictures:
            self._row.removeWidget(picture)
            delete_widget(picture)
        self.pictures = [Picture(pane) for pane in panes]
        for picture in self.pictures:
            self._row.addWidget(picture, 1)
        self.row.show_plots([pane.plot for pane in panes])
        self._fold()
        self._key = None
        self.redraw_soon()

    def _take_off(self) -> None:
        """Take what lies over the pictures off them, and the panes that are still here out."""
        for control in self.controls:
            if isinstance(control, Plane):
                control.join(None)
        for picture in self.pictures:
            if picture.pane.parent() is picture:
                picture.pane.setParent(None)

    def redraw(self) -> None:
        bench = self.bench
        if bench is None:
            self.steering.show_bench(None, [])
            return
        self.play = play_of(self.graph, self.catalogue)
        self.steering.show_bench(bench, [p.pane.node for p in self.pictures])
        known = [(one, param_of(self.graph, self.catalogue, one)) for one in self.play.inputs]
        inputs = [(one, param) for one, param in known if param is not None and self.with_inputs]
        key = [(one.node, one.param, one.on, one.label, param.type) for one, param in inputs]
        if key != self._key:
            self._key = key
            self._make_controls(inputs)
        self._say()
        for control in self.controls:
            one = control.one
            if not self.steering.holds(self.graph.owner(one.node), one.param):
                control.show_value(value_of(self.graph, self.catalogue, one.node, one.param))

    def _make_controls(self, inputs: Sequence[tuple[Input, ParamInfo]]) -> None:
        for control in self.controls:
            if isinstance(control, Plane):
                control.join(None)
        focus = QApplication.focusWidget()
        if focus is not None and self.beside.isAncestorOf(focus):
            self.setFocus()  # else the keys go to a control that is deleted
        delete_content(self._controls)
        made = [self._control(one, param) for one, param in inputs]
        self.controls = [control for control in made if control is not None]
        plots = {picture.pane.node: picture.pane.plot for picture in self.pictures}
        for control in self.controls:
            self._controls.addWidget(control)
            for slide in control.findChildren(ValueSlider):
                slide.knob = PRESENTED_KNOB if self.presenting else KNOB
            if isinstance(control, Plane):
                control.join(plots.get(control.one.on))
                if isinstance(control.pad, Handles):
                    control.pad.presenting = self.presenting
        begun = self._begun.setdefault(self.open_bench, {})
        for control in self.controls:
            node, param = control.one.node, control.one.param
            way = self.open_bench.paths.way_of_param(self.graph.owner(node), param)
            begun.setdefault((node, param), copy(look(self.open_bench.document.graph, way)))

    def _control(self, one: Input, param: ParamInfo) -> Control | None:
        graph, known = self.graph, self.catalogue
        anew = retrains(graph, known, one.node)
        control: Control | None
        if param.type == "floats":
            info = known.of(graph.nodes[graph.owner(one.node)])
            kind = Drawn if info is not None and info.category == "data" else Picked
            control = kind(one, param, size_of_point(graph, known, one.node))
        else:
            control = control_of(one, param)
        if control is None:
            return None
        node = graph.owner(one.node)
        control.moved.connect(lambda value: self._move(node, one.param, value, anew=anew))
        control.let_go.connect(self.steering.let_go)
        return control

    def _move(self, node: str, param: str, value: Any, *, anew: bool) -> None:
        self.steering.move(node, param, value)
        if anew and not self._anew:
            self._anew = True
            self._say()

    def begin_again(self) -> None:
        """Set all inputs to what they were when the stage was first shown."""
        bench, begun = self.open_bench, self._begun.get(self.open_bench, {})
        paths, graph = bench.paths, self.graph
        puts = tuple(
            Put(paths.way_of_param(graph.owner(node), param), value)
            for (node, param), value in begun.items()
            if node in graph.nodes
        )
        bench.document.attempt(lambda: Change(say("Reset Play"), puts), self.steering.refused.emit)
        bench.send_edits()

    def _say(self) -> None:
        """Say what the stage shows, and what must be done before it answers."""
        live = self.open_bench.live
        graph = self.graph
        name, step = self.open_bench.document.name, live.last_step
        trained = tr("trained, {0} steps").format(show_int(step)) if step else ""
        about = " · ".join(filter(None, (name, trained)))
        self.name.say(self.play.title or name)
        self.state.say(about if self.play.title else trained)
        self.heading.setText(self.play.title if self.with_inputs else graph.title or name)
        self.under.setText(about)
        for part in (self.heading, self.under):
            part.setVisible(self.presenting and bool(part.text()))
        self._anew &= not live.busy
        lacking = trains(graph, self.catalogue) and not live.weights.trained and not live.busy
        words, button = "", ""
        if lacking:
            words = tr("The model is not trained yet: train it, then its pictures answer.")
            button = tr("Run")
        elif self._anew:
            words = tr("What you changed takes effect by training anew.")
            button = tr("Train anew")
        elif live.busy:
            words = tr("The model trains; its pictures follow.")
        self.save.setEnabled(bool(self.pictures))
        self.told.setText(words)
        self.told.setVisible(bool(words))
        self.run.setText(button)
        self.run.setVisible(bool(button))
        self.try_it.setVisible(bool(self.controls))
        self.question.setText(self.play.question)
        self.question.setVisible(bool(self.play.question) and self.with_inputs)
        beside = self.with_inputs and bool(self.controls or words or self.play.question)
        if beside == self.beside.isHidden():
            self.beside.setVisible(beside)
            self._fold()
        keys = (
            tr("Page Down: next picture · + and −: size of type · Esc: leave")
            if self.presenting
            else tr("Esc: back to Watch · F11: the whole screen")
        )
        self.foot.setText("\n".join([*self._pace_words(), keys]))

    def _note_pace(self, view: str, seconds: float) -> None:
        self._pace[view] = seconds
        self._say()

    def _pace_words(self) -> list[str]:
        """Say why a picture does not follow the hand at once: what makes it takes many steps."""
        view, seconds = max(self._pace.items(), key=lambda pair: pair[1], default=("", 0.0))
        if seconds < AT_ONCE or view not in self.graph.nodes:
            return []
        steps = {node: n for node in self._makers(view) if (n := self._steps(node)) > 1}
        node = max(steps, key=lambda name: steps[name], default="")
        after = show_seconds(float(f"{seconds:.1g}"))  # so that it stands still
        if not node:
            return [tr("The picture follows after {0}.").format(after)]
        words = tr("{0} takes {1} steps: the picture follows after {2}.")
        return [words.format(title_of(self.graph, self.catalogue, node), steps[node], after)]

    def _makers(self, view: str) -> list[str]:
        near = upstream_ids(self.graph.wires, [view])
        return [n for n in self.graph.nodes if n in near]

    def _steps(self, node: str) -> int:
        """Return how many steps a sampler takes, 0 where a node is none."""
        kind = self.catalogue.of(self.graph.nodes[node])
        if kind is None or kind.plain or kind.role == "trainer" or kind.param("steps") is None:
            return 0
        return int(value_of(self.graph, self.catalogue, node, "steps") or 0)

    def _train(self) -> None:
        self.open_bench.run(fresh=self._anew)
        self._anew = False

"""The inspector's page of one node, built from the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from engine.document.bounds import MOST_TIMES
from engine.document.catalogue import KindInfo, ParamInfo
from engine.document.graph import ABSENT, GROUP, Place, Wire
from nodes.layers.expression import latex_of
from workbench import actions, edits
from workbench.actions import BY_ID
from workbench.bench.datafiles import PREVIEWED
from workbench.bench.fixes import change_of_fix
from workbench.bench.inner import InnerBench
from workbench.bench.permits import unpermitted_above
from workbench.bench.plays import is_seen, retrains
from workbench.bench.turns import reordered, turns
from workbench.edits.nodes import Mode
from workbench.look import theme as look
from workbench.panels.formula_box import FormulaBox
from workbench.panels.panel import InnerPanel
from workbench.panels.params import ParamForm
from workbench.panels.ports import Ports, port_lines
from workbench.panels.problems import ProblemCard
from workbench.panels.shown_outside import ShownOutside, mime_of
from workbench.panels.state import State, facts_of
from workbench.panels.turns_view import Turns
from workbench.widgets.base import Elided, delete_content, icon_button, label, tr
from workbench.widgets.sections import (
    Link,
    Picture,
    Section,
    Title,
    arxiv,
    open_outside,
    row,
    short_paper,
)
from workbench.words.kinds import doc_of, from_catalogue, title_of, usual_title
from workbench.words.sentences import TranslatedProblem, translate

UNREPEATED = {"times": 1, "shared": False}
UNKNOWN = KindInfo(kind="", title="", category="", icon="circle-question-mark")


class NodePage(QWidget):
    """Icon, title, summary, formula, paper, problems, parameters, ports, state."""

    def __init__(self, panel: InnerPanel, node: str) -> None:
        super().__init__()
        self.panel, self.node = panel, node
        self.kind = panel.graph.nodes[node].kind
        self.info = panel.catalogue.of(panel.graph.nodes[node]) or UNKNOWN
        self.known = self.info is not UNKNOWN
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self._build_head()
        self._build_problems()
        self._build_sections()
        self.column.addStretch()

    @staticmethod
    def key(panel: InnerPanel, node: str) -> tuple[object, ...]:
        """Return the page's key: while it is the same, the page is only updated."""
        place = panel.graph.nodes[node]
        kind = panel.catalogue.of(place)
        return "node", node, place.kind, bool(place.twin), id(kind.params) if kind else 0

    @property
    def place(self) -> Place:
        return self.panel.graph.nodes[self.node]

    @property
    def owner(self) -> str:
        return self.panel.graph.owner(self.node)

    def _build_head(self) -> None:
        self.heading = Title(tr("Title of the node"))
        self.heading.given.connect(self._rename)
        lesson = icon_button("book-open", tr("Lesson"), self._open_lesson, "F1")
        more = icon_button("ellipsis", tr("More actions"), lambda: self._open_menu(more))
        picture = Picture(self.info.icon)
        self.column.addWidget(row(picture, self.heading, 1, lesson, more, spacing=4))
        about = from_catalogue(self.info.summary) or (tr("not installed") if not self.known else "")
        self.summary = label(about, "about", wrap=True)
        self.summary.setToolTip(doc_of(self.info))
        self.column.addWidget(self.summary)
        self.formula = FormulaBox()
        self.column.addWidget(self.formula)  # before it is shown, else it is a window
        self.formula.show_formula(self._latex())
        if self.info.paper or self.info.paper_url:
            self.column.addWidget(self._paper())
        self.shares = Link()
        self.shares.pressed.connect(lambda: self.panel.select_requested.emit([self.owner]))
        self.twin = row(Picture("link", "accent"), self.shares, 1)
        self.mode = Link()
        self.mode.pressed.connect(lambda: self._set_mode("on"))
        self.off = row(Picture("ban", "text3"), self.mode, 1)
        self.column.addWidget(self.twin)
        self.column.addWidget(self.off)

    def _paper(self) -> QWidget:
        url = self.info.paper_url
        link = Link()
        link.setFont(look.font(look.HINT))
        link.say(short_paper(self.info.paper) or url, f"{self.info.paper}\n{url}".strip())
        link.setMinimumWidth(min(link.sizeHint().width(), 200))  # the number shrinks first
        link.pressed.connect(lambda: open_outside(url))
        number = Elided(arxiv(url), "faint", whole=True)
        number.setAlignment(Qt.AlignmentFlag.AlignRight)
        return row(Picture("file-text", "accent"), link, number, 1)

    def _build_problems(self) -> None:
        self.cards = QWidget()
        self.stack = QVBoxLayout(self.cards)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.cards)
        self._problems: list[TranslatedProblem] | None = None

    def _build_sections(self) -> None:
        self.turns: Turns | None = None
        if self.info.role == "trainer":
            self.turns = Turns()
            self.turns.edited.connect(self._set_other)
            self.turns.reset_order.connect(self._reorder)
            self.column.addWidget(Section("", self.turns))
        self.form = ParamForm(
            self.info.params, rebuilds=self.info.weights, node=self._set_name(), pins=True
        )
        self.form.pinned.connect(self._pin)
        self.form.edited.connect(self._set)
        self.form.reset.connect(lambda name: self._set(name, ABSENT, False))
        self.outside: dict[str, list[tuple[str, Callable[[], object]]]] = {}
        self._offer_outside()
        words = tr("Reset all to defaults")
        self.reset = icon_button("rotate-ccw", words, self._reset_all, size=14)
        self.show_data = self._asking("graph.show_data")
        self.columns = self._asking("graph.preview")
        self.columns.setVisible(self.kind in PREVIEWED)
        if self.info.params:
            self.column.addWidget(Section(tr("Parameters"), self.form, self.reset))
        self.promoted = self._promoted()
        self.copies = self._copies()
        self.later = label("", "hint", wrap=True)
        self.column.addWidget(self.later)
        self.raw = Elided("", "mono")
        self.raw.setVisible(not self.known)
        self.column.addWidget(self.raw)
        self.ports = Ports()
        self.ports.followed.connect(self.panel.select_requested)
        if self.info.inputs or self.info.outputs:
            self.column.addWidget(Section(tr("Ports"), self.ports))
        self.state = State()
        self.train_longer = QPushButton()
        self.train_longer.setToolTip(BY_ID["run.longer"].tip)
        self.train_longer.clicked.connect(lambda: self.panel.action_requested.emit("run.longer"))
        self.state.column.addWidget(self.train_longer)
        self.state_section = Section(tr("State"), self.state)
        self.column.addWidget(self.state_section)

    def _copies(self) -> ParamForm | None:
        """Return the fields of an instance: how often it stands in a row."""
        if not self.place.group:
            return None
        form = ParamForm(repeated(), rebuilds=True, marked=False)
        form.edited.connect(self._repeat)
        form.reset.connect(lambda name: self._repeat(name, UNREPEATED[name], False))
        self.column.addWidget(Section(tr("Repeat"), form))
        self._asking("graph.enter")
        return form

    def _repeat(self, name: str, value: Any, merge: bool) -> None:
        graph = self.panel.graph
        self.panel.push(lambda: edits.repeat(graph, self.node, name, value), merge=merge)

    def _set_name(self) -> str:
        """Return the node's name on the command line."""
        desk = self.panel.open_bench
        within = f"{desk.document.group}:" if isinstance(desk, InnerBench) else ""
        return within + self.owner

    def _offer_outside(self) -> None:
        """Let the fields of a node in a group be shown at the group's instances."""
        desk = self.panel.open_bench
        if isinstance(desk, InnerBench):
            for name in self.form.rows:
                show = partial(self._show_outside, desk, name)
                self.outside[name] = [(tr("Show outside"), show)]

    def _promoted(self) -> ShownOutside | None:
        """Return what the open group shows outside, where a field may be dropped."""
        desk = self.panel.open_bench
        if not isinstance(desk, InnerBench) or not self.form.rows:
            return None
        shown = ShownOutside()
        shown.taken.connect(lambda name, to: self._show_outside(desk, name, to))
        for name, line in self.form.rows.items():
            line.carried = partial(mime_of, name)
        self.column.addWidget(Section(tr("Shown outside"), shown))
        return shown

    def _show_outside(self, desk: InnerBench, name: str, to: str = "") -> None:
        whole, group, node = desk.bench.document.graph, desk.document.group, self.owner
        title, known = self.form.rows[name].param.title, desk.bench.catalogue
        self.panel.push(
            lambda: edits.show_outside(whole, group, node, name, title, to, known), whole=True
        )

    def redraw(self) -> None:
        """Update the page from the document and the last check."""
        graph, catalogue, live = self.panel.graph, self.panel.catalogue, self.panel.open_bench.live
        place = self.place
        self._show_title()
        self.twin.setVisible(bool(place.twin))
        self.shares.say(
            tr("Shares weights with {0}").format(title_of(graph, catalogue, self.owner))
        )
        self.off.setVisible(place.mode != "on")
        words = {"muted": tr("Muted: switch on"), "bypassed": tr("Bypassed: switch on")}
        self.mode.say(words.get(place.mode, ""))
        self._redraw_form()
        self.formula.show_formula(self._latex())
        if not self.known:
            self.raw.say(json.dumps(place.params, ensure_ascii=False) if place.params else "")
        else:
            info = live.node_infos.get(self.owner)
            self.ports.show_lines(port_lines(graph, catalogue, self.node, live.wire_infos, info))
        self._redraw_promoted()
        if self.turns is not None:
            self.turns.show_turns(turns(graph, catalogue, self.node), graph, catalogue)
        self.redraw_live()

    def _redraw_promoted(self) -> None:
        desk = self.panel.open_bench
        if self.promoted is not None and isinstance(desk, InnerBench):
            kind = desk.bench.catalogue.kinds.get(GROUP + desk.document.group)
            self.promoted.show_group(desk.document.definition, kind)

    def _latex(self) -> str:
        """Return the node's formula: as the user has written it, or that of its kind."""
        written = self.info.text(self.panel.graph.nodes[self.owner].params)
        return latex_of(written) or self.info.formula

    def _redraw_form(self) -> None:
        here = (self.node, self.owner)
        problems = [p for p in self.panel.open_bench.live.problems if p.node in here]
        at_fields = {p.param: p.sentence for p in problems if p.param in self.form.rows}
        owner = self.panel.graph.nodes[self.owner]
        values = owner.params
        if self.copies is not None:
            self.copies.show_values({"times": owner.times, "shared": owner.shared}, {})
        self.form.show_values(values, at_fields)
        shown = edits.shown_fields(self.panel.graph, self.node, self.info)
        self.form.show_pins(param.name for param in shown)
        self._redraw_inputs(owner.driven)
        self.reset.setEnabled(any(name in self.form.rows for name in values))
        self._show_cards([p for p in problems if p.param not in self.form.rows])

    def _redraw_inputs(self, driven: list[str]) -> None:
        """Show which parameters wires set, and offer to make each that may be one an input."""
        graph, known = self.panel.graph, self.panel.catalogue
        wires = edits.set_by(graph, self.node)
        for name, line in self.form.rows.items():
            line.offers = [*self.outside.get(name, []), self._offer_input(line.param, driven)]
            source = wires[name].source if name in wires else ""
            setting = title_of(graph, known, source) if source in graph.nodes else source
            line.show_giver(tr("Set by {0}.").format(setting) if source else "")

    def _offer_input(
        self, param: ParamInfo, driven: list[str]
    ) -> tuple[str, Callable[[], object] | None]:
        """Return an entry that turns a parameter into an input, or that says why it cannot be."""
        is_input = param.name in driven
        if param.undrivable and not is_input:
            return translate(param.undrivable), None
        words = tr("Set by hand") if is_input else tr("Make it an input")
        return words, partial(self._turn_input, param.name, is_input)

    def _turn_input(self, name: str, is_input: bool) -> None:
        """Make a parameter an input, or set it by its field again."""
        graph, turn = self.panel.graph, edits.as_field if is_input else edits.as_input
        self.panel.push(lambda: turn(graph, self.node, name))

    def redraw_live(self) -> None:
        """Update the parts that change during a run."""
        live = self.panel.open_bench.live
        facts = facts_of(live, self.node, self.owner)
        self.state.show_facts(facts)
        held = unpermitted_above(self.panel.graph, live.node_infos, [self.node])
        self.show_data.setVisible(bool(held))
        self.state_section.setVisible(bool(facts))
        self.later.setText(self._later())
        self.later.setVisible(bool(self.later.text()))
        known = self.panel.open_bench.extendable if self.info.role == "trainer" else None
        self.train_longer.setVisible(known is not None and known.node == self.node)
        self.train_longer.setText(known.words if known else "")

    def _later(self) -> str:
        """Say why a change of a live parameter shows nothing once the model is trained."""
        graph, known, live = self.panel.graph, self.panel.catalogue, self.panel.open_bench.live
        lives = any(param.live for param in self.info.params) or not self.info.weights
        trained = live.weights.trained and not live.busy
        if not trained or not lives or not self.info.params:
            return ""
        if retrains(graph, known, self.node) and not is_seen(graph, known, self.node, ("view",)):
            return tr("The pictures stay: a change here takes effect by more training.")
        if is_seen(graph, known, self.node):
            return ""
        return tr("Nothing that is shown depends on this node.")

    def _show_cards(self, problems: list[TranslatedProblem]) -> None:
        if problems == self._problems:
            return
        self._problems = problems
        delete_content(self.stack)
        for problem in problems:
            card = ProblemCard(problem, framed=True)
            card.fix_chosen.connect(self._apply_fix)
            self.stack.addWidget(card)
        self.cards.setVisible(bool(problems))

    def _apply_fix(self, problem: TranslatedProblem) -> None:
        if problem.fix and (change := change_of_fix(self.panel.graph, problem.fix, self)):
            self.panel.push(change)

    def _set(self, name: str, value: Any, merge: bool) -> None:
        self._set_other(self.node, name, value, merge)

    def _set_other(self, node: str, name: str, value: Any, merge: bool) -> None:
        graph = self.panel.graph
        self.panel.push(lambda: edits.set_param(graph, node, name, value), merge=merge)

    def _pin(self, name: str, on: bool) -> None:
        graph, catalogue = self.panel.graph, self.panel.catalogue
        self.panel.push(edits.show_field(graph, catalogue, [self.node], name, on))

    def _reset_all(self) -> None:
        self.panel.push(edits.reset_params(self.panel.graph, self.owner, self.form.rows))

    def _reorder(self, wire: Wire, to: int) -> None:
        self.panel.push(lambda: reordered(self.panel.graph, wire, to))

    def _rename(self, title: str) -> None:
        """Rename; the usual title clears the name."""
        usual = usual_title(self.panel.graph, self.panel.catalogue, self.node)
        own = "" if title.strip() == usual else title
        self.panel.push(lambda: edits.rename(self.panel.graph, self.node, own))
        self._show_title()

    def _show_title(self) -> None:
        graph, catalogue = self.panel.graph, self.panel.catalogue
        usual = usual_title(graph, catalogue, self.node)
        self.heading.show_title(title_of(graph, catalogue, self.node), usual)

    def _set_mode(self, mode: Mode) -> None:
        self.panel.push(lambda: edits.set_mode(self.panel.graph, [self.node], mode))

    def _open_lesson(self) -> None:
        self.panel.action_requested.emit("lesson.selected")

    def _asking(self, id: str) -> QPushButton:
        """Return a button for an action of the window's table."""
        action = BY_ID[id]
        button = QPushButton(actions.tr(action.title))
        button.setToolTip(action.tip)
        button.clicked.connect(lambda: self.panel.action_requested.emit(id))
        self.column.addWidget(button)
        return button

    def _open_menu(self, button: QWidget) -> None:
        menu = self.menu()
        menu.exec(button.mapToGlobal(QPoint(0, button.height())))

    def menu(self) -> QMenu:
        """Return the menu of further actions on this node."""
        menu, graph, push = QMenu(self), self.panel.graph, self.panel.push
        mode, catalogue = self.place.mode, self.panel.catalogue
        entries = (
            (tr("Rename"), self.edit_title),
            (tr("Copy the id {0}").format(self.node), self._copy_id),
            (tr("Reset all to defaults"), self._reset_all),
            (tr("Switch on") if mode == "muted" else tr("Mute"), lambda: self._set_mode("muted")),
            (tr("Stop bypassing") if mode == "bypassed" else tr("Bypass"),
             lambda: self._set_mode("bypassed")),
            (tr("Duplicate"), lambda: push(edits.duplicate(graph, [self.node], catalogue))),
            (tr("Make a twin"), lambda: push(edits.twin(graph, [self.node]))),
            (tr("Remove"), lambda: push(edits.remove(graph, [self.node], through=catalogue))),
        )  # fmt: skip
        for words, act in entries:
            menu.addAction(words).triggered.connect(act)
        return menu

    def _copy_id(self) -> None:
        QGuiApplication.clipboard().setText(self.node)

    def edit_title(self) -> None:
        self.heading.setFocus()
        self.heading.selectAll()

    def first_field(self) -> QWidget | None:
        return next((r.field for r in self.form.rows.values()), None)


def repeated() -> list[ParamInfo]:
    """Return the fields of an instance besides its parameters."""
    return [
        ParamInfo(
            name="times",
            type="int",
            title=tr("Times"),
            default=1,
            low=1,
            high=MOST_TIMES,
            help=tr("How many copies stand in a row, each fed by the one before."),
        ),
        ParamInfo(
            name="shared",
            type="bool",
            title=tr("Same weights"),
            default=False,
            help=tr("All copies share the weights of the first."),
        ),
    ]

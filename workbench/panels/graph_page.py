"""The inspector's page of the graph, shown when no node is selected."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.document.catalogue import ParamInfo
from workbench import edits
from workbench.look.markdown import is_marked
from workbench.panels.markdown import NoteText
from workbench.panels.panel import InnerPanel
from workbench.panels.params import ParamForm
from workbench.panels.problems import FREE, ICONS
from workbench.panels.state import Row, State
from workbench.widgets.base import counted, delete_content, label, tr
from workbench.widgets.sections import Link, Picture, Section, Title, row
from workbench.words.quantities import show_int
from workbench.words.runnames import run_name


class GraphPage(QWidget):
    """Title, lesson, notes, seed, device, number of weights, problems."""

    def __init__(self, panel: InnerPanel) -> None:
        super().__init__()
        self.panel = panel
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self._build_head()
        self._build_settings()
        self.facts = State()
        self.column.addWidget(Section(tr("In all"), self.facts))
        self.notes = QWidget()
        self.inside = inside = QVBoxLayout(self.notes)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(4)
        self.notes_section = Section(tr("Notes"), self.notes)
        self.column.addWidget(self.notes_section)
        self.column.addStretch()
        self._notes: list[tuple[str, str]] = []

    @staticmethod
    def key(panel: InnerPanel) -> tuple[object, ...]:
        return ("graph", id(panel.bench), *devices(panel))

    def _build_head(self) -> None:
        self.heading = Title(tr("Title of the graph"))
        self.heading.given.connect(
            lambda title: self.panel.push(lambda: edits.set_title(self.panel.graph, title))
        )
        self.column.addWidget(row(Picture("workflow"), self.heading, 1, spacing=4))
        self.counts = label("", "about", wrap=True)
        self.column.addWidget(self.counts)
        self.lesson = Link()
        self.lesson.pressed.connect(lambda: self.panel.action_requested.emit("lesson.selected"))
        self.lesson_row = row(Picture("book-open", "accent"), self.lesson, 1)
        self.column.addWidget(self.lesson_row)
        self.problems = Link()
        self.problems.pressed.connect(lambda: self.panel.action_requested.emit("view.problems"))
        self.state_icon = Picture("circle-check", "ok")
        self.column.addWidget(row(self.state_icon, self.problems, 1))

    def _build_settings(self) -> None:
        names = devices(self.panel)
        params = [
            ParamInfo(
                name="seed",
                type="int",
                title=tr("Seed"),
                default=0,
                low=0,
                help=tr("The same seed gives the same numbers, bit for bit on a CPU."),
            ),
            ParamInfo(
                name="device",
                type="choice",
                title=tr("Device"),
                default="auto",
                choices=names,
                help=tr("Where tensors lie. auto takes a GPU where there is one."),
            ),
        ]
        self.form = ParamForm(params, rebuilds=True, marked=False)
        self.form.edited.connect(self._set)
        self.form.reset.connect(
            lambda name: self._set(name, {"seed": 0, "device": "auto"}[name], False)
        )
        self.column.addWidget(Section(tr("Settings"), self.form))

    def redraw(self) -> None:
        graph = self.panel.graph
        self.heading.show_title(graph.title, tr("Untitled"))
        nodes = counted(len(graph.nodes), "%Ln node", "%Ln nodes")
        wires = counted(len(graph.wires), "%Ln wire", "%Ln wires")
        self.counts.setText(f"{nodes}, {wires}")
        self.lesson_row.setVisible(bool(graph.lesson))
        self.lesson.say(tr("Open the lesson"))
        self.form.show_values({"seed": graph.settings.seed, "device": graph.settings.device}, {})
        self._redraw_problems()
        self._redraw_notes()
        self.redraw_live()

    def _redraw_problems(self) -> None:
        live = self.panel.open_bench.live
        problems = live.problems
        errors = any(p.level == "error" for p in problems)
        free, icon, colour = FREE[live.answer]
        if problems:
            icon, colour = ICONS["error" if errors else "warning"]
        self.state_icon.show_icon(icon, colour)
        words = counted(len(problems), "%Ln problem", "%Ln problems")
        self.problems.say(words if problems else tr(free))

    def redraw_live(self) -> None:
        graph, live = self.panel.graph, self.panel.open_bench.live
        owners = {graph.owner(n) for n in graph.nodes}
        weights = [i.weights for n, i in live.node_infos.items() if n in owners and i.weights]
        facts: list[Row] = [(tr("Weights"), show_int(sum(weights)) if live.checked else "—", None)]
        facts.append((tr("Networks"), show_int(len(weights)) if live.checked else "—", None))
        if live.status.run:
            info = live.run_info(live.status.run)
            words = run_name(info, self.panel.catalogue) if info else tr("This run")
            facts.append((tr("Run"), words, None))
        self.facts.show_facts(facts)

    def _redraw_notes(self) -> None:
        notes = [
            (n.get("title", ""), n.get("text", "")) for n in self.panel.graph.layout.notes.values()
        ]
        if notes == self._notes:
            self.notes_section.setVisible(bool(notes))
            return
        self._notes = notes
        delete_content(self.inside)
        for title, text in notes:
            if title:
                self.inside.addWidget(label(title, wrap=True))
            marked = is_marked(text)
            self.inside.addWidget(NoteText(text) if marked else label(text, "hint", wrap=True))
        self.notes_section.setVisible(bool(notes))

    def _set(self, name: str, value: Any, merge: bool) -> None:
        self.panel.push(lambda: edits.set_setting(self.panel.graph, name, value), merge=merge)

    def edit_title(self) -> None:
        self.heading.setFocus()
        self.heading.selectAll()

    def first_field(self) -> QWidget | None:
        return self.form.rows["seed"].field


def devices(panel: InnerPanel) -> list[str]:
    """Return the available devices: the engine's, and the one in the graph."""
    welcome = panel.live.welcome if panel.live else None
    found = ["auto", "cpu", *(welcome.devices if welcome else ()), panel.graph.settings.device]
    return list(dict.fromkeys(found))

"""The inspector's page of several nodes: their names and shared parameters."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from engine.document.catalogue import ParamInfo
from engine.document.graph import ABSENT, Change, Put
from workbench import edits
from workbench.bench.turns import value_of
from workbench.edits.nodes import Mode
from workbench.panels.panel import InnerPanel
from workbench.panels.params import ParamForm
from workbench.widgets.base import counted, label, tr
from workbench.widgets.sections import Link, Picture, Section, row
from workbench.words.kinds import title_of

MOST = 12  # names listed
MODES = {"on": "On", "muted": "Muted", "bypassed": "Bypassed"}


class SharedPage(QWidget):
    """Names, mode, and one form; an edit applies to all nodes, as one undo."""

    def __init__(self, panel: InnerPanel, ids: list[str]) -> None:
        super().__init__()
        self.panel, self.ids = panel, ids
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        title = counted(len(ids), "%Ln node selected", "%Ln nodes selected")
        self.column.addWidget(row(Picture("boxes"), label(title, "title"), 1))
        self.column.addWidget(self._names())
        self.column.addWidget(Section(tr("Mode"), self._mode_buttons()))
        self.form = ParamForm(shared_params(panel, ids), rebuilds=self._weights(), pins=True)
        self.form.pinned.connect(self._pin)
        self.form.edited.connect(self._set)
        self.form.reset.connect(lambda name: self._set(name, ABSENT, False))
        words = tr("Parameters of all") if self.form.rows else tr("They share no parameter.")
        self.column.addWidget(Section(words, self.form))
        self.column.addStretch()

    @staticmethod
    def key(panel: InnerPanel, ids: list[str]) -> tuple[object, ...]:
        return ("shared", *ids, *(panel.graph.nodes[i].kind for i in ids))

    def _weights(self) -> bool:
        kinds = (self.panel.catalogue.of(self.panel.graph.nodes[i]) for i in self.ids)
        return any(kind is not None and kind.weights for kind in kinds)

    def _names(self) -> QWidget:
        names = QWidget()
        column = QVBoxLayout(names)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for node in self.ids[:MOST]:
            link = Link(title_of(self.panel.graph, self.panel.catalogue, node))
            link.pressed.connect(lambda node=node: self.panel.select_requested.emit([node]))
            column.addWidget(link)
        if len(self.ids) > MOST:
            more = counted(len(self.ids) - MOST, "%Ln more", "%Ln more")
            column.addWidget(label(more, "hint"))
        return names

    def _mode_buttons(self) -> QWidget:
        self.modes: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for mode, words in MODES.items():
            button = QPushButton(tr(words))
            button.setCheckable(True)
            button.clicked.connect(lambda _, mode=mode: self._set_mode(mode))
            group.addButton(button)
            self.modes[mode] = button
        return row(*self.modes.values())

    def redraw(self) -> None:
        graph, catalogue = self.panel.graph, self.panel.catalogue
        now = {graph.nodes[i].mode for i in self.ids}
        for mode, button in self.modes.items():
            button.setChecked(now == {mode})
        for name, line in self.form.rows.items():
            values = [value_of(graph, catalogue, i, name) for i in self.ids]
            if all(v == values[0] for v in values):
                line.show_value(values[0])
            else:
                line.show_mixed()

        kinds = ((i, catalogue.of(graph.nodes[i])) for i in self.ids)
        pins = [{p.name for p in edits.shown_fields(graph, i, kind)} for i, kind in kinds]
        self.form.show_pins(set.intersection(*pins))

    def redraw_live(self) -> None:
        """Nothing here changes during a run."""

    def _set(self, name: str, value: Any, merge: bool) -> None:
        graph = self.panel.graph
        owners = dict.fromkeys(graph.owner(i) for i in self.ids)
        puts = tuple(Put(("nodes", o, "params", name), value) for o in owners)
        label = tr("Set {0} of {1} nodes").format(name, len(owners))
        self.panel.push(Change(label, puts), merge=merge)

    def _pin(self, name: str, on: bool) -> None:
        """Show a parameter on all of the nodes, or on none."""
        self.panel.push(
            edits.show_field(self.panel.graph, self.panel.catalogue, self.ids, name, on)
        )

    def _set_mode(self, mode: Mode) -> None:
        graph = self.panel.graph
        others = [i for i in self.ids if graph.nodes[i].mode != mode]
        if others:
            self.panel.push(lambda: edits.set_mode(graph, others, mode))
        self.redraw()

    def first_field(self) -> QWidget | None:
        return next((r.field for r in self.form.rows.values()), None)

    def edit_title(self) -> None:
        """Several nodes have no common title."""


def shared_params(panel: InnerPanel, ids: list[str]) -> list[ParamInfo]:
    """Return the parameters that all nodes have with the same type, as declared by the first."""
    kinds = [panel.catalogue.of(panel.graph.nodes[i]) for i in ids]
    if not kinds or any(kind is None for kind in kinds):
        return []
    first, *others = [kind for kind in kinds if kind is not None]
    return [p for p in first.params if all(_alike(p, kind.param(p.name)) for kind in others)]


def _alike(one: ParamInfo, other: ParamInfo | None) -> bool:
    if other is None:
        return False
    return (one.type, one.choices, one.low, one.high) == (
        other.type,
        other.choices,
        other.low,
        other.high,
    )

"""The inspector's page of an open group, shown when no node in it is selected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from engine.document.catalogue import Fix
from engine.document.graph import ABSENT, GROUP, Change, Graph, Group
from workbench import actions, edits
from workbench.actions import BY_ID
from workbench.bench.inner import InnerBench
from workbench.panels.acting import ActsAs
from workbench.panels.panel import InnerPanel
from workbench.panels.params import ParamForm
from workbench.widgets.base import counted, delete_content, icon_button, label, tr
from workbench.widgets.editors import Line
from workbench.widgets.sections import Picture, Section, Title, row
from workbench.words.kinds import type_names
from workbench.words.quantities import show_count


class GroupPage(QWidget):
    """Title, what uses it, what it shows outside, its ports."""

    def __init__(self, panel: InnerPanel) -> None:
        super().__init__()
        self.panel = panel
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.heading = Title(tr("Title of the group"))
        self.heading.given.connect(self._rename)
        self.column.addWidget(row(Picture("group"), self.heading, 1, spacing=4))
        self.counts = label("", "about", wrap=True)
        self.shared = label("", "hint", wrap=True)
        self.column.addWidget(self.counts)
        self.column.addWidget(self.shared)
        self.acting = ActsAs(self.desk.bench.live.names)
        self.acting.chosen.connect(self._act_as)
        self.acting.fix_chosen.connect(self._mend)
        self.column.addWidget(Section(tr("Acts as"), self.acting))
        self._build_form()
        self._build_ports()
        self._build_buttons()
        self.column.addStretch()

    @staticmethod
    def key(panel: InnerPanel) -> tuple[object, ...]:
        desk = _desk(panel)
        kind = desk.bench.catalogue.kinds.get(GROUP + desk.document.group)
        return ("group", id(desk), str(kind.params) if kind else "")

    @property
    def desk(self) -> InnerBench:
        return _desk(self.panel)

    @property
    def group(self) -> str:
        return self.desk.document.group

    @property
    def definition(self) -> Group:
        return self.desk.document.definition

    def _build_form(self) -> None:
        kind = self.desk.bench.catalogue.kinds.get(GROUP + self.group)
        self.form = ParamForm(kind.params if kind else (), rebuilds=True)
        self.form.edited.connect(self._set)
        self.form.reset.connect(lambda name: self._set(name, ABSENT, False))
        for name, line in self.form.rows.items():
            line.offers = [(tr("Show it outside no longer"), partial(self._keep_inside, name))]
        self.hint = label(
            tr("Right-click a field of a node in it and choose Show outside."), "hint", wrap=True
        )
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addWidget(self.hint)
        self.column.addWidget(Section(tr("Shown outside"), inside))

    def _build_ports(self) -> None:
        self.ports = QWidget()
        self.lines = QVBoxLayout(self.ports)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(4)
        self._shown: list[tuple[str, str, bool]] = []
        self.column.addWidget(Section(tr("Ports"), self.ports))

    def _build_buttons(self) -> None:
        self.leave = self._button("graph.leave")
        self.column.addWidget(self.leave)

    def _button(self, id: str) -> QPushButton:
        action = BY_ID[id]
        button = QPushButton(actions.tr(action.title))
        button.setToolTip(action.tip)
        button.clicked.connect(lambda: self.panel.action_requested.emit(id))
        return button

    def redraw(self) -> None:
        found, desk = self.definition, self.desk
        self.heading.show_title(found.title, self.group)
        nodes = counted(len(found.nodes), "%Ln node", "%Ln nodes")
        info = desk.bench.live.node_infos.get("/".join(desk.way))
        count = show_count(info.weights) if info and info.weights else ""
        weights = tr("{0} weights").format(count) if count else ""
        self.counts.setText(", ".join(filter(None, (nodes, weights))))
        uses = edits.count_of(desk.bench.document.graph, self.group)
        self.shared.setText(tr("{0} instances: an edit here changes them all.").format(uses))
        self.shared.setVisible(uses > 1)
        self.form.show_values(desk.place.params, {})
        self.form.setVisible(bool(self.form.rows))
        self.acting.show_group(found, self.desk.bench.catalogue)
        self._redraw_ports()

    def _redraw_ports(self) -> None:
        kind = self.desk.bench.catalogue.kinds.get(GROUP + self.group)
        inputs = [(port.name, kind and kind.input(port.name)) for port in self.definition.inputs]
        outputs = [(port.name, kind and kind.output(port.name)) for port in self.definition.outputs]
        shown = [(name, type_names(info) if info else "", False) for name, info in inputs]
        shown += [(name, type_names(info) if info else "", True) for name, info in outputs]
        if shown == self._shown:
            return
        self._shown = shown
        delete_content(self.lines)
        for name, words, output in shown:
            self.lines.addWidget(self._port_line(name, words, output))

    def _port_line(self, name: str, words: str, output: bool) -> QWidget:
        field = Line("")
        field.setText(name)
        field.setAccessibleName(tr("Name of the port"))
        field.editingFinished.connect(lambda: self._rename_port(name, field, output))
        remove = icon_button(
            "x", tr("Remove the port"), lambda: self._remove_port(name, output), size=14
        )
        side = Picture("arrow-right" if output else "arrow-down", "text3")
        return row(side, field, 1, label(words, "hint"), remove, spacing=4)

    def redraw_live(self) -> None:
        """Nothing here changes during a run."""

    def _push(self, make: Callable[[], Change], *, merge: bool = False) -> None:
        """Push a change of the whole document."""
        self.panel.push(make, merge=merge, whole=True)

    def _set(self, name: str, value: Any, merge: bool) -> None:
        self._push(lambda: self.desk.set_at_instance(name, value), merge=merge)

    def _rename(self, title: str) -> None:
        self._push(lambda: edits.rename_group(self._graph, self.group, title))

    def _act_as(self, role: str) -> None:
        self._push(lambda: edits.act_as(self._graph, self.group, role))

    def _mend(self, fix: Fix) -> None:
        """Apply a fix of the definition."""
        puts = [(["groups", self.group, *path], value) for path, value in fix.puts]
        self._push(lambda: edits.apply_fix(self._graph, replace(fix, puts=puts)))

    def _keep_inside(self, name: str) -> None:
        self._push(lambda: edits.keep_inside(self._graph, self.group, name))

    def _rename_port(self, name: str, field: Line, output: bool) -> None:
        to = field.text().strip()
        if to and to != name:
            rename = lambda: edits.rename_port(  # noqa: E731
                self._graph, self.group, name, to, output=output
            )
            self._push(rename)
        field.setText(name)

    def _remove_port(self, name: str, output: bool) -> None:
        self._push(lambda: edits.remove_port(self._graph, self.group, name, output=output))

    @property
    def _graph(self) -> Graph:
        return self.desk.bench.document.graph

    def edit_title(self) -> None:
        self.heading.setFocus()
        self.heading.selectAll()

    def first_field(self) -> QWidget | None:
        return next((line.field for line in self.form.rows.values()), None)


def _desk(panel: InnerPanel) -> InnerBench:
    desk = panel.open_bench
    assert isinstance(desk, InnerBench)
    return desk

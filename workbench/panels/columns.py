"""The data preview: samples, problems, and the role of each column of a table.

The engine reads the data. A choice made here is an edit of the node; the preview follows the
document, so undo works here too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Problem
from engine.document.graph import ABSENT, Change, Graph, Put
from engine.document.messages import Look, Looked
from nodes.data.cells import gaps_of
from nodes.data.columns import ROLES, Column
from nodes.data.preview import Preview
from nodes.data.table import Plan
from nodes.sentences import say
from workbench import edits
from workbench.bench.first_graphs import can_begin, first_graph
from workbench.bench.fixes import change_of_fix
from workbench.look.theme import theme
from workbench.panels.problems import ProblemCard
from workbench.widgets.base import Column as CardColumn
from workbench.widgets.base import delete_content, label
from workbench.widgets.editors import Choices
from workbench.widgets.spins import NumberSpin
from workbench.widgets.switch import Switch
from workbench.words.kinds import from_catalogue
from workbench.words.quantities import show_int
from workbench.words.sentences import row_of, translate, translate_problem

if TYPE_CHECKING:
    from workbench.bench.bench import Bench

ROLE_ROW, WHY_ROW, FIRST_ROW = 0, 1, 2
NARROWEST, WIDEST, ROOM = 116, 220, 28
MOST_COLUMNS = 200
MISSING = ("refuse", "leave out", "fill")
WORDS_MOST = 0.4  # largest share of the height for the texts
BAR = 12  # px of a scroll bar
HELD_OUT = 0.1  # default share of test data


def tr(text: str) -> str:
    return QCoreApplication.translate("columns", text)


class Columns(QDialog):
    """Shows the data one node reads, and edits the node's parameters."""

    accepted = Signal()  # a first graph has been added

    def __init__(self, bench: Bench, node: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bench, self.node = bench, node
        self.seen: Preview | None = None
        self.setWindowTitle(tr("Preview of the data"))
        self.resize(1000, 600)
        self.about = label("", "title", wrap=True)
        self.out = label("", wrap=True)
        self.cards = QVBoxLayout()
        self.top = CardColumn(margin=0)
        self.fault = label("", "error", wrap=True)
        self.table = QTableWidget()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.missing = Choices()
        for choice in MISSING:
            self.missing.addItem(from_catalogue(choice), choice)
        self.missing.setAccessibleName(tr("Missing values"))
        self.missing.activated.connect(lambda at: self._set("missing", self.missing.itemData(at)))
        self.scale = Switch()
        self.scale.setAccessibleName(tr("Standardise"))
        self.scale.clicked.connect(lambda on: self._set("standardise", on))
        self.share = NumberSpin()
        self.share.setRange(0.0, 90.0)
        self.share.setDecimals(0)
        self.share.setSingleStep(5.0)
        self.share.setSuffix(" %")
        self.share.setAccessibleName(tr("Kept for tests"))
        self.share.editingFinished.connect(self._set_share)
        self.begin = QPushButton(tr("Add with a first graph"))
        self.begin.setToolTip(tr("A flow that trains on points, an autoencoder on pictures"))
        self.begin.setEnabled(False)
        self.begin.clicked.connect(self._begin)
        self._of_kind: list[tuple[str, QWidget]] = []  # what only nodes with a parameter have
        self._lay_out()
        self.about.setText(tr("Reading…"))
        bench.live.table_read.connect(self._looked)
        bench.document_changed.connect(self._changed)
        self.finished.connect(self._leave)
        self._changed(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        named = (
            ("missing", tr("Missing values"), self.missing),
            ("standardise", tr("Standardise"), self.scale),
            ("test_share", tr("Kept for tests"), self.share),
        )
        for name, words, field in named:
            for part in (label(words), field):
                self._of_kind.append((name, part))
                row.addWidget(part)
        row.addStretch()
        row.addWidget(self.begin)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        row.addWidget(buttons)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        for widget in (self.about, self.out, self.fault):
            self.top.column.addWidget(widget)
        self.top.column.addLayout(self.cards)
        column.addWidget(self.top)
        column.addWidget(self.table, 1)
        column.addStretch()  # the words stay above where there is no table
        column.addLayout(row)
        self.missing.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.missing.setFixedWidth(150)

    def _leave(self) -> None:
        self.bench.live.table_read.disconnect(self._looked)
        self.bench.document_changed.disconnect(self._changed)
        self.deleteLater()  # otherwise it keeps its bench alive as long as the window

    @property
    def params(self) -> dict[str, Any]:
        graph = self.bench.document.graph
        return graph.nodes[graph.owner(self.node)].params

    def _changed(self, _: object) -> None:
        """Follow the document; close if the node was removed."""
        if self.node not in self.bench.document.graph.nodes:
            self.reject()
            return
        given = self.params.get("missing", MISSING[0])
        self.missing.setCurrentIndex(max(0, self.missing.findData(given)))
        self.scale.setChecked(bool(self.params.get("standardise", False)))
        if not self.share.hasFocus():
            self.share.setValue(100 * float(self.params.get("test_share", HELD_OUT)))
        self.begin.setVisible(can_begin(self.bench.document.graph))
        self._show_fields()
        self.bench.permit([self.bench.document.graph.owner(self.node)])
        self.bench.send(Look(node=self.node))

    def _looked(self, event: Looked) -> None:
        if event.node != self.node:
            return
        names = self.bench.live.names
        self.fault.setText(translate(event.sentence, names) if event.sentence else "")
        self.fault.setVisible(bool(event.sentence))
        self.seen = event.preview
        self._show_fields()
        self.begin.setEnabled(event.preview is not None)
        self._show_cards(event)
        if event.preview is not None:
            self._show(event.preview)
        elif not self.table.columnCount():  # nothing has been read: no words and no cells
            for part in (self.about, self.out, self.table):
                part.setVisible(False)
        QTimer.singleShot(0, self, self._fit)  # new cards have no height yet

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the texts the height they need at this width, up to a share of the window."""
        margins = self.column.contentsMargins()
        width = self.width() - margins.left() - margins.right() - BAR
        wanted = self.top.column.heightForWidth(width)
        self.top.setFixedHeight(min(wanted, round(WORDS_MOST * self.height())))

    def _show(self, seen: Preview) -> None:
        names = self.bench.live.names
        self.about.setText(row_of(seen.notes, names))
        self.about.setVisible(bool(seen.notes))
        self.out.setText(tr("What comes out: {0}").format(row_of(seen.out, names)))
        self.out.setVisible(True)
        if seen.plan is not None:
            self.table.setVisible(True)
            self._fill(seen.plan)
        else:
            self._count(seen.counts)

    def _show_cards(self, event: Looked) -> None:
        """Show the problems of the data, with buttons for their fixes."""
        warnings = event.preview.warnings if event.preview else []
        odd = [Problem(node=self.node, sentence=text, level="warning") for text in warnings]
        delete_content(self.cards)
        for problem in [*event.doubts, *odd]:
            card = ProblemCard(translate_problem(problem, self.bench.live.names))
            card.fix_chosen.connect(self._apply_fix)
            self.cards.addWidget(card)

    def _count(self, counts: dict[str, int]) -> None:
        """Show the number of samples of each class, if there is no table."""
        self.table.setVisible(bool(counts))
        self.table.setColumnCount(2)
        self.table.setHorizontalHeaderLabels([tr("class"), tr("items")])
        self.table.setRowCount(len(counts))
        for line, (name, count) in enumerate(counts.items()):
            self.table.setItem(line, 0, QTableWidgetItem(name))
            self.table.setItem(line, 1, QTableWidgetItem(show_int(count)))

    def _fill(self, plan: Plan) -> None:
        columns = plan.columns[:MOST_COLUMNS]
        self.table.setColumnCount(len(columns))
        self.table.setRowCount(FIRST_ROW + len(plan.preview))
        self.table.setHorizontalHeaderLabels([column.name for column in columns])
        for place, column in enumerate(columns):
            self._head(place, column)
            for line, row in enumerate(plan.preview):
                self.table.setItem(FIRST_ROW + line, place, _cell(row[place], column))
            self.table.setColumnWidth(place, self._width(place))

    def _head(self, place: int, column: Column) -> None:
        box = Choices()
        box.setAccessibleName(tr("What {0} is").format(column.name))
        for role, words in _roles().items():
            box.addItem(words, role)
        box.setCurrentIndex(ROLES.index(column.role))
        box.activated.connect(lambda at: self._choose(column, box.itemData(at)))
        self.table.setCellWidget(ROLE_ROW, place, box)
        why = QTableWidgetItem(translate(column.why, self.bench.live.names))
        why.setForeground(theme().text2)
        self.table.setItem(WHY_ROW, place, why)

    def _width(self, place: int) -> int:
        metrics = self.table.fontMetrics()
        rows = range(WHY_ROW, self.table.rowCount())
        cells = [self.table.horizontalHeaderItem(place)]
        cells += [self.table.item(row, place) for row in rows]
        words = [cell.text() for cell in cells if cell is not None]
        return min(WIDEST, max(NARROWEST, ROOM + max(map(metrics.horizontalAdvance, words))))

    def _set(self, name: str, value: Any) -> None:
        document = self.bench.document
        document.push(edits.set_param(document.graph, self.node, name, value))

    def _set_share(self) -> None:
        share = round(self.share.value() / 100, 4)
        if share != self.params.get("test_share", HELD_OUT):
            self._set("test_share", share)

    def _apply_fix(self, problem: Problem) -> None:
        graph = self.bench.document.graph
        if problem.fix and (change := change_of_fix(graph, problem.fix, self)):
            self.bench.document.push(change)

    def _begin(self) -> None:
        """Add a first graph that trains on these data, and close."""
        if self.seen is not None:
            change = first_graph(self.bench.document.graph, self.seen.item, self.seen.count)
            self.bench.document.push(change)
            self.accept()
            self.accepted.emit()

    def _show_fields(self) -> None:
        """Show the fields of parameters that the node has, as soon as its kind is known."""
        for name, part in self._of_kind:
            part.setVisible(self._has(name))

    def _has(self, name: str) -> bool:
        """Return whether the node has a parameter."""
        graph = self.bench.document.graph
        kind = self.bench.catalogue.of(graph.nodes[graph.owner(self.node)])
        return kind is not None and kind.param(name) is not None

    def _choose(self, column: Column, role: str) -> None:
        self.bench.document.push(chosen(self.bench.document.graph, self.node, column, role))


def _roles() -> dict[str, str]:
    """Return the labels of the roles, in order."""
    words = (tr("number"), tr("class"), tr("date"), tr("leave out"))
    return dict(zip(ROLES, words, strict=True))


def chosen(graph: Graph, node: str, column: Column, role: str) -> Change:
    """Return the change that gives a column a role; only one column can be the class."""
    owner = graph.owner(node)
    params = graph.nodes[owner].params
    same = {column.name.lower(), str(column.number)}
    known = {k: r for k, r in _known(params).items() if k.lower() not in same}
    if role == "class":
        known = {k: r for k, r in known.items() if r != "class"}
    if role != column.guessed:
        known[column.name] = role
    value = json.dumps(known, ensure_ascii=False) if known else ABSENT
    puts = [Put(("nodes", owner, "params", "columns"), value)]
    if role == "class" and params.get("label") not in (None, "-"):
        puts.append(Put(("nodes", owner, "params", "label"), ABSENT))
    return Change(say("Choose what {column} is", column=column.name), tuple(puts))


def _known(params: dict[str, Any]) -> dict[str, str]:
    """Return the chosen roles; an unreadable value counts as no choice."""
    try:
        found = json.loads(params.get("columns") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _cell(text: str, column: Column) -> QTableWidgetItem:
    """Return a cell: numbers right-aligned, texts left, gaps marked, unused columns faint."""
    item = QTableWidgetItem(text)
    numeric = column.kind in ("number", "hex", "date", "time")
    side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    tokens = theme()
    if text.lower() in gaps_of(words=column.kind == "text"):
        item.setText(text or tr("empty"))
        item.setForeground(QColor(tokens.warning))
    elif column.role == "leave out":
        item.setForeground(QColor(tokens.text3))
    return item

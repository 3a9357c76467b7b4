"""The figures of the graph's metrics, over the curves of its losses."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from workbench.bench.training import ERROR, is_late, measures
from workbench.look.theme import HINT, SEMIBOLD, appearance, font
from workbench.panels.panel import WholePanel
from workbench.plots.pane import Pane
from workbench.widgets.base import Column, label, separator
from workbench.widgets.explained import Explained
from workbench.words.kinds import title_of
from workbench.words.quantities import show_int, show_measured
from workbench.words.sentences import translate

FIGURE = 24  # px of a figure's type
GAP, BESIDE = 6, 16  # px between a figure and its unit, and between two measures
CURVE_HEIGHT = 190
MOST_FIGURES = 4


def tr(text: str) -> str:
    return QCoreApplication.translate("watch", text)


class Measure(QWidget):
    """A metric: its name, its figure, and its error and unit."""

    def __init__(self) -> None:
        super().__init__()
        self.name = Explained("", "about")
        self.value = label("", "")
        self.unit = Explained("", "hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.name)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.value)
        row.addWidget(self.unit, 1, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(row)
        appearance.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.value.setFont(font(FIGURE, SEMIBOLD))
        self.unit.setFont(font(HINT))

    @property
    def wanted(self) -> int:
        """The width (px) in which nothing is cut."""
        figure = self.value.sizeHint().width() + self.unit.sizeHint().width() + GAP
        return max(figure, self.name.sizeHint().width())

    def say(self, name: str, value: str, unit: str) -> None:
        self.name.say(name)
        self.value.setText(value)
        self.unit.say(unit)
        self.setAccessibleName(" ".join(filter(None, (name, value, unit))))


class Curves(WholePanel):
    """The metrics' figures at the step shown, and the panes of the losses that are lent to it."""

    title = "Curves"
    icon = "chart-line"
    live_signals = (
        "metric_changed",
        "series_changed",  # a figure may be late
        "past_changed",
        "history_changed",
        "status_changed",
    )

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.measures: list[Measure] = []
        self.column = Column()
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(BESIDE)
        self.grid.setVerticalSpacing(10)
        self.line = separator()
        self.hint = label("", "hint")
        self.hint.setWordWrap(True)
        inside = self.column.column
        inside.addLayout(self.grid)
        inside.addWidget(self.line)
        self._panes = QGridLayout()
        self._panes.setVerticalSpacing(4)
        inside.addLayout(self._panes)
        inside.addWidget(self.hint)
        inside.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.column)

    def show_panes(self, panes: Sequence[Pane]) -> None:
        """Show the curves in these panes, one below the other."""
        for at, pane in enumerate(panes):
            pane.show_tabbed(False)
            self._panes.addWidget(pane, at, 0)
            pane.show()
        for at in range(max(self._panes.rowCount(), len(panes))):
            self._panes.setRowMinimumHeight(at, CURVE_HEIGHT if at < len(panes) else 0)
        self.redraw_soon()

    def redraw(self) -> None:
        told = self._told()
        while len(self.measures) < len(told):
            self.measures.append(Measure())
        for measure, words in zip(self.measures, told, strict=False):
            measure.say(*words)
        for number, measure in enumerate(self.measures):
            measure.setVisible(number < len(told))
        self._arrange(self.measures[: len(told)])
        curves = self._panes.count() > 0
        self.line.setVisible(bool(told) and curves)
        self.hint.setVisible(not told and not curves)
        self.hint.setText(tr("Losses and metrics of the graph are shown here."))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw_soon()

    def _arrange(self, shown: Sequence[Measure]) -> None:
        """Put the measures in two columns, or in one where a figure would be cut."""
        room = (self.column.column.contentsRect().width() - BESIDE) / 2
        columns = 2 if all(measure.wanted <= room for measure in shown) else 1
        for number, measure in enumerate(shown):
            self.grid.addWidget(measure, number // columns, number % columns)

    def _told(self) -> list[tuple[str, str, str]]:
        """Return name, figure, and error and unit, of each metric that is on."""
        found = []
        begun = self.live is not None and self.live.last_step > 0
        for node in measures(self.graph, self.catalogue):
            metric = self.live.metric(node) if self.live else None
            value = next(iter(metric.values.values()), None) if metric else None
            shown, beside = "–", tr("not measured yet") if begun else ""
            if metric is not None and value is not None:
                shown, error = show_measured(value, metric.values.get(ERROR, math.nan))
                beside = f"± {error} {translate(metric.unit)}" if error else translate(metric.unit)
                if self.live and is_late(self.live, metric):
                    beside = tr("step {0}").format(show_int(metric.step))
            found.append((title_of(self.graph, self.catalogue, node), shown, beside))
        return found[:MOST_FIGURES]

"""The curves of several runs in one plot: one series, a line per run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.document.messages import Array, FigureData, History
from workbench.look.theme import appearance, theme
from workbench.plots.base import Picture, picture
from workbench.plots.look import Look
from workbench.widgets.base import label, separator, tr
from workbench.widgets.editors import Choices
from workbench.widgets.sections import row


def series_in_common(runs: Sequence[History]) -> list[str]:
    """Return the names of the curves that at least two runs have, losses first."""
    counts: dict[str, int] = {}
    for run in runs:
        for name in run.series:
            counts[name] = counts.get(name, 0) + 1
    names = [n for n, count in counts.items() if count > 1] or list(counts)
    return sorted(names, key=lambda n: not n.endswith("loss"))


def figure_of(runs: Sequence[History], names: Mapping[str, str], series: str) -> FigureData:
    """Return a figure of one curve in several runs; `names` has each run's name by its folder."""
    arrays: dict[str, Array] = {}
    drawn: dict[str, str] = {}
    for run in runs:
        steps, values = run.series.get(series, ([], []))
        key = run.info.path
        if steps:
            arrays[f"x:{key}"] = Array.of(np.asarray(steps, float))
            arrays[f"y:{key}"] = Array.of(np.asarray(values, float))
            drawn[key] = names.get(key, run.info.name)
    facts = {"names": drawn, "smooth": True, "x_name": tr("step")}
    return FigureData(kind="curve", arrays=arrays, facts=facts)


class CurvePlot(QWidget):
    """A figure painted as large as fits."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._picture: Picture | None = None
        appearance.changed.connect(self.update)

    def show_figure(self, figure: FigureData) -> None:
        self._picture = picture(figure) if figure.arrays else None
        self.setAccessibleDescription(self._picture.summary() if self._picture else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = Look(theme(), pixels=self.devicePixelRatioF())
        self._picture.paint(painter, QRectF(self.rect()), look)


class Comparison(QWidget):
    """A choice of series above the plot."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[History] = []
        self.run_names: Mapping[str, str] = {}
        self.choice = Choices()
        self.choice.setAccessibleName(tr("Curve to compare"))
        self.choice.activated.connect(lambda _: self._draw())
        self.plot = CurvePlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 12)
        column.setSpacing(8)
        column.addWidget(separator())
        column.addWidget(row(label(tr("Compare"), "section"), self.choice, 1, spacing=12))
        column.addWidget(self.plot, 1)

    def show_runs(
        self,
        runs: Sequence[History],
        run_names: Mapping[str, str],
        name_of: Callable[[str], str],
    ) -> None:
        """Compare runs; `name_of` gives a curve's name in words."""
        self.runs, self.run_names = list(runs), run_names
        names, now = series_in_common(runs), self.choice.currentData()
        if names != [self.choice.itemData(i) for i in range(self.choice.count())]:
            self.choice.clear()
            for name in names:
                self.choice.addItem(name_of(name), name)
            self.choice.setCurrentIndex(max(0, self.choice.findData(now)))
        self._draw()

    def _draw(self) -> None:
        self.plot.show_figure(figure_of(self.runs, self.run_names, self.choice.currentData() or ""))

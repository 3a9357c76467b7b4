"""The state of a node during a run: progress, metrics, small curves, weights, time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.document.messages import Metric, NodeState, Progress
from workbench.look.theme import theme
from workbench.widgets.base import Elided, tr
from workbench.widgets.explained import Explained
from workbench.words.letters import letters
from workbench.words.quantities import show_int, show_measure, show_seconds
from workbench.words.sentences import translate

if TYPE_CHECKING:
    from workbench.bench.inside import Heard

POINTS = 96  # of a small curve
MOST_CURVES = 6
OF_CLASS = "class "  # prefix of the values per class

Curve = tuple[Sequence[int], Sequence[float]]
Row = tuple[str, str, Curve | None]  # name, value, curve


class Sparkline(QWidget):
    """A small curve without axes."""

    def __init__(self) -> None:
        super().__init__()
        self.values = np.zeros(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(24)

    def sizeHint(self) -> QSize:
        return QSize(96, 18)

    def show_curve(self, values: Sequence[float]) -> None:
        """Show the means of at most `POINTS` sections of a curve."""
        array = np.asarray(values[:], float)
        array = array[np.isfinite(array)]
        if len(array) > POINTS:
            array = np.array([piece.mean() for piece in np.array_split(array, POINTS)])
        self.values = array
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.values) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = float(self.values.min()), float(self.values.max())
        span = high - low or 1.0
        across = np.linspace(1, self.width() - 1, len(self.values))
        down = 2 + (high - self.values) / span * (self.height() - 4)
        line = QPolygonF([QPointF(x, y) for x, y in zip(across, down, strict=True)])
        painter.setPen(QPen(theme().text2, 1.25))
        painter.drawPolyline(line)


class Fact(QWidget):
    """A name on the left, its value on the right, and a curve between them if there is one."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.name, self.value, self.curve = Explained("", "about"), Elided("", "mono"), Sparkline()
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.name, 3)
        row.addWidget(self.curve, 2)
        row.addWidget(self.value)
        self.name.setMinimumWidth(72)

    def say(self, name: str, value: str, curve: Curve | None = None) -> None:
        self.name.say(name)
        self.value.middle = " " not in value  # a folder's name, which begins with digits
        self.value.say(value)
        self.curve.setVisible(curve is not None)
        if curve is not None:
            self.curve.show_curve(curve[1])


class State(QWidget):
    """The facts of one node; hidden without any."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[Fact] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def show_facts(self, facts: list[Row]) -> None:
        while len(self.facts) < len(facts):
            self.facts.append(Fact())
            self.column.insertWidget(len(self.facts) - 1, self.facts[-1])
        for fact, words in zip(self.facts, facts, strict=False):
            fact.say(*words)
        for number, fact in enumerate(self.facts):
            fact.setVisible(number < len(facts))


def facts_of(live: Heard, node: str, owner: str) -> list[Row]:
    """Return the known facts of a node at the step shown: name, value, curve."""
    found: list[Row] = []
    past = live.past is not None
    if live.past is not None:
        found.append((tr("Past"), tr("step {0}").format(show_int(live.past)), None))
    elif progress := live.progress.get(node):
        found += _progress(progress)
    if metric := live.metric(node):
        found += _metric(metric)
        if not past and metric.step < live.last_step:
            found.append((tr("Measured"), tr("step {0}").format(show_int(metric.step)), None))
    found += _curves(live, node)
    info = live.node_infos.get(owner)
    if info and info.weights:
        found.append((tr("Weights"), _weights(info.weights, info.state), None))
    if not past and (state := live.states.get(node)):
        found += _state(state)
    return found


def _progress(progress: Progress) -> list[Row]:
    total = f" / {show_int(progress.total)}" if progress.total else ""
    found: list[Row] = [(tr("Step"), show_int(progress.step) + total, None)]
    if progress.epoch is not None:
        epochs = f" / {show_measure(progress.epochs)}" if progress.epochs else ""
        found.append((tr("Epoch"), show_measure(progress.epoch) + epochs, None))
    found += [(_title(n), show_measure(value), None) for n, value in progress.numbers.items()]
    if progress.rate:
        found.append((tr("Speed"), tr("{0} steps/s").format(show_measure(progress.rate)), None))
    if progress.left is not None:
        found.append((tr("Time left"), show_seconds(progress.left), None))
    return found


def _metric(metric: Metric) -> list[Row]:
    """Return the main value with its unit, and the others."""
    found: list[Row] = []
    for name, value in metric.values.items():
        unit = "" if name and "" in metric.values else translate(metric.unit)
        found.append((_title(name), f"{show_measure(value)} {unit}".strip(), None))
    return found


def _curves(live: Heard, node: str) -> list[Row]:
    """Return the curves of a node: those named `node` or `node.something`."""
    curves = live.shown_curves
    names = [n for n in curves if n == node or n.startswith(node + ".")]
    values = {name: live.value(name) for name in names[:MOST_CURVES]}
    return [
        (_title(name.removeprefix(node).lstrip(".")), show_measure(value), curves[name])
        for name, value in values.items()
        if value is not None
    ]


def _title(name: str) -> str:
    """Return `Gradient norm` for `gradient_norm`; single letters and classes are unchanged."""
    if name.startswith(OF_CLASS):
        return tr("Class {0}").format(name.removeprefix(OF_CLASS))
    text = letters(name) if name else tr("Value")
    return text[:1].upper() + text[1:] if len(text) > 2 else text


def _weights(count: int, state: str) -> str:
    words = {"kept": tr("{0}, kept"), "changed": tr("{0}, start anew")}
    return words.get(state, "{0}").format(show_int(count))


def _state(state: NodeState) -> list[Row]:
    words = {
        "running": tr("running"),
        "done": tr("done"),
        "changed": tr("runs again"),
        "error": tr("failed"),
    }
    found: list[Row] = []
    if state.state in words:
        found.append((tr("State"), words[state.state], None))
    if state.seconds is not None:
        found.append((tr("Time"), show_seconds(state.seconds), None))
    return found

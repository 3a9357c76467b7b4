"""What one moves in Play, beside the pictures: sliders, lists, ticks, texts and dice."""

from __future__ import annotations

import math
import random
from typing import Any

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.document.graph import Input
from nodes.params import ParamInfo
from workbench.look.theme import MEDIUM, SEMIBOLD, appearance, font, set_icon
from workbench.widgets.base import Elided, label
from workbench.widgets.value_slider import ValueSlider
from workbench.words.kinds import choice_words, from_catalogue
from workbench.words.runnames import shown

TEXT, FOOT = 14, 12  # px
KNOB, FINE = 22.0, 1_000
WIDE = 100.0  # a range of positive numbers of this ratio is moved by ratios
TYPED = 500  # ms after the last key
SEEDS = 1_000


def tr(text: str) -> str:
    return QCoreApplication.translate("play", text)


class Control(QWidget):
    """A name and what moves its value. `moved` carries the value, `let_go` ends a gesture."""

    moved = Signal(object)
    let_go = Signal()

    def __init__(self, one: Input, param: ParamInfo) -> None:
        super().__init__()
        self.one, self.param = one, param
        self.name = Elided(one.label or from_catalogue(param.title), "")
        self.said = label("", "")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.said)
        self.column.addLayout(head)
        self.setToolTip(from_catalogue(param.help))
        self.build()
        appearance.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.name.setFont(font(TEXT, MEDIUM))
        self.said.setFont(font(TEXT, SEMIBOLD))

    def build(self) -> None:
        """Add what moves the value."""

    def show_value(self, value: Any) -> None:
        """Show a value without emitting it."""

    def put(self, value: Any) -> None:
        """Set a value at once, as one gesture."""
        self.show_value(value)
        self.moved.emit(value)
        self.let_go.emit()


class Number(Control):
    """A number between two bounds; a wide range of positive ones is moved by ratios."""

    def build(self) -> None:
        self.low, self.high = self._bounds()
        whole = self.param.type == "int"
        self.by_ratio = self.low > 0 and self.high / self.low >= WIDE
        few = whole and not self.by_ratio and self.high - self.low <= FINE
        steps = int(self.high - self.low) if few else FINE
        self.slide = ValueSlider(steps=max(steps, 1), knob=KNOB)
        self.slide.setAccessibleName(self.name.text())
        self.slide.valueChanged.connect(lambda _: self._slid())
        self.slide.sliderReleased.connect(self.let_go)
        self.column.addWidget(self.slide)
        ends = QHBoxLayout()
        self.ends = [label(self._shown(end), "hint") for end in (self.low, self.high)]
        ends.addWidget(self.ends[0])
        ends.addStretch(1)
        ends.addWidget(self.ends[1])
        self.column.addLayout(ends)

    def _bounds(self) -> tuple[float, float]:
        one, param = self.one, self.param
        default = param.default if isinstance(param.default, (int, float)) else 1.0
        lows = [bound for bound in (param.low, one.low) if bound is not None]
        highs = [bound for bound in (param.high, one.high) if bound is not None]
        low = max(lows, default=min(0.0, default))
        high = min(highs, default=max(low + 1.0, 2 * default))
        return (low, high) if low < high else (low, low + 1.0)

    def _shown(self, value: float) -> str:
        return shown(int(value) if self.param.type == "int" else float(value))

    def _slid(self) -> None:
        share = self.slide.share
        if self.by_ratio:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + share * (self.high - self.low)
        value = round(value) if self.param.type == "int" else float(f"{value:.4g}")
        self.said.setText(self._shown(value))
        self.moved.emit(value)
        if not self.slide.isSliderDown():
            self.let_go.emit()

    def show_value(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.said.setText("–")
            return
        self.said.setText(self._shown(value))
        held = min(max(float(value), self.low), self.high)
        if self.by_ratio:
            share = math.log(held / self.low) / math.log(self.high / self.low)
        else:
            share = (held - self.low) / (self.high - self.low)
        if not self.slide.isSliderDown():
            self.slide.show_share(share)


class Dice(Control):
    """A seed: a button draws another."""

    def build(self) -> None:
        self.button = QPushButton(tr("Surprise me"))
        set_icon(self.button, "dices")
        self.button.setProperty("tall", True)
        self.button.clicked.connect(lambda: self.put(random.randrange(SEEDS)))
        self.column.addWidget(self.button)

    def show_value(self, value: Any) -> None:
        self.said.setText("" if value is None else tr("seed {0}").format(value))


class Choice(Control):
    """One of several words."""

    def build(self) -> None:
        self.box = QComboBox()
        self.box.setAccessibleName(self.name.text())
        for choice in self.param.choices:
            self.box.addItem(choice_words(choice), choice)
        self.box.activated.connect(lambda at: self.put(self.box.itemData(at)))
        self.column.addWidget(self.box)

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class Tick(Control):
    """On or off."""

    def build(self) -> None:
        self.box = QCheckBox(self.name.text())
        self.name.hide()
        self.box.clicked.connect(self.put)
        self.column.addWidget(self.box)

    def restyle(self) -> None:
        self.box.setFont(font(TEXT))

    def show_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))


class Words(Control):
    """A text, taken when one stops typing."""

    def build(self) -> None:
        self.lines = self.param.type == "text"
        self.edit: QPlainTextEdit | QLineEdit = QPlainTextEdit() if self.lines else QLineEdit()
        self.edit.setAccessibleName(self.name.text())
        if isinstance(self.edit, QPlainTextEdit):
            self.edit.setFixedHeight(96)
            self.edit.setTabChangesFocus(True)
        self.typed = QTimer(self, singleShot=True, interval=TYPED)
        self.typed.timeout.connect(self._take)
        self.edit.textChanged.connect(self.typed.start)
        self.column.addWidget(self.edit)

    def _text(self) -> str:
        edit = self.edit
        return edit.toPlainText() if isinstance(edit, QPlainTextEdit) else edit.text()

    def _take(self) -> None:
        self.moved.emit(self._text())
        self.let_go.emit()

    def show_value(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if text == self._text() or self.typed.isActive():
            return
        blocked = self.edit.blockSignals(True)
        if isinstance(self.edit, QPlainTextEdit):
            self.edit.setPlainText(text)
        else:
            self.edit.setText(text)
        self.edit.blockSignals(blocked)


_KINDS: dict[str, type[Control]] = {
    "int": Number,
    "float": Number,
    "choice": Choice,
    "bool": Tick,
    "str": Words,
    "text": Words,
}


def control_of(one: Input, param: ParamInfo) -> Control | None:
    """Return the control of an input, None for a type that has none."""
    kind = Dice if param.type == "int" and param.optional else _KINDS.get(param.type)
    return kind(one, param) if kind else None

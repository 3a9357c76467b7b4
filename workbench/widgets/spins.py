"""A number with arrows that also takes a sum, as all number fields do."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox

from workbench.words.quantities import read_float


class NumberSpin(QDoubleSpinBox):
    """Enter or losing the focus works a sum out; what is none gives the last value back."""

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        there = self._read(text) is not None
        state = QValidator.State.Acceptable if there else QValidator.State.Intermediate
        return state, text, at

    def valueFromText(self, text: str) -> float:
        value = self._read(text)
        return self.value() if value is None else value

    def _read(self, text: str) -> float | None:
        return read_float(text.removesuffix(self.suffix()).removeprefix(self.prefix()))

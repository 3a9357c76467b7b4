"""Popup fields for an integer: Enter commits, Esc cancels."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.widgets.base import icon_button, label
from workbench.words.quantities import read_int


def tr(text: str) -> str:
    return QCoreApplication.translate("runbar", text)


class NumberEditor(QFrame):
    """A field for an integer from `low` to `high`."""

    chosen = Signal(int)

    def __init__(self, name: str, value: int, parent: QWidget, *, low: int, high: int) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.low, self.high = low, high
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = QLineEdit(str(value))
        self.field.setAccessibleName(name)
        self.field.returnPressed.connect(self.commit)
        self.range_label = label(tr("A whole number from {0}").format(low), "hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(label(name, "section"))
        self.row = QHBoxLayout()
        self.row.addWidget(self.field)
        column.addLayout(self.row)
        column.addWidget(self.range_label)
        self.field.setFocus()
        self.field.selectAll()

    def open_below(self, button: QWidget) -> None:
        self.move(button.mapToGlobal(QPoint(0, button.height() + 4)))
        self.show()

    def commit(self) -> None:
        number = read_int(self.field.text())
        if number is None or not self.low <= number < self.high:
            self.field.setProperty("bad", True)
            self.range_label.setProperty("role", "error")
            for widget in (self.field, self.range_label):
                widget.style().polish(widget)
            return
        self.chosen.emit(number)
        self.close()


class SeedEditor(NumberEditor):
    """A field for the seed, with a die button."""

    def __init__(self, seed: int, parent: QWidget) -> None:
        super().__init__(tr("Seed"), seed, parent, low=0, high=2**63)
        self.row.addWidget(icon_button("dices", tr("Another seed"), self.choose_next))

    def choose_next(self) -> None:
        """Choose the next seed."""
        self.field.setText(str((read_int(self.field.text()) or 0) + 1))
        self.commit()


class StepsEditor(NumberEditor):
    """A field for the number of further steps."""

    def __init__(self, steps: int, parent: QWidget) -> None:
        super().__init__(tr("More steps"), steps, parent, low=1, high=10**9)

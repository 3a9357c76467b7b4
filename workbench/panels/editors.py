"""The widgets that fields are of: a line with a unit, a box of choices, a box of text."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSizePolicy

from workbench import theme as look
from workbench.theme import theme


class Line(QLineEdit):
    """A line with a unit at its right end. Escape and the keys that step are the field's."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self, unit: str = "") -> None:
        super().__init__()
        self.unit = unit
        if unit:
            width = QFontMetrics(look.font(look.HINT)).horizontalAdvance(unit)
            self.setTextMargins(0, 0, width + 6, 0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(56)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.unit:
            painter = QPainter(self)
            painter.setFont(look.font(look.HINT))
            painter.setPen(theme().text3)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.rect().adjusted(0, 0, -9, 0), int(flags), self.unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = _STEPS.get(event.key())
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.left.emit()
        elif steps and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            fast = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(steps * 10 if fast else steps)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only with the focus: else the wheel scrolls the panel."""
        if self.hasFocus() and event.angleDelta().y():
            self.stepped.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()


_STEPS = {
    int(Qt.Key.Key_Up): 1,
    int(Qt.Key.Key_Down): -1,
    int(Qt.Key.Key_PageUp): 10,
    int(Qt.Key.Key_PageDown): -10,
}


class Choices(QComboBox):
    """A box of choices that gives way when there is little room, and leaves the wheel alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(56)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def showPopup(self) -> None:
        """Let the list be as wide as its longest word."""
        metrics = self.view().fontMetrics()
        words = [self.itemText(i) for i in range(self.count())]
        self.view().setMinimumWidth(max(map(metrics.horizontalAdvance, words), default=0) + 40)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TextBox(QPlainTextEdit):
    """A text box as high as its text, within three and eight lines. Tab leaves it."""

    given = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        lines = min(max(self.document().size().height(), 3), 8)
        return QSize(120, round(lines * self.fontMetrics().lineSpacing()) + 14)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.given.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.given.emit()
        else:
            super().keyPressEvent(event)

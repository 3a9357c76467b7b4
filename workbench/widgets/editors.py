"""Editors of parameter fields: a line with a unit, a combo box, a text box."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import theme


def undoes_document(event: QEvent, *, typed: bool) -> bool:
    """Return whether an undo or redo key is for the document, because no typed text is pending.

    A line edit takes these keys even if it has nothing to undo.
    """
    keys = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
    return not typed and isinstance(event, QKeyEvent) and any(event.matches(key) for key in keys)


class UndoableLine(QLineEdit):
    """A line that leaves undo and redo to the document where nothing has been typed in it."""

    def event(self, event: QEvent) -> bool:
        if undoes_document(event, typed=self.isModified()):
            event.ignore()
            return False
        return super().event(event)


class Line(UndoableLine):
    """A line edit with a unit at its right end, if there is room.

    The field handles Escape and the stepping keys.
    """

    stepped = Signal(int)
    left = Signal()

    def __init__(self, unit: str = "") -> None:
        super().__init__()
        self.unit = unit
        self._fits = False
        self.textChanged.connect(self._measure)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(56)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def setPlaceholderText(self, text: str) -> None:
        super().setPlaceholderText(text)
        self._measure()

    def _measure(self) -> None:
        """Reserve the unit's width, unless the value needs it."""
        width = QFontMetrics(look.font(look.HINT)).horizontalAdvance(self.unit) + 6
        value = QFontMetrics(look.font(look.BODY)).horizontalAdvance(
            self.text() or self.placeholderText()
        )
        fits = bool(self.unit) and value + width + 26 <= self.width()
        if fits != self._fits:
            self._fits = fits
            self.setTextMargins(0, 0, width if fits else 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._fits:
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
        """Step only if focused; otherwise the wheel scrolls the panel."""
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


ARROW = 36  # px beside the text of a list


class Choices(QComboBox):
    """A combo box that shrinks, and ignores the wheel."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(56)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def widest(self) -> int:
        """The width in which none of its texts is elided."""
        texts = (self.itemText(at) for at in range(self.count()))
        return max(map(self.fontMetrics().horizontalAdvance, texts), default=0) + ARROW + 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Elide the text."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        text = self.currentText() or self.placeholderText()
        room = self.width() - ARROW
        option.currentText = elide(text, self.fontMetrics(), room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:
        """Make the list as wide as its longest text."""
        metrics = self.view().fontMetrics()
        words = [self.itemText(i) for i in range(self.count())]
        self.view().setMinimumWidth(max(map(metrics.horizontalAdvance, words), default=0) + 40)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TextBox(QPlainTextEdit):
    """A text box as high as its text, from three to eight lines. Tab leaves it."""

    given = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        lines = min(max(self.document().size().height(), 3), 8)
        return QSize(120, round(lines * self.fontMetrics().lineSpacing()) + 14)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.given.emit()

    def event(self, event: QEvent) -> bool:
        if undoes_document(event, typed=self.document().isModified()):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.given.emit()
        else:
            super().keyPressEvent(event)

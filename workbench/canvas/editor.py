"""Text fields shown over the canvas while a title or a note is edited."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from workbench.look import theme as look
from workbench.words.kinds import tr

LEAST_WIDE, LEAST_HIGH = 140, 80


class TitleField(QLineEdit):
    """A field that edits a title. Enter or losing the focus commits, Esc cancels."""

    def __init__(
        self, parent: QWidget, area: QRect, text: str, take: Callable[[str], None]
    ) -> None:
        super().__init__(text, parent)
        self.host = parent
        self._take: Callable[[str], None] | None = take
        self.setAccessibleName(tr("Title"))
        self.setFont(look.font(look.BODY, look.SEMIBOLD))
        area.setWidth(max(area.width(), LEAST_WIDE))
        area.setHeight(max(area.height(), look.CONTROL_HEIGHT))
        self.setGeometry(area)
        self.selectAll()
        self.show()
        self.setFocus()
        self.editingFinished.connect(self._finish)

    def _finish(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take(self.text())
            self._leave()

    def _leave(self) -> None:
        self.host.setFocus()
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Enter and Esc here; the canvas would open the node's first field."""
        if event.key() == Qt.Key.Key_Escape:
            self._take = None
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        else:
            super().keyPressEvent(event)


class NoteField(QPlainTextEdit):
    """A field that edits a note. Ctrl+Enter or losing the focus commits, Esc cancels."""

    def __init__(
        self, parent: QWidget, area: QRect, text: str, take: Callable[[str], None]
    ) -> None:
        super().__init__(parent)
        self.host = parent
        self._take: Callable[[str], None] | None = take
        self.setPlainText(text)
        self.setAccessibleName(tr("Text of the note"))
        self.setTabChangesFocus(True)
        area.setWidth(max(area.width(), LEAST_WIDE))
        area.setHeight(max(area.height(), LEAST_HIGH))
        self.setGeometry(area)
        self.show()
        self.setFocus()
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._finish()
        return super().eventFilter(watched, event)

    def _finish(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take(self.toPlainText())
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entered = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if entered and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._finish()
            self.host.setFocus()
        elif event.key() == Qt.Key.Key_Escape:
            self._take = None
            self._finish()
            self.host.setFocus()
        else:
            super().keyPressEvent(event)

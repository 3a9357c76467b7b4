"""The line edit over a number on a node, while it is typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from nodes.params import ParamInfo, value_fault
from nodes.sentences import Text
from workbench.look import theme as look
from workbench.widgets.editors import UndoableLine
from workbench.words import numbers
from workbench.words.kinds import from_catalogue

LEAST_WIDE, HIGH = 96, 24
STEPS = {
    int(Qt.Key.Key_Up): 1,
    int(Qt.Key.Key_Down): -1,
    int(Qt.Key.Key_PageUp): 10,
    int(Qt.Key.Key_PageDown): -10,
}


class FieldLine(UndoableLine):
    """A number being typed. Enter, Tab or losing the focus takes it, Esc leaves it as it was.

    What is refused stays, with the reason beside it. `left` is called at the end with -1 or 1 for
    the field before or after, else 0; a second click right after the first asks for the default.
    """

    def __init__(
        self,
        parent: QWidget,
        area: Callable[[], QRect],
        param: ParamInfo,
        value: Any,
        *,
        take: Callable[[Any], None],
        refuse: Callable[[Text], None],
        reset: Callable[[], None],
        left: Callable[[int], None],
    ) -> None:
        super().__init__("" if value is None else numbers.write(param, value), parent)
        self.host, self.area = parent, area
        self.param = param
        self.value = value
        self._take, self._refuse, self._reset, self._left = take, refuse, reset, left
        self._done = False
        self._opened = time.monotonic()
        self.setAccessibleName(from_catalogue(param.title or param.name))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFont(look.font(look.BODY))
        self.setStyleSheet("padding: 0 6px; min-height: 0")
        self.follow()
        self.selectAll()
        self.show()
        self.setFocus()
        self.editingFinished.connect(self._finish)

    def follow(self) -> None:
        """Go where the field is; with a field that is not seen any more, end."""
        there = self.area()
        if there.isEmpty():
            self._end(0, taken=not value_fault(self.param, self.typed))
            return
        around = QRect(QPoint(), there.size().expandedTo(QSize(LEAST_WIDE, HIGH)))
        around.moveCenter(there.center())
        self.setGeometry(around)

    def begin(self, text: str) -> None:
        """Begin with a key that was pressed on the field."""
        self.setText(text)

    @property
    def typed(self) -> Any:
        """The value of the text, or the text itself if it has none; it is then refused."""
        text = self.text().strip()
        if not text and self.param.optional:
            return None
        value = numbers.read(self.param, text)
        return text if value is None else value

    def commit(self, *, onward: int = 0) -> None:
        """Take the value, or say why it is refused and stay."""
        fault = value_fault(self.param, self.typed)
        if fault:
            self.setProperty("bad", True)
            self.style().polish(self)
            self._refuse(fault)
            return
        self._end(onward, taken=True)

    def _finish(self) -> None:
        """Leave because the focus went: what is refused is given up."""
        if self._done or self.hasFocus():
            return
        fault = value_fault(self.param, self.typed)
        if fault:
            self._refuse(fault)
        self._end(None, taken=not fault)

    def give_up(self) -> None:
        self._end(0, taken=False)

    def _end(self, onward: int | None, *, taken: bool) -> None:
        """Close, and go on to a field; None: the focus has gone elsewhere."""
        if self._done:
            return
        self._done = True
        value = self.typed
        if onward is not None:
            self.host.setFocus()
        self.hide()
        self.deleteLater()
        if taken and value != self.value:
            self._take(value)
        if onward is not None:
            self._left(onward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.give_up()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
        elif key in STEPS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            fast = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._step(STEPS[key] * (10 if fast else 1))
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Go to another field of the node on Tab."""
        self.commit(onward=1 if next else -1)
        return True

    def _step(self, steps: int) -> None:
        start = self.typed
        if value_fault(self.param, start) or start is None:
            start = self.value or self.param.default or 0
        value = numbers.limited(self.param, numbers.stepped(self.param, start, steps))
        self.setText(numbers.write(self.param, value))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Set the default, if this is the second click on the field."""
        waited = 1000 * (time.monotonic() - self._opened)
        if waited > QApplication.doubleClickInterval() or self.isModified():
            super().mouseDoubleClickEvent(event)
            return
        self.give_up()
        self._reset()

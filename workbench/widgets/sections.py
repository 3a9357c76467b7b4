"""Parts of the inspector's pages: an editable title, links, sections."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionFrame,
    QVBoxLayout,
    QWidget,
)

from workbench.look import theme as look
from workbench.look.theme import appearance, theme
from workbench.widgets.base import Elided, label, separator, tr
from workbench.widgets.editors import UndoableLine
from workbench.words.kinds import from_catalogue


class Picture(QLabel):
    """An icon that follows the theme."""

    def __init__(self, name: str = "", colour: str = "text2", size: int = look.ICON) -> None:
        super().__init__()
        self.name, self.colour, self.size_ = name, colour, size
        self.setFixedSize(size + 2, look.TARGET)
        appearance.changed.connect(self._draw)
        self._draw()

    def show_icon(self, name: str, colour: str = "text2") -> None:
        self.name, self.colour = name, colour
        self._draw()

    def _draw(self) -> None:
        if self.name:
            self.setPixmap(look.pixmap(self.name, self.colour, self.size_))


_LINES = int(Qt.TextFlag.TextWordWrap)


class Title(UndoableLine):
    """An editable title; an empty one is reset.

    One that is too wide is shown in two smaller lines until it is edited.
    """

    given = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("title", True)
        self.setAccessibleName(name)
        self.setToolTip(tr("Rename (F2)"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._give)
        self._title = ""

    def show_title(self, title: str, placeholder: str = "") -> None:
        self._title = title
        self.setPlaceholderText(placeholder)
        if not self.isModified() and title != self.text():
            self.setText(title)
            self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setText(self._title)
            self.setModified(False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.deselect()
        self.setCursorPosition(0)

    def small(self) -> QRect:
        """Return the rectangle of two smaller lines; empty if one line fits."""
        room = self.rect().adjusted(6, 0, -2, 0)
        if self.hasFocus() or self.fontMetrics().horizontalAdvance(self.text()) <= room.width():
            return QRect()
        metrics = QFontMetrics(look.font(look.BODY, look.SEMIBOLD))
        needed = metrics.boundingRect(room.adjusted(0, 0, 0, 999), _LINES, self.text())
        whole = needed.width() <= room.width() and needed.height() <= room.height()
        return room if whole else QRect()

    def paintEvent(self, event: QPaintEvent) -> None:
        where = self.small()
        if where.isEmpty():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        painter.setFont(look.font(look.BODY, look.SEMIBOLD))
        painter.setPen(self.palette().text().color())
        painter.drawText(where, _LINES | int(Qt.AlignmentFlag.AlignVCenter), self.text())

    def _give(self) -> None:
        if self.isModified():
            self.setModified(False)
            self.given.emit(self.text())


class Link(Elided):
    """A clickable text, by mouse and keyboard."""

    pressed = Signal()

    def __init__(self, text: str = "") -> None:
        super().__init__(text, "link")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(look.TARGET)

    def say(self, text: str, tip: str = "", shorter: Sequence[str] = ()) -> None:
        super().say(text, tip, shorter)
        self.setAccessibleName(text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys:
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            paint_focus(self)


def paint_focus(widget: QWidget) -> None:
    """Draw the focus ring inside a widget's edge."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().accent, 2))
    painter.drawRoundedRect(widget.rect().adjusted(1, 1, -1, -1), 4, 4)


class Section(QWidget):
    """A section of a page: a line, a heading, buttons on its right, and a body."""

    def __init__(self, heading: str, body: QWidget, *buttons: QWidget) -> None:
        super().__init__()
        self.body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(separator())
        if heading:
            line = QHBoxLayout()
            line.setContentsMargins(0, 2, 0, 0)
            self.heading = label(heading, "section")
            line.addWidget(self.heading, 1)
            for button in buttons:
                line.addWidget(button)
            column.addLayout(line)
        column.addWidget(body)


def row(*parts: QWidget | int, spacing: int = 6) -> QWidget:
    """Return widgets side by side; a number is the stretch of the previous widget."""
    widget = QWidget()
    line = QHBoxLayout(widget)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(spacing)
    for part in parts:
        if isinstance(part, int):
            line.setStretch(line.count() - 1, part)
        else:
            line.addWidget(part)
    return widget


def open_outside(url: str) -> None:
    """Open a web page in the browser. Other schemes, as from a plug-in, are ignored."""
    if url.startswith(("https://", "http://")):
        QDesktopServices.openUrl(QUrl(url))


def short_paper(paper: str) -> str:
    """Return `Kingma and Welling, 2014` for a full reference."""
    found = re.search(r"\(([^()]*\b\d{4})\)", paper)
    return found[1].replace(" & ", f" {from_catalogue('and')} ") if found else paper


def arxiv(url: str) -> str:
    """Return `arXiv:1312.6114` for an arXiv address, else ""."""
    _, found, number = url.partition("arxiv.org/abs/")
    return f"arXiv:{number.strip('/')}" if found else ""

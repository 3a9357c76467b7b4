"""Pieces that panels, bars and dialogues are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.look.cutting import cut
from workbench.look.theme import ICON, pixmap, set_icon

MARGIN = 16


def tr(text: str) -> str:
    return QCoreApplication.translate("panels", text)


def counted(count: int, one: str, many: str) -> str:
    """Say a number of things in words; `%Ln` in both texts is the number in the user's language."""
    return QCoreApplication.translate("panels", one if count == 1 else many, "", count)


class Column(QScrollArea):
    """A column of widgets as wide as the panel, which scrolls when it is too high."""

    def __init__(self, parent: QWidget | None = None, *, margin: int = MARGIN) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inside = _Inside()
        self.inside.setProperty("surface", "panel")
        self.inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(margin, 6, margin, margin)
        self.column.setSpacing(8)
        self.setWidget(self.inside)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)


class _Inside(QWidget):
    """As high as it must be at the width it has; Qt would take the height at the least width."""

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 0)


class Search(QLineEdit):
    """A line to search in, with a magnifying glass before the words."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.setTextMargins(22, 0, 0, 0)
        wipe = self.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        wipe.setToolTip(tr("Clear"))
        wipe.setVisible(False)
        wipe.triggered.connect(self.clear)
        set_icon(wipe, "x", "text3")
        self.textChanged.connect(lambda text: wipe.setVisible(bool(text)))
        self.say(words)

    def say(self, words: str) -> None:
        """Say what is searched."""
        self.setPlaceholderText(words)
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        glass = pixmap("search", "text3")
        QPainter(self).drawPixmap(10, (self.height() - ICON) // 2, glass)


class Elided(QLabel):
    """One line that is cut when it does not fit, and then whole in its tooltip.

    With `middle` its end is kept where it can; with `whole` it is left away instead.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "",
        parent: QWidget | None = None,
        *,
        middle: bool = False,
        whole: bool = False,
    ) -> None:
        super().__init__(text, parent)
        self.middle, self._whole = middle, whole
        self.setProperty("role", role or None)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._tip = ""

    def say(self, text: str, tip: str = "") -> None:
        """Show a text; `tip` is what more there is to say of it."""
        self._tip = tip
        if text != self.text():
            self.setText(text)
        self._retell()

    @property
    def shown(self) -> str:
        """The text as it stands there."""
        return self._shown_in(self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(24, self.sizeHint().width()), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._retell()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        where = self.contentsRect()
        align = self.alignment() | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(where, int(align), self.shown)

    def _shown_in(self, width: int) -> str:
        shown = cut(self.text(), QFontMetrics(self.font()), width, middle=self.middle)
        return "" if self._whole and shown != self.text() else shown

    def _retell(self) -> None:
        cut = self.shown != self.text()
        self.setToolTip("\n".join(t for t in (self.text() if cut else "", self._tip) if t))


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label in one of the stylesheet's roles; links in it open outside."""
    made = QLabel(text)
    made.setProperty("role", role or None)
    made.setWordWrap(wrap)
    if wrap:
        made.setMinimumWidth(40)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def separator() -> QFrame:
    line = QFrame()
    line.setProperty("separator", True)
    line.setFixedHeight(1)
    return line


def icon_button(
    name: str, words: str, pressed: Callable[[], Any], key: str = "", *, size: int = ICON
) -> QToolButton:
    """Return a button that is an icon: its words are its tooltip and what a screen reader says."""
    button = QToolButton()
    set_icon(button, name, size=size)
    button.setIconSize(QSize(size, size))
    button.setToolTip(f"{words} ({key})" if key else words)
    button.setAccessibleName(words)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: pressed())
    return button


def drop(widget: QWidget) -> None:
    """Take a widget away; it goes when the event that runs now is over.

    It must leave its parent at once: left to the parent until then, it is deleted twice when the
    parent goes in the same round.
    """
    widget.setParent(None)
    widget.deleteLater()


def clear(layout: Any) -> None:
    """Take all widgets out of a layout."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            drop(widget)
        elif inner := item.layout():
            clear(inner)

"""Basic widgets for panels, bars and dialogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.look.eliding import elide
from workbench.look.theme import ICON, pixmap, set_icon

MARGIN = 16
UNBOUNDED = 2**24 - 1  # px, Qt's largest size of a widget


def tr(text: str) -> str:
    return QCoreApplication.translate("panels", text)


def counted(count: int, one: str, many: str) -> str:
    """Return a count in words; `%Ln` in both texts is replaced by the number."""
    return QCoreApplication.translate("panels", one if count == 1 else many, "", count)


class Column(QScrollArea):
    """A scrollable column of widgets, as wide as the panel."""

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
    """Content as high as its width needs; Qt would use the height at the least width."""

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 0)


class Search(QLineEdit):
    """A search field with a magnifying glass."""

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
        """Set the placeholder."""
        self.setPlaceholderText(words)
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        glass = pixmap("search", "text3")
        QPainter(self).drawPixmap(10, (self.height() - ICON) // 2, glass)


class Elided(QLabel):
    """A single-line label that is elided if it does not fit; its tooltip then has the whole text.

    With `middle` it is elided in the middle; with `whole` it is hidden instead. Before that, its
    shorter forms are tried.
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
        self._shorter: Sequence[str] = ()

    def say(self, text: str, tip: str = "", shorter: Sequence[str] = ()) -> None:
        """Set the text, and forms of it for less room; `tip` is added to the tooltip."""
        self._tip, self._shorter = tip, shorter
        if text != self.text():
            self.setText(text)
        self._retell()

    @property
    def shown(self) -> str:
        """The text as displayed."""
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
        metrics = QFontMetrics(self.font())
        forms = (self.text(), *self._shorter)
        fit = next((form for form in forms if metrics.horizontalAdvance(form) <= width), "")
        if fit:
            return fit
        shown = elide(forms[-1], metrics, width, middle=self.middle)
        return "" if self._whole and shown != self.text() else shown

    def _retell(self) -> None:
        elide = self.shown != self.text()
        self.setToolTip("\n".join(t for t in (self.text() if elide else "", self._tip) if t))


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label with one of the stylesheet's roles; its links open in the browser."""
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


def upright_separator() -> QWidget:
    line = QWidget()
    line.setProperty("surface", "line")
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedWidth(1)
    return line


def icon_button(
    name: str, words: str, pressed: Callable[[], object], key: str = "", *, size: int = ICON
) -> QToolButton:
    """Return an icon button; `words` are its tooltip and accessible name."""
    button = QToolButton()
    set_icon(button, name, size=size)
    button.setIconSize(QSize(size, size))
    button.setToolTip(f"{words} ({key})" if key else words)
    button.setAccessibleName(words)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: pressed())
    return button


def delete_widget(widget: QWidget) -> None:
    """Remove a widget; it is deleted once the current event has been handled.

    Its parent is cleared at once: otherwise Qt deletes it twice if the parent is deleted as well.
    It is hidden before: a layout that it has just joined would show it later, as a window.
    """
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()


def delete_content(layout: QLayout) -> None:
    """Remove all widgets from a layout."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            delete_widget(widget)
        elif inner := item.layout():
            delete_content(inner)

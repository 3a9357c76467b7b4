"""The overlays of the canvas: zoom bar, switches, and the message of a refused wire."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.canvas.camera import Camera
from workbench.look.theme import ICON, TARGET, set_icon
from workbench.words.kinds import tr

MARGIN = 16
MESSAGE_WIDE, MESSAGE_LASTS = 292, 6000


def icon_button(icon: str, name: str, press: Callable[[], object]) -> QToolButton:
    button = QToolButton()
    set_icon(button, icon)
    button.setIconSize(QSize(ICON, ICON))
    button.setFixedSize(TARGET + 6, TARGET + 6)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.clicked.connect(press)
    return button


class ZoomBar(QFrame):
    """Zoom out, the zoom, zoom in, fit all."""

    fit_requested = Signal()

    def __init__(self, parent: QWidget, camera: Camera) -> None:
        super().__init__(parent)
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Zoom"))
        self.percent = QToolButton()
        self.percent.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.percent.setMinimumSize(58, TARGET + 4)
        self.percent.setToolTip(tr("Zoom to 100 %"))
        self.percent.clicked.connect(lambda: camera.zoom_to(1.0))
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 1, 2, 1)
        row.setSpacing(0)
        row.addWidget(icon_button("minus", tr("Zoom out"), camera.zoom_out))
        row.addWidget(self.percent)
        row.addWidget(icon_button("plus", tr("Zoom in"), camera.zoom_in))
        row.addWidget(
            icon_button("maximize", tr("Fit all") + "  Home", lambda: self.fit_requested.emit())
        )
        self.show_zoom(1.0)

    def show_zoom(self, zoom: float) -> None:
        text = f"{round(zoom * 100)} %"
        if text != self.percent.text():
            self.percent.setText(text)
            self.percent.setAccessibleName(tr("Zoom {0}").format(text))


class Switches(QWidget):
    """The switches of the canvas: shapes, snapping, the map."""

    toggled = Signal(str, bool)

    _TABLE = (
        ("shapes", "Shapes", "hash", "Show the shape of every wire  Shift+S"),
        ("snap", "Snap", "grid-3x3", "Snap to the grid"),
        ("map", "Map", "map", "Show the map"),
    )

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.buttons: dict[str, QToolButton] = {}
        for key, title, icon, tip in self._TABLE:
            button = QToolButton()
            button.setText(tr(title))
            button.setToolTip(tr(tip))
            button.setAccessibleName(tr(tip))
            button.setCheckable(True)
            button.setProperty("framed", True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setIconSize(QSize(ICON - 2, ICON - 2))
            button.toggled.connect(lambda on, key=key: self._switched(key, on))
            self.buttons[key] = button
            self._paint_icon(key, icon, False)
            row.addWidget(button)

    def _paint_icon(self, key: str, icon: str, on: bool) -> None:
        set_icon(self.buttons[key], icon, "accent" if on else "text3", ICON - 2)

    def _switched(self, key: str, on: bool) -> None:
        icon = next(icon for k, _, icon, _ in self._TABLE if k == key)
        self._paint_icon(key, icon, on)
        self.toggled.emit(key, on)

    def show_words(self, shown: bool) -> None:
        """Show titles beside the icons; a narrow canvas shows only the icons."""
        style = Qt.ToolButtonStyle
        for button in self.buttons.values():
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if shown else style.ToolButtonIconOnly
            )

    def show_state(self, key: str, on: bool) -> None:
        self.buttons[key].setChecked(on)


class RefusalBox(QFrame):
    """A sentence and one fix. Enter applies the fix, Esc closes the box."""

    taken = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.host = parent
        self.setProperty("surface", "error")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(MESSAGE_WIDE)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "hint")
        self.fix = QPushButton()
        self.fix.setProperty("link", True)
        self.fix.setAccessibleName(tr("Take the fix"))
        self.fix.setCursor(Qt.CursorShape.PointingHandCursor)
        self.fix.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.fix.clicked.connect(self.taken)
        self.enter = QLabel(tr("Enter"))
        self.enter.setProperty("role", "hint")
        self._timer = QTimer(self, singleShot=True, interval=MESSAGE_LASTS)
        self._timer.timeout.connect(self.hide)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.addWidget(self.fix)
        row.addStretch(1)
        row.addWidget(self.enter)
        column.addWidget(self.sentence)
        column.addWidget(self.hint)
        column.addLayout(row)

    def _fit(self) -> None:
        """Set the height that the text needs."""
        for part in (self, self.sentence, self.hint, self.fix, self.enter):
            part.ensurePolished()
        for label in (self.sentence, self.hint):
            if label.text():
                label.setFixedHeight(label.heightForWidth(MESSAGE_WIDE - 28))
        self.column.invalidate()
        self.adjustSize()

    def say(self, sentence: str, hint: str = "", fix: str = "", *, at: QPoint, brief: bool) -> None:
        """Show a sentence with the top left corner at `at`; a brief one closes by itself."""
        self.sentence.setText(sentence)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint) and not fix)
        self.fix.setText(fix)
        self.fix.setVisible(bool(fix))
        self.enter.setVisible(bool(fix))
        self.setAccessibleName(" ".join(t for t in (sentence, hint, fix) if t))
        self.show()  # layouts measure changed parts only in a visible frame
        self._fit()
        room = self.host.rect().adjusted(8, 8, -8, -8)
        x = max(min(at.x(), room.right() - self.width()), room.left())
        y = max(min(at.y(), room.bottom() - self.height()), room.top())
        self.move(x, y)
        self.raise_()
        if brief:
            self._timer.start()
        else:
            self._timer.stop()

"""The track of the time slider, and the Live button."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QSizePolicy, QWidget

from workbench.look import theme as tokens
from workbench.look.theme import SLIDER_HEIGHT, appearance, pixmap, theme
from workbench.plots.axes import number, ticks

HANDLE = 15.0
GROOVE = 4.0
TICK_PITCH = 12.0  # least px between two ticks


def tr(text: str) -> str:
    return QCoreApplication.translate("slider", text)


class Track(QAbstractSlider):
    """The track with its handle. Its value is the index in `steps` of the step shown."""

    end_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps: list[int] = []
        self.bookmarks: list[int] = []
        self.epoch: float = 0.0  # steps per epoch, 0 if there are none
        self.end = 1
        self.live = True
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Step shown in all views"))
        appearance.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, SLIDER_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, SLIDER_HEIGHT)

    @property
    def step(self) -> int:
        return self.steps[self.value()] if self.steps else 0

    def show_steps(self, steps: list[int], bookmarks: list[int], end: int, epoch: float) -> None:
        """Set the recorded steps; the handle keeps its step, or follows the newest."""
        now = self.step
        self.steps, self.bookmarks, self.epoch = steps, bookmarks, epoch
        self.end = max(end, steps[-1] if steps else 0, 1)
        blocked = self.blockSignals(True)
        self.setRange(0, max(len(steps) - 1, 0))
        self.setValue(len(steps) - 1 if self.live else self.nearest(now))
        self.blockSignals(blocked)
        self.update()

    def nearest(self, step: int) -> int:
        """Return the index of the nearest recorded step."""
        if not self.steps:
            return 0
        after = min(bisect_left(self.steps, step), len(self.steps) - 1)
        before = max(after - 1, 0)
        return min(before, after, key=lambda k: abs(self.steps[k] - step))

    def _groove(self) -> QRectF:
        middle = self.height() / 2
        half = HANDLE / 2 + 2
        return QRectF(half, middle - GROOVE / 2, self.width() - 2 * half, GROOVE)

    def _across(self, step: float) -> float:
        groove = self._groove()
        return groove.left() + step / self.end * groove.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ticks(painter)
        self._paint_groove(painter)
        self._paint_bookmarks(painter)
        self._paint_handle(painter)
        painter.end()

    def _paint_groove(self, painter: QPainter) -> None:
        groove, look = self._groove(), theme()
        painter.setPen(Qt.PenStyle.NoPen)
        newest = self.steps[-1] if self.steps else 0
        parts = [(self.end, look.edge), (newest, tokens.faded(look.accent, 0.4))]
        parts.append((self.step, look.accent))
        for step, colour in parts if self.isEnabled() else parts[:1]:
            painter.setBrush(colour)
            part = QRectF(groove)
            part.setRight(max(self._across(step), groove.left() + GROOVE))
            painter.drawRoundedRect(part, GROOVE / 2, GROOVE / 2)

    def _paint_ticks(self, painter: QPainter) -> None:
        painter.setPen(QPen(theme().control, 1))
        y = self._groove().bottom() + 7
        for step in self._ticks() if self.isEnabled() else ():
            x = round(self._across(step)) + 0.5
            painter.drawLine(QPointF(x, y), QPointF(x, y + 5))

    def _ticks(self) -> list[float]:
        """Return the steps of the epochs, or of every second, fifth, ... if they are too close."""
        if not self.epoch or self.epoch * 2 > self.end:
            return [step for step in ticks(0, self.end, 10) if step]
        room = self._groove().width() / TICK_PITCH
        every = next(k for k in _rounds() if self.end / (self.epoch * k) <= room)
        count = int(self.end / (self.epoch * every) + 1e-6)
        return [self.epoch * every * k for k in range(1, count + 1)]

    def _paint_bookmarks(self, painter: QPainter) -> None:
        """Paint the bookmarks, of those that would lie on each other the last."""
        image, free = pixmap("bookmark", "text2", 12), math.inf
        for step in reversed(self.bookmarks if self.isEnabled() else ()):
            place = QPointF(round(self._across(step)) - 6, self._groove().top() - 15)
            if place.x() + 10 <= free:
                painter.drawPixmap(place, image)
                free = place.x()

    def _paint_handle(self, painter: QPainter) -> None:
        look = theme()
        if not self.steps or not self.isEnabled():
            return
        middle = QPointF(self._across(self.step), self._groove().center().y())
        painter.setPen(QPen(look.panel, 2))
        painter.setBrush(look.accent)
        painter.drawEllipse(middle, HANDLE / 2, HANDLE / 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent, 2))
            painter.drawEllipse(middle, HANDLE / 2 + 3, HANDLE / 2 + 3)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_End:
            self.end_requested.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.steps:
            self.setSliderDown(True)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)
        elif self.steps:
            self.setToolTip(tr("Step {0}").format(number(self._step_at(event))))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def _follow(self, event: QMouseEvent) -> None:
        place = self.nearest(self._step_at(event))
        if place != self.value() or self.live:
            self.setValue(place)
            self.actionTriggered.emit(QAbstractSlider.SliderAction.SliderMove.value)

    def _step_at(self, event: QMouseEvent) -> int:
        groove = self._groove()
        share = (event.position().x() - groove.left()) / (groove.width() or 1.0)
        return round(min(max(share, 0.0), 1.0) * self.end)


def _rounds() -> Iterator[int]:
    """Yield 1, 2, 5, 10, 20..."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


class LiveButton(QAbstractButton):
    """A pill button: filled while the views follow the run, else hollow."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.following = False
        self.running = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        appearance.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.setFont(tokens.font(tokens.HINT, tokens.SEMIBOLD))
        self.updateGeometry()
        self.update()

    def say(self, *, following: bool, running: bool) -> None:
        if (following, running) != (self.following, self.running):
            self.following, self.running = following, running
            self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(width + 34, tokens.TARGET)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme()
        enabled = self.isEnabled()
        ink = look.accent if enabled else tokens.faded(look.text3, 0.6)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = look.accent if self.hasFocus() else look.edge
        filled = self.following and enabled
        painter.setPen(QPen(edge, 2) if self.hasFocus() else QPen(edge, 0 if filled else 1))
        if filled and not self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.selected if filled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2)
        painter.setPen(QPen(ink, 1.2))
        painter.setBrush(ink if filled and self.running else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(14, frame.center().y()), 3, 3)
        painter.setPen(ink)
        painter.setFont(self.font())
        painter.drawText(frame.adjusted(21, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

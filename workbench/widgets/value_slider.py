"""A slider with a knob, moved by mouse or keyboard."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from workbench.look import theme as look
from workbench.look.theme import theme

KNOB, GROOVE = 14.0, 4.0
STEPS = 100


class ValueSlider(QAbstractSlider):
    """From 0 to 1 in `steps`; `valueChanged` is emitted only for the user's changes.

    `knob`: px of its diameter.
    """

    def __init__(self, *, steps: int = STEPS, knob: float = KNOB) -> None:
        super().__init__()
        self.knob = knob
        self.setRange(0, steps)
        self.setPageStep(max(steps // 10, 1))
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)

    def sizeHint(self) -> QSize:
        return QSize(120, max(look.TARGET, round(self.knob) + 6))

    @property
    def share(self) -> float:
        return self.value() / self.maximum()

    def show_share(self, share: float) -> None:
        """Set the knob without emitting a signal."""
        blocked = self.blockSignals(True)
        self.setValue(round(share * self.maximum()))
        self.blockSignals(blocked)
        self.update()

    def _groove(self) -> QRectF:
        """Return the way of the knob's middle."""
        ends = self.knob / 2 + 3
        top = (self.height() - GROOVE) / 2
        return QRectF(ends, top, max(self.width() - 2 * ends, 1.0), GROOVE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.update()

    def _follow(self, event: QMouseEvent) -> None:
        groove = self._groove()
        share = (event.position().x() - groove.left()) / groove.width()
        self.setValue(round(min(max(share, 0.0), 1.0) * self.maximum()))
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only if focused; otherwise the wheel scrolls the panel."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, groove = theme(), self._groove()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.control)
        rail = QRectF(0, groove.top(), self.width(), GROOVE)
        painter.drawRoundedRect(rail, GROOVE / 2, GROOVE / 2)
        middle = groove.left() + self.share * groove.width()
        done = QRectF(0, groove.top(), middle if self.value() else 0, GROOVE)
        painter.setBrush(tokens.accent)
        painter.drawRoundedRect(done, GROOVE / 2, GROOVE / 2)
        size = self.knob
        knob = QRectF(middle - size / 2, (self.height() - size) / 2, size, size)
        painter.setPen(QPen(tokens.panel, 2))
        painter.drawEllipse(knob)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.accent, 2))
            painter.drawEllipse(knob.adjusted(-2, -2, 2, 2))

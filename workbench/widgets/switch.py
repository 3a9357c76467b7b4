"""A toggle switch."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from workbench.look.theme import theme

WIDTH, HEIGHT, KNOB = 34, 20, 14


class Switch(QAbstractButton):
    """A checkable button; the knob's position shows the state, the colour repeats it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._slide = QVariantAnimation(self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(lambda _: self.update())
        self.toggled.connect(self._move)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH + 6, 30)

    def _move(self, on: bool) -> None:
        """Animate the knob if it is visible; otherwise move it at once."""
        self._slide.stop()
        self._slide.setStartValue(0.0 if on else 1.0)
        self._slide.setEndValue(1.0 if on else 0.0)
        self._slide.setDuration(theme().motion.press if self.isVisible() else 0)
        self._slide.start()

    def _share(self) -> float:
        value = self._slide.currentValue()
        return float(value) if value is not None else float(self.isChecked())

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, share = theme(), self._share()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(3, (self.height() - HEIGHT) / 2, WIDTH, HEIGHT)
        on = self.isChecked()
        painter.setBrush(tokens.fill if on else tokens.field)
        painter.setPen(QPen(tokens.fill if on else tokens.control, 1))
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), HEIGHT / 2, HEIGHT / 2)
        left = track.left() + 3 + share * (WIDTH - KNOB - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.on_fill if on else tokens.control)
        painter.drawEllipse(QRectF(left, track.top() + 3, KNOB, KNOB))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.accent, 2))
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), HEIGHT / 2 + 2, HEIGHT / 2 + 2)

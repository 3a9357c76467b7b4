"""Points that are dragged, or drawn, in the plane of a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.look.theme import theme
from workbench.plots.axes import Axes
from workbench.plots.widget import Plot

HANDLE, PRESENTED, END = 22.0, 32.0, 14.0  # px
NEAR = 24.0  # px from a handle that take hold of it
STEP, SMALL_STEP = 0.05, 0.01  # by the arrows
PITCH, RUBBER = 7.0, 14.0  # px between points drawn, and around the eraser
MOST_DRAWN = 2_000
Point = tuple[float, float]


class Pad(QWidget):
    """A layer over a plot in which the left button acts; all else goes to the plot."""

    moved = Signal(object)  # the points
    let_go = Signal()

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self.plot = plot
        self.points: list[Point] = []
        self.setMouseTracking(True)
        plot.installEventFilter(self)
        plot.changed.connect(self._renew)
        self.setGeometry(plot.rect())
        self._renew()

    def leave(self) -> None:
        """Take the layer off its plot."""
        self.plot.removeEventFilter(self)
        self.plot.changed.disconnect(self._renew)
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def _renew(self) -> None:
        """Lie over a plane only: what is shown in place of a picture may have a button."""
        self.setVisible(self.plot.axes() is not None)
        self.update()

    def show_points(self, points: Sequence[Point]) -> None:
        self.points = list(points)
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.plot.rect())
        return False

    def place(self, axes: Axes, point: Point) -> QPointF:
        """Return the pixel of a point."""
        x, y = axes.pixels(np.array([point]))[0].tolist()
        return QPointF(x, y)

    def within(self, axes: Axes, place: QPointF) -> Point:
        """Return the point at a pixel, or the nearest one of the plot."""
        area = axes.area
        x = min(max(place.x(), area.left()), area.right())
        y = min(max(place.y(), area.top()), area.bottom())
        found = axes.data(QPointF(x, y))
        return round(found[0], 4), round(found[1], 4)


class Handles(Pad):
    """Points with a handle each, and where a walk of the first one leads."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self.end: Point | None = None
        self.presenting = False
        self._held: int | None = None  # the number of the point held, -1 the end of the walk
        self._last = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_points(self, points: Sequence[Point]) -> None:
        super().show_points(points)
        if self.end is None and points:
            x, y = points[0]
            self.end = (-x, -y) if math.hypot(x, y) > 0.5 else (x + 1.5, y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        axes = self.plot.axes()
        if event.button() != Qt.MouseButton.LeftButton or axes is None or not self.points:
            event.ignore()
            return
        self._held = self._nearest(axes, event.position())
        self._move(axes, event.position())

    def _nearest(self, axes: Axes, at: QPointF) -> int:
        """Return the handle to take: the end of the walk only where it is pressed itself."""
        away = [_between(self.place(axes, point), at) for point in self.points]
        nearest = min(range(len(away)), key=away.__getitem__)
        end = self.end and _between(self.place(axes, self.end), at)
        return -1 if end is not None and end < min(NEAR, away[nearest]) else nearest

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        axes = self.plot.axes()
        if self._held is None or axes is None:
            event.ignore()
            return
        self._move(axes, event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            event.ignore()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.let_go.emit()

    def _move(self, axes: Axes, at: QPointF) -> None:
        assert self._held is not None
        if self._held < 0:
            self.end = self.within(axes, at)
            self.update()
        else:
            self._last = self._held
            self.put(self._held, self.within(axes, at))

    def put(self, number: int, point: Point) -> None:
        """Move a point and tell it."""
        self.points[number] = point
        self.moved.emit(list(self.points))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        away = _ARROWS.get(Qt.Key(event.key()))
        if away is None or self._last >= len(self.points):
            event.ignore()
            return
        small = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = SMALL_STEP if small else STEP
        x, y = self.points[self._last]
        self.put(self._last, (round(x + step * away[0], 4), round(y + step * away[1], 4)))
        if not event.isAutoRepeat():
            self.let_go.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        axes = self.plot.axes()
        if axes is None or not self.points:
            return
        tokens, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, area = self.place(axes, self.points[0]), axes.area
        painter.setPen(QPen(tokens.accent, 1.0))
        painter.setOpacity(0.5)
        painter.drawLine(QPointF(area.left(), first.y()), QPointF(area.right(), first.y()))
        painter.drawLine(QPointF(first.x(), area.top()), QPointF(first.x(), area.bottom()))
        painter.setOpacity(1.0)
        if self.end is not None:
            self._paint_walk(painter, first, self.place(axes, self.end))
        size = PRESENTED if self.presenting else HANDLE
        for point in self.points:
            at = self.place(axes, point)
            painter.setPen(QPen(tokens.panel, 2.0))
            painter.setBrush(tokens.accent)
            painter.drawEllipse(at, size / 2, size / 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.text, 1.5))
            at = self.place(axes, self.points[min(self._last, len(self.points) - 1)])
            painter.drawEllipse(at, size / 2 + 3, size / 2 + 3)

    def _paint_walk(self, painter: QPainter, first: QPointF, end: QPointF) -> None:
        tokens = theme()
        painter.setPen(QPen(tokens.text, 2.0, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(first, end)
        painter.setPen(QPen(tokens.accent, 2.0))
        painter.setBrush(tokens.panel)
        painter.drawEllipse(end, END / 2, END / 2)


class Drawing(Pad):
    """A cloud of points that is drawn with the pointer, or wiped out."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self.wipes = False
        self.begins = False  # whether the next stroke takes the place of what is there
        self._last: QPointF | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        axes = self.plot.axes()
        if event.button() != Qt.MouseButton.LeftButton or axes is None:
            event.ignore()
            return
        self._last = event.position()
        (self._wipe if self.wipes else self._add)(axes, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        axes = self.plot.axes()
        if self._last is None or axes is None:
            event.ignore()
            return
        at = event.position()
        if self.wipes:
            self._wipe(axes, at)
            return
        far = _between(self._last, at)
        for k in range(1, int(far // PITCH) + 1):
            self._add(axes, self._last + (at - self._last) * (k * PITCH / far))
        if far >= PITCH:
            self._last = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last is None:
            event.ignore()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._last = None
            self.let_go.emit()

    def _add(self, axes: Axes, at: QPointF) -> None:
        before = [] if self.begins else self.points
        if axes.area.contains(at) and len(before) < MOST_DRAWN:
            self.begins = False
            self._tell([*before, self.within(axes, at)])

    def _wipe(self, axes: Axes, at: QPointF) -> None:
        kept = [p for p in self.points if _between(self.place(axes, p), at) > RUBBER]
        if kept and len(kept) < len(self.points):  # a drawing has at least one point
            self._tell(kept)

    def _tell(self, points: list[Point]) -> None:
        self.points = points
        self.moved.emit(list(points))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        axes = self.plot.axes()
        if axes is None or not self.points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(axes.area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().accent)
        for x, y in axes.pixels(np.array(self.points)).tolist():
            painter.drawEllipse(QRectF(x - 2.5, y - 2.5, 5.0, 5.0))


def _between(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())


_ARROWS: dict[Qt.Key, Point] = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}

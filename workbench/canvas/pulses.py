"""Dots moving along wires during a run: on one wire in three, and only if visible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.guard import guarded
from workbench.canvas.wire_item import WireItem
from workbench.canvas.wire_path import corners
from workbench.look.theme import appearance, theme

if TYPE_CHECKING:
    from workbench.canvas.scene import Scene

SPEED = 120.0  # px per second
APART = 96.0
RADIUS = 2.5
BEAT = 60  # ms: leave the CPU to the training
ONE_IN = 3
LEAST_ZOOM = 0.8
MOST = 24  # wires


class Pulse(QGraphicsItem):
    """One dot; moving it repaints nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(-0.2)

    def boundingRect(self) -> QRectF:
        return QRectF(-RADIUS - 2, -RADIUS - 2, 2 * RADIUS + 4, 2 * RADIUS + 4)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().canvas)
        painter.drawEllipse(QPointF(0, 0), RADIUS + 1.5, RADIUS + 1.5)
        painter.setBrush(theme().text)
        painter.drawEllipse(QPointF(0, 0), RADIUS, RADIUS)


class Pulses(QObject):
    """The dots of a run."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.scene = scene
        self.visible_area = QRectF()
        self._dots: list[Pulse] = []
        self._wires: list[WireItem] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=BEAT)
        self._timer.timeout.connect(self._beat)
        scene.live.status_changed.connect(self.refresh)
        scene.moved.connect(self.refresh)
        appearance.changed.connect(self.refresh)

    def look(self, sight: QRectF) -> None:
        """Set the visible part of the scene."""
        self.visible_area = sight
        if self._timer.isActive():
            self._choose()

    def refresh(self) -> None:
        """Start or stop with the run."""
        wanted = self.scene.live.status.status == "running" and theme().motion.hover > 0
        if wanted and not self._timer.isActive():
            self._clock.start()
            self._timer.start()
        elif not wanted:
            self._timer.stop()
        self._choose()

    def _choose(self) -> None:
        """Choose one visible wire in ONE_IN, at most MOST."""
        self._wires = []
        if self._timer.isActive() and self.scene.zoom >= LEAST_ZOOM and self.scene.detailed:
            near = self.scene.wire_places.near(corners(self.visible_area))
            seen = [w for w in near if not (w.muted or w.broken or w.hidden or w.name)]
            self._wires = seen[::ONE_IN][:MOST]
        self._beat()

    def _beat(self) -> None:
        places = list(self._places()) if self._wires else []
        while len(self._dots) < len(places):
            self._dots.append(Pulse())
            self.scene.addItem(self._dots[-1])
        for dot, place in zip(self._dots, places, strict=False):
            dot.setPos(place)
            dot.setVisible(True)
        for dot in self._dots[len(places) :]:
            dot.setVisible(False)

    def _places(self) -> Iterator[QPointF]:
        way = self._clock.elapsed() / 1000 * SPEED
        for number, wire in enumerate(self._wires):
            if wire.wire not in self.scene.wires:
                continue
            length = wire.line.length
            distance = (way + number * 31.0) % APART
            while distance < length:
                x, y = wire.line.at(distance)
                if self.visible_area.contains(x, y):
                    yield QPointF(x, y)
                distance += APART

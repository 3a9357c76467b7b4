"""Wheel, touchpad and pinch: the wheel and pinching zoom at the pointer, two fingers pan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent

from workbench.canvas.camera import WHEEL, Camera


class Wheel:
    """Convert wheel and touchpad events to pan and zoom."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera

    def turn(self, event: QWheelEvent) -> None:
        event.accept()
        camera = self.camera
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._is_touchpad(event) and not control:
            off = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
            camera.pan(off.x(), off.y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not control:
            turned = event.angleDelta()
            camera.pan(turned.x() or turned.y(), 0)
        else:
            camera.zoom_by(WHEEL ** event.angleDelta().y(), event.position())

    def _is_touchpad(self, event: QWheelEvent) -> bool:
        if event.device().type() == QInputDevice.DeviceType.TouchPad:
            return True
        return event.phase() != Qt.ScrollPhase.NoScrollPhase

    def pinch(self, event: QEvent) -> bool:
        if not isinstance(event, QNativeGestureEvent):
            return False
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.camera.zoom_by(1 + event.value(), QPointF(event.position()))
            return True
        return False

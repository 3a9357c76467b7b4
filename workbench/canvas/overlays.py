"""The positions of the overlays: switches, zoom bar, map, search and refusal.

They are children of the viewport. As its siblings on top of it they would make Qt repaint the whole
viewport at each step of a pan instead of scrolling its pixels.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsView

from workbench.canvas.camera import LEAST_AIR, Camera
from workbench.canvas.controls import MARGIN, RefusalBox, Switches, ZoomBar
from workbench.canvas.minimap import Minimap
from workbench.canvas.scene import Scene
from workbench.canvas.search import Search

LEAST_FOR_MAP, LEAST_FOR_WORDS = 620, 1100  # px of width for map and texts


HEAD = 24.0  # px above fitted content, for the titles of frames
MOST_CLEARED = 300  # nodes
SHIFTS = (0.0, -0.5, 0.5, -1.0, 1.0)  # shares of the margin


class Overlays:
    """The canvas's overlays."""

    def __init__(self, view: QGraphicsView, scene: Scene, camera: Camera) -> None:
        self.view = view
        self.scene = scene
        self.camera = camera
        self._drift = QPoint()
        over = view.viewport()
        self.zoom_bar = ZoomBar(over, camera)
        self.minimap = Minimap(over, scene, camera)
        self.switches = Switches(over)
        self.search = Search(over)
        self.refusal = RefusalBox(over)
        self._all = (self.zoom_bar, self.minimap, self.switches, self.search, self.refusal)
        for overlay in self._all:
            overlay.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        for key, on in (("shapes", scene.shapes), ("snap", scene.snap), ("map", True)):
            self.switches.show_state(key, on)
        self.switches.toggled.connect(self._switched)

    def is_on(self, key: str) -> bool:
        return self.switches.buttons[key].isChecked()

    def toggle(self, key: str) -> None:
        self.switches.buttons[key].toggle()

    def _switched(self, key: str, on: bool) -> None:
        if key == "shapes":
            self.scene.show_shapes(on)
        elif key == "snap":
            self.scene.snap = on
        self.place()

    def place(self) -> None:
        """Move each overlay to its corner; a narrow canvas has no map."""
        width, height = self.view.width(), self.view.height()
        self.minimap.setVisible(self._map_wanted())
        right, bottom = width - MARGIN, height - MARGIN
        map_left = right - self.minimap.width()
        self.minimap.move(map_left, bottom - self.minimap.height())
        self.zoom_bar.adjustSize()
        edge = map_left - 8 if self.minimap.isVisibleTo(self.view) else right
        self.zoom_bar.move(edge - self.zoom_bar.width(), bottom - self.zoom_bar.height())
        self.switches.show_words(width >= LEAST_FOR_WORDS)
        self.switches.adjustSize()
        self.switches.move(right - self.switches.width(), MARGIN - 4)

    def _map_wanted(self) -> bool:
        """Return whether a map is useful: not if the whole graph is visible."""
        scene = self.scene
        if not self.is_on("map") or self.view.width() < LEAST_FOR_MAP:
            return False
        if len(scene.nodes) > MOST_CLEARED:  # joining all would be too slow
            return True
        content = scene.content()
        return not content.isEmpty() and not self.camera.visible_area.contains(content)

    def view_changed(self) -> None:
        """Show or hide the map after the view has changed."""
        if self._map_wanted() != self.minimap.isVisibleTo(self.view):
            self.place()

    def shift_to_clear(self, there: QRectF) -> QPointF:
        """Return how to shift a graph that will fill `there`, so that overlays hide no text.

        Of the shifts within the margin, choose the smallest that hides least.
        """
        scene, content = self.scene, self.scene.content()
        if not 0 < len(scene.nodes) <= MOST_CLEARED or content.isEmpty():
            return QPointF()
        scale, corner = there.width() / content.width(), content.topLeft()
        read = [_mapped(i.area, corner, scale, there.topLeft()) for i in scene.readable_items()]
        view = self.view.viewport().rect()
        across = max((view.width() - there.width()) / 2 - LEAST_AIR, 0.0)
        down = max((view.height() - there.height()) / 2 - HEAD, 0.0)
        shifts = [QPointF(x * across, y * down) for x in SHIFTS for y in SHIFTS]
        return min(shifts, key=lambda s: (self._hidden(read, s), s.manhattanLength()))

    def _hidden(self, read: list[QRectF], shift: QPointF) -> float:
        """Return how much text the overlays would hide."""
        over = [
            QRectF(w.geometry())
            for w in (self.minimap, self.zoom_bar, self.switches)
            if w.isVisibleTo(self.view)
        ]
        hidden = (n.translated(shift).intersected(o) for n in read for o in over)
        return sum(h.width() * h.height() for h in hidden if not h.isEmpty())

    def scrolled(self, dx: int, dy: int) -> None:
        """Note that the viewport's pixels were scrolled, and the overlays with them."""
        self._drift += QPoint(dx, dy)

    def restore_positions(self) -> None:
        """Move the overlays back; between two scrolls this would repaint everything."""
        if self._drift.isNull():
            return
        drift, self._drift = self._drift, QPoint()
        for overlay in self._all:
            overlay.move(overlay.pos() - drift)


def _mapped(area: QRectF, corner: QPointF, scale: float, to: QPointF) -> QRectF:
    at = (area.topLeft() - corner) * scale + to
    return QRectF(at.x(), at.y(), area.width() * scale, area.height() * scale)

"""The positions of the overlays: switches, zoom bar, map, search, find and refusal.

They are children of the viewport. As its siblings on top of it they would make Qt repaint the whole
viewport at each step of a pan instead of scrolling its pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QRegion, QTransform
from PySide6.QtWidgets import QGraphicsView, QWidget

from workbench.canvas.camera import Camera
from workbench.canvas.controls import MARGIN, RefusalBox, Switches, ZoomBar
from workbench.canvas.crumbs import Crumbs
from workbench.canvas.find import FindBar
from workbench.canvas.frame_item import FrameItem
from workbench.canvas.minimap import Minimap
from workbench.canvas.scene import Scene
from workbench.canvas.search import Search

LEAST_FOR_MAP, LEAST_FOR_WORDS = 620, 1100  # px of width for map and texts


MOST_CLEARED = 300  # nodes
STEP, NEAREST = 8, 4  # px: of places tried; least distance of an overlay from a node
MAP_LASTS = 3000  # ms


class Overlays:
    """The canvas's overlays."""

    def __init__(self, view: QGraphicsView, scene: Scene, camera: Camera) -> None:
        self.view = view
        self.scene = scene
        self.camera = camera
        self._drift = QPoint()
        self._free: dict[QWidget, QPoint] = {}  # where they hide nothing, in a view of this size:
        self._free_in = QSize()
        self._flash = QTimer(self.view, singleShot=True, interval=MAP_LASTS)
        self._flash.timeout.connect(self._end_flash)
        over = view.viewport()
        self.zoom_bar = ZoomBar(over, camera)
        self.minimap = Minimap(over, scene, camera)
        self.switches = Switches(over)
        self.search = Search(over)
        self.find = FindBar(over, scene, camera)
        self.refusal = RefusalBox(over)
        self.crumbs = Crumbs(over)
        corners = (self.zoom_bar, self.minimap, self.switches, self.crumbs)
        self._all = (*corners, self.search, self.find, self.refusal)
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
        self._move(self.zoom_bar, edge - self.zoom_bar.width(), bottom - self.zoom_bar.height())
        self.switches.show_words(width >= LEAST_FOR_WORDS)
        self.switches.adjustSize()
        self._move(self.switches, right - self.switches.width(), MARGIN - 4)
        self.find.place(width)
        self._move(self.crumbs, MARGIN, MARGIN - 4)

    def _move(self, overlay: QWidget, x: int, y: int) -> None:
        """Move an overlay to its corner, or to where it hides nothing."""
        free = self._free.get(overlay) if self._free_in == self.view.size() else None
        if free and self.minimap.isVisibleTo(self.view):  # the map came after it was found
            hidden = QRect(free, overlay.size()).intersects(self.minimap.geometry())
            free = None if hidden else free
        overlay.move(free or QPoint(x, y))

    def _end_flash(self) -> None:
        self.switches.show_state("map", False)

    def flash_map(self) -> None:
        """Show the map for a while."""
        if self.is_on("map"):
            self._flash.start()

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

    def clear(self, there: QRectF) -> None:
        """Move the overlays to where they hide nothing of a graph that will fill `there`."""
        content = self.scene.content()
        if not 0 < len(self.scene.nodes) <= MOST_CLEARED or content.isEmpty():
            return
        scale = there.width() / content.width()
        to_view = QTransform.fromTranslate(there.x(), there.y()).scale(scale, scale)
        to_view.translate(-content.x(), -content.y())
        self._clear(to_view)

    def clear_now(self) -> None:
        """Move the overlays to where they hide nothing of what is in sight."""
        self.place()
        shown = [self.minimap] if self.minimap.isVisibleTo(self.view) else []
        self._clear(self.view.viewportTransform(), shown)

    def make_way(self) -> None:
        """Move off the nodes that have come under an overlay: they have grown, or the view has."""
        if len(self.scene.nodes) > MOST_CLEARED:
            return
        shown, to_view = (self.zoom_bar, self.switches, self.crumbs), self.view.viewportTransform()
        over = [QRectF(_near(o.geometry())) for o in shown if o.isVisibleTo(self.view)]
        nodes = (to_view.mapRect(item.area) for item in self.scene.nodes.values())
        if any(one.intersects(node) for node in nodes for one in over):
            self.clear_now()

    def _frames(self) -> list[FrameItem]:
        return [box for box in self.scene.boxes.values() if isinstance(box, FrameItem)]

    def _clear(self, to_view: QTransform, over: Iterable[QWidget] = ()) -> None:
        """Move each overlay to the free place nearest to its corner, first along its edge."""
        areas = [i.area for i in self.scene.readable_items()]
        areas += [line for box in self._frames() for line in _lines(box)]
        hidden, seen = QRegion(), QRectF(self.view.rect())
        for area in areas:
            hidden += (to_view.mapRect(area) & seen).toAlignedRect()
        for widget in over:
            hidden += widget.geometry()
        self._free, self._free_in = {}, self.view.size()
        self.place()
        for overlay in (self.crumbs, self.zoom_bar, self.switches):
            spots = (QRect(at, overlay.size()) for at in self._spots(overlay))
            found = next((s for s in spots if not hidden.intersects(_near(s))), None)
            if found is not None:
                self._free[overlay] = found.topLeft()
                hidden += found
        self.place()

    def _spots(self, overlay: QWidget) -> Iterator[QPoint]:
        """Return an overlay's place, then those along its edge, all edges, and anywhere."""
        if overlay is self.crumbs:
            for x in range(MARGIN, self.view.width() - overlay.width(), STEP):
                yield QPoint(x, MARGIN - 4)
        right = self.view.width() - MARGIN - overlay.width()
        bottom = self.view.height() - MARGIN - overlay.height()
        corner = QPoint(right, bottom if overlay is self.zoom_bar else MARGIN - 4)
        for x in range(right, MARGIN - 1, -STEP):
            yield QPoint(x, corner.y())
        rows = range(MARGIN, bottom, STEP)
        for y in reversed(rows) if corner.y() > bottom / 2 else rows:
            yield QPoint(self.view.width() - MARGIN - overlay.width(), y)
            yield QPoint(MARGIN, y)
        other = MARGIN - 4 if overlay is self.zoom_bar else bottom
        yield from (QPoint(x, other) for x in range(right, MARGIN - 1, -STEP))
        for y in reversed(rows) if corner.y() > bottom / 2 else rows:
            yield from (QPoint(x, y) for x in range(right, MARGIN - 1, -2 * STEP))

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


def _lines(frame: FrameItem) -> list[QRectF]:
    """Return what no overlay may lie on: a frame's edges and title."""
    area = frame.area
    left, top, wide, high = area.x(), area.y(), area.width(), area.height()
    upright = [QRectF(x, top, 1, high) for x in (left, area.right())]
    return [*upright, *(QRectF(left, y, wide, 1) for y in (top, area.bottom())), frame.title_area]


def _near(overlay: QRect) -> QRect:
    return overlay.adjusted(-NEAREST, -NEAREST, NEAREST, NEAREST)

"""Show all of the graph, or some items of it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF

from engine.document.naming import IN
from engine.document.walks import upstream_ids
from workbench.canvas.camera import AIR, Camera
from workbench.canvas.lettering import SMALLEST
from workbench.canvas.overlays import Overlays
from workbench.canvas.scene import Scene
from workbench.canvas.selection import Thing


class Navigation:
    """Move the camera to the scene's items, clear of the overlays."""

    def __init__(self, scene: Scene, camera: Camera, overlays: Overlays) -> None:
        self.scene = scene
        self.camera = camera
        self.overlays = overlays
        self._opened = False  # and neither looked elsewhere nor fitted since

    def open(self) -> None:
        """Show all if it can be read, else the training lane, and the map for a while.

        Of a large group it is the beginning, at its inputs.
        """
        content = self.scene.content()
        lane = self._lane()
        fits = content.isEmpty() or self.camera.fitting(content) >= SMALLEST
        if fits or lane.isEmpty() or not self.camera.can_fit(content):
            self.fit_all(animate=False)
            self._opened = True
            return
        scale = self.camera.scale_of(SMALLEST)
        sight = QRectF(self.camera.view.viewport().rect())
        half = QPointF(sight.width(), sight.height()) / scale / 2
        lane, within = _aired(lane, AIR / scale), _aired(content, AIR / scale)
        centre = QPointF(
            _centred(lane.left(), lane.right(), half.x(), within.left(), within.right()),
            _centred(lane.top(), lane.bottom(), half.y(), within.top(), within.bottom()),
        )
        self.camera.centre_on(centre, SMALLEST, animate=False)
        self.overlays.clear_now()
        self.overlays.flash_map()
        self.camera.fitted = self._positions()
        self._opened = True

    def _lane(self) -> QRectF:
        """Return the rectangle of the first trainer and what leads to it, without samplers.

        A group without a trainer is all one lane.
        """
        graph, role = self.scene.graph, self.scene.catalogue.role
        trainers = [
            n for n, p in graph.nodes.items() if n in self.scene.nodes and role(p) == "trainer"
        ]
        if not trainers:
            return self.scene.content() if IN in self.scene.nodes else QRectF()
        at = graph.layout.positions
        first = min(trainers, key=lambda n: at.get(n, [0.0, 0.0])[::-1])
        near = upstream_ids(graph.wires, [first])
        others = upstream_ids(graph.wires, [t for t in trainers if t in near and t != first])
        return self.scene.area_of_all({first, *near} - others)

    def fit_all(self, *, animate: bool = True) -> None:
        self._opened = False
        content = self.scene.content()
        if self.camera.can_fit(content):
            self.camera.fit(content, animate=animate, clear=self.overlays.clear)
        else:
            self.camera.fit_most([n.area for n in self.scene.nodes.values()], animate=animate)
        self.camera.fitted = self._positions()

    def fit_again(self) -> None:
        """Fit all again if all was fitted and neither view nor nodes were moved since."""
        if self.camera.fitted == self._positions():
            if self._opened:
                self.open()
            else:
                self.fit_all(animate=False)

    def _positions(self) -> dict[str, list[float]]:
        """Return the document's positions; nodes may grow without an edit."""
        return dict(self.scene.graph.layout.positions)

    def fit_selection(self) -> None:
        area = self.scene.area_of_all(self.scene.selection.things)
        self.camera.fit(area if not area.isEmpty() else self.scene.content(), most=1.5)

    def reveal(self, things: Iterable[Thing]) -> None:
        """Scroll only as far as needed to show these items."""
        self.camera.ensure_visible(self.scene.area_of_all(things))


def _aired(area: QRectF, air: float) -> QRectF:
    return area.adjusted(-air, -air, air, air)


def _centred(low: float, high: float, half: float, least: float, most: float) -> float:
    """Return where to centre a view to show a stretch, its start first, and nothing beyond."""
    if most - least <= 2 * half:
        return (least + most) / 2
    wanted = min((low + high) / 2, low + half)
    return min(max(wanted, least + half), most - half)

"""Show all of the graph, or some items of it."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.canvas.camera import Camera
from workbench.canvas.overlays import Overlays
from workbench.canvas.scene import Scene
from workbench.canvas.selection import Thing


class Navigation:
    """Move the camera to the scene's items, clear of the overlays."""

    def __init__(self, scene: Scene, camera: Camera, overlays: Overlays) -> None:
        self.scene = scene
        self.camera = camera
        self.overlays = overlays

    def fit_all(self, *, animate: bool = True) -> None:
        content = self.scene.content()
        if self.camera.can_fit(content):
            self.camera.fit(content, animate=animate, clear=self.overlays.shift_to_clear)
        else:
            self.camera.fit_most([n.area for n in self.scene.nodes.values()], animate=animate)
        self.camera.fitted = self._positions()

    def fit_again(self) -> None:
        """Fit all again if all was fitted and neither view nor nodes were moved since."""
        if self.camera.fitted == self._positions():
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

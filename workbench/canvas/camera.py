"""The view's transform: pan, zoom at a point, fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRect, QRectF, QVariantAnimation, Signal
from PySide6.QtGui import QCursor, QTransform
from PySide6.QtWidgets import QGraphicsView

from engine.document.bounds import FARTHEST, LARGEST_SIDE
from workbench.canvas.layout import NEAR
from workbench.canvas.lettering import SMALLEST
from workbench.look.theme import theme

LEAST, MOST = 0.05, 4.0
STEP = 1.2  # zoom factor of one press of plus or minus
WHEEL = 1.0015  # zoom factor for one eighth of a degree
AIR, LEAST_AIR = 18.0, 8.0  # px of margin around fitted content, and the least
MOST_FAR = FARTHEST + LARGEST_SIDE
WORLD = QRectF(-MOST_FAR, -MOST_FAR, 2 * MOST_FAR, 2 * MOST_FAR)


class Camera(QObject):
    """Move and scale a view. `changed` is emitted at each step.

    At 100 %, a unit of the scene is one pixel times the user's text scale.
    """

    changed = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self.view = view
        self.fitted: object = None
        """The content last fitted, until the user looks elsewhere."""
        self._zoom = 1.0
        self._animation = QVariantAnimation(self)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._animate)
        self._from = self._to = (QPointF(), 1.0)
        view.setSceneRect(WORLD)

    @property
    def zoom(self) -> float:
        return self._zoom

    @property
    def scale(self) -> float:
        """Return the number of screen pixels in a unit of the scene."""
        return self.scale_of(self._zoom)

    @property
    def centre(self) -> QPointF:
        return self.to_scene(QPointF(self.view.viewport().rect().center()))

    @property
    def pointer(self) -> QPointF:
        """Return the scene point under the pointer, or the visible middle if it is outside."""
        view = self.view.viewport()
        at = view.mapFromGlobal(QCursor.pos())
        inside = view.rect().contains(at) and self.view.isActiveWindow()
        return self.to_scene(QPointF(at)) if inside else self.centre

    @property
    def visible_area(self) -> QRectF:
        """Return the visible part of the scene."""
        inverse = self.view.viewportTransform().inverted()[0]
        return inverse.mapRect(QRectF(self.view.viewport().rect()))

    def to_scene(self, at: QPointF) -> QPointF:
        return self.view.viewportTransform().inverted()[0].map(at)

    def to_view(self, place: QPointF) -> QPointF:
        return self.view.viewportTransform().map(place)

    def area_to_view(self, area: QRectF) -> QRect:
        return self.view.viewportTransform().mapRect(area).toRect()

    def pan(self, dx: float, dy: float) -> None:
        """Scroll the view by pixels."""
        self._animation.stop()
        self.fitted = None
        self._scroll(dx, dy)
        self.changed.emit()

    def _scroll(self, dx: float, dy: float) -> None:
        for bar, off in (
            (self.view.horizontalScrollBar(), dx),
            (self.view.verticalScrollBar(), dy),
        ):
            there = min(max(bar.value() - off, bar.minimum()), bar.maximum())  # Qt takes 32 bits
            bar.setValue(round(there))

    def zoom_in(self) -> None:
        self.zoom_by(STEP)

    def zoom_out(self) -> None:
        self.zoom_by(1 / STEP)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Scale by `factor`, keeping the scene point under `at`, in the viewport, fixed."""
        self.zoom_to(self._zoom * factor, at)

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        self._animation.stop()
        self.fitted = None
        self._scale_at(zoom, at or QPointF(self.view.viewport().rect().center()))
        self.changed.emit()

    def _scale_at(self, zoom: float, at: QPointF) -> None:
        place = self.to_scene(at)
        self._zoom = min(max(zoom, LEAST), MOST)
        self.view.setTransform(QTransform.fromScale(self.scale, self.scale))
        off = self.to_view(place) - at
        self._scroll(-off.x(), -off.y())

    def refresh(self) -> None:
        """Apply a change of the user's text scale."""
        self.zoom_to(self._zoom)

    def fit(
        self,
        area: QRectF,
        *,
        most: float = 1.0,
        animate: bool = True,
        clear: Callable[[QRectF], None] | None = None,
    ) -> None:
        """Fit an area into the view at zoom `most` or less, with less margin if that gains detail.

        `clear` is called with the area's rectangle in the view.
        """
        area = area.intersected(WORLD)
        if area.isEmpty():
            return
        zoom = min(max(self.fitting(area), LEAST), most)
        scale = self.scale_of(zoom)
        there = QRectF(0, 0, area.width() * scale, area.height() * scale)
        there.moveCenter(QRectF(self.view.viewport().rect()).center())
        if clear is not None:
            clear(there)
        self.centre_on(area.center(), zoom, animate=animate)

    def fitting(self, area: QRectF) -> float:
        """Return the zoom that fits an area, with less margin where that makes type readable."""
        zoom = self._fitting(area, AIR)
        closest = self._fitting(area, LEAST_AIR)
        return next((z for z in (SMALLEST, NEAR) if zoom < z <= closest), zoom)

    def can_fit(self, area: QRectF) -> bool:
        """Return whether an area can be fitted at the least zoom."""
        return area.isEmpty() or self._fitting(area.intersected(WORLD), LEAST_AIR) >= LEAST

    def fit_most(self, areas: list[QRectF], *, animate: bool = True) -> None:
        """Show as many areas as fit, those nearest to their median first."""
        crowd = QRectF()
        for area in _nearest_first(areas):
            near = crowd.united(area)
            crowd = near if self.can_fit(near) else crowd
        self.fit(crowd, animate=animate)

    def scale_of(self, zoom: float) -> float:
        return zoom * theme().text_scale

    def _fitting(self, area: QRectF, air: float) -> float:
        size = self.view.viewport().size()
        across = (size.width() - 2 * air) / area.width()
        down = (size.height() - 2 * air) / area.height()
        return min(across, down) / theme().text_scale

    def centre_on(self, centre: QPointF, zoom: float, *, animate: bool = True) -> None:
        """Centre the view on a point of the scene."""
        centre = QPointF(_within(centre.x(), MOST_FAR), _within(centre.y(), MOST_FAR))
        self._animation.stop()
        self.fitted = None
        self._from, self._to = (self.centre, self._zoom), (centre, zoom)
        if not animate or not theme().motion.fit or not self.view.isVisible():
            self._animate(1.0)
            return
        self._animation.setDuration(theme().motion.fit)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.start()

    @property
    def resting(self) -> tuple[QPointF, float]:
        """Return the centre and the zoom, those to come while the view moves."""
        moving = self._animation.state() == QVariantAnimation.State.Running
        return self._to if moving else (self.centre, self._zoom)

    def fly_from(self, place: QRectF, area: QRectF) -> None:
        """Come to what is shown from where an area of the scene filled a place of the view."""
        sight = QRectF(self.view.viewport().rect())
        if not theme().motion.fit or area.isEmpty() or not place.intersects(sight):
            return
        there, fitted = (self.centre, self._zoom), self.fitted
        filling = min(place.width() / area.width(), place.height() / area.height())
        zoom = min(max(filling / theme().text_scale, LEAST), MOST)
        off = (place.center() - sight.center()) / self.scale_of(zoom)
        self.centre_on(area.center() - off, zoom, animate=False)
        self.centre_on(*there)
        self.fitted = fitted

    def _animate(self, share: float) -> None:
        (from_place, from_zoom), (to_place, to_zoom) = self._from, self._to
        zoom = math.exp(math.log(from_zoom) * (1 - share) + math.log(to_zoom) * share)
        middle = QPointF(self.view.viewport().rect().center())
        self._scale_at(zoom, middle)
        off = self.to_view(from_place * (1 - share) + to_place * share) - middle
        self._scroll(-off.x(), -off.y())
        self.changed.emit()

    def ensure_visible(self, area: QRectF) -> None:
        """Scroll only as far as needed to show an area; zoom out for one that is too large."""
        sight = self.visible_area
        if sight.contains(area):
            return
        one = self.scale
        if area.width() > sight.width() or area.height() > sight.height():
            self.fit(area, most=self._zoom)
            return
        seen = sight.adjusted(AIR / one, AIR / one, -AIR / one, -AIR / one)
        dx = max(area.right() - seen.right(), 0) or min(area.left() - seen.left(), 0)
        dy = max(area.bottom() - seen.bottom(), 0) or min(area.top() - seen.top(), 0)
        self.centre_on(self.centre + QPointF(dx, dy), self._zoom)


def _nearest_first(areas: list[QRectF]) -> list[QRectF]:
    """Return areas sorted by distance from the median of all."""
    if not areas:
        return []
    x, y = median(a.center().x() for a in areas), median(a.center().y() for a in areas)
    return sorted(areas, key=lambda a: (a.center() - QPointF(x, y)).manhattanLength())


def _within(value: float, most: float) -> float:
    return min(max(value, -most), most)

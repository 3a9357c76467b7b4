"""The pictures of views with windows of their own, drawn by pyqtgraph, for exploring large data.

Here the wheel zooms both axes, or one over its numbers; dragging pans; a crosshair follows the
pointer; levels of values are dragged beside their histogram. What is shown is kept by the `Plot`
beneath, as for the painters of the dock: its limits, its keys, its menu, its export.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)

from workbench.look.theme import CURVE_WIDTH, RAW_SHARE, VIEW_MARGIN, Theme
from workbench.plots import maps
from workbench.plots.axes import Axes, logarithm, number
from workbench.plots.base import Hit, Picture
from workbench.plots.curve import Curves
from workbench.plots.density import OVER, Density
from workbench.plots.images import Cells, Images, paint_frame
from workbench.plots.look import Look, Span
from workbench.plots.overlay import paint_label

if TYPE_CHECKING:
    from workbench.plots.widget import Plot

GRID = 0.12  # opacity of the grid lines
LEVELS = 150  # px for the histogram of values
BINS = 64
STRIP = 0.16  # width of the strip of colours, as a share of the longest bar
SIDES = {"left": "y", "bottom": "x"}
RIGHT = "right"  # the side of an axis for curves of another scale


class Numbers(pg.AxisItem):
    """An axis whose numbers are in the window's language."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [number(10.0 ** min(max(value, -300.0), 300.0)) for value in values]
        return [number(value * scale, spacing * scale) for value in values]

    def restyle(self, look: Look) -> None:
        self.setPen(QPen(look.colour("edge"), 1))
        self.setTextPen(QPen(look.colour("text2")))
        self.setStyle(tickFont=look.font("tick"))


class Explorer(pg.GraphicsLayoutWidget):
    """Draw one kind of picture over a `Plot`. Subclasses draw in `draw`."""

    crosses = True  # whether lines cross at the pointer

    def __init__(self, plot: Plot) -> None:
        super().__init__(parent=plot)
        self.plot = plot
        self.picture: Any = None
        self.sight: Look = plot.look()
        self._theme: tuple[Theme, float] | None = None
        self._pointer: QPointF | None = None
        self._points = False  # whether only the pointer has moved since the last painting
        self._held: QPixmap | None = None  # what is below the crosshair, until the scene changes
        self.scene().changed.connect(self._release)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the plot has the keys
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ci.setContentsMargins(VIEW_MARGIN, 4, VIEW_MARGIN, 4)
        axes = {side: Numbers(side) for side in (*SIDES, RIGHT)}
        self.space = self.addPlot(axisItems=axes, enableMenu=False)
        self.space.hideAxis(RIGHT)
        self.space.hideButtons()
        self.box = self.space.getViewBox()
        self.box.disableAutoRange()
        self.box.sigRangeChangedManually.connect(self._keep_sight)
        self.build()

    def build(self) -> None:
        """Make the items."""

    def draw(self, picture: Any, look: Look) -> None:
        """Draw a picture."""
        raise NotImplementedError

    def show_picture(self, picture: Picture, look: Look) -> None:
        """Draw a picture in the limits of `look`."""
        self.picture, self.sight = picture, look
        if self._theme != (look.theme, look.em(1)):
            self._theme = (look.theme, look.em(1))
            self.restyle(look)
        self.draw(picture, look)
        x, y = self.spans(picture, look)
        self.box.setRange(xRange=x, yRange=y, padding=0)
        self._release()
        self.viewport().update()

    def spans(self, picture: Any, look: Look) -> tuple[Span, Span]:
        """Return the ranges of x and y to show."""
        axes: Axes = picture.axes(QRectF(self.rect()), look)
        return axes.x, axes.y

    def restyle(self, look: Look) -> None:
        self.setBackground(look.colour("panel"))
        for side in (*SIDES, RIGHT):
            self.space.getAxis(side).restyle(look)
        self.space.showGrid(x=True, y=True, alpha=GRID)

    def name_axes(self, look: Look, **names: str) -> None:
        """Write the names of the axes in the colour of texts."""
        for side, name in SIDES.items():
            colour = look.colour("text2").name()
            self.space.getAxis(side).setLabel(names.get(name, ""), color=colour)

    def _keep_sight(self, *_: object) -> None:
        x, y = self.box.viewRange()
        self.plot.hold({"x": (x[0], x[1]), "y": (y[0], y[1])})

    def axes(self) -> Axes:
        """Return the map from data to pixels of this widget."""
        x, y = self.box.viewRange()
        log = [self.space.getAxis(side).logMode for side in ("bottom", "left")]
        area = QRectF(self.box.sceneBoundingRect())
        return Axes(area, (x[0], x[1]), (y[0], y[1]), log[0], log[1])

    def hit(self, axes: Axes, place: QPointF) -> Hit | None:
        """Return what is under the pointer."""
        raise NotImplementedError

    def paint_over(self, painter: QPainter, axes: Axes, look: Look) -> None:
        """Paint over the data, in pixels."""

    def paintEvent(self, event: QPaintEvent) -> None:
        start = time.thread_time()
        points, self._points = self._points, False
        if not points:
            super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if points:
            painter.drawPixmap(0, 0, self._scene_held())
        if self.picture is not None:
            axes = self.axes()
            self.paint_over(painter, axes, self.sight)
            self._paint_crosshair(painter, axes, self.sight)
        painter.end()
        if not points:
            self.plot.note_cost(time.thread_time() - start)

    def _scene_held(self) -> QPixmap:
        """Return the scene as it was painted last; painting it anew for each move would lag."""
        ratio = self.devicePixelRatioF()
        if self._held is None:
            self._held = QPixmap(self.viewport().size() * ratio)
            self._held.setDevicePixelRatio(ratio)
            painter = QPainter(self._held)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.render(painter, QRectF(self.viewport().rect()), self.viewport().rect())
            painter.end()
        return self._held

    def _release(self, *_: object) -> None:
        self._held, self._points = None, False

    def _paint_crosshair(self, painter: QPainter, axes: Axes, look: Look) -> None:
        place = self._pointer
        if place is None or not axes.area.contains(place):
            return
        if self.crosses:
            area = axes.area
            painter.setPen(QPen(look.colour("text3"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(place.x(), area.top()), QPointF(place.x(), area.bottom()))
            painter.drawLine(QPointF(area.left(), place.y()), QPointF(area.right(), place.y()))
        if hit := self.hit(axes, place):
            self.mark(painter, axes, look, hit)
            paint_label(painter, hit.text, place, self.width(), look)

    def mark(self, painter: QPainter, axes: Axes, look: Look, hit: Hit) -> None:
        """Mark the item under the pointer."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        event.accept()  # else the plot below takes it too
        self._pointer = event.position()
        self._points = True
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._release()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.plot.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.RightButton:  # pyqtgraph's own menus are English
            super().mousePressEvent(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.RightButton:
            super().mouseReleaseEvent(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.plot.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.plot.contextMenuEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        event.accept()


class ExploredCurves(Explorer):
    """Lines with their names at their ends; thinned to the highest and lowest of each pixel."""

    def build(self) -> None:
        self._lines: list[tuple[Any, Any]] = []  # of each line: as measured, and smoothed

    def draw(self, picture: Curves, look: Look) -> None:
        logs = {"x": bool(picture.facts.get("x_log")), "y": picture.log}
        for side, name in SIDES.items():
            self.space.getAxis(side).setLogMode(**{name: logs[name]})
        self.name_axes(look, x=picture.text("x_name"), y=picture.text("unit"))
        self.space.showAxis(RIGHT, bool(picture.flat) and not picture.log)
        self.space.getAxis(RIGHT).setScale(1 / picture.flat[0].times if picture.flat else 1.0)
        self._match(len(picture.lines))
        for index, (line, (raw, shown)) in enumerate(zip(picture.lines, self._lines, strict=True)):
            x = logarithm(line.x) if logs["x"] else line.x
            pen = picture.pen(look, index, CURVE_WIDTH)
            self._give(shown, x, line.smooth * line.times, pen, log=logs["y"])
            thin = QPen(picture.colour(look, index, RAW_SHARE), 1)
            given = line.y * line.times if line.smooth is not line.y else np.zeros(0)
            self._give(raw, x[: len(given)], given, thin, log=logs["y"])
        axes = picture.axes(QRectF(self.rect()), look)
        room = max(0, self.rect().right() - round(axes.area.right()))
        self.space.setContentsMargins(0, 0, room, 0)

    def _match(self, count: int) -> None:
        while len(self._lines) < count:
            pair = tuple(pg.PlotDataItem(autoDownsampleFactor=1.0) for _ in range(2))
            for z, item in zip((0, 1), pair, strict=True):
                item.setZValue(z)
                self.space.addItem(item)
            self._lines.append(pair)
        while len(self._lines) > count:
            for item in self._lines.pop():
                self.space.removeItem(item)

    def _give(self, item: Any, x: np.ndarray, y: np.ndarray, pen: QPen, *, log: bool) -> None:
        """Give a line its data; one that is no function of x is drawn as it is."""
        function = bool((np.diff(x) >= 0).all())
        if function != item.opts["clipToView"]:  # each of these draws anew
            item.setDownsampling(auto=function, method="peak")
            item.setClipToView(function)
        pen.setCosmetic(True)
        y = logarithm(y) if log else y
        item.setData(x, y, pen=pen, connect="finite", antialias=True)

    def hit(self, axes: Axes, place: QPointF) -> Hit | None:
        return self.picture.hit_on(axes, place)

    def mark(self, painter: QPainter, axes: Axes, look: Look, hit: Hit) -> None:
        self.picture.mark_on(painter, axes, look, hit.index)

    def paint_over(self, painter: QPainter, axes: Axes, look: Look) -> None:
        self.picture.paint_slider(painter, axes, look)
        self.picture.paint_names(painter, QRectF(self.rect()), axes, look)


class ExploredDensity(Explorer):
    """A coloured plane, with the histogram of its values, on which the levels are dragged."""

    def build(self) -> None:
        self.image = pg.ImageItem(axisOrder="row-major")
        self.dots = pg.ScatterPlotItem(size=4, pen=None)
        self.space.addItem(self.image)
        self.space.addItem(self.dots)
        self.levels = Levels()
        self.levels.region.sigRegionChanged.connect(self._keep_levels)
        self.addItem(self.levels)

    def restyle(self, look: Look) -> None:
        super().restyle(look)
        self.space.showGrid(x=False, y=False)
        self.levels.restyle(look)

    def draw(self, picture: Density, look: Look) -> None:
        left, right, low, high = picture.extent
        span, colours = picture.value_span(look), maps.colours(picture.use, look)
        self.box.setAspectLocked(picture.equal())
        self.image.setImage(picture.values, autoLevels=False, levels=span, lut=colours)
        self.image.setRect(QRectF(left, low, right - left, high - low))
        points = picture.points if picture.points is not None else np.zeros((0, 2))
        self.dots.setData(pos=points, brush=pg.mkBrush(look.colour("on_fill", OVER)))
        self.levels.draw(picture.values, span, colours)

    def _keep_levels(self) -> None:
        low, high = self.levels.region.getRegion()
        if not self.levels.drawing and high > low:
            self.plot.hold({"value": (low, high)})

    def hit(self, axes: Axes, place: QPointF) -> Hit | None:
        return self.picture.hit_on(axes, place)


class ExploredImages(Explorer):
    """Grey images in a grid that is zoomed, with the histogram of their values and its levels."""

    crosses = False

    def build(self) -> None:
        for side in SIDES:
            self.space.hideAxis(side)
        self.box.setAspectLocked(True)
        self.box.invertY(True)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.space.addItem(self.image)
        self.levels = Levels()
        self.levels.region.sigRegionChanged.connect(self._keep_levels)
        self.addItem(self.levels)
        self.columns, self.gap, self.shown = 1, 0, 0
        self._pressed = QPointF()

    def restyle(self, look: Look) -> None:
        super().restyle(look)
        self.space.showGrid(x=False, y=False)
        self.levels.restyle(look)

    def draw(self, picture: Images, look: Look) -> None:
        cells = picture.cells(QRectF(self.rect()).adjusted(0, 0, -LEVELS, 0), look)
        side = min(picture.images.shape[2:])
        self.columns, self.shown = max(1, min(cells.columns, picture.count)), cells.count
        self.gap = max(1, round(side / 10)) if picture.gap else 0
        span = look.limits.get("value") or picture.levels()
        grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
        values = picture.images[: cells.count, 0].astype(float)
        self.image.setImage(self._sheet(values), autoLevels=False, levels=span, lut=grey)
        self.levels.draw(values, span, grey)

    def _sheet(self, values: np.ndarray) -> np.ndarray:
        """Return (n h w) values as one plane; the gaps are not numbers, which are not drawn."""
        count, height, width = values.shape
        rows = -(-count // self.columns)
        full = np.full((rows * self.columns, height + self.gap, width + self.gap), np.nan)
        full[:count, :height, :width] = values
        grid = full.reshape(rows, self.columns, *full.shape[1:]).swapaxes(1, 2)
        return grid.reshape(rows * full.shape[1], self.columns * full.shape[2])

    def spans(self, picture: Images, look: Look) -> tuple[Span, Span]:
        high, wide = self.image.image.shape
        limits = look.limits
        return limits.get("x", (0.0, wide - self.gap)), limits.get("y", (0.0, high - self.gap))

    def _keep_levels(self) -> None:
        low, high = self.levels.region.getRegion()
        if not self.levels.drawing and high > low:
            self.plot.hold({"value": (low, high)})

    def cells(self, axes: Axes) -> Cells:
        """Return the grid as it lies on this widget."""
        scale = axes.area.width() / (axes.x[1] - axes.x[0])
        left, top = axes.area.left() - axes.x[0] * scale, axes.area.top() - axes.y[0] * scale
        height, width = (side * scale for side in self.picture.images.shape[2:])
        gap = self.gap * scale
        return Cells(left, top, width, height, gap, self.columns, self.shown)

    def hit(self, axes: Axes, place: QPointF) -> Hit | None:
        return self.picture.hit_at(self.cells(axes).at(place)) if self.picture.count else None

    def paint_over(self, painter: QPainter, axes: Axes, look: Look) -> None:
        if not self.picture.count:
            return
        painter.save()
        painter.setClipRect(axes.area)
        cells, pointed = self.cells(axes), self.plot.selection.hover
        self.picture.paint_signs(painter, cells, look)
        for index in [] if pointed is None else self.picture.places_of(pointed):
            paint_frame(painter, cells.cell(index), look)
        painter.restore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        hit = self.hit(self.axes(), event.position())
        self.plot.selection.point_at(hit.id if hit else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.plot.selection.point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        moved = (event.position() - self._pressed).manhattanLength()
        axes, place = self.axes(), event.position()
        still = moved <= 3 and axes.area.contains(place)
        if event.button() == Qt.MouseButton.LeftButton and still:
            hit = self.hit(axes, place)
            id = hit.id if hit else None
            add = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.plot.selection.mark([] if id is None else [id], add=add)


class Levels(pg.PlotItem):
    """The histogram of values beside their colours; the two levels are dragged."""

    def __init__(self) -> None:
        super().__init__(axisItems={"left": Numbers("left")}, enableMenu=False)
        self.drawing = False  # while the levels shown are not the user's
        self.hideButtons()
        self.hideAxis("bottom")
        self.setFixedWidth(LEVELS)
        self.setMouseEnabled(x=False, y=False)
        self.bars = pg.BarGraphItem(x0=[], y=[], width=[], height=1.0, pen=None)
        self.colours = pg.ImageItem(axisOrder="row-major")
        self.region = pg.LinearRegionItem(orientation="horizontal", swapMode="block")
        for item in (self.bars, self.colours, self.region):
            self.addItem(item)

    def restyle(self, look: Look) -> None:
        self.getAxis("left").restyle(look)
        self.bars.setOpts(brush=look.colour("text3"))
        self.region.setBrush(look.colour("accent", 0.12))
        self.region.setHoverBrush(look.colour("accent", 0.2))
        for line in self.region.lines:
            line.setPen(pg.mkPen(look.colour("accent"), width=2))
            line.setHoverPen(pg.mkPen(look.colour("accent"), width=4))

    def draw(self, values: np.ndarray, span: Span, colours: np.ndarray) -> None:
        """Show the values' counts, as logarithms, and the levels `span`."""
        self.drawing = True
        finite = values[np.isfinite(values)]
        counts, edges = np.histogram(finite if finite.size else np.zeros(1), BINS)
        most = float(np.log1p(counts).max()) or 1.0
        middles, widths = (edges[1:] + edges[:-1]) / 2, np.log1p(counts) / most
        x0 = np.zeros(BINS)
        self.bars.setOpts(x0=x0, y=middles, width=widths, height=float(edges[1] - edges[0]))
        self.colours.setImage(np.arange(256.0)[:, None], levels=(0, 255), lut=colours)
        self.colours.setRect(QRectF(-STRIP, span[0], STRIP, span[1] - span[0]))
        self.region.setRegion(span)
        if QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:  # not while it is dragged
            low, high = min(span[0], edges[0]), max(span[1], edges[-1])
            self.getViewBox().setRange(xRange=(-STRIP, 1), yRange=(low, high), padding=0.03)
        self.drawing = False


EXPLORERS: dict[type[Picture], type[Explorer]] = {
    Curves: ExploredCurves,
    Density: ExploredDensity,
    Images: ExploredImages,
}


def explorer_of(picture: Picture) -> type[Explorer] | None:
    """Return what explores a picture; images in colour or with captions have our painter."""
    if isinstance(picture, Images) and (
        picture.images.shape[1] > 1
        or not picture.count
        or picture.texts("rows")
        or picture.texts("heads")
    ):
        return None
    return EXPLORERS.get(type(picture))

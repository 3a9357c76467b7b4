"""A wire of a named output: a pill with the name beside each of its ports.

The wires of the output are drawn whole while the pointer is on one of them or one is selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen

from engine.document.graph import Wire
from workbench.canvas.guard import guarded
from workbench.canvas.layout import NEAR
from workbench.canvas.lettering import LABEL, baseline, elided_at, font_at, width_at
from workbench.canvas.wire_item import Way, WireItem
from workbench.canvas.wire_path import Polyline, Spot, polyline_of
from workbench.look.theme import EDGE_WIDTH, Theme, theme

if TYPE_CHECKING:
    from workbench.canvas.stage import Stage

HIGH, AWAY, BESIDE = 16.0, 14.0, 6.0  # of a pill: its height, from its port, from its text's end
BETWEEN = 4.0  # pills at one port
WIDEST, BLANK = 120.0, 16.0  # of the text; of a pill without, when zoomed out
ROOM = 360.0  # left of a port for the pills of several wires


class NamedWire(WireItem):
    """A wire drawn as two pills."""

    __slots__ = ()

    def __init__(self, stage: Stage, wire: Wire, family: str, name: str) -> None:
        super().__init__(stage, wire, family)
        self.name = name

    @property
    def whole(self) -> bool:
        """Whether the wire between the pills is drawn."""
        return self.hovered or self.selected or self.cut or self.target

    @property
    def width(self) -> float:
        """Return the width of its pills."""
        if self.stage.zoom < NEAR:
            return BLANK
        return min(width_at(self.name, LABEL, self.stage.zoom), WIDEST) + 2 * BESIDE

    @property
    def begin(self) -> QRectF:
        """Return the pill beside the output."""
        at = self.points[0]
        return QRectF(at.x() + AWAY, at.y() - HIGH / 2, self.width, HIGH)

    @property
    def end(self) -> QRectF:
        """Return the pill beside the input, left of those of other wires there."""
        at, right = self.points[-1], self.points[-1].x() - AWAY
        for other in self.stage.wires_at(self.wire.target, "input", self.wire.input):
            if other is self:
                break
            if isinstance(other, NamedWire):
                right -= other.width + BETWEEN
        return QRectF(right - self.width, at.y() - HIGH / 2, self.width, HIGH)

    def route(self, points: Sequence[QPointF], corners: Sequence[Spot] = ()) -> None:
        """Go directly: reroutes wait until the wire is drawn again."""
        super().route([points[0], points[-1]], ())

    def _bounds(self) -> QRectF:
        start, end = self.points[0], self.points[-1]
        pills = QRectF(start.x(), start.y() - HIGH, AWAY + WIDEST + 2 * BESIDE, 2 * HIGH)
        pills = pills.united(QRectF(end.x() - ROOM, end.y() - HIGH, ROOM, 2 * HIGH))
        return super()._bounds().united(pills)

    @property
    def line(self) -> Polyline:
        """Return the line that a stroke cuts: what is seen of the wire at its input."""
        if self.whole:
            return super().line
        end = self.points[-1]
        return polyline_of([QPointF(self.end.left(), end.y()), end])

    def is_near(self, place: QPointF, reach: float) -> bool:
        pills = (self.begin, self.end)
        return any(pill.adjusted(-2, -3, 2, 3).contains(place) for pill in pills)

    def bend_at(self, place: QPointF, reach: float) -> int | None:
        return None

    @property
    def label(self) -> str:
        return super().label if self.whole else ""

    @guarded
    def paint(self, painter: QPainter) -> None:
        """Paint what lies between a port and its pill; the whole wire where it is asked for."""
        if self.whole:
            super().paint(painter)
            return
        t = theme()
        colour = self._dimmed(t.wire(self.family).colour, t)
        stubs = QPainterPath(self.points[0])
        stubs.lineTo(self.begin.left(), self.points[0].y())
        stubs.moveTo(self.end.right(), self.points[-1].y())
        stubs.lineTo(self.points[-1])
        self._stroke(painter, Way(stubs), colour, t)
        if self.stopped and self.stage.zoom >= NEAR:
            self._stop_sign(painter, colour, t)

    def _stop_place(self, grown: float) -> Spot:
        if self.whole:
            return super()._stop_place(grown)
        return self.end.left() - HIGH * grown, self.points[-1].y()

    def paint_text(self, painter: QPainter) -> None:
        """Paint the pills over all wires, and the wire's own text where it is whole."""
        if self.whole:
            super().paint_text(painter)
        t = theme()
        self._paint_pill(painter, self.begin, t, source=True)
        self._paint_pill(painter, self.end, t, source=False)

    def _paint_pill(self, painter: QPainter, pill: QRectF, t: Theme, *, source: bool) -> None:
        accented = source or self.whole or self.near
        edge = t.accent if accented else t.control
        painter.setPen(QPen(self._dimmed(edge, t), EDGE_WIDTH))
        painter.setBrush(t.selected if accented else t.header)
        painter.drawRoundedRect(pill, HIGH / 2, HIGH / 2)
        zoom = self.stage.zoom
        if zoom < NEAR:
            return
        painter.setFont(font_at(LABEL, zoom))
        painter.setPen(self._dimmed(t.accent if source else t.text, t))
        text = elided_at(self.name, WIDEST, LABEL, zoom)
        y = pill.center().y() + baseline(LABEL, zoom)
        painter.drawText(QPointF(pill.left() + BESIDE, y), text)


def pill_at(item: WireItem, place: QPointF) -> Any:
    """Return which pill of a wire lies at a place: "source", "target" or ""."""
    if not isinstance(item, NamedWire):
        return ""
    found = {"source": item.begin, "target": item.end}
    reach = (-2.0, -3.0, 2.0, 3.0)
    return next((end for end, pill in found.items() if pill.adjusted(*reach).contains(place)), "")

"""Frames around nodes, and notes beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.guard import guarded
from workbench.canvas.layout import FAR, NEAR
from workbench.canvas.lettering import (
    NOTE,
    SUBTITLE,
    TITLE,
    baseline,
    canvas_font,
    elided,
    elided_at,
    font_at,
    size_at,
    width_at,
)
from workbench.canvas.note_text import Sheet
from workbench.look.markdown import is_marked
from workbench.look.strokes import Cap, mixed, pen
from workbench.look.theme import (
    EDGE_WIDTH,
    HINT,
    RADIUS_FRAME,
    RADIUS_OVERLAY,
    SEMIBOLD,
    WIRE_WIDTH,
    Theme,
    faded,
    theme,
)

if TYPE_CHECKING:
    from workbench.canvas.stage import Stage

Edge = Literal[
    "", "left", "right", "top", "bottom", "top left", "top right", "bottom left", "bottom right"
]
TITLE_HIGH, TITLE_AT, TITLE_LINE = 36.0, 16.0, 20.0
FRAMES = -30.0  # z values of frames, within 2
FAR_HEAD = 20.0 / (FAR / 2)  # height of a frame's title above it when zoomed out
GRIP = 6.0  # distance from an edge at which a press resizes
MARGIN = 6.0
LEAST = (96.0, 64.0)
TINT = {True: 0.14, False: 0.10}  # opacity of a frame's own colour, dark or light
TINTED_EDGE = 0.6
WRAP = int(Qt.TextFlag.TextWordWrap)
CASING = 4.0  # px around titles drawn over wires


def tint(t: Theme, hue: QColor | None) -> QColor:
    """Return the fill of a frame, with some of its colour if it was given one."""
    ground, share = (t.node, 0.38) if t.dark else (t.header, 0.55)
    return faded(ground, share) if hue is None else faded(hue, TINT[t.dark])


class BoxItem(QGraphicsItem):
    """A titled box. `fields` are the document's."""

    def __init__(self, stage: Stage, box: str, fields: dict[str, Any]) -> None:
        super().__init__()
        self.stage = stage
        self.box = box
        self.fields: dict[str, Any] = {}
        self.size = (0.0, 0.0)
        self.selected = self.hovered = self.target = False
        self.put(fields)

    def put(self, fields: dict[str, Any]) -> None:
        """Update from the document's fields."""
        self.fields = fields
        self.place([*fields.get("rect", ()), 0.0, 0.0, 240.0, 160.0][:4])
        self.setToolTip("")
        self.update()

    def place(self, rect: list[float]) -> None:
        self.prepareGeometryChange()
        self.setPos(rect[0], rect[1])
        self.size = (max(rect[2], LEAST[0]), max(rect[3], LEAST[1]))

    def display(self, **what: bool) -> bool:
        changed = any(getattr(self, name) != value for name, value in what.items())
        for name, value in what.items():
            setattr(self, name, value)
        if changed:
            self.update()
        return changed

    @property
    def title(self) -> str:
        return str(self.fields.get("title", ""))

    @property
    def area(self) -> QRectF:
        return QRectF(self.x(), self.y(), *self.size)

    @property
    def rect(self) -> QRectF:
        return QRectF(0.5, 0.5, self.size[0] - 1, self.size[1] - 1)

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, *self.size).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.rect)
        return path

    def paint_over(self, painter: QPainter) -> None:
        """Draw the parts above wires and nodes, in scene coordinates."""

    def edge_at(self, place: QPointF, one: float) -> Edge:
        """Return the edge or corner at a point; `one` is a screen pixel in scene units."""
        grip, area = GRIP * one, self.area
        if not area.adjusted(-grip, -grip, grip, grip).contains(place):
            return ""
        up = "top" if abs(place.y() - area.top()) <= grip else ""
        up = up or ("bottom" if abs(place.y() - area.bottom()) <= grip else "")
        side = "left" if abs(place.x() - area.left()) <= grip else ""
        side = side or ("right" if abs(place.x() - area.right()) <= grip else "")
        return f"{up} {side}".strip()  # type: ignore[return-value]

    def grabs(self, place: QPointF) -> bool:
        """Return whether a press here moves the box: anywhere in a note, a frame by its title."""
        return self.area.contains(place)

    def _pen(self, t: Theme, usual: QColor) -> QPen:
        if self.selected or self.target:
            return QPen(t.accent, WIRE_WIDTH / min(self.stage.scale, 1.0))
        return QPen(t.control if self.hovered else usual, EDGE_WIDTH)


class FrameItem(BoxItem):
    """A frame around nodes; moving it moves its content."""

    def __init__(self, stage: Stage, box: str, fields: dict[str, Any]) -> None:
        super().__init__(stage, box, fields)

    def place(self, rect: list[float]) -> None:
        """Also raise the frame above those higher up, whose fill would hide its title."""
        super().place(rect)
        self.setZValue(FRAMES + math.atan(rect[1] / LEAST[0]))

    @property
    def title_area(self) -> QRectF:
        """Return the rectangle of the title, which no wire crosses."""
        subtitle = str(self.fields.get("subtitle", ""))
        wide = width_at(self.title, TITLE)
        wide += 12 + width_at(subtitle, SUBTITLE) if subtitle else 0.0
        wide = min(wide, self.size[0] - 2 * TITLE_AT)
        return QRectF(self.x() + TITLE_AT, self.y() + 8, wide, TITLE_LINE)

    def grabs(self, place: QPointF) -> bool:
        area = self.area
        area.setHeight(min(max(TITLE_HIGH, 16 / self.stage.scale), area.height()))
        return area.contains(place)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hue = t.hue(str(self.fields.get("colour", "")))
        painter.setPen(self._pen(t, mixed(hue, t.edge, TINTED_EDGE) if hue else t.edge))
        painter.setBrush(tint(t, hue))
        painter.drawRoundedRect(self.rect, RADIUS_FRAME, RADIUS_FRAME)
        if self.stage.zoom >= NEAR:
            self._head(painter, t)

    def _head(self, painter: QPainter, t: Theme) -> None:
        zoom, room = self.stage.zoom, self.size[0] - 2 * TITLE_AT
        title = elided_at(self.title, room, TITLE, zoom)
        painter.setFont(font_at(TITLE, zoom))
        painter.setPen(t.text2)
        painter.drawText(QPointF(TITLE_AT, 24), title)
        used = width_at(title, TITLE, zoom) + 12
        subtitle = str(self.fields.get("subtitle", ""))
        if subtitle and used + width_at(subtitle, SUBTITLE, zoom) <= room:
            painter.setFont(font_at(SUBTITLE, zoom))
            painter.setPen(t.text3)
            painter.drawText(QPointF(TITLE_AT + used, 24), subtitle)

    def boundingRect(self) -> QRectF:
        return super().boundingRect().adjusted(0, -FAR_HEAD, 0, 0)

    def paint_over(self, painter: QPainter) -> None:
        """When zoomed out, draw the title above the frame, with a casing over wires.

        Inside, the nodes leave it no room.
        """
        if not FAR / 2 <= self.stage.zoom < NEAR:
            return
        t, zoom = theme(), self.stage.scale
        font = canvas_font(HINT, SEMIBOLD)
        title = elided(self.title, self.size[0] * zoom - 16, HINT, SEMIBOLD)
        outline = QPainterPath()
        outline.addText(QPointF(0, -4), font, title)
        painter.save()
        painter.translate(self.x() + 8 / zoom, self.y())
        painter.scale(1 / zoom, 1 / zoom)
        painter.strokePath(outline, pen(t.canvas, CASING, cap=Cap.RoundCap))
        painter.setFont(font)
        painter.setPen(t.text2)
        painter.drawText(QPointF(0, -4), title)
        painter.restore()


class NoteItem(BoxItem):
    """A note: a title and a text in Markdown."""

    def __init__(self, stage: Stage, box: str, fields: dict[str, Any]) -> None:
        super().__init__(stage, box, fields)
        self.setZValue(-20)
        self._kept: tuple[object, ...] = ()
        self._sheets: dict[int, Sheet] = {}
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    @property
    def text(self) -> str:
        return str(self.fields.get("text", ""))

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen(t, t.note_line))
        painter.setBrush(t.note)
        painter.drawRoundedRect(self.rect, RADIUS_OVERLAY, RADIUS_OVERLAY)
        if self.stage.zoom < FAR:
            return
        painter.setClipRect(self.rect)
        painter.setPen(t.note_text)
        zoom = max(self.stage.zoom, NEAR)
        painter.setFont(font_at(TITLE, zoom))
        title = elided_at(self.title, self.size[0] - 28, TITLE, zoom)
        painter.drawText(QPointF(14, 12 + TITLE_LINE / 2 + baseline(TITLE, zoom)), title)
        if is_marked(self.text):
            painter.setClipRect(self.text_area.intersected(self.rect))
            painter.translate(self.text_area.topLeft())
            self.sheet(zoom).draw(painter)
            return
        painter.setFont(self.text_font(zoom))
        painter.drawText(self.text_area, WRAP, self.text)

    def sheet(self, zoom: float) -> Sheet:
        """Return the text as it is set: in the largest type with which all of it fits.

        Sheets are kept until the text, the width, the theme or the sharpness is another.
        """
        area, ratio = self.text_area, max(self.stage.ratio, 2.0)
        kept = (self.text, area.width(), theme(), ratio)
        if kept != self._kept:
            self._kept, self._sheets = kept, {}
        for size in range(round(size_at(NOTE, zoom)), round(NOTE.size) - 1, -1):
            if size not in self._sheets:
                self._sheets[size] = Sheet(self.text, area.width(), size, ratio)
            if self._sheets[size].height <= area.height():
                break
        return self._sheets[size]

    @property
    def text_area(self) -> QRectF:
        above = 12 + TITLE_LINE + 2 if self.title else 12
        return QRectF(14, above, self.size[0] - 28, self.size[1] - above - 4)

    def text_font(self, zoom: float) -> QFont:
        """Return the largest font, up to the one for the zoom, with which all the text fits."""
        area = self.text_area
        sizes = range(round(size_at(NOTE, zoom)), round(NOTE.size), -1)
        fonts = (canvas_font(size) for size in sizes)
        fitting = (
            f
            for f in fonts
            if QFontMetricsF(f).boundingRect(area, WRAP, self.text).height() <= area.height()
        )
        return next(fitting, canvas_font(NOTE.size))

"""Draw a node when far: a title with dots for ports, then a block with an icon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.canvas.layout import HEADER, canvas_font, elided, text_width
from workbench.canvas.node_near import DASH, paint_turn
from workbench.canvas.signs import STATES
from workbench.canvas.strokes import Cap, pen
from workbench.theme import ICON, RADIUS_NODE, SEMIBOLD, Theme, pixmap, theme

if TYPE_CHECKING:
    from workbench.canvas.node_item import NodeItem

DOT = 5.0  # px on screen, like all sizes below
BADGE, SMALL_BADGE = 18.0, 14.0
TITLE_SIZES, TITLE_SIDE = (12, 11, 10), 6.0
LEAST_FOR_ICON = 8.0
TURN, ROOM_FOR_TURNS = (16.0, 12.0, 9.0), 44.0  # a turn's width, height and letter


def paint_middle(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Draw a title at 12 px on the screen, ports as dots, progress as a bar; a view's picture too.

    Fitted to a small screen most graphs are seen so: what forms in the pictures should be as well.
    """
    t, one = theme(), 1 / zoom
    _block(painter, item, t, one)
    picture = item.stage.thumbnail(item)
    if picture is not None and item.face.thumbnail is not None:
        painter.drawImage(item.face.thumbnail, picture)
    _title(painter, item, t, zoom, HEADER / 2 if picture is not None else item.face.height / 2)
    _turns(painter, item, zoom)
    _dots(painter, item, t, one)
    _edges(painter, item, t, one)


def _turns(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Draw a trainer's turns, or whose turns move a node, at the bottom of a block that is high."""
    last = max((number for _, number in item.turns), default=0)
    cells = [(letter, number == last) for letter, number in item.turns]
    cells = cells or list(item.face.content.badges)
    face = item.face
    if not cells or face.thumbnail is not None or face.height * zoom < ROOM_FOR_TURNS:
        return
    room = face.width * zoom - 2 * TITLE_SIDE
    pitch = min(TURN[0] + 2, room / len(cells))
    painter.save()
    painter.translate(TITLE_SIDE / zoom, face.height - (TURN[1] + 4) / zoom)
    painter.scale(1 / zoom, 1 / zoom)
    painter.setFont(canvas_font(TURN[2], SEMIBOLD))
    for place, (letter, filled) in enumerate(cells):
        cell = QRectF(place * pitch, 0, pitch - min(2, pitch / 4), TURN[1])
        fits = text_width(letter, TURN[2], SEMIBOLD) <= cell.width()
        paint_turn(painter, cell, letter if fits else "", filled)
    painter.restore()


def _title(painter: QPainter, item: NodeItem, t: Theme, zoom: float, middle: float) -> None:
    """Write the title as large as fits, from 12 px down to 10, around a height of the node."""
    face = item.face
    room, title = face.width * zoom - 2 * TITLE_SIDE, face.content.title
    size = next((s for s in TITLE_SIZES if text_width(title, s, SEMIBOLD) <= room), TITLE_SIZES[-1])
    painter.save()
    painter.translate(TITLE_SIDE / zoom, middle)
    painter.scale(1 / zoom, 1 / zoom)
    painter.setFont(canvas_font(size, SEMIBOLD))
    painter.setPen(t.text2 if item.signs.state in ("muted", "unknown") else t.text)
    painter.drawText(QPointF(0, size * 0.36), elided(title, room, size, SEMIBOLD, end=True))
    painter.restore()


def paint_block(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Draw a block with its icon, at 16 px on the screen where there is room."""
    t, one = theme(), 1 / zoom
    _block(painter, item, t, one)
    face = item.face
    side = min(ICON, face.width * zoom - 4, face.height * zoom - 4)
    if side >= LEAST_FOR_ICON:
        size = side * one
        at = QRectF((face.width - size) / 2, (face.height - size) / 2, size, size)
        image = pixmap(face.content.icon, "text2", ICON, ratio=item.stage.screen_ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(at, image, QRectF(image.rect()))
    _edges(painter, item, t, one)


def _block(painter: QPainter, item: NodeItem, t: Theme, one: float) -> None:
    radius = min(RADIUS_NODE, 4 * one)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.node)
    painter.drawRoundedRect(item.face.rect, radius, radius)
    if item.signs.state == "running":
        _bar(painter, item, t, one)


def _bar(painter: QPainter, item: NodeItem, t: Theme, one: float) -> None:
    face, thick = item.face, 4 * one
    rect = QRectF(2 * one, face.height - thick - one, face.width - 4 * one, thick)
    painter.fillRect(rect, t.edge)
    share = item.signs.share
    rect.setWidth(rect.width() * (1.0 if share is None else share))
    painter.fillRect(rect, t.accent)


def _edges(painter: QPainter, item: NodeItem, t: Theme, one: float) -> None:
    radius = min(RADIUS_NODE, 4 * one)
    colour, width = _edge(item, t)
    dashed = item.signs.state in ("muted", "unknown")
    painter.setPen(pen(colour, width * one, pattern=DASH if dashed else ()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = width * one / 2
    painter.drawRoundedRect(item.face.rect.adjusted(half, half, -half, -half), radius, radius)


def _edge(item: NodeItem, t: Theme) -> tuple[QColor, float]:
    if item.fit_colour is not None and not item.refused:
        return item.fit_colour, 2.0
    if item.signs.state == "error" or item.refused:
        return t.error, 2.0
    if item.selected or item.focused or item.partner:
        return t.accent, 2.0
    return (t.control if item.hovered else t.edge), 1.0


def _dots(painter: QPainter, item: NodeItem, t: Theme, one: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    radius = DOT / 2 * one
    for port in item.face.ports:
        painter.setBrush(t.wire(port.family).colour)
        painter.drawEllipse(item.face.spots[port.side, port.name], radius, radius)


def paint_badge(painter: QPainter, state: str, t: Theme) -> None:
    """Draw what a far node must still say: a fault, or that it is done. In screen pixels."""
    sign = STATES[state]
    size = BADGE if state == "error" else SMALL_BADGE
    painter.setPen(QPen(t.canvas, 2))
    painter.setBrush(t.colour(sign.colour))
    painter.drawEllipse(QPointF(0, 0), size / 2, size / 2)
    painter.setPen(pen(t.canvas, 2.2 if state == "error" else 1.8, cap=Cap.RoundCap))
    if state == "error":
        painter.drawLine(QPointF(0, -4.2), QPointF(0, 0.8))
        painter.drawPoint(QPointF(0, 4.2))
        return
    painter.drawPolyline([QPointF(-3, 0.2), QPointF(-0.8, 2.4), QPointF(3.2, -2.2)])

"""Paint a node when zoomed out: a title and dots for ports, then a block with an icon."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.canvas.layout import HEADER, rounded
from workbench.canvas.lettering import canvas_font, elided, text_width
from workbench.canvas.node_near import DASH, HUE_WIDTH, paint_turn
from workbench.canvas.signs import STATES, State
from workbench.look.eliding import ELLIPSIS
from workbench.look.strokes import Cap, pen
from workbench.look.theme import ICON, RADIUS_NODE, SEMIBOLD, Theme, pixmap, theme

if TYPE_CHECKING:
    from workbench.canvas.node_item import NodeItem

_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # not the non-breaking space before a colon
DOT = 5.0  # px on screen, like all sizes below
BADGE, SMALL_BADGE = 18.0, 14.0
TITLE_SIZES, TITLE_SIDE, LINE = (12, 11, 10), 4.0, 1.15
LEAST_FOR_ICON = 8.0
LEAST_LETTERS = 4  # with the ellipsis: fewer say less than the icon
FIGURE_UP, ROOM_FOR_FIGURE = 6.0, 36.0
TURN, ROOM_FOR_TURNS = (16.0, 12.0, 9.0), 44.0  # width, height and letter size of a turn


def paint_middle(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Paint a node with its title at 12 px on screen, dots for ports, and a bar for progress.

    Most graphs are seen at this zoom on a small screen, so views keep their pictures.
    """
    t, one = theme(), 1 / zoom
    _block(painter, item, t, one)
    picture = item.stage.thumbnail(item.node)
    if picture is not None and item.face.thumbnail is not None:
        painter.drawImage(item.face.thumbnail, picture)
    turns = _turns(painter, item, zoom)
    if picture is not None and item.face.thumbnail is not None:
        _title(painter, item, t, zoom, item.face.thumbnail.top(), below=max(HEADER / 2, 9 / zoom))
    elif figure := _figure(painter, item, t, zoom):
        _title(painter, item, t, zoom, item.face.height - figure / zoom, below=9 / zoom)
    else:
        _title(painter, item, t, zoom, item.face.height - 2 * turns / zoom)
    _dots(painter, item, t, one)
    _edges(painter, item, t, one)


def _turns(painter: QPainter, item: NodeItem, zoom: float) -> float:
    """Paint the turns of a trainer, or of a node's optimisers, at the bottom of a tall block.

    Return their height on the screen.
    """
    last = max((number for _, number in item.turns), default=0)
    cells = [(letter, number == last) for letter, number in item.turns]
    cells = cells or list(item.face.content.badges)
    face = item.face
    if not cells or face.thumbnail is not None or face.height * zoom < ROOM_FOR_TURNS:
        return 0.0
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
    return TURN[1] + 4


def _figure(painter: QPainter, item: NodeItem, t: Theme, zoom: float) -> float:
    """Write a metric's value at the bottom, if the title has room above.

    Return its height on the screen.
    """
    text, face = item.signs.figure, item.face
    room = face.width * zoom - 2 * TITLE_SIDE
    if not text or face.height * zoom < ROOM_FOR_FIGURE or text_width(text, 12, SEMIBOLD) > room:
        return 0.0
    painter.save()
    painter.translate(TITLE_SIDE / zoom, face.height)
    painter.scale(1 / zoom, 1 / zoom)
    painter.setFont(canvas_font(12, SEMIBOLD))
    painter.setPen(t.accent)
    painter.drawText(QPointF(0, -FIGURE_UP), text)
    painter.restore()
    return LINE * 12 + FIGURE_UP / 2


def _title(
    painter: QPainter,
    item: NodeItem,
    t: Theme,
    zoom: float,
    high: float,
    *,
    below: float | None = None,
) -> None:
    """Write the title in the middle or below a height, in several lines if they fit."""
    left = TITLE_SIDE + (HUE_WIDTH if theme().hue(item.hue) else 0.0)
    room = int(item.face.width * zoom - left - TITLE_SIDE)
    size, lines = title_lines(item.face.content.title, room, int(high * zoom))
    short = len(lines) == 1 and len(lines[0]) < LEAST_LETTERS < len(item.face.content.title)
    if short or not lines:
        _icon(painter, item, zoom, item.face.height / 2 if below is None else below)
        return
    middle = item.face.height / 2
    if below is not None:
        middle = below + (len(lines) - 1) / 2 * LINE * size / zoom
    painter.save()
    painter.translate(left / zoom, middle)
    painter.scale(1 / zoom, 1 / zoom)
    painter.setFont(canvas_font(size, SEMIBOLD))
    painter.setPen(t.text2 if item.signs.state in ("muted", "unknown") else t.text)
    for place, line in enumerate(lines):
        down = (place - (len(lines) - 1) / 2) * LINE + 0.36
        painter.drawText(QPointF(0, down * size), line)
    painter.restore()


@lru_cache(maxsize=8192)
def title_lines(title: str, room: int, high: int) -> tuple[int, tuple[str, ...]]:
    """Return a title's font size, 12 to 10 px, and its lines.

    Use the largest size at which it fits; if none does, elide it.
    """
    for size in TITLE_SIZES:
        lines = _wrapped(title, room, size)
        fit = len(lines) <= max(1, int(high / (LINE * size)))
        if fit and all(text_width(line, size, SEMIBOLD) <= room for line in lines):
            return size, lines
    most = max(1, int(high / (LINE * size)))
    kept = (*lines[: most - 1], " ".join(lines[most - 1 :])) if len(lines) > most else lines
    return size, tuple(_elided_once(kept, room, size))


def _elided_once(lines: Iterable[str], room: int, size: int) -> list[str]:
    """Return the lines up to the first too wide one, elided there; none if no word fits."""
    shown: list[str] = []
    for line in lines:
        text = elided(line, room, size, SEMIBOLD)
        if text == ELLIPSIS and shown:
            text = elided(f"{shown.pop()} {line}", room, size, SEMIBOLD)
        if text != ELLIPSIS:
            shown.append(text)
        if text != line:
            break
    return [line for line in shown if line]


def _wrapped(title: str, room: int, size: int) -> tuple[str, ...]:
    """Break a title between words."""
    lines: list[str] = []
    for word in _SPACES.split(title.strip()):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, SEMIBOLD) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def paint_block(painter: QPainter, item: NodeItem, zoom: float) -> None:
    """Paint a block with its icon, at 16 px on the screen if there is room."""
    t, one = theme(), 1 / zoom
    _block(painter, item, t, one)
    _icon(painter, item, zoom, item.face.height / 2)
    _edges(painter, item, t, one)


def _icon(painter: QPainter, item: NodeItem, zoom: float, middle: float) -> None:
    """Paint the icon, centred at a height of the node."""
    face = item.face
    side = min(ICON, face.width * zoom - 4, face.height * zoom - 4)
    if side < LEAST_FOR_ICON:
        return
    size = side / zoom
    at = QRectF((face.width - size) / 2, middle - size / 2, size, size)
    image = pixmap(face.content.icon, "text2", ICON, ratio=item.stage.screen_ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(at, image, QRectF(image.rect()))


def _block(painter: QPainter, item: NodeItem, t: Theme, one: float) -> None:
    radius = min(RADIUS_NODE, 4 * one)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.selected if item.is_border else t.node)
    painter.drawRoundedRect(item.face.rect, radius, radius)
    if hue := t.hue(item.hue):
        outline = rounded(item.face.rect, radius)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(QRectF(0, 0, HUE_WIDTH * one, item.face.height), hue)
        painter.restore()
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
    dashed = item.signs.state in ("muted", "unknown") or item.is_border
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
    plain = t.accent if item.is_border else t.edge
    return (t.control if item.hovered else plain), 1.0


def _dots(painter: QPainter, item: NodeItem, t: Theme, one: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    radius = DOT / 2 * one
    for port in item.face.ports:
        painter.setBrush(t.wire(port.family).colour)
        painter.drawEllipse(item.face.spots[port.side, port.name], radius, radius)


def paint_badge(painter: QPainter, state: State, t: Theme) -> None:
    """Paint the badge of a problem or of a finished node, in screen pixels."""
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

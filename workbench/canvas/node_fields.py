"""Paint the fields of a node: numbers with the place between their bounds, lists, ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.canvas.fields import Value
from workbench.canvas.layout import (
    BETWEEN,
    CHEVRON,
    FIELD_PAD,
    MORE,
    TICK,
    Shown,
    more_texts,
    rounded,
)
from workbench.canvas.lettering import LABEL, VALUE, baseline, elided_at, font_at, width_at
from workbench.look.eliding import ELLIPSIS
from workbench.look.strokes import Cap, pen
from workbench.look.theme import EDGE_WIDTH, RADIUS_THUMBNAIL, Theme, faded, pixmap

if TYPE_CHECKING:
    from workbench.canvas.node_item import NodeItem

BAR = 0.24  # opacity of the place between bounds
HELD = 1.5  # width of the edge of the field that keys or the hand have


def paint_fields(painter: QPainter, item: NodeItem, t: Theme) -> None:
    content = item.face.content
    if not content.fields:
        return
    rects = item.face.field_rects
    for shown, rect, value in zip(content.fields, rects, item.values, strict=False):
        if shown.ticked:
            _tick(painter, item, t, shown, rect, value)
        else:
            _box(painter, item, t, shown, rect, value)
    if content.more:
        _more(painter, item, t, rects[-1])


def _edge(item: NodeItem, t: Theme, shown: Shown, value: Value) -> QPen:
    name = shown.param.name
    if value.bad:
        return QPen(t.error, HELD)
    if item.field == name:
        return QPen(t.accent, HELD)
    return QPen(t.control if item.hovered_field == name else t.edge, EDGE_WIDTH)


def _box(
    painter: QPainter, item: NodeItem, t: Theme, shown: Shown, rect: QRectF, value: Value
) -> None:
    """Paint a number or a list: the name at the left, the value at the right."""
    shape = rounded(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_THUMBNAIL)
    painter.fillPath(shape, t.field)
    if value.share:
        painter.save()
        painter.setClipRect(QRectF(rect.x(), rect.y(), rect.width() * value.share, rect.height()))
        painter.fillPath(shape, faded(t.accent, BAR))
        painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_edge(item, t, shown, value))
    painter.drawPath(shape)
    left, right = rect.left() + FIELD_PAD, rect.right() - FIELD_PAD
    if shown.listed:
        at = QPointF(right - CHEVRON + 2, rect.center().y() - CHEVRON / 2)
        icon = pixmap("chevron-down", "text2", int(CHEVRON), ratio=item.stage.ratio)
        painter.drawPixmap(at, icon)
        right -= CHEVRON + 2
    zoom = item.stage.zoom
    wide = width_at(value.text, VALUE, zoom)
    y = rect.center().y()
    painter.setPen(t.text)
    painter.setFont(font_at(VALUE, zoom))
    painter.drawText(QPointF(right - wide, y + baseline(VALUE, zoom)), value.text)
    _name(painter, t.text2, shown, QPointF(left, y), right - wide - BETWEEN / 2 - left, zoom)


def _tick(
    painter: QPainter, item: NodeItem, t: Theme, shown: Shown, rect: QRectF, value: Value
) -> None:
    """Paint a tick with its name at the right."""
    box = QRectF(rect.left() + 0.5, rect.center().y() - TICK / 2, TICK - 1, TICK - 1)
    shape = rounded(box, 3)
    painter.fillPath(shape, t.fill if value.on else t.field)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    held = item.field == shown.param.name
    edge = _edge(item, t, shown, value)
    painter.setPen(QPen(t.control, EDGE_WIDTH) if not (held or value.bad) else edge)
    painter.drawPath(shape)
    if value.on:
        x, y = box.center().x(), box.center().y()
        painter.setPen(pen(t.on_fill, 1.75, cap=Cap.RoundCap))
        painter.drawPolyline(
            [QPointF(x - 3.5, y + 0.2), QPointF(x - 1, y + 2.8), QPointF(x + 3.7, y - 2.8)]
        )
    left = box.right() + FIELD_PAD
    at = QPointF(left, rect.center().y())
    _name(painter, t.text2, shown, at, rect.right() - left, item.stage.zoom)


def _name(
    painter: QPainter, colour: QColor, shown: Shown, at: QPointF, room: float, zoom: float
) -> None:
    """Write a parameter's name in its longest form that fits, or nothing."""
    text = name_in(shown, room, zoom)
    if text:
        painter.setPen(colour)
        painter.setFont(font_at(LABEL, zoom))
        painter.drawText(QPointF(at.x(), at.y() + baseline(LABEL, zoom)), text)


def name_in(shown: Shown, room: float, zoom: float) -> str:
    """Return a parameter's name, its symbol, or its first words, whichever fits; else ""."""
    for text in filter(None, (shown.label, shown.symbol)):
        if width_at(text, LABEL, zoom) <= room:
            return text
    cut = elided_at(shown.label, room, LABEL, zoom)
    return "" if cut == ELLIPSIS else cut


def _more(painter: QPainter, item: NodeItem, t: Theme, rect: QRectF) -> None:
    """Say how many parameters more are pinned."""
    zoom, room = item.stage.zoom, rect.width()
    texts = more_texts(item.face.content)
    text = next((form for form in texts if width_at(form, LABEL, zoom) <= room), texts[-1])
    painter.setPen(t.text2 if item.hovered_field == MORE else t.text3)
    painter.setFont(font_at(LABEL, zoom))
    painter.drawText(QPointF(rect.left(), rect.center().y() + baseline(LABEL, zoom)), text)

"""Paint a node above 60 % zoom: header, ports, picture, footer and every state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from workbench.canvas.layout import (
    BADGE,
    BADGE_GAP,
    BADGE_HIGH,
    BETWEEN,
    FOOT_AT,
    FOOT_HIGH,
    HEADER,
    ICON_AT,
    LABEL_AT,
    LINE,
    MEASURE_HIGH,
    ROW,
    SHEET,
    STATE_AT,
    TITLE_AT,
    TURN_GAP,
    fold_sign,
    rounded,
)
from workbench.canvas.lettering import (
    FIGURE,
    FOOT,
    LABEL,
    TITLE,
    TURN,
    UNIT,
    baseline,
    canvas_font,
    elided_at,
    font_at,
    size_at,
    text_width,
    width_at,
)
from workbench.canvas.node_fields import paint_fields
from workbench.canvas.shadow import paint_shadow
from workbench.canvas.signs import STATES
from workbench.look.strokes import Cap, mixed, pen
from workbench.look.theme import (
    EDGE_WIDTH,
    FIT_WIDTH,
    ICON,
    RADIUS_NODE,
    RADIUS_THUMBNAIL,
    STATE_STROKE,
    WIRE_WIDTH,
    Theme,
    faded,
    pixmap,
    theme,
)
from workbench.widgets.ports import FIT_DISC, Port, paint_glyph

if TYPE_CHECKING:
    from workbench.canvas.node_item import NodeItem

HALO_WIDTH = 7.0
HUE_WIDTH = 4.0  # of the bar of a node's colour, with the edge over it
SMALL_ICON = 14
PIN, PIN_AT = 12, 10.0  # its side, and how far from the right
DASH, BYPASS = (4.0, 3.0), (4.0, 2.5)
FAINT = {True: 0.55, False: 0.25}  # opacity of the fill behind turns, except the last optimiser's


def paint(painter: QPainter, item: NodeItem) -> None:
    """Paint a node from back to front."""
    t = theme()
    _shadow(painter, item, t)
    if item.twin:
        _second_sheet(painter, item, t)
    _body(painter, item, t)
    _header(painter, item, t)
    if not item.stage.is_collapsed(item.node):
        _labels(painter, item, t)
        _line(painter, item, t)
        paint_fields(painter, item, t)
        _turns(painter, item, t)
        _picture(painter, item, t)
        _foot(painter, item, t)
    _edge(painter, item, t)
    _ports(painter, item, t)
    if item.pinned:
        _pin(painter, item, t)


def _shadow(painter: QPainter, item: NodeItem, t: Theme) -> None:
    if item.signs.state in ("muted", "unknown") or not item.stage.detailed:
        return
    paint_shadow(painter, item.face.rect, t)


def _second_sheet(painter: QPainter, item: NodeItem, t: Theme) -> None:
    painter.setPen(QPen(t.edge, EDGE_WIDTH))
    painter.setBrush(t.header)
    painter.drawPath(item.face.outline.translated(SHEET, SHEET))


def _body(painter: QPainter, item: NodeItem, t: Theme) -> None:
    if item.signs.state == "unknown":
        painter.fillPath(item.face.outline, t.canvas)
        painter.fillPath(item.face.outline, QBrush(t.line, Qt.BrushStyle.BDiagPattern))
        return
    if item.is_border:
        painter.fillPath(item.face.outline, t.selected)
        return
    painter.fillPath(item.face.outline, t.node)
    painter.fillPath(item.face.header, t.header)
    if hue := t.hue(item.hue):
        painter.save()
        painter.setClipPath(item.face.header)
        painter.fillRect(QRectF(0, 0, HUE_WIDTH, item.face.head), hue)
        painter.restore()


def _header(painter: QPainter, item: NodeItem, t: Theme) -> None:
    face, state, zoom = item.face, item.signs.state, item.stage.zoom
    if face.height > face.head and state != "unknown":
        painter.fillRect(QRectF(1, face.head - 1, face.width - 2, 1), t.line)
    _icon(painter, item, face.content.icon, "text2", QPointF(ICON_AT, 8))
    painter.setFont(font_at(TITLE, zoom))
    painter.setPen(t.text2 if state == "unknown" else t.text)
    lines, y = face.shown_lines(zoom), HEADER / 2 + baseline(TITLE, zoom)
    for place, line in enumerate(lines):
        painter.drawText(QPointF(TITLE_AT, y + place * LINE), line)
    if item.twin:
        x = TITLE_AT + width_at(lines[0], TITLE, zoom) + 6
        _icon(painter, item, "link-2", "accent", QPointF(x, 9), SMALL_ICON, STATE_STROKE)
    _badges(painter, item, t)
    _state(painter, item, t)


def _badges(painter: QPainter, item: NodeItem, t: Theme) -> None:
    """Paint the letters of the optimisers: left of the state, or in its place."""
    badges = item.face.content.badges
    stated = item.signs.state == "running" or bool(STATES[item.signs.state].icon)
    right = item.face.width - STATE_AT - (ICON + 6 if stated else 0)
    painter.setFont(font_at(TURN, item.stage.zoom))
    for place, (letter, last) in enumerate(reversed(badges)):
        x = right - BADGE - place * (BADGE + BADGE_GAP)
        paint_turn(painter, QRectF(x, (HEADER - BADGE_HIGH) / 2, BADGE, BADGE_HIGH), letter, last)


def paint_turn(painter: QPainter, cell: QRectF, letter: str, last: bool) -> None:
    """Paint a turn as a cell with its letter; those of the last optimiser are filled."""
    t = theme()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.fill if last else mixed(t.fill, t.node, FAINT[t.dark]))
    painter.drawRoundedRect(cell, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
    painter.setPen(t.on_fill if last or t.dark else t.text)
    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, letter)


def _icon(
    painter: QPainter,
    item: NodeItem,
    name: str,
    colour: str,
    at: QPointF,
    size: int = ICON,
    stroke: float = 1.75,
) -> None:
    painter.drawPixmap(at, pixmap(name, colour, size, stroke=stroke, ratio=item.stage.ratio))


def _state(painter: QPainter, item: NodeItem, t: Theme) -> None:
    x = item.face.width - STATE_AT - ICON
    if item.signs.state == "running":
        _ring(painter, QPointF(x + 8, HEADER / 2), item.signs.share, t)
        _bar(painter, item, t)
        return
    sign = STATES[item.signs.state]
    if sign.icon:
        _icon(painter, item, sign.icon, sign.colour, QPointF(x, 8), stroke=STATE_STROKE)


def _ring(painter: QPainter, centre: QPointF, share: float | None, t: Theme) -> None:
    rect = QRectF(centre.x() - 5.5, centre.y() - 5.5, 11, 11)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(t.edge, 2))
    painter.drawEllipse(rect)
    painter.setPen(pen(t.accent, 2, cap=Cap.RoundCap))
    painter.drawArc(rect, 90 * 16, -round(360 * 16 * (0.7 if share is None else max(share, 0.02))))


def _bar(painter: QPainter, item: NodeItem, t: Theme) -> None:
    width = item.face.width - 2
    painter.fillRect(QRectF(1, item.face.head - 1, width, 2), t.edge)
    share = item.signs.share
    if share is not None:
        painter.fillRect(QRectF(1, item.face.head - 1, width * share, 2), t.accent)


def _pin(painter: QPainter, item: NodeItem, t: Theme) -> None:
    """Paint a pin on the upper right corner."""
    at = QPointF(item.face.width - PIN_AT, 0.0)
    painter.setPen(QPen(t.edge, EDGE_WIDTH))
    painter.setBrush(t.header)
    painter.drawEllipse(at, PIN / 2 + 3, PIN / 2 + 3)
    _icon(painter, item, "pin", "text2", at - QPointF(PIN / 2, PIN / 2), PIN)


def _labels(painter: QPainter, item: NodeItem, t: Theme) -> None:
    face, zoom = item.face, item.stage.zoom
    inputs, outputs = face.content.inputs, face.content.outputs
    painter.setFont(font_at(LABEL, zoom))
    painter.setPen(t.text2)
    down = baseline(LABEL, zoom)
    for row, port in enumerate(inputs):
        painter.drawText(QPointF(LABEL_AT, face.row_middle(row) + down), port.label)
    if inputs and face.content.folded:
        at = LABEL_AT + width_at(inputs[-1].label + "  ", LABEL, zoom)
        painter.setPen(t.text3)
        painter.drawText(
            QPointF(at, face.row_middle(len(inputs) - 1) + down), fold_sign(face.content)
        )
        painter.setPen(t.text2)
    for row, port in enumerate(outputs):
        beside = width_at(inputs[row].label, LABEL, zoom) + LABEL_AT if row < len(inputs) else 0.0
        label = elided_at(port.label, face.width - LABEL_AT - 4 - beside, LABEL, zoom)
        x = face.width - LABEL_AT - width_at(label, LABEL, zoom)
        painter.drawText(QPointF(x, face.row_middle(row) + down), label)
    if item.signs.state == "bypassed" and inputs and outputs:
        _bypass(painter, item, t)


def _line(painter: QPainter, item: NodeItem, t: Theme) -> None:
    """Paint where a port that is dragged on a group's border goes."""
    if item.line >= 0:
        y = item.face.row_middle(item.line) - ROW / 2
        painter.fillRect(QRectF(1, y - 1, item.face.width - 2, 2), t.accent)


def _bypass(painter: QPainter, item: NodeItem, t: Theme) -> None:
    face, zoom, y = item.face, item.stage.zoom, item.face.row_middle(0)
    left = LABEL_AT + width_at(face.content.inputs[0].label, LABEL, zoom) + 6
    right = face.width - LABEL_AT - width_at(face.content.outputs[0].label, LABEL, zoom) - 6
    painter.setPen(pen(t.text2, 1.75, pattern=BYPASS))
    painter.drawLine(QPointF(left, y), QPointF(right, y))


def _turns(painter: QPainter, item: NodeItem, t: Theme) -> None:
    """Paint the turns of a step in order, a letter each; the last optimiser's are filled."""
    area = item.face.turns
    if area is None or not item.turns:
        return
    cells = min(len(item.turns), int((area.width() + TURN_GAP) / (18 + TURN_GAP)))
    width = (area.width() + TURN_GAP) / cells - TURN_GAP
    last = max(number for _, number in item.turns)
    painter.setFont(font_at(TURN, item.stage.zoom))
    for i, (letter, number) in enumerate(item.turns[:cells]):
        cell = QRectF(area.left() + i * (width + TURN_GAP), area.top(), width, area.height())
        more = cells < len(item.turns) and i == cells - 1
        paint_turn(painter, cell, "…" if more else letter, number == last)


def _picture(painter: QPainter, item: NodeItem, t: Theme) -> None:
    area = item.face.thumbnail
    if area is None:
        return
    picture = item.stage.thumbnail(item.node)
    if picture is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.field if t.dark else t.header)
        painter.drawRoundedRect(area, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
        _icon(painter, item, item.face.content.icon, "edge", area.center() - QPointF(12, 12), 24)
        return
    clip = rounded(area, RADIUS_THUMBNAIL)
    painter.save()
    painter.setClipPath(clip)
    painter.fillPath(clip, t.field)
    painter.drawImage(area, picture)
    painter.restore()


def _foot(painter: QPainter, item: NodeItem, t: Theme) -> None:
    face, signs = item.face, item.signs
    if face.foot is None:
        return
    if signs.state != "unknown":
        painter.fillRect(QRectF(1, face.foot, face.width - 2, 1), t.line)
    if face.content.measured and signs.figure and signs.state != "running":
        _measure(painter, item, t)
        return
    high = MEASURE_HIGH if face.content.measured else FOOT_HIGH
    zoom = item.stage.zoom
    y = face.foot + high / 2 + baseline(FOOT, zoom)
    left, right = foot_texts(item, zoom)
    painter.setPen(t.text3)
    painter.setFont(font_at(FOOT, zoom))
    painter.drawText(QPointF(FOOT_AT, y), left)
    painter.drawText(QPointF(face.width - FOOT_AT - width_at(right, FOOT, zoom), y), right)


def foot_texts(item: NodeItem, zoom: float) -> tuple[str, str]:
    """Return both ends of the footer: of what does not fit, the whole of a shorter one."""
    face, signs = item.face, item.signs
    room = face.width - 2 * FOOT_AT

    def fits(left: str, right: str) -> bool:
        between = BETWEEN if left and right else 0.0
        return width_at(left, FOOT, zoom) + width_at(right, FOOT, zoom) + between <= room

    left, weights = signs.left, face.content.weights
    lefts = (left, left.split(" / ")[0]) if signs.state == "running" else (left,)
    pairs = [(a, b) for b in (signs.right, weights) if b for a in lefts]
    if signs.right and face.content.reserved:  # a figure counts for more than a summary
        pairs = [(a, signs.right) for a in (*lefts, "")]
    found = next((pair for pair in [*pairs, (left, "")] if fits(*pair)), None)
    return found or (elided_at(left, room, FOOT, zoom), "")


def _measure(painter: QPainter, item: NodeItem, t: Theme) -> None:
    """Write a metric's figure, as large as fits, with its unit if there is room."""
    face, signs, zoom = item.face, item.signs, item.stage.zoom
    room = face.width - 2 * FOOT_AT
    largest, least = round(size_at(FIGURE, zoom)), round(size_at(UNIT, zoom))
    sizes = range(largest, least, -2)
    fits = (s for s in sizes if text_width(signs.figure, s, FIGURE.weight) <= room)
    size = next(fits, least)
    y = (face.foot or 0.0) + MEASURE_HIGH / 2 + 0.36 * size
    painter.setFont(canvas_font(size, FIGURE.weight))
    painter.setPen(t.text)
    painter.drawText(QPointF(FOOT_AT, y), signs.figure)
    used = text_width(signs.figure, size, FIGURE.weight) + 6
    if signs.unit and used + width_at(signs.unit, UNIT, zoom) <= room:
        painter.setFont(font_at(UNIT, zoom))
        painter.setPen(t.text2)
        painter.drawText(QPointF(FOOT_AT + used, y), signs.unit)


def _edge(painter: QPainter, item: NodeItem, t: Theme) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    outline = item.face.outline
    if item.selected or item.focused:
        painter.setPen(QPen(faded(t.accent, t.halo), HALO_WIDTH))
        painter.drawPath(outline)
    painter.setPen(edge_pen(item, t))
    painter.drawPath(outline)
    if item.focused:
        painter.setPen(QPen(t.accent, 1.5, Qt.PenStyle.DotLine))
        painter.drawPath(rounded(item.face.rect.adjusted(-7, -7, 7, 7), RADIUS_NODE + 6))


def edge_pen(item: NodeItem, t: Theme) -> QPen:
    """Return the pen of a node's edge; the strongest of its states wins."""
    state = item.signs.state
    if item.fit_colour is not None and not item.refused:
        return QPen(item.fit_colour, FIT_WIDTH)
    if state == "error" or item.refused:
        return QPen(t.error, WIRE_WIDTH)
    if item.selected or item.focused:
        return QPen(t.accent, WIRE_WIDTH)
    if item.partner:
        return QPen(t.accent, FIT_WIDTH)
    if item.is_border:
        return pen(t.accent, FIT_WIDTH if item.hovered else EDGE_WIDTH, pattern=DASH)
    if state in ("muted", "unknown"):
        return pen(t.control, EDGE_WIDTH if state == "muted" else FIT_WIDTH, pattern=DASH)
    return QPen(t.control if item.hovered else t.edge, EDGE_WIDTH)


def _ports(painter: QPainter, item: NodeItem, t: Theme) -> None:
    for port in _seen_ports(item):
        at = item.face.spots[port.side, port.name]
        key = (port.side, port.name)
        colour = t.control if item.signs.state == "muted" else t.wire(port.family).colour
        if key in item.fits:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(colour, 0.25))
            painter.drawEllipse(at, FIT_DISC / 2, FIT_DISC / 2)
        wired = key in item.wired
        paint_glyph(painter, port.glyph, at, colour, filled=wired, ground=t.canvas, inside=t.canvas)
        if port.side == "input" and port.name in item.signs.free and not wired:
            _ring_around(painter, at, t.warning)
        if item.spare_plus == key:
            _plus(painter, at, colour, t)
        if item.focused_port is not None and item.focused_port == port:
            _ring_around(painter, at, t.accent, 10.5, 2.0)


def _seen_ports(item: NodeItem) -> Iterable[Port]:
    """Return the ports to paint; a collapsed node has one on each side, wired ones first."""
    ports = item.face.ports
    if not item.face.content.collapsed:
        return ports
    wired_last = sorted(ports, key=lambda p: (p.side, p.name) in item.wired)
    return {port.side: port for port in wired_last}.values()


def _ring_around(
    painter: QPainter, at: QPointF, colour: QColor, radius: float = 8.5, width: float = 1.25
) -> None:
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, radius, radius)


def _plus(painter: QPainter, at: QPointF, colour: QColor, t: Theme) -> None:
    """Paint a plus below a port that takes further wires."""
    x, y = at.x() - 9, at.y() + 9
    painter.setPen(QPen(colour, 1.75))
    painter.drawLine(QPointF(x - 3.5, y), QPointF(x + 3.5, y))
    painter.drawLine(QPointF(x, y - 3.5), QPointF(x, y + 3.5))

"""What a group holds, drawn in small on its node: boxes for its nodes, lines for its wires."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from engine.document.graph import Board
from engine.document.naming import IN, OUT
from workbench.edits.base import HEIGHT, WIDTH
from workbench.edits.names import name_of_wires
from workbench.look.theme import Theme
from workbench.plots.base import blank

AIR, LEAST = 5.0, 3.0  # px around the drawing; least side of a box
FINE, MANY = 0.6, 12  # width of lines where there are more than so many
LARGEST = 0.14  # px for a unit: a single node does not fill the room


def inside_image(board: Board, size: QSize, theme: Theme, ratio: float) -> QImage:
    """Return the drawing of a group's inside, with a transparent ground."""
    image = blank(size, ratio)
    boxes = _boxes(board, size)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        painter.setPen(QPen(theme.text3, FINE if len(board.wires) > MANY else 1.0))
        for wire in board.wires:
            drawn = not name_of_wires(board, wire.source, wire.output)
            if drawn and wire.source in boxes and wire.target in boxes:
                painter.drawPath(_line(boxes[wire.source], boxes[wire.target]))
        painter.setBrush(theme.edge)
        painter.setPen(Qt.PenStyle.NoPen)
        for node, box in boxes.items():
            if node not in (IN, OUT):
                painter.drawRoundedRect(box, 1.5, 1.5)
    finally:
        painter.end()
    return image


def _boxes(board: Board, size: QSize) -> Mapping[str, QRectF]:
    """Return where the nodes and the two ends of the border lie in the drawing."""
    places = {n: QRectF(x, y, WIDTH, HEIGHT) for n, (x, y) in board.layout.positions.items()}
    shown = {n: place for n, place in places.items() if n in board.nodes or n in (IN, OUT)}
    whole = QRectF()
    for place in shown.values():
        whole = whole.united(place)
    if whole.isEmpty():
        return {}
    room = QRectF(0, 0, size.width(), size.height()).adjusted(AIR, AIR, -AIR, -AIR)
    scale = min(room.width() / whole.width(), room.height() / whole.height(), LARGEST)
    middle, centre = whole.center(), room.center()
    boxes = {}
    for node, place in shown.items():
        at = centre + (place.center() - middle) * scale
        wide, high = max(place.width() * scale, LEAST), max(place.height() * scale, LEAST)
        boxes[node] = QRectF(at.x() - wide / 2, at.y() - high / 2, wide, high)
    return boxes


def _line(source: QRectF, target: QRectF) -> QPainterPath:
    start = QPointF(source.right(), source.center().y())
    end = QPointF(target.left(), target.center().y())
    reach = max(abs(end.x() - start.x()) / 2, 4.0)
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
    return path

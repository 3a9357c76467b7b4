"""Ports: their names and types, and the glyphs that show their families without colour."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPolygonF

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.kinds import NUMBER
from workbench.look.strokes import Join, pen
from workbench.words.kinds import from_catalogue
from workbench.words.letters import letters

Side = Literal["input", "output"]
SIZE = 10.0  # px of a glyph
GAP = 2.0  # px around it
HIT = 11.0  # px: hit radius
FIT_DISC = 26.0  # px: diameter of the highlight behind a port that fits


class Port(NamedTuple):
    """A port as shown on a node. `info` is None if the kind is not installed."""

    name: str
    side: Side
    label: str
    family: str = "object"
    glyph: str = "ring"
    needed: bool = False
    info: PortInfo | None = None

    @property
    def many(self) -> bool:
        return self.side == "output" or (self.info is not None and self.info.many)


def ports_of(catalogue: Catalogue, kind: KindInfo) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return a kind's inputs and outputs as they are shown."""
    inputs = tuple(_port(catalogue, p, "input", kind) for p in kind.inputs)
    return inputs, tuple(_port(catalogue, p, "output", kind) for p in kind.outputs)


def _port(catalogue: Catalogue, port: PortInfo, side: Side, kind: KindInfo) -> Port:
    type_ = catalogue.types.get(port.type)
    param = kind.param(port.name) if port.type == NUMBER and side == "input" else None
    return Port(
        name=port.name,
        side=side,
        label=from_catalogue(param.title) if param else letters(port.name),
        family=type_.family if type_ else "object",
        glyph=type_.glyph if type_ else "ring",
        needed=side == "input" and not port.optional,
        info=port,
    )


def unknown_port(name: str, side: Side) -> Port:
    """Return a port known only from a wire."""
    return Port(name=name, side=side, label=letters(name))


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()
    return path


def _ellipse(width: float, height: float | None = None) -> QPainterPath:
    path = QPainterPath()
    height = height or width
    path.addEllipse(QRectF(-width / 2, -height / 2, width, height))
    return path


def _rounded(width: float, height: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(-width / 2, -height / 2, width, height), radius, radius)
    return path


def _bars() -> QPainterPath:
    path = QPainterPath()
    for x, height in ((-4.5, 6.0), (-1.25, 11.0), (2.0, 7.0)):
        path.addRoundedRect(QRectF(x, -height / 2, 2.5, height), 1, 1)
    return path


def _bell() -> QPainterPath:
    path = QPainterPath(QPointF(-5.6, 4.8))
    path.cubicTo(-2.2, 4.4, -3.0, -5.4, 0, -5.4)
    path.cubicTo(3.0, -5.4, 2.2, 4.4, 5.6, 4.8)
    path.closeSubpath()
    return path


def _holed(path: QPainterPath, hole: QPainterPath) -> QPainterPath:
    path.addPath(hole)
    path.setFillRule(Qt.FillRule.OddEvenFill)
    return path


_SHAPES: dict[str, Callable[[], QPainterPath]] = {
    "square": lambda: _rounded(9, 9, 0.5),
    "bars": _bars,
    "disc": lambda: _ellipse(10),
    "ring": lambda: _ellipse(8.5),
    "tag": lambda: _polygon((-5, -4.5), (1, -4.5), (5.5, 0), (1, 4.5), (-5, 4.5)),
    "pill": lambda: _rounded(6, 11, 3),
    "bell": _bell,
    "hexagon": lambda: _polygon(
        (0, -5.5), (4.8, -2.75), (4.8, 2.75), (0, 5.5), (-4.8, 2.75), (-4.8, -2.75)
    ),
    "arrow": lambda: _polygon((-5, -5), (0, -5), (5, 0), (0, 5), (-5, 5), (-0.5, 0)),
    "cross": lambda: _polygon(
        (-5, -1.6),
        (-1.6, -1.6),
        (-1.6, -5),
        (1.6, -5),
        (1.6, -1.6),
        (5, -1.6),
        (5, 1.6),
        (1.6, 1.6),
        (1.6, 5),
        (-1.6, 5),
        (-1.6, 1.6),
        (-5, 1.6),
    ),
    "triangle": lambda: _polygon((-5.2, -4.4), (5.2, -4.4), (0, 4.8)),
    "diamond": lambda: _polygon((0, -6), (6, 0), (0, 6), (-6, 0)),
}


class Glyph(NamedTuple):
    """A glyph's outline, its hole if it always has one, and whether it is never filled."""

    outline: QPainterPath
    hole: QPainterPath | None = None
    open: bool = False


@lru_cache(maxsize=64)
def glyph(name: str) -> Glyph:
    """Return a glyph around (0, 0); a ring for an unknown name."""
    name = name if name in _SHAPES else "ring"
    hole = _ellipse(4.2) if name == "diamond" else None
    return Glyph(_SHAPES[name](), hole, open=name == "ring")


def paint_glyph(
    painter: QPainter,
    name: str,
    at: QPointF,
    colour: QColor,
    *,
    filled: bool,
    ground: QColor,
    inside: QColor,
) -> None:
    """Draw a glyph with a gap around it; `inside` fills a hollow one."""
    shape = glyph(name)
    painter.save()
    painter.translate(at)
    painter.setPen(pen(ground, 2 * GAP, join=Join.RoundJoin))
    painter.setBrush(ground)
    painter.drawPath(shape.outline)
    painter.setPen(Qt.PenStyle.NoPen)
    if shape.open or not filled:
        _paint_hollow(painter, shape, colour, inside, 2.5 if filled else 1.75)
    else:
        painter.setBrush(colour)
        painter.drawPath(shape.outline)
        if shape.hole:
            painter.setBrush(ground)
            painter.drawPath(shape.hole)
    painter.restore()


def _paint_hollow(
    painter: QPainter, shape: Glyph, colour: QColor, inside: QColor, width: float
) -> None:
    painter.setBrush(QBrush(inside))
    painter.setPen(pen(colour, width, join=Join.BevelJoin))
    painter.drawPath(shape.outline)

"""The face of a node: its size and the positions of its parts, in the design's units.

Faces are shared: a thousand nodes of twenty kinds have about twenty faces.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath

from workbench.look import theme as tokens
from workbench.look.eliding import elide
from workbench.plots.kinds import kind_of
from workbench.widgets.ports import Port, Side

NEAR, FAR = 0.6, 0.25  # zooms that separate the levels of detail
HEADER, TOP, ROW, BOTTOM, FOOT = 32.0, 6.0, 22.0, 4.0, 26.0
ICON_AT, TITLE_AT, STATE_AT = 10.0, 32.0, 10.0
LABEL_AT, FOOT_AT = 13.0, 12.0
THUMBNAIL_SIDE, THUMBNAIL_BELOW = 9.0, 10.0
NARROWEST, WIDEST, VIEW, WIDEST_VIEW, STEP = 112.0, 240.0, 176.0, 320.0, 8.0
TURN, TURN_GAP = 22.0, 4.0
BADGE, BADGE_HIGH, BADGE_GAP = 18.0, 16.0, 3.0
SHEET = 4.0  # offset of a twin's second outline


def canvas_font(size: float, weight: int = tokens.REGULAR, mono: bool = False) -> QFont:
    """Return a font in canvas units; the zoom already includes the user's text scale."""
    return tokens.font(size / tokens.theme().text_scale, weight, mono)


@lru_cache(maxsize=8192)
def text_width(text: str, size: float, weight: int = tokens.REGULAR, mono: bool = False) -> float:
    return QFontMetricsF(canvas_font(size, weight, mono)).horizontalAdvance(text)


@lru_cache(maxsize=4096)
def elided(
    text: str, width: float, size: float, weight: int = tokens.REGULAR, mono: bool = False
) -> str:
    """Return the text, elided to `width`."""
    return elide(text, QFontMetricsF(canvas_font(size, weight, mono)), width)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a node's face."""

    title: str
    icon: str
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    sign: str = ""
    weights: str = ""
    twin: bool = False
    figure: str = ""
    share: float = 0.0  # height/width of the thumbnail, if its figure sets it
    turns: int = 0
    badges: tuple[tuple[str, bool], ...] = ()  # optimisers' letters; last?
    collapsed: bool = False


@dataclass(slots=True, eq=False)
class Face:
    """A measured node: its size, and the positions of its ports from the top left corner."""

    content: Content
    width: float
    height: float
    title: str
    spots: dict[tuple[Side, str], QPointF]
    thumbnail: QRectF | None
    turns: QRectF | None
    foot: float | None
    rect: QRectF = field(init=False)
    outline: QPainterPath = field(init=False)
    header: QPainterPath = field(init=False)

    def __post_init__(self) -> None:
        self.rect = QRectF(0, 0, self.width, self.height)
        self.outline = rounded(QRectF(0.5, 0.5, self.width - 1, self.height - 1))
        top = QPainterPath()
        top.addRect(QRectF(0, 0, self.width, HEADER))
        self.header = self.outline.intersected(top)

    @property
    def ports(self) -> tuple[Port, ...]:
        return self.content.inputs + self.content.outputs

    def port(self, side: Side, name: str) -> Port | None:
        ports = self.content.inputs if side == "input" else self.content.outputs
        return next((p for p in ports if p.name == name), None)

    def spot(self, side: Side, name: str) -> QPointF:
        """Return the position of a port; an unknown one is at the end of the header."""
        found = self.spots.get((side, name))
        return found or QPointF(0.0 if side == "input" else self.width, HEADER / 2)


def rounded(rect: QRectF, radius: float = tokens.RADIUS_NODE) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path


def face(content: Content) -> Face:
    """Measure a node."""
    width = _width(content)
    rows = 0 if content.collapsed else max(len(content.inputs), len(content.outputs))
    y = HEADER if content.collapsed else HEADER + TOP + rows * ROW + BOTTOM
    turns = thumbnail = foot = None
    if content.turns and not content.collapsed:
        turns = QRectF(THUMBNAIL_SIDE, y + 2, width - 2 * THUMBNAIL_SIDE, TURN)
        y = turns.bottom() + 8
    if content.figure and not content.collapsed:
        inside = width - 2 * THUMBNAIL_SIDE
        share = content.share or kind_of(content.figure).thumbnail
        thumbnail = QRectF(THUMBNAIL_SIDE, y, inside, _step(inside * share, 2.0))
        y = thumbnail.bottom() + THUMBNAIL_BELOW
    elif not content.collapsed:
        foot, y = y, y + FOOT
    return Face(
        content=content,
        width=width,
        height=y,
        title=elided(content.title, width - _beside_title(content), 13, tokens.SEMIBOLD),
        spots=_spots(content, width),
        thumbnail=thumbnail,
        turns=turns,
        foot=foot,
    )


def _spots(content: Content, width: float) -> dict[tuple[Side, str], QPointF]:
    spots: dict[tuple[Side, str], QPointF] = {}
    for ports, x in ((content.inputs, 0.0), (content.outputs, width)):
        for row, port in enumerate(ports):
            y = HEADER + TOP + (row + 0.5) * ROW
            spots[port.side, port.name] = QPointF(x, HEADER / 2 if content.collapsed else y)
    return spots


def _width(content: Content) -> float:
    least, most = (VIEW, WIDEST_VIEW) if content.figure else (NARROWEST, WIDEST)
    wanted = max(_title_width(content), _rows_width(content), _foot_width(content), least)
    if content.turns:
        wanted = max(wanted, content.turns * (18 + TURN_GAP) + 2 * THUMBNAIL_SIDE)
    return min(_step(wanted, STEP), most)


def _step(value: float, step: float) -> float:
    return math.ceil(value / step - 1e-6) * step


def _beside_title(content: Content) -> float:
    """Return the width of the header's other parts: icon, twin's link, badges, state."""
    badges = len(content.badges) * (BADGE + BADGE_GAP)
    return TITLE_AT + (22 if content.twin else 0) + badges + 8 + 16 + STATE_AT


def _title_width(content: Content) -> float:
    return _beside_title(content) + text_width(content.title, 13, tokens.SEMIBOLD)


def _rows_width(content: Content) -> float:
    def label(ports: tuple[Port, ...], row: int) -> float:
        return LABEL_AT + text_width(ports[row].label, 12) if row < len(ports) else 0.0

    rows = max(len(content.inputs), len(content.outputs))
    widths = [label(content.inputs, r) + label(content.outputs, r) + 20 for r in range(rows)]
    return max(widths, default=0.0)


def _foot_width(content: Content) -> float:
    texts = [t for t in (content.sign, content.weights) if t]
    inside = sum(text_width(t, tokens.FOOT, mono=True) for t in texts)
    return 2 * FOOT_AT + inside + 20 * (len(texts) - 1) if texts else 0.0

"""The face of a node: its size and the positions of its parts, in the design's units.

Faces are shared: a thousand nodes of twenty kinds have about twenty faces.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from nodes.params import ParamInfo
from workbench.canvas.lettering import FIGURE, FOOT, LABEL, SMALLEST, TITLE, elided_at, width_at
from workbench.look import theme as tokens
from workbench.plots.kinds import kind_of
from workbench.widgets.ports import Port, Side
from workbench.words.kinds import tr

MORE = "…"  # in place of a parameter's name
NEAR, FAR = 0.6, 0.25  # zooms that separate the levels of detail
HEADER, LINE, TOP, ROW, BOTTOM, FOOT_HIGH = 32.0, 20.0, 6.0, 22.0, 4.0, 26.0
ICON_AT, TITLE_AT, STATE_AT = 9.0, 30.0, 8.0
LABEL_AT, FOOT_AT, BETWEEN = 13.0, 11.0, 12.0
MEASURE_HIGH, INSIDE_HIGH = 42.0, 56.0
THUMBNAIL_SIDE, THUMBNAIL_BELOW = 9.0, 10.0
NARROWEST, ONE_LINE, BOTH, WIDEST, VIEW, STEP = 112.0, 160.0, 176.0, 240.0, 176.0, 8.0
TURN, TURN_GAP = 22.0, 4.0
BADGE, BADGE_HIGH, BADGE_GAP = 20.0, 18.0, 3.0
FIELD, FIELD_ROW, FIELD_SIDE, FIELD_PAD = 21.0, 26.0, 9.0, 8.0
TICK, CHEVRON, MORE_HIGH = 16.0, 14.0, 20.0
NAMED = 24.0  # a name widens its node by less than the least gap between nodes
SHEET = 4.0  # offset of a twin's second outline


@dataclass(frozen=True, slots=True)
class Shown:
    """A parameter with a field on the face. `room` is the width that its value is sure of."""

    param: ParamInfo
    label: str
    symbol: str
    room: float

    @property
    def ticked(self) -> bool:
        return self.param.type == "bool"

    @property
    def listed(self) -> bool:
        return bool(self.param.choices)

    @property
    def beside(self) -> float:
        """Return the width of a field besides its texts."""
        sides = 2 * (FIELD_SIDE + FIELD_PAD)
        if self.ticked:
            return 2 * FIELD_SIDE + TICK + FIELD_PAD
        return sides + (CHEVRON + 2 if self.listed else 0)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a node's face."""

    title: str
    icon: str
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    folded: tuple[Port, ...] = ()  # free optional inputs that are not shown
    sign: str = ""
    weights: str = ""
    reserved: str = ""  # the widest figure to come at the right of the foot
    measured: bool = False  # a metric: its figure stands in place of a foot
    twin: bool = False
    inside: bool = False  # a group: what it holds is drawn above its foot
    figure: str = ""
    share: float = 0.0  # height/width of the thumbnail, if its figure sets it
    turns: int = 0
    badges: tuple[tuple[str, bool], ...] = ()  # optimisers' letters; last?
    fields: tuple[Shown, ...] = ()
    more: int = 0  # pinned parameters that are not shown
    collapsed: bool = False


@dataclass(slots=True, eq=False)
class Face:
    """A measured node: its size, and the positions of its ports from the top left corner.

    `lines` are the title's, `head` is the height of the header that holds them.
    """

    content: Content
    width: float
    height: float
    head: float
    lines: tuple[str, ...]
    spots: dict[tuple[Side, str], QPointF]
    thumbnail: QRectF | None
    turns: QRectF | None
    foot: float | None
    fields: float  # the top of the first field
    rect: QRectF = field(init=False)
    outline: QPainterPath = field(init=False)
    header: QPainterPath = field(init=False)

    def __post_init__(self) -> None:
        self.rect = QRectF(0, 0, self.width, self.height)
        self.outline = rounded(QRectF(0.5, 0.5, self.width - 1, self.height - 1))
        top = QPainterPath()
        top.addRect(QRectF(0, 0, self.width, self.head))
        self.header = self.outline.intersected(top)

    @property
    def title_room(self) -> float:
        return self.width - _beside_title(self.content)

    def shown_lines(self, zoom: float) -> list[str]:
        """Return the title's lines; below the zoom that the node is made for, cut to its width."""
        return [elided_at(line, self.title_room, TITLE, zoom) for line in self.lines]

    def row_middle(self, row: int) -> float:
        return self.head + TOP + (row + 0.5) * ROW

    @property
    def field_rects(self) -> list[QRectF]:
        """Return the places of the fields; at the end that of the count of those not shown."""
        if self.content.collapsed:
            return []
        wide, rows = self.width - 2 * FIELD_SIDE, len(self.content.fields)
        rects = [QRectF(FIELD_SIDE, self.fields + r * FIELD_ROW, wide, FIELD) for r in range(rows)]
        if self.content.more:
            top = self.fields + rows * FIELD_ROW - 2
            rects.append(QRectF(FIELD_SIDE, top, wide, MORE_HIGH - 2))
        return rects

    def row_at(self, y: float) -> int:
        """Return which row of ports lies at a height, negative above the first."""
        return -1 if self.content.collapsed else math.floor((y - self.head - TOP) / ROW)

    def field_at(self, at: QPointF) -> str:
        """Return the parameter whose field contains a point, `MORE` for their count, or ""."""
        names = [shown.param.name for shown in self.content.fields] + [MORE]
        found = (n for n, rect in zip(names, self.field_rects, strict=False) if rect.contains(at))
        return next(found, "")

    def drags(self, name: str) -> bool:
        """Return whether a field is a number, which is dragged."""
        params = (shown.param for shown in self.content.fields)
        return any(p.name == name and p.type in ("int", "float") for p in params)

    def field_rect(self, name: str) -> QRectF:
        """Return the place of a parameter's field, an empty one without it."""
        pairs = zip(self.content.fields, self.field_rects, strict=False)
        return next((rect for shown, rect in pairs if shown.param.name == name), QRectF())

    @property
    def ports(self) -> tuple[Port, ...]:
        return self.content.inputs + self.content.outputs

    def port(self, side: Side, name: str) -> Port | None:
        ports = self.content.inputs if side == "input" else self.content.outputs
        return next((p for p in ports if p.name == name), None)

    def spot(self, side: Side, name: str) -> QPointF:
        """Return the position of a port; an unknown one is at the end of the header."""
        found = self.spots.get((side, name))
        return found or QPointF(0.0 if side == "input" else self.width, self.head / 2)


def rounded(rect: QRectF, radius: float = tokens.RADIUS_NODE) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path


def face(content: Content) -> Face:
    """Measure a node."""
    width = _width(content)
    lines = _lines(content.title, width - _beside_title(content))
    head = HEADER + (len(lines) - 1) * LINE
    rows = 0 if content.collapsed else max(len(content.inputs), len(content.outputs))
    y = head if content.collapsed else head + TOP + rows * ROW + BOTTOM
    turns = thumbnail = foot = None
    fields = y + 1
    if not content.collapsed:
        y += len(content.fields) * FIELD_ROW + (MORE_HIGH if content.more else 0)
    if content.turns and not content.collapsed:
        turns = QRectF(THUMBNAIL_SIDE, y + 2, width - 2 * THUMBNAIL_SIDE, TURN)
        y = turns.bottom() + 8
    if content.figure and not content.collapsed:
        inside = width - 2 * THUMBNAIL_SIDE
        share = content.share or kind_of(content.figure).thumbnail
        high = min(inside * share, VIEW - 2 * THUMBNAIL_SIDE)
        thumbnail = QRectF(THUMBNAIL_SIDE, y, inside, _step(high, 2.0))
        y = thumbnail.bottom() + THUMBNAIL_BELOW
    elif not content.collapsed:
        if content.inside:
            thumbnail = QRectF(THUMBNAIL_SIDE, y, width - 2 * THUMBNAIL_SIDE, INSIDE_HIGH)
            y = thumbnail.bottom() + BOTTOM + 2
        foot, y = y, y + (MEASURE_HIGH if content.measured else FOOT_HIGH)
    return Face(
        content=content,
        width=width,
        height=y,
        head=head,
        lines=lines,
        spots=_spots(content, width, head),
        thumbnail=thumbnail,
        turns=turns,
        foot=foot,
        fields=fields,
    )


def _spots(content: Content, width: float, head: float) -> dict[tuple[Side, str], QPointF]:
    spots: dict[tuple[Side, str], QPointF] = {}
    for ports, x in ((content.inputs, 0.0), (content.outputs, width)):
        for row, port in enumerate(ports):
            y = head + TOP + (row + 0.5) * ROW
            spots[port.side, port.name] = QPointF(x, head / 2 if content.collapsed else y)
    return spots


def _width(content: Content) -> float:
    least = VIEW if content.figure else NARROWEST
    wanted = max(_rows_width(content), _foot_width(content), least)
    wanted = max(wanted, *(_field_width(shown, wanted) for shown in content.fields), 0.0)
    if content.turns:
        wanted = max(wanted, content.turns * (18 + TURN_GAP) + 2 * THUMBNAIL_SIDE)
    return min(_step(max(wanted, _title_width(content, wanted)), STEP), max(WIDEST, wanted))


def _step(value: float, step: float) -> float:
    return math.ceil(value / step - 1e-6) * step


def _beside_title(content: Content) -> float:
    """Return the width of the header's other parts: icon, twin's link, badges, state."""
    badges = len(content.badges) * (BADGE + BADGE_GAP)
    return TITLE_AT + (22 if content.twin else 0) + badges + 4 + 16 + STATE_AT


def _title_width(content: Content, wanted: float) -> float:
    """Return the width for the title: in one line on a narrow node, else in two if they can be."""
    beside = _beside_title(content)
    one = beside + width_at(content.title, TITLE)
    if one <= max(wanted, ONE_LINE):
        return one
    return beside + min((_widest(lines) for lines in _breaks(content.title)), default=one - beside)


def _lines(title: str, room: float) -> tuple[str, ...]:
    """Return the title in one line if it fits, else in the two most equal ones."""
    if width_at(title, TITLE) <= room:
        return (title,)
    lines = min(_breaks(title), key=_widest, default=(title,))
    return tuple(elided_at(line, room, TITLE, SMALLEST) for line in lines)


def _breaks(title: str) -> Iterable[tuple[str, str]]:
    words = title.split(" ")
    return [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]


def _widest(lines: Iterable[str]) -> float:
    return max(width_at(line, TITLE) for line in lines)


def _rows_width(content: Content) -> float:
    def label(ports: tuple[Port, ...], row: int) -> float:
        more = f"  {fold_sign(content)}" if ports and row == len(content.inputs) - 1 else ""
        more = more if ports is content.inputs else ""
        return LABEL_AT + width_at(ports[row].label + more, LABEL) if row < len(ports) else 0.0

    rows = max(len(content.inputs), len(content.outputs))
    widths = [label(content.inputs, r) + label(content.outputs, r) + BETWEEN for r in range(rows)]
    return max(widths, default=0.0)


def _field_width(shown: Shown, wanted: float) -> float:
    """Return the width for a field: its value's, and its name's or symbol's if that adds little."""
    least = shown.beside + shown.room
    named = [least + BETWEEN / 2 + width_at(text, LABEL) for text in (shown.label, shown.symbol)]
    return max(least, *(width for width in named if width <= wanted + NAMED), 0.0)


def more_texts(content: Content) -> list[str]:
    """Return what says how many more are pinned, the longest form first."""
    count = content.more
    long, short = tr("{0} more in the inspector"), tr("{0} more")
    return [long.format(count), short.format(count), f"+{count}"]


def fold_sign(content: Content) -> str:
    """Return the count of the ports that are not shown."""
    return f"+{len(content.folded)}" if content.folded else ""


def _foot_width(content: Content) -> float:
    """Return the width for the foot; of two texts that make it too wide one is shown."""
    if content.figure:
        return 0.0
    sign, weights = width_at(content.sign, FOOT), width_at(content.weights, FOOT)
    figure = width_at(content.reserved, FIGURE if content.measured else FOOT)
    both = sign + BETWEEN + weights if sign and weights else 0.0
    beside = 2 * FOOT_AT
    return beside + max(sign, weights, figure, both if beside + both <= BOTH else 0.0)

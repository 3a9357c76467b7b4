"""A picture on paper: what is chosen of it, and where it stands on the page.

The picture is cut to what is drawn, with `MARGIN` around it. Its type has one size in points at the
final size, its lines are 1 pt wide. Lengths are mm in a `Paper`; in a `Page` they are px, of which
`PX` are as high as its type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from workbench.look import theme as tokens
from workbench.look.eliding import elide
from workbench.look.painting import painting
from workbench.look.theme import DARK, LIGHT, Theme
from workbench.plots.axes import number
from workbench.plots.base import Picture
from workbench.plots.kinds import kind_of
from workbench.plots.look import Ink, Look
from workbench.plots.maps import MOST_SHAPES
from workbench.plots.words import tr

Ground = Literal["white", "transparent", "dark"]
Colours = Literal["print", "screen", "grey"]

MM = 25.4  # to the inch
POINTS = 72  # to the inch
COLUMN, COLUMNS = 85.0, 178.0  # mm: one column of a journal, and both
SLIDE, SLIDE_DPI, SLIDE_TYPE = (1920, 1080), 144, 18.0  # a slide is 13.3 by 7.5 inches
DPI, FINE_DPI = 300, 600  # of a PNG, and of what cannot be shapes in a PDF or an SVG
TYPE = 8.0  # pt
MARGIN, LEAST, MOST = 2.0, 10.0, 2000.0  # mm
TALLEST = 2.0  # largest height of a page that is as high as its picture needs, in widths
PX = tokens.FOOT  # px of all type
LINE = 1.5  # height of a line of type
SMALL = 0.85  # size of the caption's type
PAD = 24.0  # px around a picture in which something drawn beside its area is looked for
SHARP = 2.0  # px of the picture in which is looked, per px
ROUNDS = 5
SHRINK = 0.99


# the colours that fit a ground
COLOURS: dict[Ground, Colours] = {"white": "print", "transparent": "print", "dark": "screen"}


@dataclass(frozen=True, slots=True)
class Paper:
    """What is chosen of a saved picture. Lengths are in mm; a height of 0 is what it needs."""

    width: float = COLUMN
    height: float = 0.0
    dpi: float = DPI
    ground: Ground = "white"
    colours: Colours = "print"
    type: float = TYPE
    axes: bool = True
    names: bool = True
    title: bool = False
    caption: bool = False
    graph: bool = True

    @property
    def scale(self) -> float:
        """Points per px."""
        return self.type / PX

    def px(self, mm: float) -> float:
        """Return a length in px."""
        return mm / MM * POINTS / self.scale

    def mm(self, px: float) -> float:
        return px * self.scale / POINTS * MM

    def pixels(self, dpi: float = 0.0) -> float:
        """Return dots of the file per px."""
        return (dpi or self.dpi) / POINTS * self.scale

    def theme(self) -> Theme:
        """Return the tokens, with the ground as `panel`."""
        theme = replace(DARK if self.colours == "screen" else LIGHT, text_scale=1.0)
        theme = _greyed(theme) if self.colours == "grey" else theme
        grounds = {"white": LIGHT.panel, "dark": DARK.panel}
        return replace(theme, panel=grounds.get(self.ground, theme.panel))


def slide(paper: Paper) -> Paper:
    """Return the same on a slide of 1920 by 1080 px."""
    width, height = (side / SLIDE_DPI * MM for side in SLIDE)
    return replace(paper, width=width, height=height, dpi=SLIDE_DPI, type=SLIDE_TYPE)


@dataclass(frozen=True, slots=True)
class Words:
    """What may be written with a picture, and its graph as JSON."""

    title: str = ""
    caption: str = ""
    graph: str = ""
    about: str = ""  # one sentence on what is seen, for those who cannot


def caption_of(name: str, step: int, seed: int) -> str:
    """Return the small line below a picture: its run, step and seed."""
    parts = [name, tr("step {0}").format(number(step)), tr("seed {0}").format(seed)]
    return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Page:
    """A picture laid on paper. `area` is what its painter is given, `size` the page, in px."""

    paper: Paper
    picture: Picture
    look: Look
    size: QSizeF
    area: QRectF
    words: Words = field(default_factory=Words)

    @property
    def millimetres(self) -> tuple[float, float]:
        """Width and height in mm, as asked for where that was asked."""
        return self.paper.width, self.paper.height or self.paper.mm(self.size.height())

    def dots(self, dpi: float = 0.0) -> tuple[int, int]:
        """Return width and height in dots of a file."""
        width, height = (
            max(1, round(mm / MM * (dpi or self.paper.dpi))) for mm in self.millimetres
        )
        return width, height

    def paint(self, painter: QPainter, **changes: Any) -> None:
        """Paint the page in px; `changes` are of the look."""
        look = replace(self.look, **changes)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.paper.ground != "transparent":
            whole = QRectF(QPointF(), self.size).adjusted(-1, -1, 1, 1)  # else edges are blended
            painter.fillRect(whole, look.colour("panel"))
        painter.save()
        self.picture.paint(painter, self.area, look)
        painter.restore()
        self._write(painter, look)

    def _write(self, painter: QPainter, look: Look) -> None:
        edge = self.paper.px(MARGIN)
        line = QRectF(edge, edge, self.size.width() - 2 * edge, PX * LINE)
        middle = Qt.AlignmentFlag.AlignVCenter
        if self.words.title:
            painter.setFont(look.font("name"))
            painter.setPen(look.colour("text"))
            text = elide(self.words.title, painter.fontMetrics(), line.width())
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignHCenter, text)
        if self.words.caption:
            painter.setFont(tokens.font(PX * SMALL, scale=1.0))
            painter.setPen(look.colour("text2"))
            line.moveBottom(self.size.height() - edge)
            text = elide(self.words.caption, painter.fontMetrics(), line.width())
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, text)


def lay_out(
    picture: Picture, paper: Paper, look: Look | None = None, words: Words | None = None
) -> Page:
    """Lay a picture on paper. `look` is how it is seen on screen: its ranges, marks, rotation."""
    seen = _inked(picture, paper, look or Look(LIGHT))
    given = words or Words()
    words = replace(
        given,
        title=given.title if paper.title else "",
        caption=given.caption if paper.caption else "",
        graph=given.graph if paper.graph else "",
    )
    edge, line = paper.px(MARGIN), PX * LINE
    above, below = line * bool(words.title), line * bool(words.caption)
    room = QSizeF(paper.px(paper.width) - 2 * edge, 0.0)
    if paper.height:
        room.setHeight(paper.px(paper.height) - 2 * edge - above - below)
    area, drawn = _fitted(picture, seen, room)
    high = room.height() if paper.height else drawn.height()
    place = QRectF(edge, edge + above, room.width(), high)
    size = QSizeF(paper.px(paper.width), high + 2 * edge + above + below)
    return Page(paper, picture, seen, size, area.translated(place.center() - drawn.center()), words)


def _inked(picture: Picture, paper: Paper, look: Look) -> Look:
    """Return how the picture is drawn on this paper."""
    ink = Ink(
        type=PX,
        line=1 / paper.scale,
        axes=paper.axes,
        names=paper.names,
        grey=paper.colours == "grey",
        fine=paper.pixels(FINE_DPI) if picture.dots > MOST_SHAPES else 0.0,
    )
    pixels = paper.pixels()
    return replace(look, theme=paper.theme(), small=False, scroll=0.0, pixels=pixels, ink=ink)


def _fitted(picture: Picture, look: Look, room: QSizeF) -> tuple[QRectF, QRectF]:
    """Return the area in which what is drawn fills the room, and what is drawn.

    Room of no height is as high as the picture needs. Painters leave room for numbers that may be
    shorter, and centre what is square: so the area is found in a few rounds, the best is taken.
    """
    free = not room.height()
    shape = picture.shape or kind_of(picture.figure.kind).file
    area = QRectF(0, 0, room.width(), room.height() or room.width() / shape)
    if free and picture.scrolls:
        area.setHeight(max(picture.length(area, look), 1.0))
    most = QSizeF(room.width(), TALLEST * room.width() if free else room.height())
    tried: list[tuple[QRectF, QRectF]] = []
    for _ in range(ROUNDS):
        drawn = drawn_in(picture, area, look)
        if drawn.isEmpty():
            return area, QRectF(QPointF(), QSizeF(room.width(), area.height()))
        tried.append((area, drawn))
        if len(tried) > 1 and drawn.size() == tried[-2][1].size() and _fills(drawn, most) >= 0:
            break  # it does not grow with its area
        area = _next_area(area, drawn, most, uniform=free)
    return max(tried, key=lambda one: _fills(one[1], most))  # the first of equals


def _fills(drawn: QRectF, room: QSizeF) -> float:
    """Return how well a room is filled, 0 to 1; negative by how much it is too small."""
    shares = drawn.width() / room.width(), drawn.height() / room.height()
    return 1 - max(shares) if max(shares) > 1.002 else sum(shares)


def _next_area(area: QRectF, drawn: QRectF, room: QSizeF, *, uniform: bool) -> QRectF:
    """Return the area in which the room may be filled, from what an area filled of it."""
    wide, high = room.width() / drawn.width(), room.height() / drawn.height()
    if uniform:
        share = min(wide, high)
        share *= SHRINK if share < 1 else 1.0  # cells are whole px: a little less is one px less
        return QRectF(0, 0, area.width() * share, area.height() * share)
    across, up = room.width() - drawn.width(), room.height() - drawn.height()
    return QRectF(0, 0, max(area.width() + across, 1.0), max(area.height() + up, 1.0))


def drawn_in(picture: Picture, area: QRectF, look: Look) -> QRectF:
    """Return the rectangle of what a picture draws in an area; empty if that is nothing."""
    return extent_of(lambda painter: picture.paint(painter, area, look), area, look.colour("panel"))


def extent_of(paint: Callable[[QPainter], None], area: QRectF, ground: QColor) -> QRectF:
    """Return the rectangle of what is painted in or near an area that is not its ground."""
    place = area.adjusted(-PAD, -PAD, PAD, PAD)
    size = (place.size() * SHARP).toSize()
    image = QImage(size, QImage.Format.Format_RGB32)
    if image.isNull():  # of no size, or of more than there is memory for
        return QRectF() if size.isEmpty() else area
    image.fill(ground)
    with painting(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(SHARP, SHARP)
        painter.translate(-place.topLeft())
        paint(painter)
    words = np.frombuffer(image.constBits(), np.uint32).reshape(size.height(), -1)
    seen = (words & 0xFFFFFF) != (ground.rgb() & 0xFFFFFF)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return QRectF()
    corner = QPointF(float(columns[0]), float(rows[0])) / SHARP + place.topLeft()
    wide, high = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    return QRectF(corner, QSizeF(float(wide) / SHARP, float(high) / SHARP))


def _greyed(theme: Theme) -> Theme:
    """Return a theme in greys, classes far apart in lightness."""
    named = {f.name: getattr(theme, f.name) for f in fields(theme)}
    greys: dict[str, Any] = {n: _grey(c) for n, c in named.items() if isinstance(c, QColor)}
    levels = (40, 150, 90, 190, 65, 170, 110, 25, 130, 205)
    wires = {name: replace(wire, colour=_grey(wire.colour)) for name, wire in theme.wires.items()}
    return replace(theme, classes=tuple(QColor(v, v, v) for v in levels), wires=wires, **greys)


def _grey(colour: QColor) -> QColor:
    level = round(0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue())
    return QColor(level, level, level, colour.alpha())

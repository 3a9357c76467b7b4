"""The base class of figures as painted.

A `Picture` is one decoded figure that any `QPainter` can paint: on a widget, as a node's thumbnail,
into PNG, SVG or PDF. It is no widget and keeps no mouse state. The file of each kind lists its
arrays and facts at the top.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF

from engine.document.messages import FigureData
from nodes.errors import Refusal
from workbench.look.theme import Theme
from workbench.plots.axes import Axes
from workbench.plots.kinds import KINDS
from workbench.plots.look import Limits, Look
from workbench.plots.words import tr
from workbench.words.sentences import fact_text

DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


class Unreadable(Refusal):
    """A figure lacks an array or fact that its kind needs."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The item under the pointer: a sentence, its index in the arrays and its id."""

    text: str
    index: int = -1
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A figure as a table, for "Copy as CSV" and screen readers."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, columns: dict[str, np.ndarray]) -> Rows:
        """Make a table of columns of equal length."""
        lists = [np.asarray(values).tolist() for values in columns.values()]
        return cls(list(columns), [list(row) for row in zip(*lists, strict=True)])


class Picture:
    """One figure, ready to be painted. Subclasses decode their arrays in `read`."""

    zooms = False  # wheel and dragging change the range of x
    zooms_up = True  # and that of y
    turns = False  # dragging rotates
    scrolls = False  # the wheel scrolls
    lassoes = False  # dragging draws a lasso
    version = 0  # number of the user's changes
    shape: float | None = None  # preferred width/height; None: its kind's

    def __init__(self, figure: FigureData) -> None:
        self.figure = figure
        self.facts = figure.facts
        self.ids: np.ndarray = np.zeros(0, np.int64)
        self.read()
        if "ids" in figure.arrays:
            self.ids = self.array("ids").astype(np.int64).ravel()

    @property
    def in_use(self) -> bool:
        """Whether newer figures must wait, because the user is working on this one."""
        return False

    @property
    def dots(self) -> int:
        """The number of dots that are painted one by one."""
        return 0

    @property
    def has_data_behind(self) -> bool:
        """Whether it shows data behind something else, which can be hidden."""
        return False

    def read(self) -> None:
        """Decode the figure. Raise `Unreadable` if something is missing."""

    def class_name(self, label: int) -> str:
        """Return the name of a class: its number if the fact `classes` does not name it."""
        names = self.facts.get("classes") or []
        return str(names[label]) if 0 <= label < len(names) else str(label)

    def array(self, name: str, *dimensions: int) -> np.ndarray:
        """Return an array. Raise `Unreadable` if it is missing or has other dimensions."""
        try:
            values = self.figure.arrays[name].numpy()
        except KeyError:
            raise Unreadable(tr("This figure must have {0}.").format(name)) from None
        except (ValueError, TypeError):
            raise Unreadable(tr("The array {0} of this figure is damaged.").format(name)) from None
        if dimensions and values.ndim not in dimensions:
            must = " or ".join(map(str, dimensions))
            raise Unreadable(
                tr("{0} must have {1} dimensions; it has {2}.").format(name, must, values.ndim)
            )
        return values

    def maybe(self, name: str, *dimensions: int) -> np.ndarray | None:
        """Return an array, or None if the figure has none of that name."""
        return self.array(name, *dimensions) if name in self.figure.arrays else None

    def texts(self, name: str) -> list[str]:
        """Return a fact that is a list of texts."""
        return [fact_text(text) for text in self.facts.get(name) or []]

    def text(self, name: str, default: str = "") -> str:
        """Return a fact that is a text."""
        return fact_text(self.facts.get(name, default))

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        """Draw into `area`; the background is already drawn."""
        raise NotImplementedError

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        """Draw the mark around the item under the pointer, here or in another view."""

    def axes(self, area: QRectF, look: Look) -> Axes | None:
        """Return the axes, or None for kinds without axes."""
        return None

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        """Return the item at a pixel, or None."""
        return None

    def click(self, place: QPointF, area: QRectF, look: Look) -> bool:
        """Handle a click at a pixel; return whether it had an effect."""
        return False

    def uses_key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        """Return whether the picture uses a key, before the window's shortcuts."""
        return False

    def press_key(self, key: Qt.Key) -> bool:
        """Handle a key; return whether it had an effect."""
        return False

    def take_state(self, before: Picture | None) -> None:
        """Take over the state of the picture shown before."""

    def result(self) -> dict[str, float]:
        """Return the result of the user's work by name; empty while unfinished."""
        return {}

    def hidden_by(self, area: QRectF, look: Look) -> float:
        """Return by how much to scroll to show the item the user is working on."""
        return 0.0

    def inside(self, lasso: QPolygonF, area: QRectF, look: Look) -> list[int]:
        """Return the ids of the items inside a lasso."""
        return []

    def limits(self) -> Limits:
        """Return the ranges to keep while the time slider moves."""
        return {}

    def length(self, area: QRectF, look: Look) -> float:
        """Return the full height, for kinds that scroll."""
        return area.height()

    def subtitle(self) -> str:
        """Return a few words on what is shown, with its unit."""
        return fact_text(self.facts.get("subtitle") or self.facts.get("unit"))

    def summary(self) -> str:
        """Return one sentence that describes the picture to a screen reader."""
        return ""

    def rows(self) -> Rows:
        """Return the data as a table."""
        return Rows()

    def id_at(self, index: int) -> int | None:
        return int(self.ids[index]) if 0 <= index < len(self.ids) else None

    def places_of(self, id: int) -> list[int]:
        """Return the indices of an item: an image and its reconstruction share an id."""
        return np.flatnonzero(self.ids == id).tolist()


class Faulty(Picture):
    """A figure that cannot be drawn; shows the reason instead."""

    def __init__(self, figure: FigureData, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(figure)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        if look.small:
            return
        painter.setPen(look.colour("warning"))
        painter.setFont(look.font("caption"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, flags, self.sentence)

    def summary(self) -> str:
        return self.sentence


def picture(figure: FigureData) -> Picture:
    """Decode a figure; one that cannot be drawn becomes a picture that says why."""
    if figure.kind not in KINDS:
        return Faulty(figure, tr("No view draws figures of the kind {0}.").format(figure.kind))
    kind = KINDS[figure.kind]
    try:
        return getattr(import_module(f"workbench.plots.{kind.module}"), kind.painter)(figure)
    except Unreadable as fault:
        return Faulty(figure, str(fault))
    except DAMAGE as fault:  # facts of a wrong type: a run's file may come from anywhere
        return damaged(figure, fault)


def damaged(figure: FigureData, fault: Exception) -> Picture:
    """Return the picture shown instead of a figure that cannot be decoded or drawn."""
    return Faulty(figure, tr("This figure is damaged: {0}.").format(str(fault).rstrip(".")))


def thumbnail(
    figure: FigureData, width: int, height: int, theme: Theme, ratio: float = 1.0
) -> QImage:
    """Return a figure's thumbnail for its node: no axes, no text, transparent background."""
    return drawn(picture(figure), QSize(width, height), Look(theme, small=True, pixels=ratio))


def drawn(picture: Picture, size: QSize, look: Look, area: QRectF | None = None) -> QImage:
    """Paint a picture onto a transparent image of `size` logical px, into `area` or all of it."""
    image = blank(size, look.pixels)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        picture.paint(painter, area or QRectF(0, 0, size.width(), size.height()), look)
    finally:
        painter.end()
    return image


def blank(size: QSize, ratio: float) -> QImage:
    """Return a transparent image of `size` logical px."""
    pixels = QSize(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image

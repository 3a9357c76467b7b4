"""What every kind of figure is on its way to the screen.

A `Picture` is one figure, read once and ready to be painted by any `QPainter`: on a widget, into a
node's thumbnail, into a PNG, an SVG or a PDF. It is no widget and keeps no state of the mouse.
Each kind says at the top of its file which arrays and facts it draws.
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
from workbench.words.sentences import fact_said

DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


class Unreadable(Refusal):
    """A figure lacks what its kind draws."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under the pointer: a sentence, and the item's place in the arrays and its id."""

    text: str
    index: int = -1
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A figure as a table: what "Copy as CSV" copies and a screen reader reads."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, columns: dict[str, np.ndarray]) -> Rows:
        """Make a table of columns that are equally long."""
        lists = [np.asarray(values).tolist() for values in columns.values()]
        return cls(list(columns), [list(row) for row in zip(*lists, strict=True)])


class Picture:
    """One figure, ready to be painted. Subclasses read their arrays in `read`."""

    zooms = False  # the wheel and the hand move the range of x
    zooms_up = True  # and that of y
    turns = False  # dragging turns what is shown
    scrolls = False  # the wheel moves what is shown up and down
    lassoes = False  # dragging draws a lasso round items
    version = 0  # counts the changes that the user made to what is shown
    shape: float | None = None  # the width it wants, in heights; None is what its kind wants

    def __init__(self, figure: FigureData) -> None:
        self.figure = figure
        self.facts = figure.facts
        self.ids: np.ndarray = np.zeros(0, np.int64)
        self.read()
        if "ids" in figure.arrays:
            self.ids = self.array("ids").astype(np.int64).ravel()

    @property
    def held(self) -> bool:
        """Whether it stays while newer figures come: the user is at work with it."""
        return False

    def read(self) -> None:
        """Take what is needed from the figure; raise `Unreadable` where it is not there."""

    def class_name(self, label: int) -> str:
        """Return what a class is called: its number where the fact `classes` has no name."""
        names = self.facts.get("classes") or []
        return str(names[label]) if 0 <= label < len(names) else str(label)

    def array(self, name: str, *dimensions: int) -> np.ndarray:
        """Return an array, or raise `Unreadable` where it is absent or has other dimensions."""
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
        """Return an array, or None where the figure has none of that name."""
        return self.array(name, *dimensions) if name in self.figure.arrays else None

    def texts(self, name: str) -> list[str]:
        """Return a fact that is a list of texts."""
        return [fact_said(text) for text in self.facts.get(name) or []]

    def text(self, name: str, default: str = "") -> str:
        """Return a fact that is a text."""
        return fact_said(self.facts.get(name, default))

    # What the window asks

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        """Draw into `area`. The ground is drawn already."""
        raise NotImplementedError

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        """Draw the mark round the item under the pointer, here or in another view."""

    def axes(self, area: QRectF, look: Look) -> Axes | None:
        """Return where data lies, for what has axes."""
        return None

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        """Return what lies at a pixel."""
        return None

    def pressed(self, place: QPointF, area: QRectF, look: Look) -> bool:
        """Do what a click at a pixel asks for; return whether there was something to do."""
        return False

    def takes(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        """Tell whether a key is for this picture, before the window's shortcuts."""
        return False

    def typed(self, key: Qt.Key) -> bool:
        """Do what a key asks for; return whether there was something to do."""
        return False

    def follow(self, before: Picture | None) -> None:
        """Take over what goes on from the picture that was shown before."""

    def result(self) -> dict[str, float]:
        """Return what the user's work measured, by name; empty while it is not done."""
        return {}

    def unseen(self, area: QRectF, look: Look) -> float:
        """Return how far to scroll for what the user is at to be seen."""
        return 0.0

    def inside(self, lasso: QPolygonF, area: QRectF, look: Look) -> list[int]:
        """Return the ids of the items in a lasso."""
        return []

    def limits(self) -> Limits:
        """Return the ranges that should stay as they are while the time slider moves."""
        return {}

    def length(self, area: QRectF, look: Look) -> float:
        """Return how high the whole is, for what scrolls."""
        return area.height()

    def subtitle(self) -> str:
        """Say in a few words what is shown and in what unit."""
        return fact_said(self.facts.get("subtitle") or self.facts.get("unit"))

    def summary(self) -> str:
        """Say in one sentence what there is to be seen, for who cannot see it."""
        return ""

    def rows(self) -> Rows:
        """Return the data as a table."""
        return Rows()

    def id_at(self, index: int) -> int | None:
        return int(self.ids[index]) if 0 <= index < len(self.ids) else None

    def places_of(self, id: int) -> list[int]:
        """Return the places of an item: an image and its reconstruction are one."""
        return np.flatnonzero(self.ids == id).tolist()


class Faulty(Picture):
    """A figure that cannot be drawn: its sentence, where the picture would be."""

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
    """Read a figure. One that cannot be drawn becomes a picture that says why."""
    if figure.kind not in KINDS:
        return Faulty(figure, tr("No view draws figures of the kind {0}.").format(figure.kind))
    kind = KINDS[figure.kind]
    try:
        return getattr(import_module(f"workbench.plots.{kind.module}"), kind.painter)(figure)
    except Unreadable as fault:
        return Faulty(figure, str(fault))
    except DAMAGE as fault:  # facts of the wrong sort: a run's file may come from anywhere
        return damaged(figure, fault)


def damaged(figure: FigureData, fault: Exception) -> Picture:
    """Return what is shown of a figure that cannot be read or drawn."""
    return Faulty(figure, tr("This figure is damaged: {0}.").format(str(fault).rstrip(".")))


def thumbnail(
    figure: FigureData, width: int, height: int, theme: Theme, ratio: float = 1.0
) -> QImage:
    """Return a figure's small picture for its node: no axes, no words, ground clear."""
    return drawn(picture(figure), QSize(width, height), Look(theme, small=True, pixels=ratio))


def drawn(picture: Picture, size: QSize, look: Look, area: QRectF | None = None) -> QImage:
    """Paint a picture onto a clear image of `size` logical pixels, in `area` or all of it."""
    image = blank(size, look.pixels)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        picture.paint(painter, area or QRectF(0, 0, size.width(), size.height()), look)
    finally:
        painter.end()
    return image


def blank(size: QSize, ratio: float) -> QImage:
    """Return a clear image of `size` logical pixels."""
    pixels = QSize(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image

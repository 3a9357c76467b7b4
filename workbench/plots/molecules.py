"""Molecules: atoms and bonds in two or three dimensions; dragging rotates, the wheel zooms.

Arrays: `positions` (n 2 or n 3), `numbers` (n, atomic numbers), `bonds` (m 2, or m 3 with their
order; else bonds are guessed from distances), optional `sizes` (k, atoms of each molecule), `ids`
(k). Facts: `names` of the molecules, `columns`, `subtitle`. Projection is done by numpy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.look.eliding import elide
from workbench.look.theme import RADIUS_THUMBNAIL
from workbench.plots.axes import number
from workbench.plots.base import Hit, Picture, Rows, Unreadable
from workbench.plots.look import Look
from workbench.plots.words import many, tr

PERIODS = (
    "? H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I"
)
SIGNS = PERIODS.split()
# symbol: index of the class colour; carbon and hydrogen have the text's
HUES = {"O": 5, "N": 6, "F": 2, "Cl": 2, "S": 3, "P": 1, "B": 4, "Br": 8, "I": 8, "Si": 9}
RADII = {"H": 0.31, "C": 0.76, "N": 0.71, "O": 0.66, "F": 0.57, "P": 1.07, "S": 1.05, "Cl": 1.02}
CAPTION = 18.0
MOST_UNIT = 42.0  # px per ångström on screen
NEARER = 0.2  # ångström by which an atom counts as in front of its bonds


class Molecules(Picture):
    """A grid of molecules."""

    turns = True

    def read(self) -> None:
        positions = self.array("positions", 2).astype(float)
        self.flat = positions.shape[1] == 2
        self.positions = np.pad(positions, ((0, 0), (0, max(0, 3 - positions.shape[1]))))[:, :3]
        self.numbers = self.array("numbers").ravel().astype(int)
        if len(self.numbers) != len(positions):
            raise Unreadable(tr("There must be one atomic number for each position."))
        sizes = self.maybe("sizes", 1)
        sizes = np.array([len(positions)]) if sizes is None else sizes.astype(int)
        if sizes.sum() != len(positions) or (sizes < 0).any():
            raise Unreadable(tr("The sizes of the molecules must add up to the atoms."))
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        bonds = self.maybe("bonds", 2)
        self.bonds = self._guessed() if bonds is None else bonds.astype(int)
        if self.bonds.size and (self.bonds[:, :2].max() >= len(positions) or self.bonds.min() < 0):
            raise Unreadable(tr("A bond leads to an atom that is not there."))
        self.names = self.texts("names")

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    def _guessed(self) -> np.ndarray:
        """Connect atoms within their covalent radii, inside each molecule."""
        found = []
        radius = np.array([RADII.get(sign(n), 0.9) for n in self.numbers])
        for start, stop in pairwise(self.starts.tolist()):
            here = self.positions[start:stop]
            away = np.linalg.norm(here[:, None] - here[None], axis=-1)
            reach = 1.25 * (radius[start:stop, None] + radius[None, start:stop])
            pairs = np.argwhere(np.triu(away < reach, 1))
            found.append(pairs + start)
        return np.concatenate(found) if found else np.zeros((0, 2), int)

    def _cells(self, area: QRectF) -> list[QRectF]:
        def size(columns: int) -> float:
            return min(area.width() / columns, area.height() / math.ceil(self.count / columns))

        columns = int(self.facts.get("columns") or 0)
        columns = columns or max(range(1, max(self.count, 1) + 1), key=size)
        columns = min(max(columns, 1), max(self.count, 1))
        rows = math.ceil(self.count / columns) or 1
        width, height = area.width() / columns, area.height() / rows
        return [
            QRectF(
                area.left() + k % columns * width, area.top() + k // columns * height, width, height
            )
            for k in range(self.count)
        ]

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        for index, cell in enumerate(self._cells(area)):
            self._paint_molecule(painter, cell, index, look)

    def _paint_molecule(self, painter: QPainter, cell: QRectF, index: int, look: Look) -> None:
        start, stop = int(self.starts[index]), int(self.starts[index + 1])
        if start == stop:
            return
        captioned = index < len(self.names) and not look.small
        inner = cell.adjusted(6, 6, -6, -look.em(CAPTION) if captioned else -6)
        places, depth, unit = self._projected(start, stop, inner, look)
        points = [QPointF(*place) for place in places]
        parts: list[tuple[float, Callable[[], None]]] = []
        for a, b, order in self._bonds_within(start, stop):
            ends = QLineF(points[a], points[b])
            paint = partial(_paint_bond, painter, ends, order, unit, look)
            parts.append((float(min(depth[a], depth[b])), paint))  # behind both atoms
        for atom, point in enumerate(points):
            paint_atom = partial(self._paint_atom, painter, point, start + atom, unit, look)
            parts.append((float(depth[atom]) + NEARER, paint_atom))
        painter.save()
        if look.scale > 1:
            painter.setClipRect(cell)
        for _, draw in sorted(parts, key=lambda part: part[0]):
            draw()
        painter.restore()
        if captioned:
            self._paint_caption(painter, cell, index, look)

    def _bonds_within(self, start: int, stop: int) -> list[tuple[int, int, int]]:
        """Return a molecule's bonds, atoms counted from its first, with their orders."""
        within = (self.bonds[:, 0] >= start) & (self.bonds[:, 0] < stop)
        within &= (self.bonds[:, 1] >= start) & (self.bonds[:, 1] < stop)
        ordered = (_ordered(bond) for bond in self.bonds[within].tolist())
        return [(a - start, b - start, order) for a, b, order in ordered]

    def _paint_caption(self, painter: QPainter, cell: QRectF, index: int, look: Look) -> None:
        painter.setFont(look.font("tick"))
        painter.setPen(look.colour("text2"))
        high = look.em(CAPTION)
        box = QRectF(cell.left(), cell.bottom() - high, cell.width(), high)
        text = elide(self.names[index], painter.fontMetrics(), box.width() - 8)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _projected(
        self, start: int, stop: int, cell: QRectF, look: Look
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Return px (n 2), depth (n) and px per ångström, as seen from the current rotation."""
        points = self.positions[start:stop] - self.positions[start:stop].mean(axis=0)
        reach = float(np.linalg.norm(points, axis=1).max(initial=0.0)) + 0.8
        if self.flat:
            extent = np.abs(points).max(axis=0, initial=0.0) + 0.8
            unit = min(cell.width() / (2 * extent[0]), cell.height() / (2 * extent[1]))
        else:
            points = points @ _rotation(*look.rotation).T
            unit = min(cell.width(), cell.height()) / (2 * reach)
        unit = min(unit, math.inf if look.ink else MOST_UNIT) * look.scale
        centre = cell.center()
        places = np.stack(
            [centre.x() + points[:, 0] * unit, centre.y() - points[:, 1] * unit], axis=1
        )
        return places, points[:, 2], unit

    def _paint_atom(
        self, painter: QPainter, place: QPointF, atom: int, unit: float, look: Look
    ) -> None:
        name = sign(int(self.numbers[atom]))
        if self.flat and name == "C":
            return  # skeletal formula: a vertex is a carbon atom
        radius = unit * RADII.get(name, 0.9) * (0.42 if not self.flat else 0.55)
        colour = _hue(name, look)
        painter.setPen(QPen(look.colour("panel"), 1.2))
        painter.setBrush(look.colour("panel") if self.flat else colour)
        painter.drawEllipse(place, max(radius, 2.0), max(radius, 2.0))
        if look.small or radius < (4 if self.flat else 7) or name == "C":
            return
        painter.setFont(look.font("tick"))
        painter.setPen(colour if self.flat else look.colour("panel"))
        box = QRectF(place.x() - 12, place.y() - 9, 24, 18)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        for index, cell in enumerate(self._cells(area)):
            if cell.contains(place):
                name = self.names[index] if index < len(self.names) else ""
                text = " · ".join(part for part in (name, self.formula(index)) if part)
                return Hit(text, index, self.id_at(index))
        return None

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        painter.setPen(QPen(look.colour("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        cell = self._cells(area)[index].adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(cell, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)

    def formula(self, index: int) -> str:
        """Return a molecule's formula: carbon, hydrogen, then the others by name."""
        signs = [sign(int(n)) for n in self.numbers[self.starts[index] : self.starts[index + 1]]]
        first = [s for s in ("C", "H") if "C" in signs]
        names = sorted(set(signs), key=lambda s: (s not in first, s))
        low = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
        return "".join(
            s + (str(signs.count(s)).translate(low) if signs.count(s) > 1 else "") for s in names
        )

    def subtitle(self) -> str:
        return super().subtitle() or many(self.count, tr("1 molecule"), tr("{0} molecules"))

    def summary(self) -> str:
        if not self.count:
            return tr("No molecules.")
        count = many(self.count, tr("1 molecule"), tr("{0} molecules"))
        formulas = ", ".join(self.formula(k) for k in range(min(self.count, 3)))
        atoms = number(len(self.numbers))
        return tr("{0} of {1} atoms in all: {2}.").format(
            count, atoms, formulas + ("…" if self.count > 3 else "")
        )

    def rows(self) -> Rows:
        molecule = np.repeat(np.arange(1, self.count + 1), np.diff(self.starts))
        signs = np.array([sign(int(n)) for n in self.numbers])
        x, y, z = self.positions.T
        return Rows.of({"molecule": molecule, "atom": signs, "x": x, "y": y, "z": z})


def sign(number_: int) -> str:
    """Return an element's symbol by its atomic number."""
    return SIGNS[number_] if 0 < number_ < len(SIGNS) else "?"


def _hue(name: str, look: Look) -> QColor:
    if name in HUES:
        return look.theme.class_colour(HUES[name])
    return look.colour("text3" if name == "C" else "text2")


def _ordered(bond: list[int]) -> tuple[int, int, int]:
    first, second, *order = bond
    return first, second, order[0] if order else 1


def _paint_bond(painter: QPainter, ends: QLineF, order: int, unit: float, look: Look) -> None:
    """Draw a bond as one to three lines; order 4 is aromatic, a line and a dashed one."""
    if not ends.length():
        return
    count = 2 if order == 4 else min(max(order, 1), 3)
    width = max(1.2, unit * 0.06)
    across = ends.normalVector().unitVector()
    step = QPointF(across.dx(), across.dy()) * max(2.6, unit * 0.14)
    for place in range(count):
        pen = QPen(look.colour("text2"), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        if order == 4 and place:
            pen.setDashPattern([2, 2.2])
        painter.setPen(pen)
        shift = step * (place - (count - 1) / 2)
        painter.drawLine(ends.translated(shift))


def _rotation(yaw: float, pitch: float) -> np.ndarray:
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return about_x @ about_y

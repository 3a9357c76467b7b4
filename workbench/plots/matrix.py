"""Matrix: a table of numbers as colours, the first row on top, for attention, costs, confusion.

Arrays: `values` (h w). Facts: `rows` and `columns`, names; `x_name`, `y_name`; `map` "mass"
(default), "sequential", "diverging" or "cyclic"; `low`, `high`; `equal` False allows cells that are
not square; `cells`, rows of texts shown instead of the numbers; `unit`, `subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from workbench.look.eliding import elide
from workbench.look.theme import DARK, LIGHT
from workbench.plots import maps
from workbench.plots.axes import number, text_width
from workbench.plots.base import Hit, Picture, Rows
from workbench.plots.density import given_span
from workbench.plots.look import Limits, Look, Span
from workbench.plots.words import tr

WORDS_MOST = 0.3  # largest share of the width for the names of rows
FOOT = 18.0
STRETCH = 3.0  # cells are square unless the matrix is longer than this times its height


class Matrix(Picture):
    """Coloured cells."""

    def read(self) -> None:
        self.values = self.array("values", 2).astype(float)
        self.use = str(self.facts.get("map") or "mass")
        self.row_names = self.texts("rows")
        self.column_names = self.texts("columns")
        words = [[str(word) for word in row] for row in self.facts.get("cells") or []]
        fits = len(words) == len(self.values) and {len(row) for row in words} == {
            self.values.shape[1]
        }
        self.words = words if fits else []

    def limits(self) -> Limits:
        return {"value": given_span(self.facts, maps.span_of(self.values, self.use))}

    def _span(self, look: Look) -> Span:
        return look.limits.get("value") or self.limits()["value"]

    def place(self, area: QRectF, look: Look) -> QRectF:
        """Return the rectangle of the cells."""
        height, width = (max(n, 1) for n in self.values.shape)
        if look.small:
            inner = area
        else:
            words = max((text_width(look, n) + 8 for n in self.row_names), default=0.0)
            left = min(words, area.width() * WORDS_MOST)
            foot = self._foot(area, look)
            inner = area.adjusted(left, 0, -maps.bar_width(look, self._span(look)), -foot)
        stretched = max(width / height, height / width) > STRETCH
        if not self.facts.get("equal", not stretched):
            return inner
        cell = max(min(inner.width() / width, inner.height() / height), 0.1)
        x = inner.left() + (inner.width() - cell * width) / 2
        return QRectF(x, inner.top(), cell * width, cell * height)

    def _foot(self, area: QRectF, look: Look) -> float:
        """Return the height of the column names, which are vertical if they do not fit."""
        if not self.column_names:
            return 0.0
        if self._upright(min(area.width() * 0.7, area.height() - look.em(FOOT)), look):
            return look.em(FOOT)
        return min(max(text_width(look, n) for n in self.column_names) + 6, area.height() / 4)

    def cell(self, place: QRectF, row: int, column: int) -> QRectF:
        height, width = self.values.shape
        size = place.width() / width, place.height() / height
        return QRectF(place.left() + column * size[0], place.top() + row * size[1], *size)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        if not self.values.size:
            return
        place = self.place(area, look)
        span = self._span(look)
        maps.paint_tint(painter, place, self.values, span, self.use, look)
        if look.small:
            return
        self._paint_names(painter, area, place, look)
        self._paint_numbers(painter, place, look, span)
        bar = QRectF(place.right() + maps.GAP, place.top(), 40, place.height())
        maps.paint_bar(painter, look, bar, span, self.use)

    def _paint_names(self, painter: QPainter, area: QRectF, place: QRectF, look: Look) -> None:
        painter.setFont(look.font("tick"))
        painter.setPen(look.colour("text2"))
        metrics = painter.fontMetrics()
        height, width = self.values.shape
        every = max(1, int(np.ceil(13 / (place.height() / height))))
        for row in range(0, min(height, len(self.row_names)), every):
            cell = self.cell(place, row, 0)
            box = QRectF(
                area.left(),
                cell.center().y() - look.em(8),
                place.left() - area.left() - 8,
                look.em(16),
            )
            text = elide(self.row_names[row], metrics, box.width() + 1)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        upright, line = self._upright(place.width(), look), look.em(16)
        for column, name in enumerate(self.column_names[:width]):
            middle = self.cell(place, 0, column).center().x()
            painter.save()
            painter.translate(middle, place.bottom() + 4)
            if not upright:
                painter.rotate(-90)
            most = 400 if upright else area.bottom() - place.bottom() - 4
            text = elide(name, metrics, most)
            box = QRectF(-200, -1, 400, line) if upright else QRectF(-most, -line / 2, most, line)
            side = Qt.AlignmentFlag.AlignHCenter if upright else Qt.AlignmentFlag.AlignRight
            if upright or place.width() / width >= 11:
                painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, text)
            painter.restore()

    def _upright(self, width: float, look: Look) -> bool:
        """Return whether the column names fit side by side."""
        cell = width / max(self.values.shape[1], 1)
        return all(text_width(look, name) + 6 <= cell for name in self.column_names)

    def _paint_numbers(self, painter: QPainter, place: QRectF, look: Look, span: Span) -> None:
        """Write each value, or its text, into its cell if all of them fit."""
        cell = self.cell(place, 0, 0)
        if self.values.size > 400 or cell.height() < 15:
            return
        texts = self.words or [[number(v) for v in row] for row in self.values.tolist()]
        if max(text_width(look, t) for row in texts for t in row) > cell.width() - 6:
            return
        ground = maps.colours(self.use, look)
        low, high = span
        painter.setFont(look.font("tick"))
        for (row, column), value in np.ndenumerate(self.values):
            share = (value - low) / ((high - low) or 1) if np.isfinite(value) else 0.0
            painter.setPen(readable_on(ground[int(np.clip(share * 255, 0, 255))]))
            box = self.cell(place, row, column)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, texts[row][column])

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        row, column = divmod(index, self.values.shape[1])
        painter.setPen(QPen(look.colour("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.cell(self.place(area, look), row, column).adjusted(-1, -1, 1, 1))

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        cells = self.place(area, look)
        if not cells.contains(place) or not self.values.size:
            return None
        height, width = self.values.shape
        row = min(int((place.y() - cells.top()) / cells.height() * height), height - 1)
        column = min(int((place.x() - cells.left()) / cells.width() * width), width - 1)
        names = f"{_name(self.row_names, row)}, {_name(self.column_names, column)}"
        value = number(float(self.values[row, column]))
        text = f"{self.words[row][column]} {value}" if self.words else value
        return Hit(f"{text} · {names}", row * width + column)

    def summary(self) -> str:
        height, width = self.values.shape
        if not np.isfinite(self.values).any():
            return tr("A matrix without values.")
        low, high = float(np.nanmin(self.values)), float(np.nanmax(self.values))
        row, column = np.unravel_index(np.nanargmax(self.values), self.values.shape)
        text = tr("A matrix of {0} by {1}, values from {2} to {3}, the largest at {4}, {5}.")
        names = _name(self.row_names, int(row)), _name(self.column_names, int(column))
        return text.format(height, width, number(low), number(high), *names)

    def rows(self) -> Rows:
        columns = [_name(self.column_names, c) for c in range(self.values.shape[1])]
        rows = [[_name(self.row_names, r), *row] for r, row in enumerate(self.values.tolist())]
        return Rows([self.text("y_name"), *columns], rows)


def readable_on(ground: np.ndarray) -> QColor:
    """Return a text colour legible on an RGB colour of 0 to 255."""
    light = float(ground @ np.array([0.299, 0.587, 0.114])) > 140
    return LIGHT.text if light else DARK.text


def _name(names: list[str], place: int) -> str:
    return names[place] if place < len(names) else str(place + 1)

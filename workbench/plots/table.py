"""Table: rows and columns, numbers to the right.

Facts: `columns` names, `rows` lists of values; or arrays, of which each is a column. `unit`,
`subtitle`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from workbench.look.eliding import elide
from workbench.plots.axes import number, text_width
from workbench.plots.base import Hit, Picture, Rows, Unreadable
from workbench.plots.look import Look
from workbench.plots.words import many, tr
from workbench.words.sentences import fact_text

ROW = 24.0
PAD = 10.0
MOST = 100_000  # cells read
OF_COLUMN, NARROW, WIDE = 0.75, 2.2, 8.0  # column widths in row heights


class Table(Picture):
    """Rows and columns."""

    scrolls = True

    def read(self) -> None:
        self._read_cells()
        self.shape = min(max(NARROW, OF_COLUMN * len(self.columns)), WIDE)

    def _read_cells(self) -> None:
        rows = self.facts.get("rows")
        if rows is None:
            arrays = {n: self.array(n, 1) for n in self.figure.arrays if n != "ids"}
            if not arrays or len({len(values) for values in arrays.values()}) > 1:
                raise Unreadable(tr("This figure must have {0}.").format("rows"))
            self.columns, self.cells = (made := Rows.of(arrays)).columns, made.rows
            return
        if not all(isinstance(row, (list, tuple)) for row in rows):
            raise Unreadable(tr("Each row of this table must be a list."))
        wide = max((len(row) for row in rows), default=0)
        names = self.texts("columns")
        self.columns = names + [""] * (wide - len(names))
        filled = [list(row) + [""] * (len(self.columns) - len(row)) for row in rows]
        self.cells = filled[: MOST // max(wide, 1)]

    def length(self, area: QRectF, look: Look) -> float:
        return look.em(ROW) * (len(self.cells) + 1)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        if not self.columns:
            return
        edges = self._edges(area, look)
        painter.save()
        painter.setClipRect(area)
        first, last = self._seen(area, look)
        for row in range(first, last):
            self._paint_row(painter, area, edges, row, look)
        if look.scroll:  # under the head
            head = QRectF(area.topLeft(), area.topRight() + QPointF(0, look.em(ROW)))
            painter.fillRect(head, look.colour("panel"))
        self._paint_cells(painter, edges, area.top(), self.columns, look, head=True)
        painter.restore()

    def _seen(self, area: QRectF, look: Look) -> tuple[int, int]:
        first = max(0, int(look.scroll / look.em(ROW)))
        return first, min(len(self.cells), first + int(area.height() / look.em(ROW)) + 1)

    def _paint_row(
        self, painter: QPainter, area: QRectF, edges: list[float], row: int, look: Look
    ) -> None:
        top = area.top() + look.em(ROW) * (row + 1) - look.scroll
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawLine(QLineF(area.left(), top + 0.5, edges[-1], top + 0.5))
        self._paint_cells(painter, edges, top, [shown(v) for v in self.cells[row]], look)

    def _paint_cells(
        self,
        painter: QPainter,
        edges: list[float],
        top: float,
        texts: list[str],
        look: Look,
        *,
        head: bool = False,
    ) -> None:
        painter.setFont(look.font("tick" if look.small else "caption"))
        painter.setPen(look.colour("text2" if head else "text"))
        metrics = painter.fontMetrics()
        align = Qt.AlignmentFlag
        for column, text in enumerate(texts):
            box = QRectF(
                edges[column] + PAD, top, edges[column + 1] - edges[column] - 2 * PAD, look.em(ROW)
            )
            side = (
                Qt.AlignmentFlag.AlignRight if self._numeric(column) else Qt.AlignmentFlag.AlignLeft
            )
            text = elide(text, metrics, box.width() + 1)
            painter.drawText(box, side | align.AlignVCenter, text)

    def _numeric(self, column: int) -> bool:
        return bool(self.cells) and isinstance(self.cells[0][column], (int, float))

    def _edges(self, area: QRectF, look: Look) -> list[float]:
        """Return the edges of the columns: as wide as their texts, narrowed to fit."""
        first, last = self._seen(area, look)
        widths = []
        for column, name in enumerate(self.columns):
            texts = [name, *(shown(row[column]) for row in self.cells[first:last])]
            widths.append(max(text_width(look, t, "caption") for t in texts) + 2 * PAD + 2)
        elide = np.minimum(widths, _most(widths, area.width()))
        return (area.left() + np.concatenate([[0.0], np.cumsum(elide)])).tolist()

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        row = int((place.y() - area.top() + look.scroll) / look.em(ROW)) - 1
        edges = self._edges(area, look)
        column = int(np.searchsorted(edges, place.x(), "right")) - 1
        if not (0 <= row < len(self.cells) and 0 <= column < len(self.columns)):
            return None
        text = shown(self.cells[row][column])
        fits = text_width(look, text, "caption") <= edges[column + 1] - edges[column] - 2 * PAD + 1
        return None if fits else Hit(text, row, self.id_at(row))

    def subtitle(self) -> str:
        return super().subtitle() or many(len(self.cells), tr("1 row"), tr("{0} rows"))

    def summary(self) -> str:
        rows = many(len(self.cells), tr("1 row"), tr("{0} rows"))
        names = ", ".join(name for name in self.columns if name)
        return tr("A table of {0}: {1}.").format(rows, names or tr("no columns"))

    def rows(self) -> Rows:
        return Rows(list(self.columns), [list(row) for row in self.cells])


def _most(widths: list[float], room: float) -> float:
    """Return the largest column width with which all columns fit."""
    left = room
    for place, width in enumerate(sorted(widths)):
        share = left / (len(widths) - place)
        if width > share:
            return share
        left -= width
    return room


def shown(value: object) -> str:
    """Return a cell's text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return fact_text(value)
    return number(float(value))

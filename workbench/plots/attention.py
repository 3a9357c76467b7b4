"""Attention: a map for each layer and head, and the text below.

Arrays: `maps` (layers heads t t), query tokens in rows, key tokens in columns. Facts: `tokens`, the
t pieces of text; `subtitle`. Hovering a token tints the text by its weights averaged over the maps,
hovering a row of a map by that map's weights.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from workbench.plots import maps
from workbench.plots.axes import number
from workbench.plots.base import Hit, Picture, Rows, Unreadable
from workbench.plots.look import Look
from workbench.plots.matrix import readable_on
from workbench.plots.words import tr

GAP = 4.0
FOOT, MOST_FOOT = 26.0, 0.45  # px of a line of text; largest share of the height for all lines
SIDE = 14.0


class Attention(Picture):
    """Maps of attention over a text."""

    def read(self) -> None:
        self.maps = self.array("maps", 4).astype(float)
        self.tokens = [str(token) for token in self.facts.get("tokens") or []]
        layers, heads, self.size, columns = self.maps.shape
        if self.size != columns or len(self.tokens) != self.size or not self.maps.size:
            raise Unreadable(tr("This figure must have {0}.").format("tokens"))
        self.grid = layers, heads

    def _words(self, area: QRectF, look: Look) -> list[QRectF]:
        """Return the rectangle of each token, in rows right below the maps."""
        boxes, high = self._text(area, look)
        room = self._room(area, look)
        top = min(area.bottom() - high, room.top() + self._cell(room) * self.grid[0] + GAP)
        return [box.translated(area.left(), top) for box in boxes]

    def _text(self, area: QRectF, look: Look) -> tuple[list[QRectF], float]:
        """Return the rectangle of each token from the text's corner, and the text's height."""
        metrics = QFontMetricsF(look.font("code"))
        x, row, line, boxes = 0.0, 0, look.em(FOOT), []
        most = max(1, int(area.height() * MOST_FOOT / line))
        for token in self.tokens:
            width = max(metrics.horizontalAdvance(_mark(token)) + 5, 9.0)
            if x + width > area.width() and x:
                x, row = 0.0, row + 1
            if row == most:
                break
            boxes.append(QRectF(x, row * line, width, line - 3))
            x += width + 1
        return boxes, min(row + 1, most) * line

    def _room(self, area: QRectF, look: Look) -> QRectF:
        """Return what the text and the numbers leave of an area."""
        if look.small:
            return area
        side = look.em(SIDE)
        return area.adjusted(side, side, 0, -self._text(area, look)[1] - GAP)

    def _cell(self, room: QRectF) -> float:
        """Return the side of a map with its gap."""
        layers, heads = self.grid
        return max(min(room.width() / heads, room.height() / layers), 2.0)

    def _fields(self, area: QRectF, look: Look) -> Iterator[tuple[int, int, QRectF]]:
        """Yield layer, head and rectangle of each map."""
        layers, heads = self.grid
        room = self._room(area, look)
        cell = self._cell(room)
        left = room.left() + max(0.0, (room.width() - cell * heads) / 2)
        for layer in range(layers):
            for head in range(heads):
                x, y = left + head * cell, room.top() + layer * cell
                yield layer, head, QRectF(x, y, cell - GAP, cell - GAP)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        for layer, head, place in self._fields(area, look):
            maps.paint_tint(painter, place, self.maps[layer, head], (0.0, 1.0), "mass", look)
            if look.small:
                continue
            painter.setFont(look.font("tick"))
            painter.setPen(look.colour("text2"))
            if layer == 0:
                box = QRectF(
                    place.left(), place.top() - look.em(SIDE), place.width(), look.em(SIDE)
                )
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(head + 1))
            if head == 0:
                box = QRectF(
                    place.left() - look.em(SIDE), place.top(), look.em(SIDE) - 3, place.height()
                )
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(layer + 1))
        if not look.small:
            self._paint_text(painter, area, look, np.zeros(self.size))

    def _paint_text(self, painter: QPainter, area: QRectF, look: Look, share: np.ndarray) -> None:
        table = maps.colours("mass", look)
        shades = np.clip(np.nan_to_num(share) * 255, 0, 255).astype(int)
        painter.setFont(look.font("code"))
        for token, shade, box in zip(self.tokens, shades, self._words(area, look), strict=False):
            painter.fillRect(box, look.colour("panel"))
            if shade:
                painter.fillRect(box, QColor(*table[shade].tolist()))
            painter.setPen(readable_on(table[shade]) if shade else look.colour("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _mark(token))

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        """Tint the text by one token's weights, and mark its row in the maps concerned."""
        which, place = divmod(index, self.size)
        weights = self._weights(which, place)
        self._paint_text(painter, area, look, weights / (weights.max() or 1.0))
        boxes = self._words(area, look)
        painter.setPen(QPen(look.colour("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if place < len(boxes):
            painter.drawRect(boxes[place])
        for number_, (_, _, field) in enumerate(self._fields(area, look)):
            if which in (0, number_ + 1):
                y = field.top() + (place + 0.5) * field.height() / self.size
                painter.drawLine(QLineF(field.left(), y, field.right(), y))

    def _weights(self, which: int, place: int) -> np.ndarray:
        """Return a token's weights: averaged over all maps, or of map `which`, counted from 1."""
        flat = self.maps.reshape(-1, self.size, self.size)
        rows = flat[:, place].mean(0) if which == 0 else flat[which - 1, place]
        return np.asarray(rows)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        for at, box in enumerate(self._words(area, look)):
            if box.contains(place):
                return self._told(0, at)
        for number_, (_, _, field) in enumerate(self._fields(area, look)):
            if field.contains(place):
                at = int((place.y() - field.top()) / field.height() * self.size)
                return self._told(number_ + 1, min(at, self.size - 1))
        return None

    def _told(self, which: int, at: int) -> Hit:
        weights = self._weights(which, at)
        most = np.argsort(-weights)[:3]
        taken = ", ".join(f"{_mark(self.tokens[j])} {number(float(weights[j]))}" for j in most)
        return Hit(f"{_mark(self.tokens[at])} ← {taken}", which * self.size + at)

    def summary(self) -> str:
        layers, heads = self.grid
        text = tr("Attention over {0} tokens, {1} layers of {2} heads.")
        return text.format(self.size, layers, heads)

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        return tr("{0} layers down, {1} heads across").format(*self.grid)

    def rows(self) -> Rows:
        looks = np.indices(self.maps.shape).reshape(4, -1)
        names = [tr("layer"), tr("head"), tr("looks"), tr("is looked at")]
        columns = dict(zip(names, looks + 1, strict=True)) | {tr("weight"): self.maps.ravel()}
        return Rows.of(columns)


def _mark(token: str) -> str:
    return token.replace("\n", "↵").replace(" ", "␣")

"""Text: a model's output, by tokens if they are given.

Facts: `text`, or `texts`, a list of samples, or `tokens`, a list of pieces; `prompt`, the model's
input, drawn fainter above. Arrays: optional `weights` (one per token), which tint the tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

from workbench.plots import maps
from workbench.plots.axes import number
from workbench.plots.base import Hit, Picture, Rows
from workbench.plots.look import Limits, Look, Span
from workbench.plots.matrix import readable_on
from workbench.plots.words import many, tr

GAP = 10.0
LINE = 1.45  # line height as a multiple of the font's
LONGEST = 20_000  # characters drawn
WIDE = 400  # px from which text is written large


class Text(Picture):
    """Paragraphs of text."""

    scrolls = True

    def read(self) -> None:
        self.tokens = [str(token) for token in self.facts.get("tokens") or []]
        texts = self.facts.get("texts") or [self.facts.get("text") or "".join(self.tokens)]
        self.written = [str(text)[:LONGEST] for text in texts]
        self.prompt = str(self.facts.get("prompt") or "")
        weights = self.maybe("weights")
        usable = weights is not None and weights.size == len(self.tokens)
        self.weights = weights.ravel().astype(float) if usable and weights is not None else None

    def limits(self) -> Limits:
        return {} if self.weights is None else {"value": maps.span_of(self.weights, "mass")}

    def length(self, area: QRectF, look: Look) -> float:
        if self.weights is not None:
            boxes = list(self._boxes(area, look))
            return boxes[-1].bottom() - area.top() if boxes else 0.0
        height = sum(_height(layout) + GAP for layout in self._layouts(area.width(), look))
        return height - GAP

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        painter.save()
        painter.setClipRect(area)
        if self.weights is not None:
            self._paint_tokens(painter, area, look)
        else:
            self._paint_texts(painter, area, look)
        painter.restore()

    def _paint_texts(self, painter: QPainter, area: QRectF, look: Look) -> None:
        top = area.top() - look.scroll
        for place, layout in enumerate(self._layouts(area.width(), look)):
            given = bool(self.prompt) and place == 0
            painter.setPen(look.colour("text3" if given else "text"))
            layout.draw(painter, QPointF(area.left(), top))
            top += _height(layout) + GAP
            if top > area.bottom():
                return

    def _layouts(self, width: float, look: Look) -> Iterator[QTextLayout]:
        texts = ([self.prompt] if self.prompt else []) + self.written
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        for text in texts:
            lines = text.replace("\r\n", "\n").replace("\n", "\u2028")
            layout = QTextLayout(lines, _font(width, look))
            layout.setTextOption(option)
            _laid(layout, width)
            yield layout

    def _boxes(self, area: QRectF, look: Look) -> Iterator[QRectF]:
        """Yield the rectangle of each token, in lines wrapped at the width."""
        metrics = QFontMetricsF(_font(area.width(), look))
        height = metrics.height() * LINE
        x, y = area.left(), area.top() - look.scroll
        for token in self.tokens:
            width = metrics.horizontalAdvance(token.strip("\n")) + 4
            if x + width > area.right() and x > area.left():
                x, y = area.left(), y + height
            yield QRectF(x, y, width, height - 3)
            x += width + 1
            if token.endswith("\n"):
                x, y = area.left(), y + height

    def _paint_tokens(self, painter: QPainter, area: QRectF, look: Look) -> None:
        assert self.weights is not None
        low, high = self._span(look)
        table = maps.colours("mass", look)
        painter.setFont(_font(area.width(), look))
        share = np.nan_to_num((self.weights - low) / ((high - low) or 1.0))
        shades = np.clip(share * 255, 0, 255).astype(int)
        for token, box, shade in zip(self.tokens, self._boxes(area, look), shades, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*table[shade].tolist()))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(readable_on(table[shade]))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, token.strip("\n"))

    def _span(self, look: Look) -> Span:
        return look.limits.get("value") or self.limits()["value"]

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        if self.weights is None:
            return None
        for index, box in enumerate(self._boxes(area, look)):
            if box.contains(place):
                return Hit(f"{self.tokens[index]!r} · {number(float(self.weights[index]))}", index)
        return None

    def summary(self) -> str:
        first = " ".join(self.written[0].split()) if self.written else ""
        if not first:
            return tr("No text yet.")
        shown = first if len(first) <= 160 else first[:159] + "…"
        if len(self.written) == 1:
            return shown
        return tr("{0}, the first: {1}").format(
            many(len(self.written), tr("1 text"), tr("{0} texts")), shown
        )

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        return many(len(self.written), "", tr("{0} texts"))

    def rows(self) -> Rows:
        if self.weights is not None:
            return Rows.of({tr("token"): np.array(self.tokens), tr("weight"): self.weights})
        return Rows([tr("text")], [[text] for text in self.written])


def _font(width: float, look: Look) -> QFont:
    return look.font("tick" if look.small else "prose" if width >= look.em(WIDE) else "code")


def _laid(layout: QTextLayout, width: float) -> None:
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 20.0))
        line.setPosition(QPointF(0, top))
        top += line.height() * LINE
    layout.endLayout()


def _height(layout: QTextLayout) -> float:
    if not layout.lineCount():
        return 0.0
    last = layout.lineAt(layout.lineCount() - 1)
    return last.y() + last.height()

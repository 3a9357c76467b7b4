"""A label that explains the words of the trade in its text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen

from workbench.look.theme import theme
from workbench.widgets.base import Elided
from workbench.words.glossary import explain, told

BELOW = 2.0  # px from the type to the dots


class Explained(Elided):
    """An elided label: words of the glossary have dots below, and their meanings in the tip."""

    def say(self, text: str, tip: str = "", shorter: Sequence[str] = ()) -> None:
        super().say(text, "\n".join(filter(None, (tip, told(text)))), shorter)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        shown, metrics = self.shown, QFontMetricsF(self.font())
        found = explain(shown)
        if not found:
            return
        painter = QPainter(self)
        painter.setPen(QPen(theme().text3, 1.0, Qt.PenStyle.DotLine))
        room = self.contentsRect()
        y = room.center().y() + metrics.ascent() / 2 + BELOW
        left = float(room.left())
        if self.alignment() & Qt.AlignmentFlag.AlignRight:
            left = room.right() - metrics.horizontalAdvance(shown)
        for word in found:
            start = left + metrics.horizontalAdvance(shown[: word.start])
            end = left + metrics.horizontalAdvance(shown[: word.end])
            painter.drawLine(QPointF(start, y), QPointF(end, y))

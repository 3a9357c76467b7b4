"""What stands under a node: its problem with a fix, and a caption about its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.canvas.guard import guarded
from workbench.canvas.lettering import CAPTION, canvas_font, font_at, size_at
from workbench.look.theme import RADIUS_OVERLAY, SEMIBOLD, STATE_STROKE, faded, pixmap, theme
from workbench.words.kinds import tr

if TYPE_CHECKING:
    from workbench.canvas.node_item import NodeItem

BELOW, WIDE, TEXT_AT, LINE = 8.0, 268.0, 34.0, 18.0
ABOVE_NODES, BELOW_NODES = 5.0, -0.1
NOTE_BELOW, NOTE_WIDE, NOTE_LINES = 5.0, 200.0, 3
WRAP = int(Qt.TextFlag.TextWordWrap)


class MessageItem(QGraphicsItem):
    """The sentence and the fix under a node with an error."""

    def __init__(self, node: NodeItem) -> None:
        super().__init__()
        self.owner = node
        self.hovered = False
        self._sentence = QRectF()
        self._hint = QRectF()
        self._fix = QRectF()
        self._bounds = QRectF()
        self.setZValue(ABOVE_NODES)
        self.refresh()

    def refresh(self) -> None:
        """Update the text and the position from the node."""
        self.prepareGeometryChange()
        signs = self.owner.signs
        metrics = QFontMetricsF(font_at(CAPTION, self.owner.stage.zoom))
        width = max(WIDE, self.owner.face.width)
        room = QRectF(0, 0, width - TEXT_AT - 12, 600)
        self._sentence = metrics.boundingRect(room, WRAP, self._text())
        self._sentence.moveTo(TEXT_AT, 10)
        bottom = self._sentence.bottom()
        self._hint = QRectF()
        if signs.problem_hint and not signs.fix:
            self._hint = metrics.boundingRect(room, WRAP, signs.problem_hint)
            self._hint.moveTo(TEXT_AT, bottom + 4)
            bottom = self._hint.bottom()
        self._fix = QRectF()
        if signs.fix:
            bold = QFontMetricsF(self._bold)
            self._fix = bold.boundingRect(room, WRAP, signs.fix)
            self._fix.moveTo(TEXT_AT, bottom + 4)
            bottom = self._fix.bottom()
        self._bounds = QRectF(0, 0, width, bottom + 10)
        self.follow()
        self.update()

    def follow(self) -> None:
        """Go where the node went."""
        self.setPos(self.owner.pos() + QPointF(0, self.owner.face.height + BELOW))

    @property
    def _bold(self) -> QFont:
        return canvas_font(size_at(CAPTION, self.owner.stage.zoom), SEMIBOLD)

    def _text(self) -> str:
        signs = self.owner.signs
        more = f" {tr('And {0} more.').format(signs.more)}" if signs.more > 0 else ""
        return signs.problem_text + more

    def boundingRect(self) -> QRectF:
        return self._bounds

    @property
    def fix_area(self) -> QRectF:
        """Return the rectangle of the fix's button, in scene coordinates."""
        if not self.owner.signs.fix:
            return QRectF()
        right = self._bounds.width() - TEXT_AT - self._fix.width()
        return self._fix.adjusted(0, -4, right, 4).translated(self.pos())

    def display(self, *, hovered: bool) -> None:
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        t = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(faded(t.error, 0.75), 1))
        painter.setBrush(t.error_ground)
        rect = self._bounds.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, RADIUS_OVERLAY, RADIUS_OVERLAY)
        ratio = self.owner.stage.ratio
        painter.drawPixmap(
            QPointF(11, 10), pixmap("circle-alert", "error", stroke=STATE_STROKE, ratio=ratio)
        )
        painter.setFont(font_at(CAPTION, self.owner.stage.zoom))
        painter.setPen(t.text)
        painter.drawText(self._sentence.adjusted(0, 0, 2, 2), WRAP, self._text())
        painter.setPen(t.text2)
        if not self._hint.isEmpty():
            painter.drawText(self._hint.adjusted(0, 0, 2, 2), WRAP, self.owner.signs.problem_hint)
        self._paint_fix(painter)

    def _paint_fix(self, painter: QPainter) -> None:
        if not self.owner.signs.fix:
            return
        font = QFont(self._bold)
        font.setUnderline(self.hovered)
        painter.setFont(font)
        painter.setPen(theme().accent)
        painter.drawText(self._fix.adjusted(0, 0, 2, 2), WRAP, self.owner.signs.fix)


class CaptionItem(QGraphicsItem):
    """A few lines under a node about the data it has read."""

    def __init__(self, node: NodeItem) -> None:
        super().__init__()
        self.owner = node
        self._area = QRectF()
        self.setZValue(BELOW_NODES)
        self.refresh()

    def refresh(self) -> None:
        """Update the text from the node, cut to the lines that fit."""
        self.prepareGeometryChange()
        width = max(NOTE_WIDE, self.owner.face.width)
        metrics = QFontMetricsF(font_at(CAPTION, self.owner.stage.zoom))
        room = QRectF(0, 0, width, NOTE_LINES * metrics.lineSpacing())
        self._area = metrics.boundingRect(room, WRAP, self.owner.signs.note) & room
        self.follow()
        self.update()

    def follow(self) -> None:
        """Go where the node went."""
        self.setPos(self.owner.pos() + QPointF(0, self.owner.face.height + NOTE_BELOW))

    def boundingRect(self) -> QRectF:
        return self._area.adjusted(0, 0, 2, 2)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setOpacity(self.owner.opacity)
        painter.setFont(font_at(CAPTION, self.owner.stage.zoom))
        painter.setPen(theme().text3)
        painter.drawText(self.boundingRect(), WRAP, self.owner.signs.note)

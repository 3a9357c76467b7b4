"""Cards of examples: picture, title, summary and time."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QSizePolicy,
    QWidget,
)

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Wire
from workbench.bench.examples import Example
from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import faded, font, theme

GAP = 16
NODE = (144.0, 72.0)


class Form(NamedTuple):
    """The size of a card and the height of its picture, in px."""

    card: QSize
    picture: int
    least: int  # width
    small: bool = False  # the short sentence, and the time beside the title


LARGE = Form(QSize(264, 268), 148, 200)
SMALL = Form(QSize(228, 180), 104, 216, small=True)
CARD, PICTURE = LARGE.card, LARGE.picture


class Card(QAbstractButton):
    """The card of one example; a click opens it."""

    def __init__(
        self,
        example: Example,
        catalogue: Catalogue,
        parent: QWidget | None = None,
        form: Form = LARGE,
    ) -> None:
        super().__init__(parent)
        self.example = example
        self.catalogue = catalogue
        self.form = form
        self.title = example.title
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMinimumSize(form.least, self._high())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = [example.title, example.summary, example.time]
        self.setAccessibleName(". ".join(word for word in words if word))
        self.setToolTip(example.summary)

    @cached_property
    def _image(self) -> QImage:
        """The picture, read when first visible; reading all at once would block the window."""
        return QImage(str(self.example.picture)) if self.example.picture else QImage()

    def _high(self) -> int:
        words = self.form.card.height() - self.form.picture
        return self.form.picture + round(words * theme().text_scale)

    def sizeHint(self) -> QSize:
        return QSize(self.form.card.width(), self._high())

    def hasHeightForWidth(self) -> bool:
        return True  # otherwise the scroll area squeezes the cards

    def heightForWidth(self, width: int) -> int:
        return self._high()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        shape = QPainterPath()
        shape.addRoundedRect(box, look.RADIUS_NODE, look.RADIUS_NODE)
        painter.fillPath(shape, tokens.header if self.underMouse() else tokens.node)
        top = QRectF(box.x(), box.y(), box.width(), self.form.picture)
        painter.save()
        painter.setClipPath(shape)
        painter.setClipRect(top, Qt.ClipOperation.IntersectClip)
        self._paint_picture(painter, top)
        painter.restore()
        paint = self._paint_few_words if self.form.small else self._paint_words
        paint(painter, box.adjusted(12, self.form.picture + 8, -12, -8))
        edge = tokens.control if self.underMouse() else tokens.edge
        pen = QPen(tokens.accent, 2) if self.hasFocus() else QPen(edge, look.EDGE_WIDTH)
        painter.setPen(pen)
        painter.drawPath(shape)

    def _paint_picture(self, painter: QPainter, area: QRectF) -> None:
        painter.fillRect(area, theme().canvas)
        if self._image.isNull():
            paint_graph(
                painter, area.adjusted(16, 14, -16, -14), self.example.graph, self.catalogue
            )
            return
        share = max(area.width() / self._image.width(), area.height() / self._image.height())
        size = QRectF(0, 0, self._image.width() * share, self._image.height() * share)
        size.moveCenter(area.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(size, self._image)

    def _paint_few_words(self, painter: QPainter, area: QRectF) -> None:
        tokens, scale = theme(), theme().text_scale
        head = QRectF(area.x(), area.y(), area.width(), 20 * scale)
        painter.setFont(font(look.HINT))
        painter.setPen(tokens.text3)
        time = painter.fontMetrics().horizontalAdvance(self.example.time)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(head, right, self.example.time)
        head.setRight(head.right() - time - 18)
        icon = look.pixmap("clock", "text3", 14)
        painter.drawPixmap(QPointF(head.right(), head.center().y() - 7), icon)
        painter.setFont(font(look.BODY, look.SEMIBOLD))
        painter.setPen(tokens.text)
        title = elide(self.title, painter.fontMetrics(), head.width() - 6)
        painter.drawText(head, int(Qt.AlignmentFlag.AlignVCenter), title)
        painter.setFont(font(look.HINT))
        painter.setPen(tokens.text2)
        below = area.adjusted(0, 22 * scale, 0, 0)
        painter.drawText(below, int(Qt.TextFlag.TextWordWrap), self.example.short)

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        tokens = theme()
        painter.setFont(font(look.BODY, look.SEMIBOLD))
        painter.setPen(tokens.text)
        title = elide(self.title, painter.fontMetrics(), area.width())
        painter.drawText(QRectF(area.x(), area.y(), area.width(), 18), title)
        painter.setFont(font(look.HINT))
        painter.setPen(tokens.text2)
        wrap = int(Qt.TextFlag.TextWordWrap)
        painter.drawText(area.adjusted(0, 20, 0, -18), wrap, self.example.summary)
        painter.setFont(font(look.FOOT))
        painter.setPen(tokens.text3)
        foot = QRectF(area.x(), area.bottom() - 16, area.width(), 16)
        aligned = int(Qt.AlignmentFlag.AlignVCenter)
        if self.example.time:
            icon = look.pixmap("clock", "text3", 12)
            painter.drawPixmap(QPointF(foot.x(), foot.y() + 2), icon)
            foot.setLeft(foot.left() + 18)
        painter.drawText(foot, aligned, self.example.time or self.example.name)


def paint_graph(painter: QPainter, area: QRectF, graph: Graph, catalogue: Catalogue) -> None:
    """Draw a thumbnail of a graph: nodes as blocks, wires in the colours of their types."""
    boxes = {n: QRectF(x, y, *NODE) for n, (x, y) in graph.layout.positions.items()}
    if not boxes:
        return
    whole = QRectF()
    for box in boxes.values():
        whole |= box
    share = min(area.width() / whole.width(), area.height() / whole.height(), 0.35)
    painter.save()
    painter.translate(area.center())
    painter.scale(share, share)
    painter.translate(-whole.center())
    for wire in graph.wires:
        if wire.source in boxes and wire.target in boxes:
            colour = _wire_colour(graph, wire, catalogue)
            _paint_wire(painter, boxes[wire.source], boxes[wire.target], colour, share)
    tokens = theme()
    painter.setPen(QPen(tokens.control, 1 / share))
    painter.setBrush(tokens.header)
    for box in boxes.values():
        painter.drawRoundedRect(box, 8, 8)
    painter.restore()


def _wire_colour(graph: Graph, wire: Wire, catalogue: Catalogue) -> QColor:
    kind = catalogue.of(graph.nodes[wire.source]) if wire.source in graph.nodes else None
    port = kind.output(wire.output) if kind else None
    type = catalogue.types.get(port.type) if port else None
    return theme().wire(type.family if type else "object").colour


def _paint_wire(
    painter: QPainter, start: QRectF, end: QRectF, colour: QColor, share: float
) -> None:
    a, b = QPointF(start.right(), start.center().y()), QPointF(end.left(), end.center().y())
    reach = min(max(abs(b.x() - a.x()) / 2, 24), 120)
    path = QPainterPath(a)
    path.cubicTo(a + QPointF(reach, 0), b - QPointF(reach, 0), b)
    painter.setPen(QPen(faded(colour, 0.9), 1.4 / share))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


class Cards(QWidget):
    """A grid of cards with as many equally wide columns as fit, at most `most`."""

    opened = Signal(str)  # the name of an example

    def __init__(
        self, examples: list[Example], catalogue: Catalogue, most: int = 8, form: Form = LARGE
    ) -> None:
        super().__init__()
        self.most, self.form = most, form
        self.cards = [Card(example, catalogue, self, form) for example in examples]
        self.shown = self.cards
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        for card in self.cards:
            card.clicked.connect(lambda _=False, c=card: self.opened.emit(c.example.name))
        self._arrange(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.form.least if self.form.small else self.form.card.width()
        self._arrange(max(1, min((self.width() + GAP) // (wide + GAP), self.most)))

    def show_only(self, names: set[str]) -> None:
        """Show only the cards of these examples, without gaps."""
        shown = [card for card in self.cards if card.example.name in names]
        if shown != self.shown:
            self.shown = shown
            self._arrange(self._columns, anew=True)
        self.setVisible(bool(shown))

    def _arrange(self, columns: int, *, anew: bool = False) -> None:
        if columns == self._columns and not anew:
            return
        for i in range(max(columns, self._columns)):
            self._grid.setColumnStretch(i, int(i < columns))
        self._columns = columns
        for card in self.cards:
            self._grid.removeWidget(card)
            card.setVisible(False)
        for i, card in enumerate(self.shown):
            self._grid.addWidget(card, i // columns, i % columns)
            card.setVisible(True)

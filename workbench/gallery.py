"""The gallery: each example as a card with a picture, a sentence and the time it takes."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.catalogue import Catalogue
from engine.graph import Graph, Wire
from workbench import theme as look
from workbench.actions import BY_ID
from workbench.cutting import cut
from workbench.entries import example_entries
from workbench.examples import Example, listed
from workbench.finding import find, good, nearest
from workbench.panels.base import Column, Elided, Search, label
from workbench.panels.lesson import heading
from workbench.theme import appearance, faded, font, set_icon, theme

CARD = QSize(264, 268)
PICTURE = 148
GAP = 16
NODE = (144.0, 72.0)


def tr(text: str) -> str:
    return QCoreApplication.translate("gallery", text)


class Card(QAbstractButton):
    """One example, painted; clicking it opens the example."""

    def __init__(
        self, example: Example, catalogue: Catalogue, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.example = example
        self.catalogue = catalogue
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMinimumSize(200, CARD.height())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = [example.title, example.summary, example.time]
        self.setAccessibleName(". ".join(word for word in words if word))
        self.setToolTip(example.summary)

    @cached_property
    def _image(self) -> QImage:
        """Read when it is first in sight: all together would hold up the window."""
        return QImage(str(self.example.picture)) if self.example.picture else QImage()

    def sizeHint(self) -> QSize:
        return CARD

    def hasHeightForWidth(self) -> bool:
        return True  # else what scrolls the cards takes them to be as low as it likes

    def heightForWidth(self, width: int) -> int:
        return CARD.height()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        shape = QPainterPath()
        shape.addRoundedRect(box, look.RADIUS_NODE, look.RADIUS_NODE)
        painter.fillPath(shape, tokens.header if self.underMouse() else tokens.node)
        top = QRectF(box.x(), box.y(), box.width(), PICTURE)
        painter.save()
        painter.setClipPath(shape)
        painter.setClipRect(top, Qt.ClipOperation.IntersectClip)
        self._paint_picture(painter, top)
        painter.restore()
        self._paint_words(painter, box.adjusted(12, PICTURE + 10, -12, -8))
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

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        tokens = theme()
        painter.setFont(font(look.BODY, look.SEMIBOLD))
        painter.setPen(tokens.text)
        title = cut(self.example.title, painter.fontMetrics(), area.width())
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
    """Draw a graph small: its nodes as blocks, its wires in the colours of what they carry."""
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
    kind = (
        catalogue.kinds.get(graph.nodes[wire.source].kind) if wire.source in graph.nodes else None
    )
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
    """Cards in as many columns as there is room for, all equally wide."""

    opened = Signal(str)  # the name of an example

    def __init__(
        self, examples: list[Example], catalogue: Catalogue, most: int = 8, *, rows: int = 0
    ) -> None:
        super().__init__()
        self.most, self.rows = most, rows  # 0 rows: as many as there are
        self.cards = [Card(example, catalogue, self) for example in examples]
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
        self._arrange(max(1, min((self.width() + GAP) // (CARD.width() + GAP), self.most)))

    def show_only(self, names: set[str]) -> None:
        """Show the cards of these examples, close together."""
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
            card.setVisible(not self.rows or i // columns < self.rows)


def by_lesson(examples: list[Example]) -> dict[str, list[Example]]:
    """Return the examples of each lesson, both in the order of the gallery."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.graph.lesson, []).append(example)
    return groups


class Gallery(Column):
    """All examples, by lesson; on the start page with what was open lately."""

    opened = Signal(str)  # the name of an example
    file_opened = Signal(str)
    action_requested = Signal(str)

    def __init__(
        self, catalogue: Catalogue, recent: list[str] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, margin=12 if recent is None else 32)
        self.catalogue = catalogue
        self.groups: list[Cards] = []
        self._heads: list[QLabel] = []
        if recent is not None:
            self.inside.setProperty("surface", "canvas")
            self.column.setContentsMargins(32, 28, 32, 32)
            self.column.addWidget(label(tr("Open an example"), "title"))
        self._add_search()
        for lesson, examples in by_lesson(listed()).items():
            self._add_group(lesson, examples, most=1 if recent is None else 8)
        if recent is not None:
            self.column.addSpacing(16)
            self._add_recent(recent)
        self.column.addStretch(1)
        appearance.changed.connect(self.update)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Draw the wires in the colours of another catalogue."""
        self.catalogue = catalogue
        for card in self.cards:
            card.catalogue = catalogue
            card.update()

    @property
    def cards(self) -> list[Card]:
        return [card for group in self.groups for card in group.cards]

    def _add_group(self, lesson: str, examples: list[Example], most: int) -> None:
        head = label(heading(lesson), "section")
        head.setContentsMargins(0, 8, 0, 0)
        self._heads.append(head)
        self.column.addWidget(head)
        group = Cards(examples, self.catalogue, most=most)
        group.opened.connect(self.opened)
        self.groups.append(group)
        self.column.addWidget(group)

    def _add_search(self) -> None:
        self.search = Search(tr("Search examples"))
        self.search.setMaximumWidth(2 * CARD.width() + GAP)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self._open_best)
        self.nothing = label("", "hint", wrap=True)
        self.nothing.hide()
        self.column.addWidget(self.search)
        self.column.addWidget(self.nothing)

    def _find(self, pattern: str) -> None:
        """Show the examples that fit the words, or those that are spelt alike."""
        entries = example_entries([card.example for card in self.cards], self.catalogue)
        found = good(find(pattern, entries))
        shown = found or nearest(pattern, entries)
        self._best = shown[0].item.name if shown and pattern.strip() else ""
        self.nothing.setText(tr("Nothing found. Spelt alike:") if shown else tr("Nothing found"))
        self.nothing.setVisible(not found)
        for head, group in zip(self._heads, self.groups, strict=True):
            group.show_only({fit.item.name for fit in shown})
            head.setVisible(bool(group.shown))

    def _open_best(self) -> None:
        self._find(self.search.text())
        if self._best:
            self.opened.emit(self._best)

    def _add_recent(self, recent: list[str]) -> None:
        row = QHBoxLayout()
        for action in ("file.new", "file.open"):
            button = QPushButton(tr(BY_ID[action].title))
            set_icon(button, BY_ID[action].icon)
            button.clicked.connect(lambda _=False, a=action: self.action_requested.emit(a))
            row.addWidget(button)
        row.addStretch(1)
        self.column.addLayout(row)
        found = [Path(name) for name in recent if Path(name).exists()]
        if not found:
            return
        self.column.addSpacing(16)
        self.column.addWidget(label(tr("Recent"), "section"))
        for path in found:
            self.column.addWidget(self._recent(path))

    def _recent(self, path: Path) -> QWidget:
        button = QPushButton(path.name.removesuffix(".graph.json"))
        button.setProperty("flat", True)
        set_icon(button, "file")
        button.setToolTip(str(path))
        button.clicked.connect(lambda: self.file_opened.emit(str(path)))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(button)
        row.addWidget(Elided(str(path.parent), "foot", middle=True), 1)
        return line


class EmptyCanvas(QWidget):
    """What stands on a canvas without nodes: how to begin, and three cards."""

    opened = Signal(str)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        for words, role in (
            (tr("Open an example"), "title"),
            (tr("Press Tab to add a node"), "hint"),
        ):
            line = label(words, role)
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(line)
        column.addSpacing(12)
        cards = Cards(listed()[:3], catalogue, most=3, rows=1)
        cards.opened.connect(self.opened)
        column.addWidget(cards)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._cut_out)

    def _cut_out(self) -> None:
        """Take the mouse on words and cards alone: between them lies the canvas."""
        self.setMask(self.childrenRegion())

    def sizeHint(self) -> QSize:
        return QSize(3 * CARD.width() + 2 * GAP + 48, CARD.height() + 128)

"""The ports of a node as a list: glyph, name, type, and shape or wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Graph, Wire
from engine.document.messages import NodeInfo, WireInfo
from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import theme
from workbench.widgets.base import counted, tr
from workbench.widgets.ports import Port, paint_glyph, ports_of
from workbench.words.kinds import (
    from_catalogue,
    headed,
    shown_classes,
    shown_shape,
    title_of,
    type_name,
    type_names,
)
from workbench.words.letters import letters
from workbench.words.quantities import show_int

Shapes = Mapping[tuple[str, str], WireInfo]


@dataclass(frozen=True, slots=True)
class PortLine:
    """One line. `others` are the nodes at the other ends of its wires."""

    port: Port
    type: str
    fact: str
    tip: str
    others: tuple[str, ...]
    missing: bool = False


def port_lines(
    graph: Graph, catalogue: Catalogue, node: str, shapes: Shapes, info: NodeInfo | None
) -> list[PortLine]:
    """Return a line for each port of a node, inputs first."""
    kind = catalogue[graph.nodes[node]]
    inputs, outputs = ports_of(catalogue, kind)
    lines = [_input(graph, catalogue, node, kind, port, shapes) for port in inputs]
    return lines + [_output(graph, catalogue, node, port, shapes, info) for port in outputs]


def _input(
    graph: Graph, catalogue: Catalogue, node: str, kind: KindInfo, port: Port, shapes: Shapes
) -> PortLine:
    wires = graph.wires_into(node, port.name)
    known = [s.shape for w in wires if (s := shapes.get((w.source, w.output))) and s.shape]
    fact = shown_shape(known[0]) if len(wires) == 1 and known else _wired(len(wires))
    missing = port.needed and not wires and not kind.weights
    others = tuple(dict.fromkeys(w.source for w in wires))
    info = shapes.get((wires[0].source, wires[0].output)) if len(wires) == 1 else None
    tip = _tip(port, graph, catalogue, wires, info)
    return PortLine(port, _type(port), fact, tip, others, missing)


def _output(
    graph: Graph,
    catalogue: Catalogue,
    node: str,
    port: Port,
    shapes: Shapes,
    info: NodeInfo | None,
) -> PortLine:
    wires = graph.wires_from(node, port.name)
    known = shapes.get((node, port.name))
    fact = shown_shape(known.shape) if known and known.shape else _wired(len(wires))
    if port.family == "model" and info and info.weights:
        fact = tr("{0} weights").format(show_int(info.weights))
    others = tuple(dict.fromkeys(w.target for w in wires))
    tip = _tip(port, graph, catalogue, wires, known)
    return PortLine(port, _type(port), fact, tip, others)


def _type(port: Port) -> str:
    if port.info is None:
        return ""
    also = [tr("many")] if port.info.many else []
    also += [tr("optional")] if port.info.optional else []
    return ", ".join([type_names(port.info), *also])


def _wired(count: int) -> str:
    return counted(count, "%Ln wire", "%Ln wires") if count else tr("free")


def _tip(
    port: Port,
    graph: Graph,
    catalogue: Catalogue,
    wires: Sequence[Wire],
    known: WireInfo | None,
) -> str:
    """Return a port's tooltip: purpose, names of classes, wires."""
    ends = {
        "input": lambda w: tr("from {0}").format(_end(graph, catalogue, w.source, w.output)),
        "output": lambda w: tr("to {0}").format(_end(graph, catalogue, w.target, w.input)),
    }[port.side]
    info = port.info
    about = from_catalogue(info.help) if info else ""
    axes = headed(type_name(info.type), info.axes) if info and info.axes else ""
    return "\n".join(t for t in (about, axes, shown_classes(known), *map(ends, wires)) if t)


def _end(graph: Graph, catalogue: Catalogue, node: str, port: str) -> str:
    return f"{title_of(graph, catalogue, node)}.{letters(port)}"


class PortRow(QWidget):
    """One port. A click selects the nodes at the other ends of its wires."""

    followed = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.line: PortLine | None = None
        self.name_width = 58
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_line(self, line: PortLine, name_width: int) -> None:
        if (line, name_width) == (self.line, self.name_width):
            return
        self.line, self.name_width = line, name_width
        self.setToolTip(line.tip)
        words = (line.port.label, line.type, line.fact, line.tip.replace("\n", ", "))
        self.setAccessibleName(", ".join(w for w in words if w))
        policy = Qt.FocusPolicy.TabFocus if line.others else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
        pointed = Qt.CursorShape.PointingHandCursor if line.others else Qt.CursorShape.ArrowCursor
        self.setCursor(pointed)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, round(look.TARGET * theme().text_scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.line is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_glyph(painter, self.line)
        self._paint_words(painter, self.line)

    def _paint_ground(self, painter: QPainter) -> None:
        tokens = theme()
        where = QRectF(self.rect()).adjusted(-0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() and self.line and self.line.others:
            painter.setBrush(tokens.hover)
            painter.drawRoundedRect(where, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(tokens.accent, 2))
            painter.drawRoundedRect(where.adjusted(1, 1, -1, -1), 4, 4)

    def _paint_glyph(self, painter: QPainter, line: PortLine) -> None:
        tokens = theme()
        paint_glyph(
            painter,
            line.port.glyph,
            QPointF(8, self.height() / 2),
            tokens.warning if line.missing else tokens.wire(line.port.family).colour,
            filled=bool(line.others),
            ground=tokens.panel,
            inside=tokens.panel,
        )

    def _paint_words(self, painter: QPainter, line: PortLine) -> None:
        """Draw name, type and fact; the type is elided first, then the fact."""
        tokens, right = theme(), self.width()
        font = look.font(look.FOOT, mono=True)
        fact_width = min(QFontMetrics(font).horizontalAdvance(line.fact) + 2, self.width() * 3 // 5)
        self._write(painter, right - fact_width, fact_width, line.fact, font, tokens.text2, True)
        name = look.font(look.BODY)
        self._write(painter, 22, self.name_width, line.port.label, name, tokens.text)
        left = 22 + self.name_width + 10
        room = right - fact_width - left - 8
        if room > 24:
            self._write(painter, left, room, line.type, look.font(look.HINT), tokens.text2)

    def _write(
        self,
        painter: QPainter,
        left: int,
        width: int,
        text: str,
        font: QFont,
        colour: QColor,
        at_right: bool = False,
    ) -> None:
        side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
        text = elide(text, QFontMetrics(font), width)
        painter.setFont(font)
        painter.setPen(colour)
        where = QRect(left, 0, width, self.height())
        painter.drawText(where, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._follow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys:
            self._follow()
        else:
            super().keyPressEvent(event)

    def _follow(self) -> None:
        if self.line and self.line.others:
            self.followed.emit(list(self.line.others))


class Ports(QWidget):
    """All ports of a node."""

    followed = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[PortRow] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)

    def show_lines(self, lines: list[PortLine]) -> None:
        while len(self.rows) < len(lines):
            row = PortRow()
            row.followed.connect(self.followed)
            self.rows.append(row)
            self.column.addWidget(row)
        metrics = QFontMetrics(look.font(look.BODY))
        widths = [metrics.horizontalAdvance(line.port.label) + 2 for line in lines]
        width = min(max([48, *widths]), 110)
        for row, line in zip(self.rows, lines, strict=False):
            row.show_line(line, width)
        for number, row in enumerate(self.rows):
            row.setVisible(number < len(lines))

"""A formula in a box, shrunk to the panel's width; its accessible text is its LaTeX.

If too wide, a formula of several statements is first broken into a line for each, then a statement
of many terms into as many lines as it needs.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from workbench.look import formula
from workbench.look.theme import BODY, RADIUS_CONTROL, appearance, theme
from workbench.widgets.base import tr

SIZE = 17.0
PAD = 16
GAP = 8  # px between two lines
SHRUNK = 0.75  # of their size that letters keep before a statement is broken


class FormulaBox(QWidget):
    """Shows one formula; hidden without one, or if it cannot be parsed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.latex = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()
        appearance.changed.connect(self.update)

    def show_formula(self, latex: str) -> None:
        latex = formula.translate_words(latex)
        if latex == self.latex:
            return
        self.latex = latex
        self.setVisible(bool(latex) and self._drawing() is not None)
        self.setAccessibleName(tr("Formula {0}").format(latex))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines, scale = self._lines(), self._scale()
        height = sum(drawing.height * scale for drawing in lines.values()) + GAP * (len(lines) - 1)
        return QSize(200, max(52, round(height) + 28))

    def resizeEvent(self, event: object) -> None:
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().field if theme().dark else theme().window)
        painter.drawRoundedRect(QRectF(self.rect()), RADIUS_CONTROL, RADIUS_CONTROL)
        pictures = [p for latex in self._lines() if (p := self._picture(latex))]
        sizes = [p.deviceIndependentSize() for p in pictures]
        top = (self.height() - sum(s.height() for s in sizes) - GAP * (len(sizes) - 1)) / 2
        for picture, size in zip(pictures, sizes, strict=True):
            painter.drawImage(QPointF((self.width() - size.width()) / 2, top), picture)
            top += size.height() + GAP

    @property
    def letters(self) -> float:
        """Return the displayed font size."""
        return SIZE * theme().text_scale * self._scale()

    def _picture(self, latex: str) -> QImage | None:
        return formula.image(
            latex,
            size=self.letters,
            colour=theme().text,
            scale=self.devicePixelRatioF(),
        )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        copy = menu.addAction(tr("Copy LaTeX"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(self.latex))
        menu.exec(event.globalPos())

    def _drawing(self, latex: str = "") -> formula.Drawing | None:
        latex = latex or self.latex
        colour = theme().text.name()
        return formula.drawing(latex, SIZE * theme().text_scale, colour) if latex else None

    def _lines(self) -> dict[str, formula.Drawing]:
        """Return the lines: the whole formula, or its statements if it is too wide."""
        whole = self._drawing()
        if whole is None:
            return {}
        if whole.width <= self._room:
            return {self.latex: whole}
        parts = [line for part in formula.statements(self.latex) for line in self._broken(part)]
        drawn = {part: drawing for part in parts if (drawing := self._drawing(part))}
        return drawn if len(drawn) == len(parts) > 1 else {self.latex: whole}

    def _broken(self, statement: str) -> list[str]:
        """Return a statement in lines that can be read; a single term is never broken."""
        room, lines = self._room / SHRUNK, [""]
        if self._width(statement) <= room:
            return [statement]
        for term in formula.terms(statement):
            longer = f"{lines[-1]} {term}".strip()
            if not lines[-1] or self._width(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(term)
        return lines

    def _width(self, latex: str) -> float:
        drawing = self._drawing(latex)
        return drawing.width if drawing else 0.0

    @property
    def _room(self) -> int:
        return self.width() - 2 * PAD

    def _scale(self) -> float:
        """Return the scale, in eighths, so that few sizes are typeset."""
        widest = max((drawing.width for drawing in self._lines().values()), default=0.0)
        if widest <= self._room:
            return 1.0
        return max(BODY / SIZE / 2, int(self._room / widest * 16) / 16)

"""A formula in a box, as wide as the panel: it shrinks to fit and is read aloud as LaTeX."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from workbench import formula
from workbench.panels.base import tr
from workbench.theme import BODY, RADIUS_CONTROL, appearance, theme

SIZE = 17.0
PAD = 16


class FormulaBox(QWidget):
    """Shows one formula; hidden while there is none, or one that cannot be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.latex = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()
        appearance.changed.connect(self.update)

    def show_formula(self, latex: str) -> None:
        latex = formula.said(latex)
        if latex == self.latex:
            return
        self.latex = latex
        self.setVisible(bool(latex) and self._drawing() is not None)
        self.setAccessibleName(tr("Formula {0}").format(latex))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        drawing = self._drawing()
        height = (drawing.height if drawing else 0) * self._scale()
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
        scale = self._scale()
        picture = formula.image(
            self.latex,
            size=SIZE * theme().text_scale * scale,
            colour=theme().text,
            scale=self.devicePixelRatioF(),
        )
        if picture is not None:
            size = picture.deviceIndependentSize()
            left = (self.width() - size.width()) / 2
            painter.drawImage(QPointF(left, (self.height() - size.height()) / 2), picture)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        copy = menu.addAction(tr("Copy LaTeX"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(self.latex))
        menu.exec(event.globalPos())

    def _drawing(self) -> formula.Drawing | None:
        colour = theme().text.name()
        return (
            formula.drawing(self.latex, SIZE * theme().text_scale, colour) if self.latex else None
        )

    def _scale(self) -> float:
        """Return by how much to shrink; in eighths, so that few sizes are ever typeset."""
        drawing, room = self._drawing(), self.width() - 2 * PAD
        if drawing is None or drawing.width <= room:
            return 1.0
        return max(BODY / SIZE / 2, int(room / drawing.width * 16) / 16)

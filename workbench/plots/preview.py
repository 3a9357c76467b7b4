"""A saved picture as it will be, and plots in small, for the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.look.theme import RADIUS_THUMBNAIL, theme
from workbench.plots.base import drawn
from workbench.plots.look import Ink
from workbench.plots.paper import MM, PX, Page
from workbench.plots.printing import image_of

if TYPE_CHECKING:
    from workbench.plots.widget import Plot

THUMBNAIL = QSize(64, 56)
SCREEN_DPI = 96
CHECKER = 8  # px of a square behind a transparent picture


class Preview(QWidget):
    """A page as it will be, at twice its size or as large as fits."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setMinimumSize(200, 160)

    def share(self, page: Page) -> float:
        """Return the size shown over that on paper."""
        wide, high = (mm / MM * SCREEN_DPI for mm in page.millimetres)
        return min(2.0, self.width() / wide, self.height() / high)

    def show_page(self, page: Page) -> None:
        self.page = page
        dpi = self.share(page) * SCREEN_DPI * self.devicePixelRatioF()
        self.image = image_of(page, page.paper.pixels(dpi))
        self.image.setDevicePixelRatio(self.devicePixelRatioF())
        self.setAccessibleDescription(page.words.about)
        self.update()

    def resizeEvent(self, event: object) -> None:
        if not self.image.isNull():
            self.show_page(self.page)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(0, 0, 0, 0)
        place.setSize(self.image.deviceIndependentSize())
        place.moveCenter(QRectF(self.rect()).center())
        place.moveTop(0)
        if self.page.paper.ground == "transparent":
            _paint_checker(painter, place)
        painter.drawImage(place.topLeft(), self.image)
        painter.setPen(QPen(theme().edge, 1))
        painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))


class Thumbnail(QWidget):
    """A plot in small."""

    def __init__(self, plot: Plot) -> None:
        super().__init__()
        self.plot = plot
        self.setFixedSize(THUMBNAIL)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().field)
        painter.drawRoundedRect(QRectF(self.rect()), RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)
        if shown := self.plot.read():
            look = self.plot.look(small=True, marked=frozenset(), ink=Ink(PX, 1.0))
            inner = QRectF(self.rect()).adjusted(2, 2, -2, -2)
            painter.drawImage(0, 0, drawn(shown, self.size(), look, inner))


def _paint_checker(painter: QPainter, place: QRectF) -> None:
    """Paint the squares that show through a transparent picture."""
    painter.fillRect(place, theme().node)
    painter.save()
    painter.setClipRect(place)
    for row in range(int(place.height() // CHECKER) + 1):
        for column in range(row % 2, int(place.width() // CHECKER) + 1, 2):
            x, y = place.left() + column * CHECKER, place.top() + row * CHECKER
            painter.fillRect(QRectF(x, y, CHECKER, CHECKER), theme().hover)
    painter.restore()

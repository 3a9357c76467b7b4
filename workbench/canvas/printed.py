"""A whole graph as a picture for paper, in colours of its own.

It is painted by the items of the canvas, from a scene made for it: nothing is selected, hovered or
hidden there, and the window keeps its theme.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from engine.document.catalogue import Catalogue
from engine.document.messages import FigureData
from workbench.bench.scope import Written
from workbench.canvas.scene import Scene
from workbench.look.theme import LIGHT, Theme, appearance
from workbench.plots.base import Picture
from workbench.plots.look import Look

if TYPE_CHECKING:
    from workbench.bench.inside import Heard

AIR = 8.0  # around the nodes, for lines that stand out
SHARPEST = 6.0  # px of a thumbnail per unit: 600 dpi where a graph fills a page


class PaperScene(Scene):
    """A scene without shadows: their images are stretched, which a file for print does badly."""

    def thumbnail(self, node: str) -> QImage | None:
        return self.draw_thumbnail(node, min(self.ratio, SHARPEST))


class GraphPicture(Picture):
    """The graph of a document, with its nodes' pictures as they are now.

    Its scene ends with `parent`.
    """

    def __init__(
        self, document: Written, live: Heard, catalogue: Catalogue, parent: QObject
    ) -> None:
        super().__init__(FigureData(kind="graph"))
        with painted_in(replace(LIGHT, text_scale=1.0)):  # in which texts are measured
            self.scene = PaperScene(document, live, catalogue)
        self.scene.setParent(parent)
        self.scene.detailed = False
        self.content = self.scene.content().adjusted(-AIR, -AIR, AIR, AIR)
        self.shape = self.content.width() / self.content.height()

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        if self.content.isEmpty():
            return
        with painted_in(look.theme):
            whole = self.content
            share = min(area.width() / whole.width(), area.height() / whole.height())
            self.scene.ratio = max(1.0, look.pixels * share)
            painter.save()
            painter.translate(area.center())
            painter.scale(share, share)
            painter.translate(-whole.center())
            self._paint_items(painter)
            painter.restore()

    def _paint_items(self, painter: QPainter) -> None:
        scene, option = self.scene, QStyleOptionGraphicsItem()
        for box in scene.boxes.values():
            painter.save()
            painter.translate(box.pos())
            box.paint(painter, option, None)
            painter.restore()
        for wire in scene.wires.values():
            painter.save()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            wire.paint(painter)
            painter.restore()
        for node in scene.nodes.values():
            painter.save()
            painter.translate(node.pos())
            node.paint(painter)
            painter.restore()

    def summary(self) -> str:
        return self.scene.document.name


@contextmanager
def painted_in(theme: Theme) -> Iterator[None]:
    """Let all that is painted here have a theme, without a word to those who show the window's."""
    before = appearance.theme
    appearance.theme = theme
    try:
        yield
    finally:
        appearance.theme = before

"""Draw the gallery's pictures of the examples: `python -m tests.gallery_pictures [NAME[=RUN]...]`.

Each example is trained; the views named in the file under `picture` are drawn side by side into
`resources/examples/NAME.png`. The time this took is printed, for the file's `time`. With a run's
folder nothing is trained: its last views are drawn.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

import resources
from engine.document import graph as graphs
from engine.document.graph import SUFFIX, Graph
from engine.document.history import last_figures
from engine.document.messages import Event, Figure, FigureData
from engine.run.session import Session
from tests.running import run
from workbench.look.theme import appearance, theme
from workbench.plots.base import drawn, picture
from workbench.plots.look import Look

SIZE = QSize(264, 128)
RATIO = 2.0
MARGIN = 8


class Figures(dict[str, FigureData]):
    """A host that keeps the last figure of each view."""

    def emit(self, event: Event) -> None:
        if isinstance(event, Figure):
            self[event.node] = event.figure

    def within(self) -> None:
        pass

    def between(self) -> None:
        pass


def trained(name: str, graph: Graph) -> dict[str, FigureData]:
    """Train an example and return its figures."""
    session, figures = Session(), Figures()
    session.update(graph)
    start = time.perf_counter()
    status = run(session, figures, view_share=0.0)
    print(f"{name}: {status} in {time.perf_counter() - start:.0f} s")
    return figures


def recorded(run: str) -> dict[str, FigureData]:
    """Return the last figures of a run."""
    return {figure.node: figure.figure for figure in last_figures(Path(run))}


def draw(figures: list[FigureData]) -> QImage:
    """Return the figures side by side on the canvas's ground."""
    image = QImage(SIZE * RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(theme().canvas)
    each = QSize(SIZE.width() // len(figures) - MARGIN * 3 // 2, SIZE.height() - 2 * MARGIN)
    painter = QPainter(image)
    for place, figure in enumerate(figures):
        x = MARGIN + place * (each.width() + MARGIN)
        part = drawn(picture(figure), each, Look(theme(), small=True, pixels=RATIO))
        painter.drawImage(QPointF(x, MARGIN), part)
    painter.end()
    return image


def main(names: list[str]) -> None:
    app = QApplication(sys.argv[:1])
    appearance.start(app)
    appearance.use("dark")
    there = [path.name.removesuffix(SUFFIX) for path in resources.path("examples").glob("*.json")]
    for word in names or sorted(there):
        name, _, run_folder = word.partition("=")
        graph = graphs.load(resources.path("examples", name + SUFFIX))
        figures = recorded(run_folder) if run_folder else trained(name, graph)
        views = list(graph.extra.get("picture") or graph.layout.views[1:3])
        draw([figures[view] for view in views]).save(str(resources.path("examples", f"{name}.png")))


if __name__ == "__main__":
    main(sys.argv[1:])

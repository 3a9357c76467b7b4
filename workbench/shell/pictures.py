"""What the plots of the dock tell of their document, for pictures that are saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from weakref import proxy

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from engine.document.graph import dumps
from workbench.plots.owner import Owner
from workbench.plots.paper import caption_of

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.plots.widget import Plot
    from workbench.shell.dock import Views


ONE_COLUMN, TWO_COLUMNS = 0, 1  # places in the dialog


def tr(text: str) -> str:
    return QCoreApplication.translate("dock", text)


def save_graph_picture(window: QWidget, bench: Bench, views: Views | None) -> None:
    """Open the dialog for a picture of a whole graph; views may be saved with it."""
    from workbench.canvas.printed import GraphPicture
    from workbench.plots.saving import SavePicture
    from workbench.plots.widget import Plot

    plot = Plot(parent=window)
    plot.hide()
    plot.setAccessibleName(tr("Graph"))
    plot.placeholder = tr("This graph has no nodes yet.")
    if bench.document.graph.nodes:
        plot.picture = GraphPicture(bench.document, bench.live, bench.catalogue, plot)
    if views is not None:
        plot.owner = ViewOwner(views)
    dialog = SavePicture(plot, window)
    if dialog.sizes.currentIndex() == ONE_COLUMN:  # in which a graph cannot be read
        dialog.sizes.setCurrentIndex(TWO_COLUMNS)
    dialog.finished.connect(plot.deleteLater)
    dialog.open()


class ViewOwner(Owner):
    """The document that the dock shows, which the plots do not keep alive."""

    def __init__(self, views: Views) -> None:
        self.views: Views = proxy(views)

    def graph(self) -> str:
        return dumps(self.views.graph) if self.views.bench else ""

    def document(self) -> str:
        return self.views.bench.document.name if self.views.bench else ""

    def run_name(self) -> str:
        return self.views.bench.shown_run() if self.views.bench else ""

    def caption(self, step: int) -> str:
        if self.views.bench is None:
            return ""
        live = self.views.bench.live
        seed = live.history.info.seed if live.history else self.views.graph.settings.seed
        run = " · ".join(filter(None, (self.document(), self.run_name())))
        last = live.last_progress.step if live.last_progress else 0
        return caption_of(run, step or last, seed)

    def plots(self) -> list[Plot]:
        return [self.views.shown[node].plot for node in self.views.order]

    def save_picture(self, plot: Plot) -> None:
        from workbench.plots.saving import SavePicture  # when first asked for

        SavePicture(plot, plot.window()).open()

    def record(self, plot: Plot) -> tuple[Path, str] | None:
        run = self.views.bench.live.shown_run if self.views.bench else ""
        nodes = [node for node, pane in self.views.made() if pane.plot is plot]
        return (Path(run), nodes[0]) if run and nodes else None

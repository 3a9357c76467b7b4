"""Data dropped on a canvas: a node that reads it, where it falls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF

from engine.document.graph import Change, Graph
from nodes.sentences import say
from workbench import edits
from workbench.bench.datafiles import PREVIEWED, data_place
from workbench.canvas.fitting import combined
from workbench.shell.preview import show_preview
from workbench.shell.tabs import DocumentPage

LEFT, ABOVE = 64.0, 16.0  # px: from the corner of a node to the pointer
BELOW = 144.0  # from one node to the next of several


def add_data(page: DocumentPage, paths: list[Path], at: QPointF) -> None:
    """Add a node for each file or folder, in one step; dropping them permits reading them.

    One that can be previewed opens its preview.
    """
    bench, graph = page.bench, page.bench.document.graph

    def add(number: int) -> Callable[[Graph], Change]:
        data = data_place(paths[number])
        place = (at.x() - LEFT, at.y() - ABOVE + number * BELOW)
        return lambda g: edits.add_node(
            g, data.kind, place, catalogue=bench.catalogue, params=data.params
        )

    def make() -> Change:
        makers = [add(number) for number in range(len(paths))]
        label = makers[0](graph).label if len(paths) == 1 else say("Add data")
        return combined(graph, label, makers)

    added = page.canvas.commands.push(make, choose=True)
    bench.permit(added)
    if len(added) == 1 and bench.document.graph.nodes[added[0]].kind in PREVIEWED:
        show_preview(page, added[0])

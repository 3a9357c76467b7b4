"""What a run has recorded by a step: each view's figure, the losses' curves, and the graph."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Container
from pathlib import Path

from engine.document.catalogue import Catalogue
from engine.document.errors import GraphRefused
from engine.document.graph import Graph, load
from engine.document.history import GRAPH_FILE, figures_at, read_run
from engine.document.messages import Figure, History
from workbench.plots.loss import LossCurves
from workbench.plots.paper import Words, caption_of
from workbench.words.runnames import full_name

LAST = (1 << 63) - 1  # the step after all


class Recorded:
    """A run folder at a step. Raises `RunRefused` if it cannot be read."""

    def __init__(self, run: Path, step: int = LAST) -> None:
        history = read_run(run)
        self.info = history.info
        self.graph, self.text = _graph(run)
        self.figures = {figure.node: figure for figure in figures_at(run, step)}
        self.figures |= _losses(history, self.title, self.figures, step)

    def title(self, node: str) -> str:
        place = self.graph.nodes.get(node)
        return (place.title or place.kind) if place else node

    def words(self, node: str, about: str) -> Words:
        """Return what may be written with a view's picture."""
        caption = caption_of(
            full_name(self.info, Catalogue()), self.figures[node].step, self.info.seed
        )
        return Words(self.title(node), caption, self.text, about)


def _graph(run: Path) -> tuple[Graph, str]:
    """Return a run's graph, and as text; an empty one if it cannot be read."""
    try:
        return load(run / GRAPH_FILE), (run / GRAPH_FILE).read_text("utf-8")
    except (OSError, GraphRefused):
        return Graph(), ""


def _losses(
    history: History, title: Callable[[str], str], known: Container[str], step: int
) -> dict[str, Figure]:
    """Return the training curves of each node up to a step; metrics have none."""
    measured = {
        name: _cut(*series, step)
        for name, series in history.series.items()
        if name not in history.info.metrics
    }
    nodes = dict.fromkeys(name.partition(".")[0] for name in measured if "." in name)
    last = history.info.steps
    return {
        node: Figure(
            node=node,
            step=min(step, last),
            figure=LossCurves(node, title(node)).figure(measured, end=last if step < last else 0),
        )
        for node in nodes
        if node not in known
    }


def _cut(steps: list[int], values: list[float], step: int) -> tuple[list[int], list[float]]:
    count = bisect_right(steps, step)
    return steps[:count], values[:count]

"""What a run has recorded: each view's figures, the losses' curves, and the graph."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from engine.document.catalogue import Catalogue
from engine.document.errors import GraphRefused
from engine.document.graph import Graph, load
from engine.document.history import GRAPH_FILE, figure_of, figures_at, read_run, steps_of
from engine.document.messages import Figure, FigureData
from workbench.plots.loss import LossCurves
from workbench.plots.paper import Words, caption_of
from workbench.words.runnames import full_name

LAST = (1 << 63) - 1  # the step after all


class Recorded:
    """A run folder, and its pictures by a step. Raises `RunRefused` if it cannot be read."""

    def __init__(self, run: Path, step: int = LAST) -> None:
        history = read_run(run)
        self.run, self.info = run, history.info
        self.graph, self.text = _graph(run)
        self.measured = {k: v for k, v in history.series.items() if k not in self.info.metrics}
        self.figures = {figure.node: figure for figure in figures_at(run, step)}
        nodes = dict.fromkeys(name.partition(".")[0] for name in self.measured if "." in name)
        self.losses = [node for node in nodes if node not in self.figures]
        for node in self.losses:
            figure = self.figure(node, step)
            self.figures[node] = Figure(node=node, step=min(step, self.info.steps), figure=figure)

    def title(self, node: str) -> str:
        place = self.graph.nodes.get(node)
        return (place.title or place.kind) if place else node

    def steps(self, node: str) -> list[int]:
        """Return the steps at which a view was recorded, or a loss was measured."""
        if node not in self.losses:
            return steps_of(self.run, node)
        series = (steps for name, (steps, _) in self.measured.items() if _of(name, node))
        return sorted({step for steps in series for step in steps})

    def figure(self, node: str, step: int) -> FigureData:
        """Return a view as recorded at a step, or the curves of a loss up to it."""
        if node not in self.losses:
            return figure_of(self.run, node, step)
        curves = {k: _cut(*v, step) for k, v in self.measured.items() if _of(k, node)}
        end = self.info.steps if step < self.info.steps else 0
        return LossCurves(node, self.title(node)).figure(curves, end=end)

    def caption(self, step: int) -> str:
        return caption_of(full_name(self.info, Catalogue()), step, self.info.seed)

    def words(self, node: str, about: str) -> Words:
        """Return what may be written with a view's picture."""
        caption = self.caption(self.figures[node].step)
        return Words(self.title(node), caption, self.text, about)


def _graph(run: Path) -> tuple[Graph, str]:
    """Return a run's graph, and as text; an empty one if it cannot be read."""
    try:
        return load(run / GRAPH_FILE), (run / GRAPH_FILE).read_text("utf-8")
    except (OSError, GraphRefused):
        return Graph(), ""


def _of(name: str, node: str) -> bool:
    return name.startswith(f"{node}.")


def _cut(steps: list[int], values: list[float], step: int) -> tuple[list[int], list[float]]:
    count = bisect_right(steps, step)
    return steps[:count], values[:count]

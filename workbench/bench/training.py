"""Actions on trained weights: continue, train longer, or start again from new weights.

Texts of actions that start from new weights say so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from engine.document.messages import Figure, Metric
from workbench.actions import BY_ID
from workbench.words.kinds import title_of
from workbench.words.quantities import show_int, show_measured
from workbench.words.sentences import translate

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.inside import Heard
    from workbench.bench.live import Live

STEPS = "steps"
ERROR = "error"  # the value of a metric that is the error of its first one


def tr(text: str) -> str:
    return QCoreApplication.translate("runbar", text)


class Trained(NamedTuple):
    """A trainer and the number of steps it has made."""

    node: str
    step: int

    @property
    def words(self) -> str:
        """The label of the action that doubles the training."""
        return tr("Train longer: {0} more steps").format(show_int(self.step))


def finished_trainer(graph: Graph, catalogue: Catalogue, live: Heard) -> Trained | None:
    """Return the trainer that ran last; if that is unknown, the graph's only trainer.

    Of several stages only the last can be continued.
    """
    if live.status.status != "done" or not live.weights.trained:
        return None
    trainers = [n for n, place in graph.nodes.items() if _has_steps(catalogue, place.kind)]
    spoke = live.last_progress
    if spoke is not None:
        return Trained(spoke.node, spoke.step) if spoke.node in trainers and spoke.step else None
    steps = live.last_step
    return Trained(trainers[0], steps) if len(trainers) == 1 and steps else None


def _has_steps(catalogue: Catalogue, kind: str) -> bool:
    info = catalogue.kinds.get(kind)
    return info is not None and info.role == "trainer" and info.param(STEPS) is not None


def reached(bench: Bench) -> list[str]:
    """Return what the graph's first measure says of the run, with its error, in ever fewer words.

    Its name stays. Nothing if the graph measures nothing, or has not measured the end.
    """
    graph, known, live = bench.document.graph, bench.catalogue, bench.live
    for node in measures(graph, known):
        metric = live.metric(node)
        value = next(iter(metric.values.values()), None) if metric else None
        if metric is not None and value is not None and not is_late(live, metric):
            figure, error = show_measured(value, metric.values.get(ERROR, math.nan))
            measured = " ± ".join(filter(None, (figure, error)))
            unit = translate(metric.unit)
            name = title_of(graph, known, node)
            told = " ".join(filter(None, (measured, unit)))
            return [*dict.fromkeys((f"{name} {told}", f"{name} {measured}", f"{name} {figure}"))]
    return []


def is_late(live: Heard, made: Metric | Figure) -> bool:
    """Return whether a figure was made before a run's end, or its half while it goes on."""
    newest = live.last_step / 2 if live.busy else live.last_step
    return live.past is None and made.step < newest


def measures(graph: Graph, catalogue: Catalogue) -> list[str]:
    """Return the metrics of a graph that are on."""
    places = graph.nodes.items()
    return [n for n, p in places if p.mode == "on" and catalogue.role(p) == "metric"]


def run_label(live: Live | None) -> str:
    """Return the primary button's label while nothing runs."""
    return tr("Train again") if live and live.weights.anew else tr("Run")


def run_tip(live: Live | None) -> str:
    """Return the primary button's tooltip, which warns if trained weights would be replaced."""
    described = BY_ID["run.toggle"]
    if live is None or live.busy or live.status.status == "paused" or not live.weights.anew:
        return described.tip
    kept = tr("Begins from new weights. The present ones stay in their run and can be put back.")
    return f"{kept}  {described.shown_keys}"


def choices(bench: Bench | None) -> list[tuple[str, str]]:
    """Return the ids and labels of the further actions on trained weights."""
    if bench is None or bench.unfinished:
        return []
    found: list[tuple[str, str]] = []
    if bench.can_resume:
        found.append(("run.go_on", tr("Train on to the end")))
    if (known := bench.extendable) is not None:
        found += [("run.longer", known.words), ("run.longer_by", tr("Train longer by…"))]
    if bench.live.weights.anew:
        found.append(("run.fresh", tr("Train again from new weights")))
    if bench.earlier is not None:
        name = bench.run_name(bench.earlier)
        found.append(("run.restore", tr("Take the weights of {0}").format(name)))
    elif bench.replaced:
        found.append(("run.restore", tr("Take back the weights before")))
    return found

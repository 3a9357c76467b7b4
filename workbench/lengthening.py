"""Training longer: which trainer of a run that is done can have more steps."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.catalogue import Catalogue
from engine.graph import Graph
from workbench.quantities import show_int

STEPS = "steps"


def tr(text: str) -> str:
    return QCoreApplication.translate("runbar", text)


class Trained(NamedTuple):
    """A trainer and the steps that it has made."""

    node: str
    step: int

    @property
    def words(self) -> str:
        """What training for as many steps again is called."""
        return tr("Train longer: {0} more steps").format(show_int(self.step))


def longest(graph: Graph, catalogue: Catalogue, live: Any) -> Trained | None:
    """Return the trainer that a run ended with; without its word, as after a restart, the only one.

    Of several stages only the last can go on.
    """
    if live.status.status != "done" or not live.weights.trained:
        return None
    trainers = [n for n, place in graph.nodes.items() if _has_steps(catalogue, place.kind)]
    spoke = live.spoke
    if spoke is not None:
        return Trained(spoke.node, spoke.step) if spoke.node in trainers and spoke.step else None
    steps = live.last_step
    return Trained(trainers[0], steps) if len(trainers) == 1 and steps else None


def _has_steps(catalogue: Catalogue, kind: str) -> bool:
    info = catalogue.kinds.get(kind)
    return info is not None and info.role == "trainer" and info.param(STEPS) is not None

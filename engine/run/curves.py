"""The curves of a run: gathered step by step, read a few times a second, watched as they grow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.document.catalogue import Catalogue, Problem
from engine.document.errors import NotFinite
from engine.document.graph import Graph
from engine.document.walks import upstream_ids
from nodes.sentences import NodeName, PortName, both, say

KEPT_POINTS = 20_000  # points of each curve that a run keeps
GROWTH = 1e6  # times the lowest level of a curve: a value to warn of
BLOCK = 20  # values whose median is a level of a curve
FEWEST = 3  # values that make a level
SMALLEST = 1e-3  # level: a curve that begins at 0 may rise to 1,000

Series = dict[str, tuple[list[int], list[float]]]


class CurveBuffer:
    """Gathers the losses and scalars of each step, and reads them from the device together."""

    def __init__(self) -> None:
        self.pending: dict[str, list[tuple[int, Tensor | float]]] = {}
        self.levels: dict[str, Level] = {}
        self.told: set[str] = set()

    def collect(
        self, step: int, last: bool, total: int, scalars: Mapping[str, Tensor | float]
    ) -> None:
        """Keep the values of a step; of a long run those of every second step, or third..."""
        if last or step % (1 + total // KEPT_POINTS) == 0:
            for name, value in scalars.items():
                self.pending.setdefault(name, []).append((step, value))

    def read(self) -> Series:
        """Return what was gathered since the last reading."""
        series = {name: _read(points) for name, points in self.pending.items()}
        self.pending = {}
        return series

    def grown(self, series: Series) -> Iterator[Growth]:
        """Yield the curves that have grown a millionfold, the first of each node, once."""
        for name, (steps, values) in series.items():
            level = self.levels.setdefault(name, Level())
            found = level.take(steps, values)
            node, _, port = name.partition(".")
            if found is not None and node not in self.told:
                self.told.add(node)
                yield Growth(node, port, *found)


@dataclass(frozen=True)
class Growth:
    """A curve that has grown a millionfold: from which level, to which value, at which step."""

    node: str
    port: str
    level: float
    value: float
    step: int

    def problem(self, graph: Graph, catalogue: Catalogue) -> Problem:
        """Return what to show at the node."""
        lowering = [n for n in graph.nodes if graph.wires_into(n, "loss") and n != self.node]
        owners = [n for n in lowering if self.node in upstream_ids(graph.wires, [n])]
        nodes = both(catalogue.name(graph, name) for name in owners)
        return Problem(
            node=self.node,
            level="warning",
            sentence=say(
                "{port} has grown a millionfold: it was about {level} and is {value} at "
                "step {step}.",
                port=PortName(self.port),
                level=float(f"{self.level:.2g}"),
                value=float(f"{self.value:.2g}"),
                step=self.step,
            ),
            hint=say("Lower the learning rate of {nodes}, or clip the gradient.", nodes=nodes)
            if owners
            else "Lower the learning rate or clip the gradient.",
        )


class Level:
    """The lowest level that a curve has had: the least median of some values in a row."""

    def __init__(self) -> None:
        self.lowest = math.inf
        self._block: list[float] = []

    def take(self, steps: list[int], values: list[float]) -> tuple[float, float, int] | None:
        """Take further values; return level, value and step of the first a million times over."""
        found = None
        for step, value in zip(steps, map(abs, values), strict=True):
            if value > GROWTH * SMALLEST and found is None:
                level = self._now()
                found = (level, value, step) if value > GROWTH * level else None
            self._block.append(value)
            if len(self._block) == BLOCK:
                self.lowest, self._block = self._now(), []
        return found

    def _now(self) -> float:
        """Return the lowest level, that of the last few values included."""
        if len(self._block) < FEWEST:
            return self.lowest
        return max(SMALLEST, min(self.lowest, statistics.median(self._block)))


def _read(points: list[tuple[int, Tensor | float]]) -> tuple[list[int], list[float]]:
    """Bring the values of several steps from the device at once; a CPU has given numbers."""
    steps, values = [step for step, _ in points], [value for _, value in points]
    if isinstance(values[0], Tensor):
        values = torch.stack([torch.as_tensor(v).float() for v in values]).tolist()
    return steps, values  # type: ignore[return-value]


def refuse_not_finite(series: Series) -> None:
    """Stop where a value came out that is no number; on a CPU the pull has done so already."""
    for name, (steps, values) in series.items():
        for step, value in zip(steps, values, strict=True):
            if not math.isfinite(value):
                raise NotFinite(
                    "{node} gave {value} at step {step}.",
                    "Lower the learning rate or clip the gradient, then run again.",
                    place=name.partition(".")[0],
                    node=NodeName(name.partition(".")[0]),
                    value=value,
                    step=step,
                )

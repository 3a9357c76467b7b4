"""Collect the curves of a run, read them from the device in batches, and watch their growth."""

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
from nodes.sentences import NodeName, PortName, both, rounded, say

KEPT_POINTS = 20_000  # points kept of each curve of a run
GROWTH = 1e6  # a value this many times the lowest level raises a warning
BLOCK = 20  # consecutive values whose median is a level of a curve
FEWEST = 3  # fewest values that give a level
SMALLEST = 1e-3  # smallest level: a curve that starts at 0 may rise to 1,000

Series = dict[str, tuple[list[int], list[float]]]


class CurveBuffer:
    """Collect losses and scalars at each step and copy them from the device in batches."""

    def __init__(self) -> None:
        self.pending: dict[str, list[tuple[int, Tensor | float]]] = {}
        self.levels: dict[str, Level] = {}
        self.told: set[str] = set()

    def collect(
        self, step: int, last: bool, total: int, scalars: Mapping[str, Tensor | float]
    ) -> None:
        """Keep the scalars of a step; thin them out in stages of more than `KEPT_POINTS` steps.

        `last` marks the last step, which is always kept; `total` is the number of steps of the
        stage. A scalar is a 0-dimensional tensor, left on its device, or a float.
        """
        if last or step % (1 + total // KEPT_POINTS) == 0:
            for name, value in scalars.items():
                self.pending.setdefault(name, []).append((step, value))

    def read(self) -> Series:
        """Return the points collected since the last call: name -> (steps, values)."""
        series = {name: _read(points) for name, points in self.pending.items()}
        self.pending = {}
        return series

    def grown(self, series: Series) -> Iterator[Growth]:
        """Yield the curves that exceed `GROWTH` times their lowest level, once per node."""
        for name, (steps, values) in series.items():
            level = self.levels.setdefault(name, Level())
            found = level.take(steps, values)
            node, _, port = name.partition(".")
            if found is not None and node not in self.told:
                self.told.add(node)
                yield Growth(node, port, *found)


@dataclass(frozen=True)
class Growth:
    """A curve that has grown by a factor of `GROWTH`: its lowest level, the value and its step."""

    node: str
    port: str
    level: float
    value: float
    step: int

    def problem(self, graph: Graph, catalogue: Catalogue) -> Problem:
        """Return the warning to show at the node."""
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
                level=rounded(self.level, 2),
                value=rounded(self.value, 2),
                step=self.step,
            ),
            hint=say("Lower the learning rate of {nodes}, or clip the gradient.", nodes=nodes)
            if owners
            else "Lower the learning rate or clip the gradient.",
        )


class Level:
    """The lowest level of a curve so far: the minimum of the medians of blocks of its values."""

    def __init__(self) -> None:
        self.lowest = math.inf
        self._block: list[float] = []

    def take(self, steps: list[int], values: list[float]) -> tuple[float, float, int] | None:
        """Add values; return (level, value, step) of the first that grew by `GROWTH`, or None."""
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
        """Return the lowest level, including the incomplete last block."""
        if len(self._block) < FEWEST:
            return self.lowest
        return max(SMALLEST, min(self.lowest, statistics.median(self._block)))


def _read(points: list[tuple[int, Tensor | float]]) -> tuple[list[int], list[float]]:
    """Copy the values of several steps from the device at once; on a CPU they are floats."""
    steps, values = [step for step, _ in points], [value for _, value in points]
    if isinstance(values[0], Tensor):
        values = torch.stack([torch.as_tensor(v).float() for v in values]).tolist()
    return steps, values  # type: ignore[return-value]


def refuse_not_finite(series: Series) -> None:
    """Raise `NotFinite` where a value is NaN or infinite.

    On a CPU each training pull has checked this already (`Program.check_finite`).
    """
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

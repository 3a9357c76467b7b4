"""The automatic curves of losses: the values measured in training, one plot per node."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.document.messages import Array, FigureData
from workbench.bench.curves import Curves
from workbench.plots.words import tr
from workbench.words.letters import letters


@dataclass
class _Track:
    """One series as growing arrays, so that only new values are converted."""

    steps: np.ndarray = field(default_factory=lambda: np.zeros(1024))
    values: np.ndarray = field(default_factory=lambda: np.zeros(1024))
    count: int = 0
    source: list[int] | None = None

    def take(self, steps: list[int], values: list[float]) -> None:
        if steps is not self.source or len(steps) < self.count:
            self.count, self.source = 0, steps  # another run
        total = len(steps)
        if total > len(self.steps):
            room = 2 * total - len(self.steps)
            self.steps, self.values = (np.pad(a, (0, room)) for a in (self.steps, self.values))
        self.steps[self.count : total] = steps[self.count :]
        self.values[self.count : total] = values[self.count :]
        self.count = total

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        return self.steps[: self.count], self.values[: self.count]


class LossCurves:
    """Makes figures of the series `node.port` of one node.

    `title` is the loss's title, `unit` its unit.
    """

    def __init__(self, node: str, title: str, unit: str = "") -> None:
        self.node = node
        self.title = title
        self.unit = unit
        self._tracks: dict[str, _Track] = {}

    def ports(self, series: Curves) -> list[str]:
        """Return the ports of this node that have a series, the loss first."""
        start = f"{self.node}."
        found = [name.removeprefix(start) for name in series if name.startswith(start)]
        return sorted(found, key=lambda port: port != "loss")

    def figure(self, series: Curves, *, end: int = 0, at: int | None = None) -> FigureData:
        """Return the figure of the current `series`."""
        arrays: dict[str, Array] = {}
        for port in self.ports(series):
            track = self._tracks.setdefault(port, _Track())
            track.take(*series[f"{self.node}.{port}"])
            steps, values = track.arrays()
            arrays |= {f"x:{port}": Array.of(steps), f"y:{port}": Array.of(values)}
        facts = {
            "names": {port: self.name(port) for port in self.ports(series)},
            "x_name": tr("step"),
            "smooth": True,
            "scale": True,
            "end": end or None,
            "at": at,
            "unit": self.unit,
            "subtitle": ", ".join(t for t in (self.unit, tr("on training batches")) if t),
        }
        return FigureData(kind="curve", arrays=arrays, facts=facts)

    def name(self, port: str) -> str:
        """Return a line's label: the loss's title, or a term's port."""
        if port == "loss":
            return self.title
        words = letters(port)
        return words.upper() if len(words) <= 3 and words.isascii() else words

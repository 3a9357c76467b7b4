"""The map of a flow on the plane, layer by layer."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.flows.base import Flow
from nodes.sentences import Part, Sentence, say
from nodes.types import Figure
from nodes.views.base import sectors
from nodes.views.density import must_be_planar

VERTICES = 241
"""Points of each grid line."""
SHARE = 0.98
"""The grid spans the middle share of the noise, on each axis."""


class Warp(Node):
    """Show what the layers of a flow have made of a grid over the noise, and of samples.

    Normalizing Flows for Probabilistic Modeling and Inference (Papamakarios et al., 2021),
    arXiv:1912.02762.

    `at` goes through the chain: at 0 the grid lies straight over the noise, at 1 it lies over the
    data; what is shown is the state after the nearest layer, within a continuous flow at eighths of
    its time. A line never crosses another of its family: each layer is a bijection. As paths,
    samples leave a trace through all layers so far.
    """

    synonyms = "deformed grid, transform, normalizing flow view, grille déformée, transformation"
    formula = r"z \;\xrightarrow{f_1}\; h_1 \;\xrightarrow{f_2}\; \cdots \;\xrightarrow{f_K}\; x"
    icon = "grid-3x3"
    role = "view"
    figure = "paths"

    at: float = param(
        default=1.0,
        low=0.0,
        high=1.0,
        slider=True,
        help="How far through the layers: 0 noise, 1 data.",
    )
    show: Literal["grid", "paths"] = param(
        default="grid", help="The grid with samples, or the paths of samples."
    )
    lines: int = param(
        default=25, low=2, high=200, unit="lines", help="Grid lines in each direction."
    )
    count: int = param(default=1500, low=1, high=20_000, unit="points", help="Samples shown.")
    seed: int = param(
        default=0, low=0, high=2**31 - 1, help="The same samples at each step of training."
    )

    def forward(self, flow: Flow) -> Figure:
        """Return a figure `paths`: lines of the grid, or samples (s, b, 2) up to the stop.

        Raise `InputRefused` where the flow's items are no points in the plane.
        """
        z = self._noise(flow, self.count)
        states = [state.h for state in flow.stops(z)]
        total = len(states) - 1
        stop = round(self.at * total)
        facts = {"subtitle": _stage(stop, total), "equal": True}
        if self.show == "paths":
            paths = torch.stack(states[: stop + 1])  # (s, b, 2)
            return Figure("paths", {"paths": paths, "labels": sectors(z)}, facts)
        grid = flow.stops(self._grid(flow))[stop].h
        paths = grid.view(-1, VERTICES, 2).transpose(0, 1)
        arrays: dict[str, Any] = {"paths": paths, "target": states[stop]}
        arrays["labels"] = torch.arange(2).repeat_interleave(self.lines)
        return Figure("paths", arrays, facts | {"ends": False})

    def sketch(self, flow: Flow) -> None:
        """Refuse what does not lie in a plane."""
        must_be_planar(flow)

    def _noise(self, flow: Flow, count: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        z = flow.law.draw(count, 2, generator=generator, device=torch.device("cpu"))
        return z.to(self.device)

    def _grid(self, flow: Flow) -> Tensor:
        """Return the vertices of lines from left to right, then of lines upwards, in order."""
        tail = (1 - SHARE) / 2
        spread = self._noise(flow, 4096).flatten()
        low, high = torch.quantile(spread, torch.tensor([tail, 1 - tail]).to(spread)).tolist()
        along = torch.linspace(low, high, VERTICES, device=self.device)
        across = torch.linspace(low, high, self.lines, device=self.device)
        line = torch.stack([along.expand(self.lines, -1), across[:, None].expand(-1, VERTICES)], 2)
        return torch.cat([line, line.flip(2)]).view(-1, 2)

    def sign(self) -> Part:
        return say("at {at}", at=self.at)


def _stage(stop: int, total: int) -> Sentence:
    """Return the number of steps done as text."""
    return say("after {stop} of {total} steps", stop=stop, total=total) if stop else say("noise")

"""The exact density of a flow in the plane, as a heat map."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.flows.base import Flow
from nodes.sentences import say
from nodes.taking import take
from nodes.types import Figure, Points, Stream
from nodes.views.base import FEW, plane_of

PIECE = 1 << 14
"""Points whose density is computed at once."""
MARGIN = 0.08
"""Room around the data, as a share of their range."""
TAIL = 0.002
"""Share of the data that may lie beyond each side of the map."""
DEPTH = 12.0
"""Nats below the highest value where a map of log-densities ends."""


class Density(Node):
    """Show the exact density of a flow as a heat map, with data over it where wired.

    Normalizing Flows for Probabilistic Modeling and Inference (Papamakarios et al., 2021),
    arXiv:1912.02762.

    The flow's items must be points in the plane. The map is computed by the change of variables,
    cell by cell: nothing is estimated from samples. Beside the title stands how much of the whole
    mass, 1, lies within the map.
    """

    synonyms = (
        "heat map, heatmap, density plot, level sets, log p, carte de chaleur, lignes de niveau"
    )
    formula = r"p_X(x) = p_Z(f^{-1}(x)) \left|\det \frac{\partial f^{-1}}{\partial x}\right|"
    icon = "mountain"
    role = "view"
    figure = "density"

    show: Literal["density", "log-density"] = param(
        default="density", help="The density, or its logarithm: far tails show."
    )
    cells: int = param(default=120, low=8, high=1024, unit="cells", help="Cells along one side.")
    span: float | None = param(
        default=None,
        low=1e-3,
        high=1e4,
        help="The map reaches from -span to span; empty: as far as the data do, "
        "farther where they are few.",
    )
    count: int = param(
        default=400, low=0, high=100_000, unit="points", help="Most data points drawn over it."
    )

    def forward(self, flow: Flow, points: Stream[Points] | None = None) -> Figure:
        """Return a figure `density`: values (cells, cells), lowest row first, perhaps points.

        Densities per unit of area, log-densities in nats. Raise `InputRefused` where the flow's
        items are no points in the plane.
        """
        cloud = (
            first_of(points, max(self.count, FEW)) if points is not None and self.count else None
        )
        left, right, low, high = self._extent(flow, cloud)
        values = self._values(flow, (left, right, low, high))
        mass = values.exp().sum().item() * (right - left) * (high - low) / values.numel()
        facts: dict[str, Any] = {"extent": [left, right, low, high], "map": "sequential"}
        facts["subtitle"] = say("mass within the map {mass}", mass=round(mass, 3))
        arrays = {"values": values.exp()} if self.show == "density" else {"values": values}
        facts["low"] = 0.0 if self.show == "density" else values.max().item() - DEPTH
        if cloud is not None:
            arrays["points"] = cloud[: self.count]
        return Figure("density", arrays, facts)

    def sketch(self, flow: Flow, points: Stream[Tensor] | None = None) -> None:
        """Refuse what does not lie in a plane."""
        must_be_planar(flow)

    def _extent(self, flow: Flow, cloud: Tensor | None) -> tuple[float, float, float, float]:
        """Return left, right, low and high."""
        if self.span is not None:
            return -self.span, self.span, -self.span, self.span
        cloud = flow.sample(1000, device=self.device) if cloud is None else cloud
        (left, low), (right, high) = (end.tolist() for end in plane_of(cloud, MARGIN, TAIL))
        return left, right, low, high

    def _values(self, flow: Flow, extent: tuple[float, float, float, float]) -> Tensor:
        """Return log p at the middle of each cell, (rows, columns), the lowest row first."""
        left, right, low, high = extent
        middles = (torch.arange(self.cells, device=self.device) + 0.5) / self.cells
        y, x = torch.meshgrid(
            low + (high - low) * middles, left + (right - left) * middles, indexing="ij"
        )
        plane = torch.stack([x.flatten(), y.flatten()], 1)
        log_p = torch.cat([flow.log_prob(part) for part in plane.split(PIECE)])
        return log_p.view(self.cells, self.cells)


def first_of(points: Stream[Points], count: int) -> Tensor:
    """Return the first `count` points of a stream, (n, ...), or all where there are fewer."""
    return torch.cat(list(take(points, count)))[:count]


def must_be_planar(flow: Flow) -> None:
    """Raise `InputRefused` where a flow's items are no points in the plane."""
    if tuple(flow.item) != (2,):
        raise InputRefused(
            "{flow} must be of points in the plane, with items of 2 numbers; its items have "
            "{found}.",
            "Show samples of this flow as pictures or as a scatter.",
            found=flow.item,
        )

"""A transport plan as lines and as a matrix."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import PortName, Word, say
from nodes.types import Figure, Plan, Points


class PlanView(Node):
    """Show a transport plan as lines between points, the heavier the stronger, and as a matrix.

    Computational Optimal Transport (Peyré & Cuturi, 2019), arXiv:1803.00567.

    A click on a point marks its lines and its row, one on the matrix the row under the pointer.
    Without points in the plane the matrix stands alone. Where there are more than `count` of x,
    every k-th is shown, with those of y that receive most from them.
    """

    synonyms = (
        "transport plan, coupling, matrix, optimal transport, plan de transport, couplage, "
        "matrice, transport optimal"
    )
    title = "Plan"
    formula = r"\pi_{ij} \geq 0, \quad \sum_j \pi_{ij} = a_i, \quad \sum_i \pi_{ij} = b_j"
    icon = "waypoints"
    role = "view"
    figure = "plan"

    show: Literal["both", "lines", "matrix"] = param(
        default="both", help="Lines between points, the matrix, or both side by side."
    )
    order: bool = param(
        default=True,
        title="In order",
        help="Rows and columns along the direction in which the points reach farthest.",
    )
    count: int = param(default=200, low=1, high=2_000, unit="points", help="Most of x, and of y.")

    def forward(self, plan: Plan, x: Points | None = None, y: Points | None = None) -> Figure:
        """Return a figure `plan` or `matrix` of a plan (n, m), at most `count` of either side.

        Raise `InputRefused` where x or y have not as many points as the plan has rows or columns.
        """
        _must_fit(plan, x, y)
        rows, columns = self._chosen(plan, x, y)
        shown = plan[rows][:, columns]
        facts: dict[str, Any] = {"show": self.show, "of": list(plan.shape)}
        if x is None or y is None or x.shape[1] > 2 or self.show == "matrix":
            facts |= {
                "map": "mass",
                "subtitle": say("x ↓ y →, {n} × {m}", n=len(plan), m=plan.shape[1]),
            }
            return Figure("matrix", {"values": shown}, facts)
        arrays: dict[str, Any] = {"plan": shown, "source": x[rows], "target": y[columns]}
        return Figure("plan", arrays, facts)

    def sketch(self, plan: Tensor, x: Tensor | None = None, y: Tensor | None = None) -> None:
        """Refuse sizes that differ."""
        _must_fit(plan, x, y)

    def _chosen(self, plan: Tensor, x: Tensor | None, y: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return which rows and columns are shown, in order."""
        every = -(-len(plan) // self.count)
        rows = torch.arange(0, len(plan), every, device=plan.device)
        most = min(plan.shape[1], self.count)
        columns = plan[rows].sum(0).topk(most).indices.sort().values
        if self.order and x is not None and y is not None:
            direction = _widest(torch.cat([x, y]).flatten(1))
            rows, columns = (
                c[(p.flatten(1)[c] @ direction).argsort()] for c, p in ((rows, x), (columns, y))
            )
        return rows, columns


def _must_fit(plan: Tensor, x: Tensor | None, y: Tensor | None) -> None:
    """Raise `InputRefused` where the plan is not one of x to y."""
    for name, points, axis in (("x", x, 0), ("y", y, 1)):
        if points is not None and len(points) != plan.shape[axis]:
            way = Word("rows" if axis == 0 else "columns")
            raise InputRefused(
                "{name} must have as many points as {plan} has {way}, {must}; it has {found}.",
                "Wire the points that the plan was made for.",
                name=PortName(name),
                way=way,
                must=plan.shape[axis],
                found=len(points),
            )


def _widest(cloud: Tensor) -> Tensor:
    """Return the direction of largest variance, (d,); its largest component is positive."""
    centred = (cloud - cloud.mean(0)).double()
    direction = torch.linalg.eigh(centred.T @ centred)[1][:, -1].to(cloud)
    return direction * direction[direction.abs().argmax()].sign()

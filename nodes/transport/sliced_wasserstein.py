"""The sliced Wasserstein distance as a loss."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.metrics.wasserstein import along_a_line
from nodes.sentences import Part, say
from nodes.transport.base import rows_of
from nodes.types import Batch, Loss


class SlicedWassersteinLoss(Node):
    """Measure how far two laws are apart along random lines, where transport is sorting.

    Sliced and Radon Wasserstein Barycenters of Measures (Bonneel et al., 2015),
    doi:10.1007/s10851-014-0506-3.

    `x` (n, ...) and `y` (m, ...) are samples; the loss is the mean of W_p^p over fresh lines at
    each step. The gradient moves each point of x towards its rank's partner on every line. In many
    dimensions most lines see little of what differs: take more of them.
    """

    synonyms = (
        "swd, sliced, optimal transport, projections, loss, transport optimal, perte, tranches"
    )
    title = "Sliced Wasserstein"
    formula = (
        r"\mathrm{SW}_p^p(x, y) ="
        r" \mathbb{E}_{\theta \in S^{d-1}} W_p^p(\theta^\top x, \theta^\top y)"
    )
    icon = "scissors"
    returns = "loss"
    drawn = True

    lines: int = param(
        default=64, low=1, high=100_000, unit="lines", help="Random lines of each step."
    )
    order: int = param(default=2, low=1, high=8, title="Order p", help="Power of the distance.")

    def forward(self, x: Batch, y: Batch) -> Loss:
        """Return the mean of W_p^p over random lines, a scalar, of x (n, ...) and y (m, ...).

        Raise `InputRefused` where their items differ in shape.
        """
        points, others = rows_of(x, y)
        theta = torch.randn(points.shape[1], self.lines, dtype=points.dtype, device=points.device)
        theta = theta / theta.norm(dim=0)
        return along_a_line((points @ theta).T, (others @ theta).T, self.order).mean()

    def sketch(self, x: Tensor, y: Tensor) -> Tensor:
        points, _ = rows_of(x, y)
        return points.new_empty(())

    def sign(self) -> Part:
        return say("{n} lines", n=self.lines)

"""The Sinkhorn divergence as a loss."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import param
from nodes.transport.base import _EntropicWithGroundCost, rows_of
from nodes.transport.costs import GroundCost
from nodes.transport.sinkhorn_solver import sinkhorn
from nodes.transport.solution import SolverSettings
from nodes.types import Batch, Loss


class SinkhornDivergence(_EntropicWithGroundCost):
    """Measure how far two laws are apart by entropic transport, with gradients to train on.

    Learning Generative Models with Sinkhorn Divergences (Genevay, Peyré & Cuturi, 2018),
    arXiv:1706.00292; that it is positive and 0 only at equality: Feydy et al., 2019,
    arXiv:1810.08278.

    `x` (n, ...) and `y` (m, ...) are samples. The cost between each law and itself is taken off, so
    that equal laws are at 0 and no bias pulls points together. The gradient is that of the costs
    under the plans found (envelope theorem); epsilon counts as fixed. For small epsilon the loss
    tends to W_p^p, for large ones to a kernel distance.
    """

    synonyms = (
        "optimal transport loss, ot, entropic, wasserstein loss, loss, transport optimal, perte"
    )
    title = "Sinkhorn loss"
    formula = (
        r"S_\varepsilon(x, y) = \mathrm{OT}_\varepsilon(x, y)"
        r" - \tfrac{1}{2} \mathrm{OT}_\varepsilon(x, x)"
        r" - \tfrac{1}{2} \mathrm{OT}_\varepsilon(y, y)"
    )
    icon = "sigma"
    returns = "loss"

    debiased: bool = param(
        default=True, help="Take off what each law costs with itself; else it is OT_ε alone."
    )

    def forward(self, x: Batch, y: Batch) -> Loss:
        """Return the divergence, a scalar in units of the cost, of x (n, ...) and y (m, ...).

        Raise `InputRefused` where their items differ in shape.
        """
        points, others = rows_of(x, y)
        return divergence(
            points,
            others,
            self.ground,
            eps=self.eps_between(points, others),
            settings=self.settings(),
            debiased=self.debiased,
        )

    def eps_between(self, x: Tensor, y: Tensor) -> Tensor:
        """Return epsilon in units of the cost: the same for all three terms, (1, 1)."""
        mean = self.ground.between(x, y).mean()
        return self.eps * (mean if self.unit == "of the mean cost" else torch.ones_like(mean))

    def sketch(self, x: Tensor, y: Tensor) -> Tensor:
        points, _ = rows_of(x, y)
        return points.new_empty(())


def divergence(
    x: Tensor,
    y: Tensor,
    ground: GroundCost,
    *,
    eps: Tensor,
    settings: SolverSettings,
    debiased: bool = True,
) -> Tensor:
    """Return S_eps of x (n, d) and y (m, d), differentiable in both; `eps` in units of the cost."""
    if not debiased:
        return _transports(x[None], y[None], ground, eps, settings)[0]
    if len(x) == len(y):  # three problems of one size are solved at once
        pairs = torch.stack([x, x, y]), torch.stack([y, x, y])
        cross, first, second = _transports(*pairs, ground, eps, settings)
    else:
        cross, first, second = (
            _transports(s[None], t[None], ground, eps, settings)[0]
            for s, t in ((x, y), (x, x), (y, y))
        )
    return cross - (first + second) / 2


def _transports(
    x: Tensor, y: Tensor, ground: GroundCost, eps: Tensor, settings: SolverSettings
) -> Tensor:
    """Return OT_eps of each of b problems, (b,), with the gradient of <P, C> for fixed P."""
    found = sinkhorn(ground.between(x, y), eps=eps, relative=False, settings=settings)
    value = found.value.to(x)
    if not (torch.is_grad_enabled() and (x.requires_grad or y.requires_grad)):
        return value
    linear = (found.plan * ground.table(x, y)).sum((1, 2))
    return value + linear - linear.detach()

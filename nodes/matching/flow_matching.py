"""Flow matching: learn the velocity of straight paths from a source to a target."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.diffusion.conditioning import conditions_of, drop_conditions, drop_param
from nodes.diffusion.contexts import Context
from nodes.matching.base import (
    Pairs,
    as_many,
    expand,
    logit_normal_times,
    must_predict,
    paired,
    stratified_times,
)
from nodes.matching.coupling import Coupling, coupling_param
from nodes.sentences import Part, Word
from nodes.types import Batch, Labels, Loss, TextVectors, Velocity


class FlowMatchingLoss(Node):
    """Measure how far a velocity is from that of straight paths between paired items.

    Improving and Generalizing Flow-Based Generative Models with Minibatch Optimal Transport (Tong
    et al., 2024), arXiv:2302.00482; independent pairs by Flow Matching for Generative Modeling
    (Lipman et al., 2023), arXiv:2210.02747.

    `source` and `target` (b, ...) are alike in shape; source is at t = 0, target at t = 1. The
    loss is the mean over items and their numbers. With pairs of the batch's optimal plan the paths
    of different items do not cross, and what is learned is nearly straight. `labels` and `context`
    are the target's and go to the network, hidden for the share `drop`, so that samplers can guide
    (arXiv:2207.12598). The model must predict the velocity.
    """

    synonyms = (
        "cfm, conditional flow matching, rectified flow, ot-cfm, stochastic interpolant, "
        "velocity loss, loss, appariement de flots, perte, vitesse"
    )
    title = "Flow matching"
    formula = (
        r"\mathcal{L} = \mathbb{E}\,\|v_\theta(x_t, t) - (x_1 - x_0)\|^2,\quad "
        r"x_t = (1-t)\,x_0 + t\,x_1 + \sigma\epsilon,\quad (x_0, x_1) \sim \pi"
    )
    icon = "route"
    unreached = frozenset({"source", "target", "labels"})
    returns = "loss"
    drawn = True

    coupling: Coupling = coupling_param("exact OT")
    sigma: float = param(
        default=0.0, low=0.0, high=100.0, help="Noise around the straight path; 0: none."
    )
    eps: float = param(
        default=0.05,
        low=1e-6,
        high=1e6,
        title="Epsilon",
        help="Blur of the entropic plan (Sinkhorn), absolute, for costs |x₀ − x₁|².",
        larger="blurrier pairs, found sooner",
        smaller="sharper pairs, nearer to exact transport",
    )

    times: Literal["even", "logit-normal"] = param(
        default="even",
        help="Spread over [0, 1] evenly, or more over the middle, where things take shape.",
    )
    drop: float = drop_param()

    def forward(
        self,
        source: Batch,
        target: Batch,
        model: Velocity,
        labels: Labels | None = None,
        context: Context | None = None,
    ) -> Loss:
        """Return the loss, a scalar, of source (n, ...) and target (m, ...), items of one shape.

        Raise `InputRefused` where their items differ in shape, or the model does not predict a
        velocity.
        """
        must_predict(model, "velocity")
        pairs = as_many(source, target, conditions_of(labels, context))
        return self._loss(paired(pairs, self.coupling, self.eps), model)

    def sketch(
        self,
        source: Tensor,
        target: Tensor,
        model: Any,
        labels: Tensor | None = None,
        context: Tensor | TextVectors | None = None,
    ) -> Tensor:
        """Leave the plan out: it needs numbers."""
        must_predict(model, "velocity")
        return self._loss(as_many(source, target, conditions_of(labels, context)), model)

    def _loss(self, pairs: Pairs, model: Any) -> Tensor:
        x_0, x_1, told = pairs
        t = TIMES[self.times](x_0)
        x_t = torch.lerp(x_0, x_1, expand(t, x_0))
        if self.sigma:
            x_t = x_t + self.sigma * torch.randn_like(x_t)
        shown = drop_conditions(model, told, self.drop)
        return F.mse_loss(model(x_t, t, **shown), x_1 - x_0)

    def sign(self) -> Part:
        return Word(self.coupling)


TIMES = {"even": stratified_times, "logit-normal": logit_normal_times}

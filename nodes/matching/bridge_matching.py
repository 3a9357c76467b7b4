"""Learn a Schrödinger bridge without simulating it: a velocity and a score by regression."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.base import Node
from nodes.matching.base import Pairs, as_many, expand, must_predict, paired, stratified_times
from nodes.matching.brownian import BrownianBridge
from nodes.types import Batch, Denoiser, Loss, Velocity


class BridgeLosses(NamedTuple):
    """The loss to train both networks on, and its two parts: scalars."""

    loss: Loss
    velocity_loss: Loss
    score_loss: Loss


class BridgeMatchingLoss(Node):
    """Measure how far a velocity and a score are from those of the Schrödinger bridge.

    Simulation-free Schrödinger bridges via score and flow matching (Tong et al., 2024),
    arXiv:2307.03672.

    Pairs are drawn from the entropic plan of the batch, noise between them from the Brownian
    bridge; of u and s as below, the networks learn the means given x_t. The velocity's error is
    weighed by 4 t (1 - t), the score's by sigma^2 t (1 - t): both targets are infinite at the ends,
    their means are not. One model must predict the velocity, the other the score. The plan of a
    batch is that of the laws where the batch is large.
    """

    synonyms = "schrödinger bridge, sb, sf2m, loss, entropic, pont de Schrödinger, perte"
    title = "Bridge matching"
    formula = (
        r"u = x_1 - x_0 + \frac{(1-2t)\,\sigma\epsilon}{2\sqrt{t(1-t)}},\quad "
        r"s = \frac{-\epsilon}{\sigma\sqrt{t(1-t)}},\quad (x_0, x_1) \sim \pi_{2\sigma^2}"
    )
    icon = "git-merge"
    drawn = True

    def forward(
        self,
        source: Batch,
        target: Batch,
        bridge: BrownianBridge,
        velocity: Velocity,
        score: Denoiser,
    ) -> BridgeLosses:
        """Return the losses of source (n, ...) and target (m, ...), items of one shape.

        Raise `InputRefused` where their items differ in shape, or a network predicts something
        else.
        """
        pairs = paired(as_many(source, target), "Sinkhorn", bridge.eps)
        return self._losses(pairs, bridge, velocity, score)

    def sketch(
        self, source: Tensor, target: Tensor, bridge: BrownianBridge, velocity: Any, score: Any
    ) -> BridgeLosses:
        """Leave the plan out: it needs numbers."""
        return self._losses(as_many(source, target), bridge, velocity, score)

    def reached(self, output: str) -> frozenset[str]:
        parts = {"velocity_loss": {"velocity"}, "score_loss": {"score"}}
        return frozenset(parts.get(output, {"velocity", "score"}))

    def _losses(
        self, pairs: Pairs, bridge: BrownianBridge, velocity: Any, score: Any
    ) -> BridgeLosses:
        must_predict(velocity, "velocity", "velocity")
        must_predict(score, "score", "score")
        x_0, x_1, _ = pairs
        t, eps, sigma = stratified_times(x_0), torch.randn_like(x_0), bridge.sigma
        s = expand(t, x_0)
        root = (s * (1 - s)).sqrt()
        x_t = torch.lerp(x_0, x_1, s) + sigma * root * eps
        # each error times the root of its weight, which the denominators go into
        u_error = 2 * root * (velocity(x_t, t) - (x_1 - x_0)) - (1 - 2 * s) * sigma * eps
        s_error = sigma * root * score(x_t, t) + eps
        parts = u_error.square().mean(), s_error.square().mean()
        return BridgeLosses(parts[0] + parts[1], *parts)

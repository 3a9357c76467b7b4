"""The energy of a flow's paths above that of optimal transport."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.matching.base import at_one_time, must_be_alike, must_predict
from nodes.matching.integrate import Field, adaptive_steps
from nodes.metrics.embedding import double
from nodes.metrics.gathering import collect, count_param
from nodes.metrics.wasserstein import exact_wasserstein
from nodes.sentences import Part, say
from nodes.types import Batch, Measured, Stream, Velocity

TOLERANCE = 1e-4


class PathEnergy(Node):
    """Measure how much more energy a flow's paths take than optimal transport, in shares of it.

    Normalized path energy: Improving and Generalizing Flow-Based Generative Models with Minibatch
    Optimal Transport (Tong et al., 2024), arXiv:2302.00482, section 5.1; the formula of Benamou and
    Brenier, A computational fluid mechanics solution to the Monge-Kantorovich mass transfer problem
    (2000), doi:10.1007/s002110050002.

    0: every item moves straight and at constant speed to its target under the optimal plan. The
    energy is that of `source` items along the velocity, W_2 that of the same items and as many of
    `target`. Beside it: `energy`, `w2_squared`, and `bend`, the energy above that of straight ways
    between the flow's own ends, in the same shares: it is 0 for straight paths at constant speed,
    even if the pairs are not optimal.
    """

    synonyms = "straightness, transport cost, benamou-brenier, rectitude, coût de transport"
    title = "Path energy"
    formula = (
        r"\mathrm{NPE} = \frac{\left|\mathbb{E}\int_0^1 \|v_\theta(x_t, t)\|^2 dt - W_2^2\right|}"
        r"{W_2^2}"
    )
    icon = "ruler"
    role = "metric"
    better = "less"

    count: int = count_param(4000, help="Items of each side; the optimal plan takes their cube.")

    def forward(self, model: Velocity, source: Stream[Batch], target: Stream[Batch]) -> Measured:
        """Return the normalized path energy of source items (b, ...), without a unit.

        Raise `InputRefused` where the model does not predict a velocity, or source and target are
        the same items.
        """
        must_predict(model, "velocity")
        x_0 = collect(source, self.count)
        x_1 = collect(target, len(x_0))
        end, energy, asked = integrate_energy(at_one_time(model), x_0)
        w2_squared = exact_wasserstein(double(x_0.flatten(1)), double(x_1.flatten(1)), 2) ** 2
        if not w2_squared:
            raise InputRefused(
                "{source} and {target} are the same items: no energy is needed to move them.",
                "Wire two different laws.",
            )
        straight = (end - x_0).flatten(1).square().sum(1).mean().item()
        others = {
            "energy": energy,
            "w2_squared": w2_squared,
            "bend": (energy - straight) / w2_squared,
            "evaluations": float(asked),
            "items": float(len(x_0)),
        }
        return Measured(abs(energy - w2_squared) / w2_squared, others)

    def sketch(self, model: Any, source: Stream[Tensor], target: Stream[Tensor]) -> None:
        """Refuse shapes that differ."""
        must_predict(model, "velocity")
        for x_0, x_1 in zip(source, target, strict=False):
            must_be_alike(x_0, x_1)
            at_one_time(model)(x_0, 0.0)

    def sign(self) -> Part:
        return say("{n} items", n=self.count)


def integrate_energy(field: Field, x: Tensor) -> tuple[Tensor, float, int]:
    """Return where items x (b, ...) end, the mean of the integral of |v|^2, and evaluations.

    The energy is integrated beside the state, as one more number of each item.
    """

    def with_energy(y: Tensor, t: float) -> Tensor:
        v = field(y[:, :-1].view(x.shape), t).flatten(1)
        return torch.cat([v, v.square().sum(1, keepdim=True)], 1)

    start = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], 1)
    *_, last = adaptive_steps(with_energy, start, 0.0, 1.0, tolerance=TOLERANCE)
    return last.x[:, :-1].view(x.shape), last.x[:, -1].mean().item(), last.evaluations

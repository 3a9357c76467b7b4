"""Guidance of samples towards a target by a transport plan."""

from __future__ import annotations

from torch import Tensor

from nodes.base import param
from nodes.diffusion.guidance import Guidance
from nodes.sentences import Part, listed, say
from nodes.transport.base import _Entropic, barycentric, rows_of
from nodes.types import Batch


class OTGuidance(_Entropic):
    """Pull samples towards a target, each along the plan of transport between the two sets.

    Computational Optimal Transport (Peyré & Cuturi, 2019), arXiv:1803.00567: the displacement is
    that of the barycentric map, minus half the gradient of OT_ε for the cost |x - y|^2.

    `target` (m, ...): a batch of the law to be drawn to. The plan is made anew at each step between
    the samples as they are and the target: unlike the nearest target item, it sends a share of them
    to every part. Strength 1 moves each sample all the way, 0 not at all.
    """

    synonyms = "guidance, steering, optimal transport, control, guidage, transport optimal, diriger"
    title = "OT guidance"
    formula = r"\mathrm{pull}(x_i) = \lambda\, (T_\varepsilon(x_i) - x_i)"
    icon = "magnet"
    returns = "guidance"

    strength: float = param(
        default=0.1, low=0.0, high=100.0, title="Strength λ", help="How far of the way to move."
    )

    def forward(self, target: Batch) -> Guidance:
        """Return the pull towards a target (m, ...)."""
        return TransportPull(self, target)

    def sign(self) -> Part:
        return listed([say("λ {strength}", strength=self.strength), super().sign()])


class TransportPull(Guidance):
    """The pull by a node's present settings."""

    def __init__(self, node: OTGuidance, target: Tensor) -> None:
        self.node, self.target = node, target

    def pull(self, x: Tensor) -> Tensor:
        """Return strength (T(x) - x), shaped as x (n, ...).

        Raise `InputRefused` where the target's items have another shape.
        """
        points, target = rows_of(x, self.target.to(x))
        if not self.node.strength:
            return x.new_zeros(x.shape)
        plan = self.node.solve(points, target).plan
        return self.node.strength * (barycentric(plan, target) - points).view_as(x)

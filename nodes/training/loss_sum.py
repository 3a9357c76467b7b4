"""Several losses as one."""

from __future__ import annotations

from nodes.base import Node, param
from nodes.types import Loss, Scalar


def _weight(name: str) -> float:
    """Declare the weight of one term."""
    return param(
        default=1.0,
        low=-1e6,
        high=1e6,
        title=f"Weight of {name}",
        help=f"What {name} is multiplied by.",
    )


class LossSum(Node):
    """Add losses, each with a weight, to one that an optimiser can lower.

    Any number of wires may share a term: two optimisers may weigh the same losses differently.
    """

    title = "Sum of losses"
    formula = r"\mathcal{L} = \lambda_a a + \lambda_b b + \lambda_c c"
    icon = "plus"
    returns = "loss"

    weight_a: float = _weight("a")
    weight_b: float = _weight("b")
    weight_c: float = _weight("c")

    def forward(self, a: Scalar, b: Scalar, c: Scalar | None = None) -> Loss:
        total = self.weight_a * a + self.weight_b * b
        return total if c is None else total + self.weight_c * c

    def sign(self) -> str:
        return f"{self.weight_a:g} a + {self.weight_b:g} b"

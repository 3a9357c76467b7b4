"""A weighted sum of losses."""

from __future__ import annotations

from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, listed
from nodes.types import Loss, Many


class LossSum(Node):
    """Add losses, each with a weight, to one that an optimiser can lower.

    Any number of losses may be wired, and any number of sums may share one: two optimisers may
    weigh the same losses differently.
    """

    synonyms = (
        "add losses, weighted sum, total loss, combine, lambda, perte, pertes, total, "
        "pondération, combiner"
    )
    title = "Sum of losses"
    formula = r"\mathcal{L} = \sum_k \lambda_k \mathcal{L}_k"
    icon = "plus"
    returns = "loss"

    weights: list[float] | None = param(
        default=None,
        low=-1e6,
        high=1e6,
        title="Weights λ",
        help="What each loss is multiplied by, in the order of the wires; empty: 1 each.",
    )

    def forward(self, losses: Many[Loss]) -> Loss:
        """Return the weighted sum of scalar losses, ().

        Raise `InputRefused` where there is not one weight for each loss.
        """
        weights = self._weights(len(losses))
        first, *others = zip(weights, losses, strict=True)
        total: Tensor = first[0] * first[1]
        for weight, loss in others:
            total = total + weight * loss
        return total

    def _weights(self, count: int) -> list[float]:
        weights = self.weights or [1.0] * count
        if len(weights) != count:
            raise InputRefused(
                "There must be a weight for each loss: {must}; there are {found}.",
                "Give as many weights as losses are wired, or none.",
                place="weights",
                must=count,
                found=len(weights),
            )
        return weights

    def sign(self) -> Part:
        return listed(self.weights) if self.weights else ""

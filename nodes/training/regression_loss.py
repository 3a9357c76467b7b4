"""The error of predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, Word, listed, say
from nodes.types import Batch, Loss, Shape, Values

Distance = Literal["squared", "absolute", "Huber"]


class Errors(NamedTuple):
    """The loss to train on, (), and the mean error of each item, (b,)."""

    loss: Loss
    error: Values


class RegressionLoss(Node):
    """Measure how far a prediction is from its target, number by number.

    Robust Estimation of a Location Parameter (Huber, 1964), doi:10.1214/aoms/1177703732.

    Both are batches of any kind and one shape: points, images, a path's end. The squared error
    leads to the mean, the absolute one to the median; Huber's is the squared one below delta and
    grows like delta times the absolute one beyond. `error` (b,) is the mean over the numbers of
    each item, `loss` the mean of all. Gradients reach both sides: freeze the target where it
    should stay.
    """

    synonyms = (
        "mse, mae, l1, l2, huber, squared error, mean squared error, distillation, cycle "
        "consistency, loss, perte, moindres carrés, erreur quadratique"
    )
    title = "Regression loss"
    formula = r"\mathcal{L} = \frac{1}{nd} \sum_{ij} \rho(y_{ij} - t_{ij})"
    icon = "ruler"

    distance: Distance = param(
        default="squared", title="Error", help="Squared, absolute, or Huber's between both."
    )
    delta: float = param(
        default=1.0, low=1e-6, high=1e6, title="δ", help="Huber: the error at which it turns."
    )

    def forward(self, y: Batch, target: Batch) -> Errors:
        """Return the loss of y (b, ...) against a target of the same shape, in float32.

        Raise `InputRefused` where shapes differ.
        """
        if y.shape != target.shape:
            raise InputRefused(
                "{target} must have the shape of {y}, {must}; it has {found}.",
                "Wire what {y} is a prediction of.",
                must=Shape(y.shape),
                found=Shape(target.shape),
            )
        each = DISTANCES[self.distance](y.float(), target.float(), self.delta)
        error = each.flatten(1).mean(1) if each.dim() > 1 else each
        return Errors(error.mean(), error)

    def sign(self) -> Part:
        turn = [say("δ {delta}", delta=self.delta)] if self.distance == "Huber" else []
        return listed([Word(self.distance), *turn])


DISTANCES: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "squared": lambda y, t, delta: F.mse_loss(y, t, reduction="none"),
    "absolute": lambda y, t, delta: F.l1_loss(y, t, reduction="none"),
    "Huber": lambda y, t, delta: F.huber_loss(y, t, reduction="none", delta=delta),
}

"""An activation, and dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.layers.base import must_be_real, must_have_rows
from nodes.sentences import Part, Word
from nodes.types import SIGNED, UNIT, Batch, Range, Shape

POSITIVE = Range(0.0, float("inf"))

FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], Range | None]] = {
    "ReLU": (torch.relu, POSITIVE),
    "leaky ReLU": (lambda x: F.leaky_relu(x, 0.2), None),
    "ELU": (F.elu, None),
    "GELU": (F.gelu, None),
    "SiLU": (F.silu, None),
    "ReLU²": (lambda x: F.relu(x).square(), POSITIVE),
    "sigmoid": (torch.sigmoid, UNIT),
    "tanh": (torch.tanh, SIGNED),
    "softmax": (lambda x: torch.softmax(x, dim=1), UNIT),
    "softplus": (F.softplus, POSITIVE),
    "exp": (torch.exp, POSITIVE),
    "sine": (torch.sin, SIGNED),
}
Function = Literal[
    "ReLU",
    "leaky ReLU",
    "ELU",
    "GELU",
    "SiLU",
    "ReLU²",
    "sigmoid",
    "tanh",
    "softmax",
    "softplus",
    "exp",
    "sine",
]


class Activation(Node):
    """Apply a function to each number: a ReLU, sigmoid, tanh, softmax and others.

    Deep Learning, section 6.3 (Goodfellow, Bengio & Courville, 2016),
    https://www.deeplearningbook.org.

    The shape stays. Between two linear layers it makes them more than one linear layer. `softmax`
    goes over the axis behind the batch and makes it sum to one.
    """

    synonyms = (
        "activation function, activate, relu, sigmoid, tanh, softmax, gelu, silu, nonlinearity, "
        "fonction d'activation, sigmoïde, non-linéarité"
    )
    formula = r"y_i = f(x_i)"
    icon = "chart-spline"
    returns = "y"

    function: Function = param(
        default="ReLU", help="What is applied; sigmoid and softmax give probabilities."
    )

    def forward(self, x: Batch) -> Batch:
        """Return f(x), shaped as x (b, …).

        Raise `InputRefused` for whole numbers, and where a softmax has no axis to go over.
        """
        must_be_real(x)
        if self.function == "softmax":
            must_have_rows(Shape(x.shape[1:]))
        return FUNCTIONS[self.function][0](x)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        range_ = FUNCTIONS[self.function][1]
        return {"y": range_} if range_ else {}

    def sign(self) -> Part:
        return Word(self.function)


class Dropout(Node):
    """Set a random share of the numbers to zero while the network learns.

    Dropout: A Simple Way to Prevent Neural Networks from Overfitting (Srivastava et al., 2014),
    https://jmlr.org/papers/v15/srivastava14a.html.

    The shape stays. What is left is divided by 1 - p, so that means stay; in tests and samples x
    goes through as it is.
    """

    synonyms = "regularization, drop, overfitting, noise, régularisation, surapprentissage, abandon"
    formula = r"y_i = \frac{m_i}{1 - p}\, x_i, \qquad m_i \sim \mathrm{Bernoulli}(1 - p)"
    icon = "droplets"
    returns = "y"
    drawn = True

    share: float = param(
        default=0.1,
        low=0.0,
        high=0.95,
        title="Share p",
        help="Share of the numbers that are set to zero.",
        larger="less is learned by heart, and less is learned",
        smaller="nearer to no dropout",
    )

    def forward(self, x: Batch) -> Batch:
        """Return x (b, …) with a share of its numbers 0, in its shape. Refuse whole numbers."""
        must_be_real(x)
        return F.dropout(x, self.share, self.training)

    def sign(self) -> str:
        return f"p = {self.share:g}"

"""An activation as a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.sentences import Part, Word
from nodes.types import SIGNED, UNIT, Batch, Range

POSITIVE = Range(0.0, float("inf"))

FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], Range | None]] = {
    "sigmoid": (torch.sigmoid, UNIT),
    "tanh": (torch.tanh, SIGNED),
    "softmax": (lambda x: torch.softmax(x, dim=1), UNIT),
    "softplus": (F.softplus, POSITIVE),
    "exp": (torch.exp, POSITIVE),
    "ReLU": (torch.relu, POSITIVE),
    "GELU": (F.gelu, None),
    "SiLU": (F.silu, None),
}


class Activate(Node):
    """Apply a function to each number: a sigmoid, tanh, softplus and others.

    Deep Learning, section 6.3 (Goodfellow, Bengio & Courville, 2016),
    https://www.deeplearningbook.org.

    The shape stays. `softmax` goes over the axis behind the batch and makes it sum to one.
    """

    synonyms = (
        "activation function, relu, sigmoid, tanh, softmax, gelu, nonlinearity, fonction "
        "d'activation, sigmoïde, non-linéarité"
    )
    formula = r"y_i = f(x_i)"
    icon = "chart-spline"
    returns = "y"

    function: Literal["sigmoid", "tanh", "softmax", "softplus", "exp", "ReLU", "GELU", "SiLU"] = (
        param(default="sigmoid", help="What is applied; sigmoid and softmax give probabilities.")
    )

    def forward(self, x: Batch) -> Batch:
        """Return f(x), shaped as x (b, ...)."""
        return FUNCTIONS[self.function][0](x)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        range_ = FUNCTIONS[self.function][1]
        return {"y": range_} if range_ else {}

    def sign(self) -> Part:
        return Word(self.function)

"""A linear layer."""

from __future__ import annotations

from torch import nn

from nodes.base import Node, param
from nodes.layers.base import (
    bias_param,
    first_param,
    must_be_as_built,
    must_be_real,
    must_have_rows,
    spectral_param,
    started,
)
from nodes.networks.blocks import arrows
from nodes.types import Batch, Shape


class Linear(Node):
    """Multiply each row of numbers by a matrix of weights.

    Learning representations by back-propagating errors (Rumelhart, Hinton & Williams, 1986),
    doi:10.1038/323533a0.

    `x` (b, …, d) gives `y` (b, …, outputs): the last axis is multiplied, whatever stands before it.
    Of pictures that is one line of pixels; `Flatten` before it makes one row of each picture.
    """

    synonyms = (
        "dense, fully connected, projection, affine, matrix, layer, couche, linéaire, matrice"
    )
    formula = r"y = W x + b"
    icon = "grid-3x3"
    returns = "y"

    outputs: int = param(
        default=64,
        low=1,
        high=1_000_000,
        unit="dims",
        help="Size of the last axis of y.",
        larger="more features, more weights, slower steps",
        smaller="fewer weights; less goes through",
    )
    bias: bool = bias_param()
    first: float = first_param()
    spectral: bool = spectral_param()

    def build(self, x: Shape) -> None:
        must_have_rows(x)
        self.net = nn.Linear(x[-1], self.outputs, bias=self.bias)
        self.start()

    def start(self) -> None:
        """Scale the first weights."""
        started(self.net, first=self.first, spectral=self.spectral)

    def forward(self, x: Batch) -> Batch:
        """Return y (b, …, outputs) of x (b, …, d).

        Raise `InputRefused` where x has whole numbers, or another d than the weights.
        """
        must_be_real(x)
        net = self.net  # torch looks modules up slowly
        must_be_as_built(x.shape[-1], net.in_features)
        return net(x)

    def sign(self) -> str:
        return arrows(self.built["x"][-1], self.outputs) if self.built else ""

"""The multilayer perceptron."""

from __future__ import annotations

from nodes.base import Node, param
from nodes.networks.blocks import (
    Activation,
    Normalization,
    activation_param,
    arrows,
    perceptron,
    repeated,
)
from nodes.types import Batch, Points, Shape


class Perceptron(Node):
    """Map each item to a vector through layers of linear maps and activations.

    Learning representations by back-propagating errors (Rumelhart, Hinton & Williams, 1986),
    doi:10.1038/323533a0.

    `x` may have any axes behind the batch: they are flattened, (b, ...) → (b, outputs). The last
    layer is linear.
    """

    synonyms = (
        "mlp, linear, dense, fully connected, neural network, classifier, regression, layer, "
        "réseau de neurones, couche, linéaire, classifieur"
    )
    formula = r"y = W_L\,\sigma(\cdots\sigma(W_1 x + b_1)\cdots) + b_L"
    icon = "brain"
    returns = "y"

    hidden: list[int] = param(
        default=[64], low=1, high=65536, unit="units", help="Widths of the hidden layers, in order."
    )
    outputs: int = param(default=2, low=1, high=1_000_000, unit="dims", help="Size of y.")
    activation: Activation = activation_param()
    normalization: Normalization = param(
        default="none", help="Batch or layer normalisation before each activation."
    )

    def build(self, x: Shape) -> None:
        self.net = perceptron(
            x.numel,
            self.hidden,
            self.outputs,
            activation=self.activation,
            normalization=self.normalization,
        )

    def forward(self, x: Batch) -> Points:
        """Return y (b, outputs) of x (b, ...)."""
        return self.net(x.flatten(1))

    def sign(self) -> str:
        if not self.built:
            return ""
        return arrows(self.built["x"].numel, *repeated(self.hidden), self.outputs)

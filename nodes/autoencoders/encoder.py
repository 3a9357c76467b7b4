"""The encoder of a variational autoencoder."""

from __future__ import annotations

from nodes.base import Node, param
from nodes.networks.blocks import Activation
from nodes.networks.body import Architecture, Body
from nodes.types import Batch, Gaussian, Shape


class Encoder(Node):
    """Map data to a Gaussian over the latent space.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `x` (b, ...) gives the mean and the log-variance of q, both (b, latent). The convolutional
    architecture needs images and halves their rows and columns in each layer.
    """

    formula = r"q_\phi(z|x) = \mathcal{N}(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))"
    icon = "binary"
    returns = "q"

    architecture: Architecture = param(
        default="perceptron", help="Fully connected layers, or convolutions of stride 2."
    )
    hidden: int = param(
        default=64,
        low=1,
        high=8192,
        unit="units",
        title="Hidden width",
        help="Width of the hidden layers; of convolutions, channels of the last.",
    )
    layers: int = param(default=1, low=0, high=12, unit="layers", help="Hidden layers.")
    latent: int = param(
        default=2, low=1, high=4096, unit="dims", title="Latent size", help="Size of the latent z."
    )
    activation: Activation = param(default="ReLU", help="What follows each hidden layer.")

    def build(self, x: Shape) -> None:
        self.net = self._body.encoder(x, 2 * self.latent)

    def forward(self, x: Batch) -> Gaussian:
        mu, log_var = self.net(x).float().chunk(2, dim=1)  # (b, latent) each
        return Gaussian(mu, log_var)

    def sign(self) -> str:
        return self._body.sign(self.built["x"].numel, self.latent) if self.built else ""

    @property
    def _body(self) -> Body:
        return Body(self.architecture, self.hidden, self.layers, self.activation)

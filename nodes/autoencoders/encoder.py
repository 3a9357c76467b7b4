"""The encoder of a variational autoencoder."""

from __future__ import annotations

from nodes.base import Node, param
from nodes.drawing import Drawing
from nodes.networks.blocks import Activation, activation_param
from nodes.networks.body import (
    Body,
    MapArchitecture,
    hidden_param,
    layers_param,
    map_architecture_param,
)
from nodes.networks.drawn import in_a_row
from nodes.types import Batch, Gaussian, Shape


class Encoder(Node):
    """Map data to a Gaussian over the latent space.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `x` (b, ...) gives the mean and the log-variance of q, both (b, latent). The convolutional
    architecture needs images and halves their rows and columns in each layer. A fully convolutional
    one (as in Latent Diffusion, arXiv:2112.10752) ends there: `latent` is channels times rows times
    columns of what is left, written as one row with the last axis running fastest.
    """

    synonyms = (
        "vae, autoencoder, variational, posterior q(z|x), inference network, recognition, "
        "latent, auto-encodeur, variationnel, loi a posteriori"
    )
    formula = r"q_\phi(z|x) = \mathcal{N}(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))"
    icon = "binary"
    returns = "q"

    architecture: MapArchitecture = map_architecture_param()
    hidden: int = hidden_param(64, channels="last")
    layers: int = layers_param(1)
    latent: int = param(
        default=2,
        low=1,
        high=4096,
        unit="dims",
        title="Latent size",
        help="Size of the latent z.",
        larger="sharper pictures, but no longer a plane to look at",
        smaller="fewer things can be told apart",
    )
    activation: Activation = activation_param()

    def build(self, x: Shape) -> None:
        self.net = Body.of(self).encoder(x, 2 * self.latent)

    def forward(self, x: Batch) -> Gaussian:
        """Return the Gaussian of each item: x (b, ...) → mean and log-variance, (b, latent)."""
        mu, log_var = self.net(x).float().chunk(2, dim=1)  # (b, latent) each
        return Gaussian(mu, log_var)

    def as_layers(self) -> Drawing:
        drawing = Drawing()
        x = in_a_row(drawing, self.net, drawing.takes("x"))
        drawing.gives("q", drawing.add("GaussianHead", x=x, gives="q"))
        return drawing

    def sign(self) -> str:
        return Body.of(self).sign(self.built["x"].numel, self.latent) if self.built else ""

"""The Gaussian posterior of a text's latent vector."""

from __future__ import annotations

from torch import nn

from nodes.base import Node, param
from nodes.language.text_encoder import mean_of
from nodes.types import Gaussian, Shape, TextVectors


class TextPosterior(Node):
    """Map the vectors of a text to a Gaussian over the latent space, one for the whole text.

    Generating Sentences from a Continuous Space (Bowman et al., 2016), arXiv:1511.06349; of a
    transformer as in Optimus (Li et al., 2020), arXiv:2004.04092.

    The mean of the vectors (b, n, d) of a text's tokens gives mean and log-variance of q, both
    (b, latent), by one linear layer.
    """

    synonyms = (
        "vae, text vae, sentence embedding, posterior q(z|x), latent, pooling, loi a posteriori, "
        "plongement de phrase"
    )
    title = "Text posterior"
    formula = r"q_\phi(z|x) = \mathcal{N}(\mu_\phi(x), \mathrm{diag}\,\sigma_\phi^2(x))"
    icon = "binary"
    returns = "q"

    latent: int = param(
        default=32, low=1, high=4096, unit="dims", title="Latent size", help="Size of the latent z."
    )

    def build(self, vectors: Shape) -> None:
        self.read = nn.Linear(vectors[-1], 2 * self.latent)

    def forward(self, vectors: TextVectors) -> Gaussian:
        """Return the Gaussian of each text, mean and log-variance (b, latent) in float32."""
        mu, log_var = self.read(mean_of(vectors.tokens, vectors.mask)).float().chunk(2, 1)
        return Gaussian(mu, log_var)  # (b, latent) each

    def sign(self) -> str:
        return f"{self.built['vectors'][-1]}→{self.latent}" if self.built else ""

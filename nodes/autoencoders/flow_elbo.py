"""The evidence lower bound where the prior or the posterior is a flow."""

from __future__ import annotations

from torch import Tensor

from nodes.autoencoders.elbo import Bound, BoundBase
from nodes.autoencoders.likelihoods import entropy, kl_to_standard_normal, log_standard_normal
from nodes.flows.base import Flow
from nodes.types import Batch, Gaussian, Points, Values


class FlowELBO(BoundBase):
    """Measure the bound of a VAE whose prior is a flow, or whose posterior is bent by one.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770; as a
    prior Variational Lossy Autoencoder (Chen et al., 2017), arXiv:1611.02731.

    As the ELBO, but the KL term has no formula: it is estimated at `z`, the point that the decoder
    sees. A flow wired to `prior` takes the place of N(0, I). Where q is bent, z and `log_det` (b,)
    are what Push through gives. Of log q the part of the Gaussian is taken in the mean, which
    varies less.
    """

    synonyms = (
        "vae with flow prior, iaf, normalizing flow posterior, flow-vae, kl, perte, borne "
        "variationnelle, a priori appris"
    )
    title = "ELBO with flows"
    formula = (
        r"\beta\,\mathbb{E}\left[\log q_0(z_0) - \log|\det| - \log p_f(z)\right]"
        r" - \mathbb{E}[\log p_\theta(x|z)]"
    )

    def forward(
        self,
        x: Batch,
        q: Gaussian,
        z: Points,
        x_hat: Batch,
        log_det: Values | None = None,
        prior: Flow | None = None,
    ) -> Bound:
        """Return the bound of items x (b, ...), in nats, with the KL term estimated at z.

        `z` and the Gaussian q are (b, latent); `log_det` (b,) is log |det dz/dz_0|. Raise
        `InputRefused` as the ELBO does.
        """
        self.look(x, x_hat)
        log_p = log_standard_normal(z) if prior is None else prior.log_prob(z)
        kl = -entropy(q) - log_p  # (b,)
        return self.bound(x, x_hat, kl if log_det is None else kl - log_det)

    def sketch(
        self,
        x: Tensor,
        q: Gaussian,
        z: Tensor,
        x_hat: Tensor,
        log_det: Tensor | None = None,
        prior: Flow | None = None,
    ) -> Bound:
        if prior is not None:
            prior.must_fit(z)
        return self.bound(x, x_hat, kl_to_standard_normal(q))
